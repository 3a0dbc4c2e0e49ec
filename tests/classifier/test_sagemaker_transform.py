"""The pool goes to a model in SageMaker and comes back as a file; nothing is left there, ever."""

import json
import os
import signal
import time
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from annotation.models import AuditEvent, Grant, SagemakerAccount, Suggestion
from annotation.reports.deeds import DEEDS
from annotation.services.sagemaker_account import (
    agree_that_texts_leave,
    change_account,
    withdraw_agreement,
)
from annotation.services.sensitive_categories import mark_sensitive
from classifier.management.commands._transforming import note_path
from tests.aws_places import BUCKET, CREDENTIALS, REGION
from tests.classifier.backends.test_sagemaker_endpoint import (
    DATA,
    IMAGE,
    ROLE,
    THROTTLED,
    is_cut,
)
from tests.factories import AdministratorFactory, CategoryFactory, GrantFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
MADE = (
    "--image", IMAGE, "--model-data", DATA, "--role", ROLE, "--instance-type", "ml.m5.large",
    "--yes",
)  # fmt: skip
TEXTS = {"S-1": "A choir and a brass concert", "S-2": "river and pond", "S-3": "singing melody"}


def agree(bucket=BUCKET):
    """An administrator has said where, and ticked what leaves."""
    by, revision = AdministratorFactory(), SagemakerAccount.objects.current().revision
    change_account(by, revision, {"region": REGION, "bucket": bucket, "role": ROLE})
    agree_that_texts_leave(by, SagemakerAccount.objects.current().revision)


@pytest.fixture
def site():
    """Three grants that wait, one of the audit stream, one without a text; two categories."""
    if connection.vendor == "postgresql":
        # The command is not in a transaction, as a test is: processes that start slowly on a busy
        # machine would have the server end it.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    agree()
    music, water = (CategoryFactory(code=code, label=code.title()) for code in ("MUSIC", "WATER"))
    for reference, text in TEXTS.items():
        GrantFactory(reference=reference, title=text, description="", queued=True)
    GrantFactory(reference="S-4", title="secret audit", stream="audit", queued=True)
    GrantFactory(reference="S-5", title="", description="", queued=True)
    return {"MUSIC": music, "WATER": water}


@pytest.fixture
def out(tmp_path):
    return tmp_path / "suggestions.jsonl"


def run(out, *more, made=MADE):
    call_command(
        "sagemaker_transform", str(out), "--region", REGION, "--bucket", BUCKET,
        "--every", "0.001", *made, *more,
    )  # fmt: skip


def answers(out):
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    return {row["reference"]: row["suggestions"] for row in rows}


def nothing_left(hosts, store):
    return hosts.left() == hosts.billed() == [] and store.files() == ["trained/model.tar.gz"]


def test_every_waiting_grant_comes_back_with_its_suggestions(site, out, hosts, store, capsys):
    mark_sensitive(AdministratorFactory(), site["WATER"], is_sensitive=True)
    sent = []
    hosts.on_look = lambda: sent.extend(
        store.read(key).decode() for key in store.files() if "/texts/" in key
    )
    run(out, "--price-an-hour", "0.5", "--limit-minutes", "30")
    found = answers(out)
    assert {reference: found[reference][0]["category"] for reference in found} == {
        "S-1": "MUSIC", "S-2": "WATER", "S-3": "MUSIC",
    }  # fmt: skip
    music, water = found["S-1"][0], found["S-2"][0]
    assert (music["ticked"], music["needs_person"]) == (True, False)
    assert (water["ticked"], water["needs_person"]) == (False, True)
    assert music | {"score": 0} == {
        "facet": "subject", "category": "MUSIC", "label": "Music", "path": [], "score": 0,
        "ticked": True, "needs_person": False,
    }  # fmt: skip
    assert all(0 <= one["score"] <= 1 for rows in found.values() for one in rows)
    assert not Suggestion.objects.exists() and not Grant.objects.filter(scored_by__isnull=False)
    assert out.stat().st_mode & 0o077 == 0
    assert [path.name for path in out.parent.iterdir()] == [out.name]
    assert nothing_left(hosts, store)
    (job,) = hosts.jobs.values()
    assert {"Key": "classie:transform", "Value": job["TransformJobName"]} in job["Tags"]
    # What leaves is the text alone: no reference, and none of the audit stream.
    assert "river and pond" in sent[0]
    assert not any(word in sent[0] for word in ("S-1", "secret audit"))
    said = capsys.readouterr()
    assert "at 0.5 an hour that is 0.25 at most" in said.out
    assert "1 categories of the model are none that this site offers" in said.err


