"""The command tells the cost before and what is left after, and can be called off."""

import os
import signal
from functools import partial

import pytest
from django.core.management import CommandError, call_command

from tests.aws_places import CREDENTIALS, REGION
from tests.classifier.backends.test_sagemaker_endpoint import DATA, IMAGE, ROLE


def run(deed, *more, **options):
    call_command(
        "sagemaker_endpoint", deed, "--region", REGION, "--every", "0.001", *more, **options
    )


MAKE = ("--image", IMAGE, "--model-data", DATA, "--role", ROLE, "--instance-type", "ml.m5.large")


def test_the_command_tells_the_cost_before_and_that_nothing_is_left_after(hosts, capsys, caplog):
    caplog.set_level("DEBUG")
    scaling = ("--least-instances", "1", "--most-instances", "3", "--requests-a-minute", "60")
    with pytest.raises(CommandError, match="Nothing was started: give --yes"):
        run("create", *MAKE, *scaling, "--price-an-hour", "0.2")
    assert hosts.left() == []
    run("create", *MAKE, *scaling, "--price-an-hour", "0.2", "--yes")
    run("status")
    run("update", *MAKE, "--yes")
    run("delete")
    run("status")
    said = capsys.readouterr().out
    assert "0.20 to 0.60 an hour, 146.00 to 438.00 a month" in said
    assert "No price is assumed" in said
    assert "state: InService, billed for 1 instances" in said
    assert "scaling: 1 to 3 instances, 60 requests a minute each" in said
    assert said.count("Nothing is billed.") == 2
    for secret in CREDENTIALS:
        assert secret not in said + caplog.text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_called_off_it_is_taken_down(hosts, number, request):
    # Tests that run in the background may have been told to pass such signals over.
    request.addfinalizer(partial(signal.signal, number, signal.signal(number, signal.SIG_DFL)))
    hosts.stays, before = True, signal.getsignal(number)
    looks = []

    def look():
        looks.append(1)
        if len(looks) in (4, 6):  # the second one comes while it is taken down
            os.kill(os.getpid(), number)
        hosts.stays = len(looks) < 8

    hosts.on_look = look
    with pytest.raises(CommandError, match="Called off"):
        run("create", *MAKE, "--yes")
    assert hosts.left() == []
    assert signal.getsignal(number) == before


def test_what_aws_refuses_half_way_may_be_billed_and_says_so(hosts):
    denied = 403, "AccessDeniedException", "Not you"
    scaling = ("--least-instances", "1", "--most-instances", "3", "--requests-a-minute", "60")
    for deed in ("create", "update"):
        hosts.refusals["RegisterScalableTarget"] = [denied]
        with pytest.raises(CommandError, match=r"may exist and be billed: repeat .*, or delete"):
            run(deed, *MAKE, *scaling, "--yes")
        assert hosts.billed() == ["classie"]


def test_what_cannot_be_is_said(hosts):
    for more, said in [
        (("--most-instances", "3"), "Give all of"),
        (("--instances", "0"), "--instances 0 is not from 1"),
        (("--limit-minutes", "0"), "--limit-minutes 0.0 is no limit"),
        (("--price-an-hour", "-1"), "is no price"),
        (("--name", "a_b"), "'a_b' is no name"),
    ]:
        with pytest.raises(CommandError, match=said):
            run("create", *MAKE, "--yes", *more)
    with pytest.raises(CommandError, match="is no AWS region"):
        call_command("sagemaker_endpoint", "status", "--region", "mars")
    assert hosts.left() == []
