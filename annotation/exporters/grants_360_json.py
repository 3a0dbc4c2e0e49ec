"""Grants as a 360Giving JSON package. The lines must have all that the standard requires."""

from collections.abc import Iterator

from annotation.exporters.json_lines import dumped, gathered
from annotation.exporters.lines import GrantLine, Layout, Term


def write(lines: Iterator[GrantLine], layout: Layout) -> Iterator[bytes]:
    return gathered(_package(lines, layout))


def _package(lines: Iterator[GrantLine], layout: Layout) -> Iterator[str]:
    yield '{"version":"1.4","grants":[\n'
    between = ""
    for line in lines:
        yield between + dumped(_grant(line, layout))
        between = ",\n"
    yield "\n]}\n"


def _grant(line: GrantLine, layout: Layout) -> dict[str, object]:
    amount, day = line.amount_awarded, line.award_date
    assert amount is not None and day is not None  # the report leaves other grants out
    recipient = {"id": line.recipient_identifier, "name": line.recipient_name}
    if line.recipient_place:
        recipient["addressLocality"] = line.recipient_place
    grant: dict[str, object] = {
        "id": line.reference,
        "title": line.title,
        "description": line.description,
        "currency": line.currency,
        "amountAwarded": int(amount) if amount == int(amount) else float(amount),
        "awardDate": day.isoformat(),
        "fundingOrganization": [{"id": line.funder_identifier, "name": line.funder_name}],
        "recipientOrganization": [recipient],
    }
    if line.programme:
        grant["grantProgramme"] = [{"title": line.programme}]
    if line.beneficiary_place:
        grant["beneficiaryLocation"] = [{"name": line.beneficiary_place}]
    if line.categories:
        grant["classifications"] = [_classification(term) for term in line.categories]
    if layout.with_suggestions and line.suggested:
        # Beside the standard, which has no place for a probability.
        grant["suggestedClassifications"] = [
            _classification(term) | {"probability": score, "modelVersion": line.suggested_by}
            for term, score in line.suggested
        ]
    return grant


def _classification(term: Term) -> dict[str, object]:
    return {"vocabulary": term.vocabulary, "code": term.code, "title": term.label}