def test_no_text_leaves_before_an_administrator_has_ticked_it(site, out, hosts, store):
    with pytest.raises(CommandError, match="Nothing was started"):
        run(out, made=MADE[:-1])
    for given in (["--region", "us-east-1"], ["--bucket", "another-bucket"]):
        with pytest.raises(CommandError, match="No administrator has agreed that texts go to"):
            run(out, *given)
    account = SagemakerAccount.objects.current()
    withdraw_agreement(account.agreed_by, account.revision)
    with pytest.raises(CommandError, match="No administrator has agreed that texts go to"):
        run(out)
    asked = len(hosts.calls)
    with pytest.raises(CommandError, match="No administrator has agreed"):
        run(out, made=MADE[:-1])  # before anybody is asked to go on, and before AWS is
    assert len(hosts.calls) == asked
    with pytest.raises(CommandError, match="Give --image, --model-data, --role: what the model is"):
        run(out, made=MADE[-3:])
    assert hosts.calls.count("CreateTransformJob") == 0
    assert nothing_left(hosts, store)
    assert not list(out.parent.iterdir())


def test_cut_off_between_any_two_calls_it_goes_on_with_one_job(site, out, hosts, store):
    def deed():
        try:
            run(out)
        except CommandError as error:
            raise error.__cause__ or error from None

    for calls in range(1, 100):
        if not is_cut(hosts, deed, calls, loses_last=True):
            break
        if not out.exists():
            assert note_path(out).exists() or hosts.left() == hosts.billed() == []
        deed()
        assert answers(out).keys() == TEXTS.keys()
        assert nothing_left(hosts, store)
        assert len(hosts.jobs) == 1  # however it was cut off, AWS was asked for one
        hosts.jobs.clear()
        out.unlink()
    assert calls > 8


def test_what_was_cut_off_after_the_file_was_whole_clears_up(site, out, hosts, store):
    hosts.refusals["DeleteModel"] = [(403, "AccessDenied", "The line was cut.")]
    with pytest.raises(CommandError, match="repeat the command"):
        run(out)
    assert answers(out).keys() == TEXTS.keys()
    run(out)
    assert nothing_left(hosts, store)
    with pytest.raises(CommandError, match="exists already"):
        run(out)


def test_a_job_that_fails_says_why_and_leaves_nothing(site, out, hosts, store):
    hosts.fails = "ClientError: the container was out of memory"
    with pytest.raises(CommandError, match=r"is Failed: ClientError.* no text is left in S3"):
        run(out)
    assert not list(out.parent.iterdir())
    assert nothing_left(hosts, store)
    hosts.fails = ""
    run(out)  # under another name, since AWS keeps that of the failed one
    assert answers(out).keys() == TEXTS.keys()


def test_one_that_takes_longer_than_its_limit_is_stopped(site, out, hosts, store):
    hosts.stays = True
    with pytest.raises(CommandError, match="takes longer than its limit"):
        run(out, "--limit-minutes", "0.0001")
    (job,) = hosts.jobs.values()
    assert job["TransformJobStatus"] == "Stopped"
    assert nothing_left(hosts, store)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_called_off_it_stops_the_job(site, out, hosts, store, number, request):
    # Tests that run in the background may have been told to pass such signals over.
    request.addfinalizer(partial(signal.signal, number, signal.signal(number, signal.SIG_DFL)))
    looks = []
    hosts.stays = True

    def look():
        looks.append(1)
        if len(looks) == 3:
            os.kill(os.getpid(), number)

    hosts.on_look = look
    with pytest.raises(CommandError, match="Called off"):
        run(out)
    (job,) = hosts.jobs.values()
    assert job["TransformJobStatus"] == "Stopped"
    assert not list(out.parent.iterdir())
    assert nothing_left(hosts, store)


