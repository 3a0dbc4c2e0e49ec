"""Changing the settings: one deed for the page, with every change in the audit log."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import time

from django.core.exceptions import ValidationError
from django.db import transaction

from annotation.errors import NoSuchTraining, NotAllowed, SettingsChanged, SettingsRefused
from annotation.models import Facet, SiteSettings, User
from annotation.models.setting_limits import LIMITS, ORDERS_THE_QUEUE, READ_BY_THE_MODEL
from annotation.models.site_settings import ONLY_ROW, setting_names
from annotation.services.audit import record
from annotation.services.backends import must_run_here
from annotation.services.queue_order import order_the_queue_anew

ACTION = "setting changed"


@dataclass(frozen=True)
class FacetValues:
    """What the settings say of one facet; ``position`` is its place, lowest first."""

    pk: int
    label: str
    position: int
    is_required: bool


@dataclass(frozen=True)
class Change:
    """One setting before and after, as plain values. Of a facet: "Subject: label"."""

    name: str
    before: object
    after: object


def changes_to(
    site: SiteSettings, values: Mapping[str, object], facets: Iterable[FacetValues] = ()
) -> list[Change]:
    """What these values would change, in the order of the model, facets last."""
    found = [
        Change(name, _plain(getattr(site, name)), _plain(values[name]))
        for name in setting_names()
        if name in values and getattr(site, name) != values[name]
    ]
    stored = {facet.pk: facet for facet in Facet.objects.current()}
    for wanted in facets:
        facet = stored.get(wanted.pk)
        if facet is None:
            raise SettingsChanged("The taxonomy has changed since the page was opened. Reload it.")
        found += [
            Change(f"{facet.code}: {column}", getattr(facet, column), getattr(wanted, column))
            for column in ("label", "position", "is_required")
            if getattr(facet, column) != getattr(wanted, column)
        ]
    return found


def reads_anew(changes: Iterable[Change]) -> bool:
    """Whether the active version must read every grant again."""
    return any(change.name in READ_BY_THE_MODEL for change in changes)


def orders_anew(changes: Iterable[Change]) -> bool:
    """Whether the queue must be ordered again; no grant is read for it."""
    return any(change.name in ORDERS_THE_QUEUE for change in changes)


@transaction.atomic
def change_settings(
    by: User | None,
    revision: int,
    values: Mapping[str, object],
    facets: Collection[FacetValues] = (),
) -> list[Change]:
    """Store the values, log each change, and have grants read anew where that is needed.

    Args:
        revision: of the settings that the person saw.
        values: by name; what is not named stays. Shares and probabilities from 0 to 1.
        facets: of the taxonomy in use; those that are not named stay.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
        SettingsChanged: somebody else saved meanwhile, or the facets are others by now; nothing
            is stored.
        SettingsRefused: a value is outside its limits; nothing is stored.
    """
    if by is not None and not by.is_administrator:
        raise NotAllowed("Only administrators change the settings.")
    site = _locked()
    if site.revision != revision:
        raise SettingsChanged(
            "Somebody else has changed the settings since you opened the page. Nothing of yours "
            "is stored yet."
        )
    changes = changes_to(site, values, facets)
    if not changes:
        return []
    if any(change.name == "backend" for change in changes):
        _refuse_what_cannot_run(str(values["backend"]))
    for name, value in values.items():
        setattr(site, name, value)
    _refuse_unfit(site, facets)
    site.revision += 1
    site.reading += reads_anew(changes)
    site.save()
    for wanted in facets:
        Facet.objects.filter(pk=wanted.pk).update(
            label=wanted.label, position=wanted.position, is_required=wanted.is_required
        )
    for change in changes:
        record(by, ACTION, change.name, before=change.before, after=change.after)
    if reads_anew(changes) or orders_anew(changes):
        order_the_queue_anew()
    return changes


def read_every_grant_anew() -> None:
    """Have the active version read all grants again. Call it inside a transaction."""
    site = _locked()
    site.reading += 1
    site.save(update_fields=["reading"])


def _locked() -> SiteSettings:
    """The row; made where it is missing, since it is what two administrators at once wait for."""
    SiteSettings.objects.get_or_create(pk=ONLY_ROW)
    return SiteSettings.objects.select_for_update(no_key=True).get(pk=ONLY_ROW)


def _refuse_unfit(site: SiteSettings, facets: Collection[FacetValues]) -> None:
    for name, (low, high, _) in LIMITS.items():
        if not low <= getattr(site, name) <= high:
            raise SettingsRefused(
                f"{name} cannot be {getattr(site, name)}: it goes from {low:.10g} to {high:.10g}."
            )
    try:
        site.full_clean(validate_constraints=False)
    except ValidationError as error:
        name, problems = next(iter(error.message_dict.items()))
        raise SettingsRefused(f"{name}: {' '.join(problems)}") from error
    for column in ("label", "position"):
        said = [getattr(facet, column) for facet in facets]
        if twice := [value for value in said if said.count(value) > 1]:
            raise SettingsRefused(f"Two facets have the {column} {twice[0]}. Give each its own.")


def _refuse_what_cannot_run(backend: str) -> None:
    try:
        must_run_here(backend)
    except NoSuchTraining as error:
        raise SettingsRefused(str(error)) from error


def _plain(value: object) -> object:
    return value.isoformat("minutes") if isinstance(value, time) else value
