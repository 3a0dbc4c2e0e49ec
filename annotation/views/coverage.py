"""The coverage page: which categories are thin, whether the model is to be trusted there."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from annotation.downloads import as_attachment
from annotation.errors import WishRefused
from annotation.exporters import CSV
from annotation.exporters.coverage_csv import coverage_csv
from annotation.forms.wanted import BoardForm
from annotation.models import Category, SiteSettings
from annotation.reports.category_figures import AuditCounts
from annotation.reports.coverage import BAND_WORDS, coverage
from annotation.reports.coverage_map import coverage_map
from annotation.reports.coverage_trend import trend
from annotation.reports.grant_choices import GrantChoices, grant_choices
from annotation.reports.next_categories import next_categories
from annotation.services.figure_files import give_figures
from annotation.services.wanted_categories import want_examples
from annotation.views.coverage_chart import chart_of
from annotation.views.coverage_choices import Asked, asked
from annotation.views.gate import administrators_only, go_to

PAGE = 50


@administrators_only
@require_GET
def coverage_page(request):
    return _page(request, asked(request.GET))


@administrators_only
@require_POST
def coverage_file(request):
    """The rows that the page shows under the same address, all pages of them.

    By a form only, since it is noted who took it.
    """
    choices = asked(request.GET)
    rows = choices.chosen(coverage(found=choices.grants, days=choices.days).rows)
    pieces = coverage_csv(rows, is_of_all=choices.is_of_all)
    return as_attachment(give_figures(request.user, "coverage", "csv", "coverage.csv", CSV, pieces))


@administrators_only
@require_POST
def want_next(request):
    """Ask for a category, no longer ask for it, or set its target; then the page as it was."""
    form = BoardForm(request.POST)
    choices = asked(QueryDict(request.POST.get("back", "")))
    if not form.is_valid():
        return _page(request, choices, form=form, status=422)
    category, (target, is_asked_for) = form.category, form.wish()
    try:
        if want_examples(request.user, category, target, is_asked_for=is_asked_for):
            messages.success(request, f"{category.label}: {form.done()}")
    except WishRefused as error:
        form.add_error("target", str(error))
        return _page(request, choices, form=form, status=422)
    return go_to(request, f"{reverse('coverage')}{choices.address()}#r-{category.code}")


def _page(request, choices: Asked, form: BoardForm | None = None, status: int = 200):
    found = coverage(found=choices.grants, days=choices.days)
    rows = found.rows
    chosen = choices.chosen(rows)
    facet = choices.branch.facet.code if choices.branch else choices.query.get("facet", "")
    grown = trend(facet)
    target_of = form.data.get("code") if form else request.GET.get("target")
    of_grants = grant_choices()
    has_no_grant = not found.n_grants and _is_of_no_grant(choices)
    context = {
        "asked": choices,
        "query": choices.query,
        "here": reverse("coverage") + choices.here,
        "back": choices.address().removeprefix("?"),
        "coverage": found,
        "maps": [coverage_map(of, choices.path) for of in found.facets if facet in ("", of.code)],
        "above": _above(choices.branch),
        "facet_labels": {of.code: of.label for of in found.facets},
        "page": Paginator(chosen, PAGE).get_page(choices.query.get("page")),
        "n_categories": len(rows),
        "n_without": sum(row.band == 0 for row in rows),
        "n_thin": sum(row.is_thin for row in rows),
        "n_covered": sum(row.band == 4 for row in rows),
        "n_targets": sum(row.target is not None for row in rows),
        "n_reached": sum(row.target is not None and row.of_pool >= row.target for row in rows),
        "levels": sorted({row.level for row in rows}),
        "bands": list(enumerate(BAND_WORDS)),
        "sort": choices.sort,
        "is_audit_counted": bool(grown.weeks) or any(row.audit != AuditCounts() for row in rows),
        "is_of_all": choices.is_of_all,
        "has_no_grant": has_no_grant,
        "unknown": _unknown(choices.of_grants, of_grants) if has_no_grant else [],
        # A filter of grants leaves these out; days have nothing to do with what waits.
        "waiting_words": "" if choices.of_grants else "audit grants and second opinions, too",
        "is_being_counted": grown.is_counting,
        "weeks": grown.weeks,
        "chart": chart_of(grown.weeks),
        "of_trend": facet,
        "next": None if choices.query else next_categories(found),
        "asking": next((row for row in rows if row.code == target_of), None),
        "form": form,
        "grants_too": _more(choices.of_grants),
        "days_too": _more(choices.of_days),
        "turns": SiteSettings.objects.current().coverage_share,
        "choices": of_grants,
    }
    return render(request, "coverage/page.html", context, status=status)


def _is_of_no_grant(choices: Asked) -> bool:
    """Whether no grant passes, even where none that does was given an example within the days."""
    return choices.grants is not None and not choices.grants.exists()


def _more(query: dict[str, str]) -> str:
    """To be put behind an address that has a query."""
    return f"&{urlencode(query)}" if query else ""


def _unknown(query: dict[str, str], known: GrantChoices) -> list[str]:
    """What no grant has that was asked for, in sentences."""
    year, annotator = query.get("year"), query.get("annotator")
    unknown = []
    if year and year not in map(str, known.years):
        unknown.append(f"No grant was awarded in “{year}”.")
    if annotator and annotator not in known.annotators:
        unknown.append(f"“{annotator}” has annotated no grant.")
    return unknown


def _above(branch: Category | None) -> list[tuple[str, str]]:
    """Codes and labels of what stands above the part that is looked at, from the top."""
    if branch is None:
        return []
    return list(zip(branch.ancestor_codes, branch.ancestor_labels, strict=True))
