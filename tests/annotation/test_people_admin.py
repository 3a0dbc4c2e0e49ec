"""What administrators do with accounts, and what nobody may do."""

import pytest

from annotation.errors import AnnotationError, NotAllowed, PersonRefused, SignInRefused
from annotation.models import ApiToken, AuditEvent, LoginFailure, OneTimeLink, PersonSession, User
from annotation.services.people import check_password, give_token, user_of_token
from annotation.services.people_admin import (
    change_role,
    deactivate,
    invite,
    reactivate,
    reset_password,
)
from annotation.services.people_links import link_of, make_link, use_link
from tests.factories import AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db
SECRET = "a long enough secret"


@pytest.fixture
def boss():
    return AdministratorFactory(username="boss")


@pytest.fixture
def ada():
    return UserFactory(username="ada")


@pytest.fixture
def busy(ada, client):
    """Somebody with a browser and a program at work: the client and the key."""
    client.force_login(ada)
    client.get("/account/")
    return client, give_token("ada", SECRET, None)


def is_out(busy):
    client, key = busy
    page = client.get("/account/")
    return page.status_code == 302 and user_of_token(key) is None


def audit():
    return list(AuditEvent.objects.order_by("pk").values_list("actor__username", "action"))


def test_an_invited_person_has_no_password_until_the_link_is_used(boss):
    person, key = invite("mei", "annotator", "mei@example.org", boss)
    assert not person.has_usable_password()
    assert (person.email, person.role, person.must_change_password) == (
        "mei@example.org",
        "annotator",
        False,
    )
    use_link(key, SECRET)
    assert check_password("mei", SECRET, None) == person
    assert audit() == [("boss", "person invited"), ("mei", "one-time link used")]


@pytest.mark.parametrize(
    ("name", "role", "email", "words"),
    [
        ("ada", "annotator", "", "There is a user 'ada' already"),
        ("a b", "annotator", "", "'a b' will not do: A name has at most 150 characters"),
        ("", "annotator", "", "will not do"),
        ("a\0b", "annotator", "", "will not do"),
        ("mei", "king", "", "'king' is not a valid choice"),
        ("mei", "annotator", "nonsense", "valid email"),
        ("mei", "annotator", "a@example.org\0", "will not do"),
    ],
)
def test_an_odd_invitation_is_refused_and_stores_nothing(boss, ada, name, role, email, words):
    with pytest.raises(AnnotationError, match=words):
        invite(name, role, email, boss)
    assert User.objects.count() == 2
    assert not OneTimeLink.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    "deed",
    [
        lambda by, person: invite("mei", "administrator", "", by),
        lambda by, person: change_role(person, "administrator", by),
        lambda by, person: change_role(by, "administrator", by),
        lambda by, person: deactivate(person, by),
        lambda by, person: reactivate(person, by),
        lambda by, person: reset_password(person, by),
    ],
)
@pytest.mark.parametrize("facts", [{}, {"role": "administrator", "is_active": False}])
def test_the_deeds_refuse_everybody_but_active_administrators(boss, ada, deed, facts):
    before = list(User.objects.order_by("pk").values())
    by = UserFactory(username="by", **facts)
    with pytest.raises(NotAllowed):
        deed(by, ada)
    assert list(User.objects.exclude(pk=by.pk).order_by("pk").values()) == before
    assert not OneTimeLink.objects.exists()
    assert not AuditEvent.objects.exists()


def test_somebody_demoted_a_moment_ago_is_no_administrator_any_more(boss, ada):
    stale = AdministratorFactory()
    change_role(stale, "annotator", boss)
    assert stale.is_administrator  # this object has not heard of it
    with pytest.raises(NotAllowed):
        deactivate(ada, stale)


def test_deactivation_ends_sessions_tokens_and_the_link_at_once(boss, ada, busy):
    key = make_link(ada, OneTimeLink.Purpose.RESET)
    ended = deactivate(ada, boss)
    assert (ended.sessions, ended.tokens) == (1, 1)
    assert is_out(busy)
    with pytest.raises(AnnotationError):
        link_of(key)
    with pytest.raises(SignInRefused):
        check_password("ada", SECRET, None)
    event = AuditEvent.objects.get(action="person deactivated")
    assert (event.actor, event.subject, event.details) == (
        boss,
        "ada",
        {"sessions": 1, "tokens": 1},
    )


