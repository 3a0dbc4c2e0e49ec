"""Two people at the same account in the same moment."""

from collections import Counter

import pytest
from django.test import Client

from annotation.errors import LinkGone, NotAllowed, PersonRefused
from annotation.models import AuditEvent, OneTimeLink, PersonSession, User
from annotation.services.people import check_password
from annotation.services.people_admin import change_role, deactivate
from annotation.services.people_links import make_link, use_link
from tests.annotation.test_concurrency import at_once
from tests.factories import AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("deed", ["deactivate", "demote"])
def test_two_administrators_cannot_put_each_other_out(deed):
    one, other = AdministratorFactory.create_batch(2)

    def put_out(pair):
        by, person = pair
        return (
            deactivate(person, by) if deed == "deactivate" else change_role(person, "annotator", by)
        )

    answers = at_once(put_out, [(one, other), (other, one)])
    assert sum(answer in (NotAllowed, PersonRefused) for answer in answers) == 1
    assert User.objects.filter(role="administrator", is_active=True).count() == 1


def test_a_link_opened_eight_times_at_once_is_used_once():
    mei = UserFactory(username="mei")
    key = make_link(mei, OneTimeLink.Purpose.RESET)
    passwords = [f"long enough secret {n}" for n in range(8)]
    answers = at_once(lambda password: use_link(key, password), passwords)
    assert Counter(answers)[LinkGone] == 7
    assert AuditEvent.objects.filter(action="one-time link used").count() == 1
    winner = next(p for p, a in zip(passwords, answers, strict=True) if a is not LinkGone)
    assert check_password("mei", winner, None) == mei


def test_the_first_requests_of_a_session_list_it_once(client):
    ada = UserFactory()
    client.force_login(ada)
    cookie = client.cookies["sessionid"].value

    def look(_):
        browser = Client()
        browser.cookies["sessionid"] = cookie
        return browser.get("/account/").status_code

    assert at_once(look, range(6)) == [200] * 6
    assert PersonSession.objects.count() == 1
