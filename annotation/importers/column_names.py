"""Columns by name: what a foreign one is likely to be, and how the pages call ours."""

import re

NAMES = {
    "reference": "reference|identifier|id|grant id|ga id|application id|application number"
    "|grant number|ref",
    "title": "title|project title|grant title|grant activity|go title|project name|name",
    "description": "description|purpose|brief project description|project description|summary"
    "|abstract|grant description|grant activity purpose description|activities",
    "amount_awarded": "amount|amount awarded|value|value aud|amount allocated|award amount"
    "|grant amount",
    "currency": "currency",
    "award_date": "award date|approval date|decision date|date|date awarded|start date",
    "recipient_name": "recipient|recipient name|applicant|organisation name|applicant name"
    "|organisation",
    "recipient_identifier": "recipient abn|abn|recipient identifier|charity number",
    "funder_name": "funder|funder name|agency|funding organisation",
    "programme": "programme|program|grant program|grant programme|round",
    "recipient_place": "recipient place|city|town|suburb|recipient location|state",
    "beneficiary_place": "beneficiary place|location|beneficiary location|delivery location",
    "categories": "categories|codes|project subject",
    "applicant_categories": "applicant categories|categories chosen by the applicant"
    "|categories the applicant chose|applicant classification|self classification",
}
WORDS = {word: column for column, words in NAMES.items() for word in words.split("|")}


OF_A_TAXONOMY = {"code", "label", "broader", "parent", "definition", "scope note", "alt labels"}


def column_words(column: str) -> str:
    """Our column in the words of the pages: "Award date", and "Program" as Australians write it."""
    if column == "applicant_categories":
        return "Categories the applicant chose"
    return column.replace("programme", "program").replace("_", " ").capitalize()


def seems_a_taxonomy(header: list[str]) -> bool:
    """Whether three or more columns are those of a taxonomy: somebody chose the wrong kind."""
    return len({_plain(title) for title in header} & OF_A_TAXONOMY) >= 3


def proposed_columns(header: list[str]) -> dict[str, str]:
    """Our column -> theirs; the first that fits, since each of ours is filled once."""
    found: dict[str, str] = {}
    for title in header:
        column = WORDS.get(_plain(title))
        if column and column not in found:
            found[column] = title
    return found


def _plain(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", title.lower()).strip()
