"""Fixtures of the browser tests: the browser, a signed-in person, the accessibility checker."""

import os

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from tests.e2e.axe import violations
from tests.e2e.chromium import launch_arguments
from tests.patience import patience

# Playwright keeps an event loop in the thread of the tests, and Django would refuse every query.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, **launch_arguments()}


@pytest.fixture
def context(context):
    """A page of this site that takes ten seconds on an idle machine is broken."""
    context.set_default_timeout(patience(10) * 1000)
    expect.set_options(timeout=patience(5) * 1000)
    return context


@pytest.fixture
def log_in(live_server):
    """``log_in(page, user)`` puts the user's session into the browser."""

    def log_in(page, user):
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
        page.context.add_cookies([cookie])

    return log_in


@pytest.fixture
def axe():
    """``assert axe(page) == []``: no element of the page breaks a rule in either theme."""
    return violations
