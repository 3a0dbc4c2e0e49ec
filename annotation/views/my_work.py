"""One's own work: counts, pace and past annotations, to be changed where they are wrong."""

from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.models import StoredReport
from annotation.reports.my_work import last_days, my_annotations
from annotation.reports.people_figures import FIRST, own_figures
from annotation.reports.plants import own_over_acceptance
from annotation.reports.progress import today


@require_GET
def my_work(request):
    before, after = (_key(request.GET.get(name, "")) for name in ("before", "after"))
    figures = StoredReport.objects.newest(StoredReport.Question.AGREEMENT)
    context = {
        "own": own_figures(figures, request.user, FIRST) if figures else None,
        "period": FIRST,
        "figures_at": figures and figures.ended_at,
        "today": today(request.user),
        "days": last_days(request.user),
        "plants": own_over_acceptance(request.user),
        "page": my_annotations(request.user, before, after),
        "is_first": before is None and after is None,
    }
    return render(request, "my_work/page.html", context)


def _key(value: str) -> int | None:
    return int(value) if value.isdecimal() and len(value) < 19 else None
