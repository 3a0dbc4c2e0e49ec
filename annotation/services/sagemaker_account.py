"""Saying where in AWS trainings may run, and agreeing that texts go there."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from annotation.errors import NotAllowed, SettingsChanged, SettingsRefused
from annotation.models import SagemakerAccount, User
from annotation.models.sagemaker import LONGEST, ONLY_ROW, SHORTEST
from annotation.services.audit import record

FIELDS = (
    "region",
    "bucket",
    "prefix",
    "role",
    "instance_type",
    "limit_minutes",
    "price_an_hour",
    "training_form",
)


@transaction.atomic
def change_account(by: User, revision: int, values: Mapping[str, Any]) -> list[str]:
    """Store the values; returns the names of those that have changed.

    A statement that was ticked for another region or bucket holds no longer.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
        SettingsChanged: somebody else saved meanwhile; nothing is stored.
        SettingsRefused: a value cannot be right; nothing is stored.
    """
    account = _locked(by, revision)
    before = {name: getattr(account, name) for name in FIELDS}
    for name in FIELDS:
        if name in values:
            setattr(account, name, values[name])
    _refuse_unfit(account)
    changed = [name for name in FIELDS if getattr(account, name) != before[name]]
    for name in changed:
        said = [_plain(value) for value in (before[name], getattr(account, name))]
        record(by, "SageMaker account changed", name, before=said[0], after=said[1])
    if account.agreed_to and not account.may_leave:
        _withdraw(by, account)
    if changed:
        account.revision += 1
        account.save()
    return changed


@transaction.atomic
def agree_that_texts_leave(by: User, revision: int) -> None:
    """Tick the statement of what leaves, as it reads now.

    Raises:
        NotAllowed, SettingsChanged: as ``change_account``.
        SettingsRefused: region, bucket or role is not said yet; nothing is stored.
    """
    account = _locked(by, revision)
    if not account.is_complete:
        raise SettingsRefused("Say region, bucket and role first: the statement names them.")
    if account.may_leave:
        return
    account.agreed_to, account.agreed_by = account.statement, by
    account.agreed_at = timezone.now()
    account.revision += 1
    account.save()
    record(by, "agreed that texts leave", "SageMaker", statement=account.statement)


@transaction.atomic
def withdraw_agreement(by: User, revision: int) -> None:
    """Untick it: the next training there is refused. Raises as ``change_account``."""
    account = _locked(by, revision)
    if account.agreed_to:
        _withdraw(by, account)
        account.revision += 1
        account.save()


def note_that_pool_leaves(job: str, region: str, n_grants: int) -> None:
    """A command is about to send the texts of grants that wait; who typed it is not known here."""
    record(None, "pool sent to SageMaker", job, by="command", region=region, grants=n_grants)


def _withdraw(by: User, account: SagemakerAccount) -> None:
    account.agreed_to, account.agreed_by, account.agreed_at = "", None, None
    record(by, "texts leave no longer", "SageMaker")


def _locked(by: User, revision: int) -> SagemakerAccount:
    if not by.is_administrator:
        raise NotAllowed("Only administrators say where texts may go.")
    SagemakerAccount.objects.get_or_create(pk=ONLY_ROW)
    account = SagemakerAccount.objects.select_for_update(no_key=True).get(pk=ONLY_ROW)
    if account.revision != revision:
        raise SettingsChanged(
            "Somebody else has changed this since you opened the page. Nothing of yours is stored "
            "yet."
        )
    return account


def _refuse_unfit(account: SagemakerAccount) -> None:
    if not SHORTEST <= account.limit_minutes <= LONGEST:
        raise SettingsRefused(
            f"The time limit cannot be {account.limit_minutes} minutes: it goes from {SHORTEST} to "
            f"{LONGEST}."
        )
    if account.price_an_hour is not None and account.price_an_hour <= 0:
        raise SettingsRefused(
            f"The price of an hour cannot be {account.price_an_hour}: a price is above 0. Leave it "
            "empty if you do not know it."
        )
    try:
        account.clean_fields()
    except ValidationError as error:
        name, problems = next(iter(error.message_dict.items()))
        called = {field.name: field.verbose_name for field in SagemakerAccount._meta.fields}[name]
        raise SettingsRefused(
            f"The {str(called).lower()} cannot be “{getattr(account, name)}”. {' '.join(problems)}"
        ) from error


def _plain(value: object) -> object:
    return None if value is None else value if isinstance(value, int) else str(value)
