"""Texts leave for AWS only after an administrator has ticked what the statement says today."""

import re
import sys
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from annotation.errors import NotAllowed, SettingsChanged, SettingsRefused
from annotation.models import AuditEvent, SagemakerAccount, SagemakerJob
from annotation.reports.sagemaker import estimate, sagemaker
from annotation.services.sagemaker_account import (
    agree_that_texts_leave,
    change_account,
    withdraw_agreement,
)
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    GrantFactory,
    LabelFactory,
    ModelVersionFactory,
    UserFactory,
    decide,
)

pytestmark = pytest.mark.django_db
PAGE, AGREEMENT = "/settings/sagemaker/", "/settings/sagemaker/agreement/"
ACCOUNT = {
    "region": "ap-southeast-2",
    "bucket": "grants-of-ours",
    "prefix": "classie",
    "role": "arn:aws:iam::123456789012:role/classie-training",
    "instance_type": "ml.c5.xlarge",
    "limit_minutes": 60,
    "price_an_hour": Decimal("0.9"),
    "training_form": "augmented_manifest",
}
TYPED = {name: str(value) for name, value in ACCOUNT.items()}


@pytest.fixture
def grace():
    return AdministratorFactory(username="grace")


@pytest.fixture
def agreed(grace):
    change_account(grace, 0, ACCOUNT)
    agree_that_texts_leave(grace, 1)
    return SagemakerAccount.objects.current()


def now():
    return SagemakerAccount.objects.current()


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def job(seconds, status="Completed", **facts):
    at = timezone.now()
    row = {
        "name": f"j{SagemakerJob.objects.count()}", "opened_at": at, "look_at": at,
        "instance_type": ACCOUNT["instance_type"],
    }  # fmt: skip
    return SagemakerJob.objects.create(**row | facts, seconds=seconds, status=status)


def test_who_agreed_to_what_and_when_is_kept_and_in_the_audit_log(agreed, grace):
    assert agreed.may_leave
    assert agreed.agreed_by == grace
    assert timezone.now() - agreed.agreed_at < timedelta(minutes=5)
    assert "in ap-southeast-2 (bucket grants-of-ours)" in agreed.agreed_to
    deed = AuditEvent.objects.get(action="agreed that texts leave")
    assert (deed.actor, deed.details["statement"]) == (grace, agreed.agreed_to)


@pytest.mark.parametrize(("name", "other"), [("region", "eu-west-1"), ("bucket", "another-one")])
def test_another_region_or_bucket_asks_again(agreed, grace, name, other):
    change_account(grace, agreed.revision, {name: other})
    assert not now().may_leave
    assert now().agreed_by is None
    assert AuditEvent.objects.filter(action="texts leave no longer").count() == 1


def test_what_changes_nothing_of_what_leaves_keeps_the_agreement(agreed, grace):
    other = {"limit_minutes": 30, "training_form": "file"}  # the same texts and categories
    changed = change_account(grace, agreed.revision, ACCOUNT | other)
    assert changed == ["limit_minutes", "training_form"]
    assert now().may_leave
    assert now().site == agreed.site


def test_taken_back_it_holds_no_longer(agreed, grace):
    withdraw_agreement(grace, agreed.revision)
    assert not now().may_leave
    assert not now().agreed_to


def test_before_it_is_said_where_to_there_is_nothing_to_agree_to(grace):
    with pytest.raises(SettingsRefused, match="Say region, bucket and role first"):
        agree_that_texts_leave(grace, 0)
    assert not now().may_leave


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("region", "Sydney", "Name a region"),
        ("bucket", "Grants", "A bucket’s name has"),
        ("prefix", "../else", "with a slash between"),
        ("prefix", "", "cannot be blank"),
        ("role", "AKIAQ3EGTESTEXAMPLE7", "A role’s name in full"),
        ("instance_type", "c5", "such as ml"),
        ("limit_minutes", 4, "from 5 to 180"),
        ("limit_minutes", 181, "from 5 to 180"),
        ("price_an_hour", Decimal(0), "above 0"),
        ("training_form", "recordio", "is not a valid choice"),
    ],
)
def test_what_cannot_be_right_is_refused(grace, name, value, said):
    with pytest.raises(SettingsRefused, match=said):
        change_account(grace, 0, ACCOUNT | {name: value})
    assert not SagemakerAccount.objects.exclude(region="").exists()
    typed = TYPED | {"revision": "0", name: str(value)}
    page = browser(grace).post(PAGE, typed)
    assert page.status_code == 422
    html = page.content.decode()
    assert html.count('class="error"') == 1
    error = re.search(rf'id="id_{name}_error">.*?<span>(.*?)</span>', html)[1]
    assert error.startswith(f"“{str(value)[:12]}") if value != "" else "required" in error


def test_an_error_names_the_value_but_no_whole_key_that_was_pasted(grace):
    key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    typed = TYPED | {"revision": "0", "role": key, "limit_minutes": "an hour"}
    html = browser(grace).post(PAGE, typed).content.decode()
    assert "“wJalrXUtnFEM…” cannot be right. A role’s name in full" in html
    assert "“an hour” cannot be right. Enter a whole number." in html
    for name in ("role", "limit_minutes"):
        assert f'aria-describedby="id_{name}_error"' in html


