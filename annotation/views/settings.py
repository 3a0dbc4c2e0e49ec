"""The settings page: what holds, what somebody typed, and the question before a large change."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import BoundField
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from annotation.errors import NotAllowed, SettingsChanged, SettingsRefused
from annotation.forms.settings import OF_TURNS, SECTIONS, QuantityField, SettingsForm
from annotation.models import Facet, SiteSettings
from annotation.models.queue_shares import REST
from annotation.models.site_settings import default_of, setting_names
from annotation.reports.site_settings import consequences, latest_changes
from annotation.services.site_settings import Change, change_settings, changes_to
from annotation.templatetags.words import counted
from annotation.views.gate import administrators_only

NOT_CARRIED = {"csrfmiddlewaretoken", "confirmed", "back"}


@dataclass(frozen=True)
class Setting:
    """One setting as it stands on the page."""

    name: str
    bound: BoundField
    kind: str
    default: object
    stored: object
    is_default: bool
    is_as_stored: bool


@administrators_only
@require_http_methods(["GET", "POST"])
def settings_page(request):
    site, facets = SiteSettings.objects.current(), list(Facet.objects.current())
    if request.method == "GET":
        return _page(request, SettingsForm(site, facets))
    data = request.POST.copy()
    name = data.pop("default", [""])[0]
    if name in setting_names():
        _type_default(data, SettingsForm(site, facets), name)
        return _page(request, SettingsForm(site, facets, data), typed_default=name)
    form = SettingsForm(site, facets, data)
    if "back" in data:
        return _page(request, form)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        return _save(request, site, form)
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except SettingsRefused as error:
        form.add_error(None, str(error))
        return _page(request, form, status=422)
    except SettingsChanged as error:
        data["revision"] = SiteSettings.objects.current().revision
        return _page(request, SettingsForm(site, facets, data), status=409, conflict=str(error))


def _save(request, site: SiteSettings, form: SettingsForm):
    if form.cleaned_data["revision"] != site.revision:
        raise SettingsChanged(
            "Somebody else has changed the settings since you opened the page. Nothing of yours "
            "is stored yet."
        )
    changes = changes_to(site, form.values(), form.facet_values())
    said = consequences(changes)
    if said and "confirmed" not in request.POST:
        return _ask(request, changes, said)
    stored = change_settings(
        request.user, form.cleaned_data["revision"], form.values(), form.facet_values()
    )
    if stored:
        messages.success(request, f"{counted(len(stored), 'change')} saved, in force at once.")
    else:
        messages.info(request, "Nothing was changed.")
    return redirect("settings")


def _ask(request, changes: list[Change], said: list[str]):
    """What a change brings, before it is stored; the typed values travel along."""
    carried = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in NOT_CARRIED
        for value in values
    ]
    context = {"changes": changes, "consequences": said, "carried": carried}
    return render(request, "settings/question.html", context)


def _type_default(data, form: SettingsForm, name: str) -> None:
    value = form.typed_default(name)
    data.setlist(name, value if isinstance(value, list) else [value])


def _page(request, form: SettingsForm, status: int = 200, **context):
    site = SiteSettings.objects.current()
    sections = [
        (title, [_setting(form, site, name) for name in names]) for title, names in SECTIONS.items()
    ]
    context |= {
        "form": form,
        "sections": sections,
        "turns": OF_TURNS,
        "rest": site.shares[REST],
        "history": latest_changes(),
        "is_wrong": status == 422,
    }
    return render(request, "settings/page.html", context, status=status)


def _setting(form: SettingsForm, site: SiteSettings, name: str) -> Setting:
    field, bound = form.fields[name], form[name]
    kinds = {"text_fields": "checks", "time_zone": "select", "data_licence": "line"}
    kinds |= {"backend": "backends"} | dict.fromkeys(("ticking", "audit_drawing"), "radios")
    stored = getattr(site, name)
    kind = "number" if isinstance(field, QuantityField) else kinds.get(name, "time")
    return Setting(
        name=name,
        bound=bound,
        kind=kind,
        default=default_of(name),
        stored=stored,
        is_default=bound.value() == form.typed_default(name),
        is_as_stored=bound.value() == field.prepare_value(stored),
    )
