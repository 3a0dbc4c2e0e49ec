"""What administrators steer by, on the site with much of everything."""

from django.utils import timezone

from annotation.models import Category, Facet, Grant, StoredReport
from annotation.services.label_checks import send_to_check
from annotation.services.notices import dismiss_notice, open_notice
from annotation.services.sensitive_categories import mark_sensitive
from annotation.services.stored_reports import request_report
from classifier.stored_reports import write_requested_reports
from tests.annotation.quality_body import body, miss, row, stored


def steering(long, words, right_to_left, administrator, annotator):
    """Each figure with the longest names there are."""
    figures(administrator)
    reports_on_slices_and_drift(administrator, long)
    notices(administrator, words, f"{long} {right_to_left}")
    agreement(administrator, annotator)


def figures(person):
    """On the quality of 1,300 categories, many of them too rare, and of near misses."""
    rows = [
        row(category.code, n_right=n % 40, n_ticked=n % 30)
        for n, category in enumerate(Category.objects.all())
    ]
    measured = list(Grant.objects.filter(stream=Grant.Stream.POOL)[:3])
    stored(body(rows, [miss("P9998", "P9999", measured), miss("S0001", "S0002", measured)]))
    subject, longest = Category.objects.get(code="S0001"), Category.objects.get(code="P9998")
    doubts = [
        [grant.pk, category.pk, is_given, 0.02, 4.0]
        for grant in Grant.objects.filter(stream=Grant.Stream.POOL)
        for category, is_given in ((longest, True), (subject, False))
    ]
    facts = {"n_grants": 4, "n_labels": 5, "n_doubts": len(doubts), "n_given": 4}
    taxonomy = subject.taxonomy_id
    report = stored({"taxonomy": taxonomy, "doubts": doubts, **facts}, "label-errors")
    send_to_check(person, report, 1)


def notices(person, words, more):
    """One that is dismissed, and one of each kind of cause that leads to another page."""
    dismiss_notice(person, open_notice("disk", "low", words, words))
    for kind in ("night", "drift", "thin"):
        open_notice(kind, "cause", words, more, {"codes": ["P9998"]})


def reports_on_slices_and_drift(person, long):
    """Of slices with the longest names there are, and of too few grants for any chart."""
    Grant.objects.filter(title=long).update(beneficiary_place=long, award_date="2025-03-01")
    mark_sensitive(person, Category.objects.get(code="P9998"), is_sensitive=True)
    for question in ("slices", "drift"):
        request_report(question)
    assert {report.status for report in write_requested_reports()} == {"done"}


def agreement(*people):
    """Stored figures on every category, level and person, every third of too few."""
    alpha, few = {"n": 1_204, "value": -0.02, "low": -0.15, "high": 0.11}, {"n": 3}
    names = ("an_hour", "an_hour_blind", "an_hour_assisted", "overridden")
    work = {"n": 12_345, "n_blind": 678, "seconds": 987_654, **dict.fromkeys(names, alpha)}
    work["verdicts"] = dict.fromkeys(("accepted", "rejected", "added", "left"), 123_456)
    apart = {"value": -0.02, "low": -0.15, "high": -0.01}
    work["apart"] = {
        "pace": apart | {"value": 1.41, "low": 1.12, "high": 1.78},
        "overridden": apart,
    }
    of_each = {str(person.pk): work for person in people}
    kinds = ("overall", "blind", "assisted", "more_assisted")
    levels = [{"level": level, **(few if level == 3 else alpha)} for level in (1, 2, 3, 4)]
    body = {
        "n_grants": 1_204, "least": 10, **dict.fromkeys(kinds, alpha),
        "facets": [{"facet": f.pk, **alpha, "levels": levels} for f in Facet.objects.all()],
        "categories": [
            {"category": c.pk, **(alpha if n % 3 else few)}
            for n, c in enumerate(Category.objects.order_by("-position"))
        ],
        "pairs": [{"people": [person.pk for person in people], **alpha}],
        "persons": dict.fromkeys(of_each, alpha),
        "work": {
            "waiting": 201, "upheld": alpha, "waiting_of": dict.fromkeys(of_each, 99),
            "judged": {key: {"n_grants": 88, "upheld": alpha} for key in of_each},
            "periods": dict.fromkeys(("4 weeks", "12 weeks", "all"), of_each),
            "together": dict.fromkeys(("4 weeks", "12 weeks", "all"), work),
        },
    }  # fmt: skip
    StoredReport.objects.create(
        question="agreement", status="done", ended_at=timezone.now(), body=body
    )