def test_a_reactivated_person_signs_in_with_the_same_password_and_gets_nothing_back(
    boss, ada, busy
):
    deactivate(ada, boss)
    reactivate(ada, boss)
    assert is_out(busy)
    assert check_password("ada", SECRET, None) == ada


def test_deeds_that_change_nothing_are_not_in_the_audit_log(boss, ada):
    change_role(ada, "annotator", boss)
    reactivate(ada, boss)
    deactivate(ada, boss)
    deactivate(ada, boss)
    assert audit() == [("boss", "person deactivated")]


def test_a_new_role_ends_what_is_open(boss, ada, busy):
    change_role(ada, "administrator", boss)
    ada.refresh_from_db()
    assert ada.is_administrator
    assert is_out(busy)
    assert not PersonSession.objects.exists()
    assert not ApiToken.objects.exists()
    assert AuditEvent.objects.get(action="role changed").details == {
        "before": "annotator",
        "after": "administrator",
    }


def test_a_demoted_member_of_staff_is_staff_no_more(boss):
    staff = AdministratorFactory(is_staff=True, is_superuser=True)
    change_role(staff, "annotator", boss)
    staff.refresh_from_db()
    assert (staff.role, staff.is_staff, staff.is_superuser) == ("annotator", False, False)


@pytest.mark.parametrize("role", ["king", "", "Administrator"])
def test_an_unknown_role_is_refused(boss, ada, role):
    with pytest.raises(PersonRefused, match="Choose annotator or administrator"):
        change_role(ada, role, boss)


@pytest.mark.parametrize(
    "deed", [lambda p, by: deactivate(p, by), lambda p, by: change_role(p, "annotator", by)]
)
def test_the_last_administrator_who_can_sign_in_stays(boss, deed):
    AdministratorFactory(is_active=False)
    invite("not-here-yet", "administrator", "", boss)
    for by in (boss, None):
        with pytest.raises(PersonRefused, match="boss is the last administrator who can sign in"):
            deed(boss, by)
    boss.refresh_from_db()
    assert boss.is_active
    assert boss.is_administrator


def test_of_two_administrators_one_may_go(boss):
    second = AdministratorFactory()
    deactivate(boss, boss)
    with pytest.raises(PersonRefused):
        deactivate(second, second)


def test_a_reset_makes_the_old_password_worthless_at_once(boss, ada, busy):
    key = reset_password(ada, boss)
    assert is_out(busy)
    with pytest.raises(SignInRefused):
        check_password("ada", SECRET, None)
    use_link(key, "another long secret")
    assert check_password("ada", "another long secret", None) == ada
    assert AuditEvent.objects.get(action="password reset").details == {"sessions": 1, "tokens": 1}


def test_a_reset_opens_a_locked_door(boss, ada):
    for _ in range(10):
        with pytest.raises(SignInRefused):
            check_password("ada", "wrong", None)
    use_link(reset_password(ada, boss), SECRET)
    assert check_password("ada", SECRET, None) == ada
    assert not LoginFailure.objects.exists()


def test_a_second_reset_voids_the_first_link(boss, ada):
    first, second = reset_password(ada, boss), reset_password(ada, boss)
    with pytest.raises(AnnotationError):
        use_link(first, SECRET)
    use_link(second, SECRET)


def test_an_invitation_made_anew_stays_one(boss):
    person, _ = invite("mei", "annotator", "", boss)
    assert link_of(reset_password(person, boss)).purpose == "invitation"


def test_one_s_own_and_a_shut_account_are_not_reset(boss, ada):
    with pytest.raises(PersonRefused, match="on your account page"):
        reset_password(boss, boss)
    deactivate(ada, boss)
    with pytest.raises(PersonRefused, match="ada is deactivated"):
        reset_password(ada, boss)
    assert check_password("boss", SECRET, None) == boss


def test_no_key_and_no_password_is_in_the_audit_log(boss):
    _, key = invite("mei", "annotator", "", boss)
    use_link(key, SECRET)
    token = give_token("mei", SECRET, None)
    log = str(list(AuditEvent.objects.values()))
    assert not any(secret in log for secret in (key, token, SECRET))
