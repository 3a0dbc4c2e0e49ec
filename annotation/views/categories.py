"""A category's own page: its keyword rule to be tried and changed, and examples to be asked for."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from annotation.errors import RuleChanged, RuleRefused, WishRefused
from annotation.forms.keyword_rules import RuleForm
from annotation.forms.wanted import WantedForm, wanted_form
from annotation.models import Category, ModelVersion, SiteSettings
from annotation.reports.category import category_facts
from annotation.reports.rule_preview import TooSlow, preview_rule
from annotation.services.keyword_rules import checked_rule, fault, mark_of, save_rule, stored_rule
from annotation.services.wanted_categories import want_examples
from annotation.views.gate import administrators_only, go_to


@administrators_only
@require_http_methods(["GET", "POST"])
def category_page(request, code: str):
    category = _category(code)
    if request.method == "POST" and not category.retired_at:
        return _rule(request, category)
    return _answer(request, category, _form_of(category), stored_rule(category))


@administrators_only
@require_POST
def want(request, code: str):
    """Set how many examples are wanted, and whether they are asked for."""
    category, form = _category(code), WantedForm(request.POST)
    try:
        if form.is_valid() and want_examples(
            request.user,
            category,
            form.cleaned_data["target"],
            is_asked_for=form.cleaned_data["is_asked_for"],
        ):
            messages.success(request, "Saved. The queue is ordered anew in the background.")
    except WishRefused as error:
        form.add_error(None, str(error))
    if form.errors:
        rule = _form_of(category)
        return _answer(request, category, rule, stored_rule(category), status=422, wanted=form)
    return go_to(request, reverse("category", args=[category.code]))


def _category(code: str) -> Category:
    categories = Category.objects.current()
    categories = categories.select_related("facet", "merged_into", "asked_for_by")
    # PostgreSQL holds no NUL, and refuses to be asked for one.
    return get_object_or_404(categories, code=code.replace("\0", "\n"))


def _rule(request, category: Category):
    """Try or save what was typed; whatever is wrong, it stays in its fields."""
    form = RuleForm(request.POST)
    if not form.is_valid():
        return _refused(request, category, form)
    typed = form.cleaned_data
    try:
        rule = checked_rule(typed["include"], typed["exclude"])
        if typed["do"] == "save":
            save_rule(
                category, typed["include"], typed["exclude"], seen=typed["seen"], by=request.user
            )
    except RuleRefused as error:
        for field, words in error.faults.items():
            form.add_error(field, words)
        return _refused(request, category, form)
    except RuleChanged as error:
        category.refresh_from_db()
        return _answer(request, category, form, rule, status=409, problem=str(error))
    if typed["do"] == "save":
        messages.success(request, f"The rule of {category.label} is saved. {_consequence()}")
        return go_to(request, reverse("category", args=[category.code]))
    return _answer(request, category, form, rule)


def _refused(request, category: Category, form: RuleForm):
    return _answer(request, category, form, stored_rule(category), status=422)


def _form_of(category: Category) -> RuleForm:
    return RuleForm(
        initial={"include": category.include_pattern, "exclude": category.exclude_pattern}
    )


def _answer(request, category: Category, form: RuleForm, rule, status=200, problem="", wanted=None):
    """The page, or for htmx its rule alone, with what the rule finds."""
    preview = None
    try:
        preview = preview_rule(category, rule, stored_rule(category))
    except TooSlow as error:
        problem = problem or str(error)
        status = 422 if request.method == "POST" else status
    context = {
        "category": category,
        "form": form,
        # Until a conflict is shown it stays the rule that the typed one was made from.
        "seen": (status != 409 and form.data.get("seen")) or mark_of(category),
        "preview": preview,
        "is_changed": form.is_bound and not form.errors and _differs(form, category),
        "problem": problem or _unused(category),
        "is_conflict": status == 409,
        "consequence": _consequence(),
        "active": ModelVersion.objects.active(),
    }
    if request.htmx:
        return render(request, "categories/_rule.html", context, status=status)
    context["facts"] = category_facts(category)
    context["wanted"] = wanted or wanted_form(category)
    context["turns"] = SiteSettings.objects.current().coverage_share
    return render(request, "categories/page.html", context, status=status)


def _differs(form: RuleForm, category: Category) -> bool:
    typed = form.cleaned_data["include"], form.cleaned_data["exclude"]
    return typed != (category.include_pattern, category.exclude_pattern)


def _unused(category: Category) -> str:
    """What is wrong with the stored rule, which an import of earlier days may have let in."""
    faults = [fault(category.include_pattern), fault(category.exclude_pattern)]
    return " ".join(f"The stored rule is not used. {words}" for words in faults if words)


def _consequence() -> str:
    """What a saved change does, and when."""
    active = ModelVersion.objects.active()
    if active is None or active.is_lexical:
        return "The word matcher reads all grants anew with each saved change."
    if active.is_untaught:
        return f"{active} has learned from no label yet, so each saved change trains it anew."
    return f"{active} keeps to the rule it learned with; a change counts from the next training."
