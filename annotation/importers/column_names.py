"""What a foreign column is likely to be, by its name: a proposal for the page where people map."""

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
}
WORDS = {word: column for column, words in NAMES.items() for word in words.split("|")}


def proposed_columns(header: list[str]) -> dict[str, str]:
    """Our column -> theirs; the first that fits, since each of ours is filled once."""
    found: dict[str, str] = {}
    for title in header:
        column = WORDS.get(re.sub(r"[^a-z0-9]+", " ", title.lower()).strip())
        if column and column not in found:
            found[column] = title
    return found
