"""``manage.py reset_user``: the way back in when nobody else can help."""

import io

import pytest
from django.core.management import CommandError, call_command

from annotation.errors import SignInRefused
from annotation.models import AuditEvent
from annotation.services.people import check_password
from tests.factories import AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db
SECRET = "a long enough secret"


def command(name):
    out = io.StringIO()
    call_command("reset_user", name, stdout=out)
    return out.getvalue()


def test_it_prints_a_link_that_opens_once_even_for_the_last_administrator(client, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://grants.example.org"]
    AdministratorFactory(username="boss")
    said = command("boss")
    address = said.split()[-1]
    assert "good for 3 days" in said
    assert address.startswith("https://grants.example.org/welcome/")
    with pytest.raises(SignInRefused):
        check_password("boss", SECRET, None)
    body = {"new_password1": "brand new words", "new_password2": "brand new words"}
    client.post(address.removeprefix("https://grants.example.org"), body)
    assert check_password("boss", "brand new words", None)
    assert AuditEvent.objects.get(action="password reset").actor is None


@pytest.mark.parametrize(
    ("bind", "https", "start"),
    [("127.0.0.1", False, "http://127.0.0.1:"), ("::", True, "https://localhost:")],
)
def test_without_a_known_origin_it_names_where_it_listens(settings, bind, https, start):
    settings.BIND, settings.HTTPS = bind, https
    UserFactory(username="ada")
    assert command("ada").split()[-1].startswith(start)


def test_it_says_what_is_wrong():
    UserFactory(username="gone", is_active=False)
    with pytest.raises(CommandError, match="There is no user 'nobody'"):
        command("nobody")
    with pytest.raises(CommandError, match="gone is deactivated"):
        command("gone")
