"""The ways of cutting the grants into slices: place, programme, recipient, year, length of text."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from django.db.models import F, QuerySet
from django.db.models.functions import Length, Substr

from annotation.models import Grant
from annotation.models.grants import PROGRAMME_LENGTH

MOST = 12  # places and programmes told apart; the others stand in one slice
YEARS = 12
NAMED = 80  # characters of a place or programme
NOT_GIVEN = "Not given"
OTHERS = "All others"
EARLIER = "Earlier"
LENGTHS = (100, 250, 500, 1_000)  # characters
AMOUNTS = (10_000, 100_000, 1_000_000)


@dataclass(frozen=True)
class Cut:
    """One way of cutting: the names of its slices in order, and the slice of a grant's facts."""

    key: str
    title: str
    said: str
    names: list[str]
    slice_of: Callable[["Facts"], str]


@dataclass(frozen=True)
class Facts:
    """What of a grant decides in which slices it is."""

    pk: int
    place: str
    programme: str
    recipient: str
    amount: Decimal | None
    currency: str
    year: int | None
    length: int  # characters of title and description


def facts_of_all() -> Iterator[Facts]:
    """All grants, by key, without their texts: only how long these are."""
    yield from _facts(Grant.objects.order_by("pk"))


def _facts(grants: QuerySet[Grant]) -> Iterator[Facts]:
    rows = grants.annotate(
        length=Length("title") + Length("description"),
        start=Substr("programme", 1, PROGRAMME_LENGTH),
    ).values_list(
        "pk", "beneficiary_place", "recipient_place", "start", "recipient_identifier",
        "recipient_name", "amount_awarded", F("currency"), "award_date", "length",
    )  # fmt: skip
    for (
        pk,
        place,
        home,
        programme,
        number,
        name,
        amount,
        currency,
        awarded,
        length,
    ) in rows.iterator(chunk_size=5_000):
        yield Facts(
            pk=pk,
            place=_named(place) or _named(home),
            programme=_named(programme),
            recipient=number or name,
            amount=amount,
            currency=currency,
            year=awarded.year if awarded else None,
            length=length,
        )


def cuts() -> list[Cut]:
    """The ways of cutting the grants as they are now; reads all of them once."""
    places: Counter[str] = Counter()
    programmes: Counter[str] = Counter()
    currencies: Counter[str] = Counter()
    years: Counter[int] = Counter()
    got: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for facts in facts_of_all():
        places[facts.place] += 1
        programmes[facts.programme] += 1
        if facts.year is not None:
            years[facts.year] += 1
        if facts.amount is not None and facts.recipient:
            currencies[facts.currency] += 1
            got[facts.currency, facts.recipient] += facts.amount
    return [
        _most_frequent("place", "Place", "The beneficiary's place, else the recipient's", places,
                       lambda facts: facts.place),
        _most_frequent("programme", "Program", "As the grant names it", programmes,
                       lambda facts: facts.programme),
        _by_recipient(got, currencies.most_common(1)[0][0] if currencies else ""),
        _by_year(years),
        _by_length(),
    ]  # fmt: skip


def _most_frequent(
    key: str, title: str, said: str, counts: Counter[str], value: Callable[[Facts], str]
) -> Cut:
    given = sorted(((-n, name) for name, n in counts.items() if name))
    kept = [name for _, name in given[:MOST]]
    told = set(kept)
    names = kept + [OTHERS] * (len(given) > MOST) + [NOT_GIVEN] * ("" in counts)

    def slice_of(facts: Facts) -> str:
        name = value(facts)
        return name if name in told else OTHERS if name else NOT_GIVEN

    words = f"{said}; the {MOST} with most grants" if OTHERS in names else said
    return Cut(key, title, f"{words}.", names, slice_of)


def _by_recipient(got: dict[tuple[str, str], Decimal], currency: str) -> Cut:
    bands = _bands(AMOUNTS, f"{currency} " if currency else "")

    def slice_of(facts: Facts) -> str:
        total = got.get((currency, facts.recipient))
        return NOT_GIVEN if total is None else _band(AMOUNTS, bands, float(total))

    said = "By what the recipient was granted in all, here; other currencies count as not given."
    return Cut("recipient", "Recipient size", said, [*bands, NOT_GIVEN], slice_of)


def _by_year(years: Counter[int]) -> Cut:
    kept = sorted(years)[-YEARS:]
    names = [EARLIER] * (len(years) > YEARS) + [str(year) for year in kept] + [NOT_GIVEN]

    def slice_of(facts: Facts) -> str:
        if facts.year is None:
            return NOT_GIVEN
        return str(facts.year) if facts.year >= kept[0] else EARLIER

    return Cut("year", "Year", "Of the award.", names, slice_of)


def _by_length() -> Cut:
    bands = [f"{band} characters" for band in _bands(LENGTHS)]
    said = "Characters of title and description."
    return Cut("length", "Length of text", said, bands, lambda f: _band(LENGTHS, bands, f.length))


def _bands(ends: tuple[int, ...], unit: str = "") -> list[str]:
    first = [f"Under {unit}{ends[0]:,}"]
    middle = [f"{unit}{low:,}–{high - 1:,}" for low, high in pairwise(ends)]
    return [*first, *middle, f"{unit}{ends[-1]:,} or more"]


def _band(ends: tuple[int, ...], names: list[str], value: float) -> str:
    return names[sum(value >= end for end in ends)]


def _named(text: str) -> str:
    """One name however it was spaced; a slice is not called like one of ours."""
    name = " ".join(text.split())[:NAMED].strip()
    return f"“{name}”" if name in (NOT_GIVEN, OTHERS) else name
