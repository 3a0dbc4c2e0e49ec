"""Whether a text is in another language than English, told by its function words.

Every language has some dozen words that no sentence does without. A text is called foreign only
on evidence for another language, never for a lack of English: a shopping list has no grammar.
"""

import re
import unicodedata

LEAST_WORDS = 8  # shorter texts stay undecided
MOST_WORDS = 120  # a longer text is judged by its start
LEAST_LETTERS = 10
WORD = re.compile(r"[^\W\d_]+")


def _listed(words: str) -> frozenset[str]:
    return frozenset(word for word in words.split() if len(word) > 1)  # one letter: an initial


ENGLISH = _listed(
    "the of and to for with is are that by from this will be it as at an or we our their "
    "which who have has was were they into through its not all more"
)
# Words that English has too ("a", "me", "on", "no", "die") tell nothing and stand in no list.
OTHERS = tuple(
    _listed(words)
    for words in (
        "le les des du et est une dans pour qui sur avec aux par sont ce cette nous ses leur",
        "der das und ist ein eine für mit von den dem auf nicht sich werden wird zur zum des im",
        "el los las del una por con para que y es su sus como más al lo se este esta",
        "il di che è della per un una con del nel gli alla dei sono delle questo si da e",
        "os das do da uma para com não em que por ao são pelo mais sua seu e dos na",
        "het een van en voor met niet dat zijn op wordt door ook naar de bij",
        "dan yang di untuk dengan ini dari itu pada adalah dalam akan ke oleh para tidak",
        "và của các cho là trong với những được không một có người tại này để",
        "ang ng sa mga ay na para at ito ni si kay hindi nang mula",
        "ve bir için bu ile olarak da olan çok daha gibi en ya ne",
        "i w na z do się że jest nie oraz dla przez od po jak są",
        "je u i na da se su za od sa koji koja kao ili nije biti",
        "te ki ngā o he me kua hoki nei mō tēnei ka i kei ko rātou",
        "o le ma e i mo lea se ua latou ona fa a ina tagata",
        "waa iyo ka ku oo in ay la waxaa uu soo leh",
        "ya na wa kwa katika ni za la kuwa hii",
    )
)


def seems_not_english(text: str) -> bool:
    """True on evidence only: another script, or another language's function words."""
    words = WORD.findall(text[: MOST_WORDS * 12].lower())[:MOST_WORDS]
    letters = "".join(words)
    if not letters.isascii() and _is_of_another_script(letters):
        return True
    if len(words) < LEAST_WORDS:
        return False
    n_english = sum(word in ENGLISH for word in words)
    if n_english * 8 > len(words):  # as good as every English paragraph: no need to look further
        return False
    found = [[word for word in words if word in other] for other in OTHERS]
    most = max(found, key=len)
    # Three different words at least: a name such as "La La Land" is no language.
    return len(set(most)) >= 3 and len(most) * 6 >= len(words) and len(most) > 3 * n_english


def _is_of_another_script(letters: str) -> bool:
    """Whether half of the letters are neither Latin nor signs that go with any script."""
    foreign = sum(not unicodedata.name(c, "LATIN").startswith("LATIN") for c in letters)
    return foreign >= LEAST_LETTERS and 2 * foreign >= len(letters)