def test_the_page_leads_back_to_the_settings_of_which_it_is_a_part(grace):
    html = browser(grace).get(PAGE).content.decode()
    assert '<a href="/settings/" aria-current="page">Settings</a>' in html
    assert '<p class="small"><a href="/settings/">Settings</a></p><h1>' in html


def test_of_two_who_save_at_once_the_second_is_told(grace):
    change_account(grace, 0, ACCOUNT)
    for deed in (agree_that_texts_leave, withdraw_agreement):
        with pytest.raises(SettingsChanged):
            deed(grace, 0)
    page = browser(grace).post(PAGE, TYPED | {"revision": "0", "prefix": "mine"})
    assert page.status_code == 409
    assert "Somebody else has changed this" in page.content.decode()
    assert 'value="mine"' in page.content.decode()
    assert now().prefix == "classie"


def test_only_administrators_say_where_texts_may_go(agreed):
    for deed in (agree_that_texts_leave, withdraw_agreement):
        with pytest.raises(NotAllowed):
            deed(UserFactory(), agreed.revision)
    with pytest.raises(NotAllowed):
        change_account(UserFactory(), agreed.revision, ACCOUNT)


def test_the_page_is_filled_in_ticked_and_unticked(grace):
    client = browser(grace)
    page = client.get(PAGE).content.decode()
    assert "Say region, bucket and role below first" in page
    assert "No price is assumed" in page
    assert '<option value="file" selected>File mode</option>' in page
    assert client.post(PAGE, TYPED | {"revision": "0"}).status_code == 302
    page = client.get(PAGE).content.decode()
    assert 'type="checkbox" name="leaves" required> Texts of labelled grants go to' in page
    assert '<option value="augmented_manifest" selected>' in page
    client.post(AGREEMENT, {"revision": "1", "leaves": "on"})
    assert now().may_leave
    assert "Agreed by grace" in client.get(PAGE).content.decode()
    client.post(AGREEMENT, {"revision": "2"})
    assert not now().may_leave


def test_a_cost_is_estimated_from_what_was_measured_and_a_price_that_was_typed(agreed):
    found = estimate(agreed)
    assert (found.price_at_limit, found.n_measured, found.usual_price) == (Decimal("0.90"), 0, None)
    for seconds in (60, 400, 241):
        job(seconds)
    job(9_999, status="Failed")
    job(9_999, instance_type="ml.c5.18xlarge")
    found = estimate(agreed)
    # 241 s of 0.9 an hour: 0.06025, and nobody is billed less.
    assert (found.n_measured, found.usual_price) == (3, Decimal("0.07"))
    assert found.shortest_minutes == 1
    assert found.usual_minutes == pytest.approx(241 / 60)
    agreed.price_an_hour = None
    assert estimate(agreed).usual_price is estimate(agreed).price_at_limit is None


def test_the_line_of_the_cost_leaves_the_page_within_its_queries(
    agreed, grace, django_assert_max_num_queries
):
    """With that kind chosen for every night, and a first label: nothing on the page is spared."""
    GrantFactory()
    ModelVersionFactory(taxonomy=LabelFactory().category.taxonomy)
    decide(backend="sagemaker_blazingtext")
    client = browser(grace)
    client.get("/versions/")  # what every page asks once a session
    with django_assert_max_num_queries(12):
        page = client.get("/versions/").content.decode()
    assert "a training takes at most 60 minutes" in page


def test_the_cost_stands_beside_the_button_once_texts_may_leave(agreed, grace):
    GrantFactory(stream="pool")
    CategoryFactory()  # without a taxonomy there is no button
    client = browser(grace)
    assert "a training takes at most 60 minutes, <b>0.90</b>" in (
        client.get("/versions/").content.decode()
    )
    withdraw_agreement(grace, agreed.revision)
    assert "a training takes at most" not in client.get("/versions/").content.decode()


def test_jobs_are_listed_with_what_they_cost_and_why_one_cannot_be_ended(
    agreed, grace, django_assert_max_num_queries
):
    version = ModelVersionFactory()
    job(3_600, version=version, price_an_hour=Decimal("0.9"), closed_at=timezone.now())
    for _ in range(25):
        job(0, status="", problem="sagemaker in ap-southeast-2 refuses", version=version)
    lines = sagemaker().jobs
    assert len(lines) == 20
    assert lines[0].words == "asked for"
    client = browser(grace)
    client.get(PAGE)
    with django_assert_max_num_queries(12):
        page = client.get(PAGE).content.decode()
    assert "sagemaker in ap-southeast-2 refuses" in page
    SagemakerJob.objects.filter(seconds=0).delete()
    (line,) = sagemaker().jobs
    assert (line.minutes, line.price) == (60, Decimal("0.90"))
    assert line.words == "Completed; nothing of it is left there"


def test_without_the_library_the_page_says_what_to_install(grace, monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3", None)
    page = browser(grace).get(PAGE).content.decode()
    assert "pip install &#x27;classie-annotation[sagemaker]&#x27;" in page