def test_called_off_while_the_job_is_asked_for_it_is_stopped_once_aws_has_answered(
    site, out, hosts, store
):
    calls = []

    def asked(operation):
        calls.append(operation)
        if operation == "CreateTransformJob":
            os.kill(os.getpid(), signal.SIGTERM)
            # Whoever looked for the job now would find none, and call it nothing.
            time.sleep(0.3)
            calls.append("made")

    hosts.on_call = asked
    hosts.stays = True
    with pytest.raises(CommandError, match="Called off"):
        run(out)
    assert calls[calls.index("CreateTransformJob") + 1] == "made"
    (job,) = hosts.jobs.values()
    assert job["TransformJobStatus"] == "Stopped"
    assert nothing_left(hosts, store)


def test_called_off_while_it_clears_up_it_clears_up_first(site, out, hosts, store):
    hosts.on_call = lambda operation: (
        operation == "DeleteModel" and os.kill(os.getpid(), signal.SIGTERM)
    )
    with pytest.raises(CommandError, match="nothing of it is left"):
        run(out)
    assert answers(out).keys() == TEXTS.keys()
    assert [path.name for path in out.parent.iterdir()] == [out.name]
    assert nothing_left(hosts, store)


def test_that_the_pool_leaves_stands_in_the_audit_log(site, out, hosts):
    run(out)
    event = AuditEvent.objects.get(action="pool sent to SageMaker")
    assert event.details == {"by": "command", "region": REGION, "grants": 4}
    assert event.subject in hosts.jobs
    name, words = DEEDS[event.action]
    assert (name, words(event.details)) == (
        "Sent the texts of grants that wait",
        f"by a command, 4 grants to {REGION}",
    )


def test_a_job_is_stopped_by_its_name_wherever_its_texts_lie(site, out, hosts, store):
    hosts.stays, hosts.cut_after = True, 8
    with pytest.raises(CommandError, match="may be running"):
        run(out, "--prefix", "mine")
    hosts.cut_after = None
    (name,) = hosts.billed()
    run(out.with_name("other.jsonl"), "--stop", name)
    assert nothing_left(hosts, store)
    hosts.jobs[name]["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"] = "s3://theirs/in/"
    with pytest.raises(CommandError, match="is none of this command"):
        run(out.with_name("other.jsonl"), "--stop", name)


def test_a_forsaken_job_is_found_and_can_be_stopped(site, out, hosts, store):
    hosts.stays = True
    hosts.cut_after = 8
    with pytest.raises(CommandError, match="may be running"):
        run(out)
    hosts.cut_after = None
    (name,) = hosts.billed()
    with pytest.raises(CommandError, match=f"{name} is running.*--stop {name}"):
        run(out.with_name("other.jsonl"))
    run(out.with_name("other.jsonl"), "--stop", name)
    assert nothing_left(hosts, store)
    run(out, "--stop")  # the one of the note: over already
    assert not list(out.parent.iterdir())
    with pytest.raises(CommandError, match="Name the job: --stop JOB"):
        run(out, "--stop")


def test_a_busy_aws_is_asked_again(site, out, hosts, store):
    for call in ("CreateTransformJob", "DescribeTransformJob", "DeleteModel"):
        hosts.refusals[call] = [THROTTLED]
    run(out)
    assert answers(out).keys() == TEXTS.keys()
    assert len(hosts.jobs) == 1


def test_no_credential_and_no_text_is_said_or_kept(site, out, hosts, capsys, caplog):
    for name in ("boto3", "botocore", "urllib3", "classifier"):
        caplog.set_level("DEBUG", logger=name)
    hosts.cut_after = 5
    with pytest.raises(CommandError):
        run(out)
    note = out.with_name(out.name + ".job")
    kept = note.read_text()
    assert note.stat().st_mode & 0o077 == 0
    hosts.cut_after = None
    run(out)
    said = capsys.readouterr()
    for word in (*CREDENTIALS, *TEXTS.values()):
        assert word not in kept + said.out + said.err + caplog.text


def test_a_pool_without_texts_and_a_missing_bucket_are_said(site, out, hosts, store):
    agree("nobodys-bucket")
    with pytest.raises(CommandError, match="NoSuchBucket"):
        run(out, "--bucket", "nobodys-bucket")
    agree()
    Grant.objects.filter(reference__in=TEXTS).update(title="")
    with pytest.raises(CommandError, match="There is no grant that waits and has a text"):
        run(out)
    assert nothing_left(hosts, store)
    assert not list(out.parent.iterdir())
