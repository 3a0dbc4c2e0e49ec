"""Merging a category into another one, after a look at what that changes; taking it back."""

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from annotation.errors import MergeRefused
from annotation.forms.merging import MergeForm
from annotation.models import Category, ModelVersion
from annotation.reports.coverage import examples_of
from annotation.reports.merging import merging
from annotation.services.merge_categories import (
    merge_category,
    part_category,
    parting_problem_of,
)
from annotation.views.confirm import Question, confirm
from annotation.views.gate import administrators_only, go_to


@administrators_only
@require_http_methods(["GET", "POST"])
def merge(request, code: str):
    """Ask for the other category, then say what will change, then do it."""
    category = _category(code)
    given = request.POST if request.method == "POST" else request.GET
    form = MergeForm(given if request.method == "POST" or given else None, category=category)
    context = {"category": category, "form": form, "active": ModelVersion.objects.active()}
    if form.is_valid():
        into = form.cleaned_data["into"]
        if request.method == "POST":
            try:
                merge_category(category, into, request.user)
            except MergeRefused as error:  # somebody was quicker
                form.add_error("into", str(error))
            else:
                messages.success(request, f"{category.label} is merged into {into.label}.")
                return go_to(request, reverse("category", args=[into.code]))
        else:
            context |= {"into": into, "found": merging(category, into)}
    status = 422 if form.errors else 200
    return confirm(request, "categories/_merge.html", context, status=status)


@administrators_only
@require_http_methods(["GET", "POST"])
def part(request, code: str):
    category = _category(code)
    into, back = category.merged_into, reverse("category", args=[category.code])
    question = Question(
        page=category.label,
        title=f"Take {category.label} apart again?",
        text=f"{category.label} is offered again, and the {examples_of(category):,} grants that "
        f"were given it count for it and no longer for {into.label if into else 'another'}. "
        "What had been merged into it before stays where it is.",
        button="Take it apart",
        back=back,
        done=f"{category.label} is offered again.",
        is_loss=False,
    )
    context = {"ask": question, "page": question.page}
    if request.method == "GET":
        context["problem"] = parting_problem_of(category)
        status = 409 if context["problem"] else 200
        return confirm(request, "pieces/_question.html", context, status=status)
    try:
        part_category(category, request.user)
    except MergeRefused as error:
        context["problem"] = error
        return confirm(request, "pieces/_question.html", context, status=409)
    messages.success(request, question.done)
    return go_to(request, question.back)


def _category(code: str) -> Category:
    categories = Category.objects.current().select_related("facet", "broader", "merged_into")
    # PostgreSQL holds no NUL, and refuses to be asked for one.
    return get_object_or_404(categories, code=code.replace("\0", "\n"))
