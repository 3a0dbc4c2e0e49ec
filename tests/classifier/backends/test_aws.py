"""AWS is asked with what the standard chain finds, and says what went wrong without any of it."""

import hashlib
import logging
import socket
import sys
import traceback

import pytest

from classifier.backends.aws import (
    AwsFault,
    Patience,
    ask,
    client,
    found,
    lacks,
    resource_name,
    tags,
    without_secrets,
)
from classifier.backends.aws_files import fetch, put, remove_below
from classifier.backends.aws_waiting import TooLong, waited
from tests.aws_places import CREDENTIALS, REGION

THROTTLED = 400, "ThrottlingException", "Rate exceeded"
TAGS = tags(site="abc", version=7)


@pytest.fixture
def asked(sagemaker):
    return client("sagemaker", REGION)


def test_without_boto3_it_says_what_to_install(monkeypatch):
    assert lacks() == ""
    monkeypatch.setitem(sys.modules, "boto3", None)
    assert "pip install 'classie-annotation[sagemaker]'" in lacks()
    with pytest.raises(AwsFault, match="pip install"):
        client("s3", REGION)


@pytest.mark.parametrize("region", ["", "Sydney", "ap-southeast-2.example.org/", "eu-west-1 "])
def test_what_is_no_region_is_never_asked(region):
    with pytest.raises(AwsFault, match="is no AWS region"):
        client("s3", region)


def test_without_credentials_it_says_where_they_come_from(store, monkeypatch):
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        monkeypatch.delenv(f"AWS_{name}")
    with pytest.raises(AwsFault, match="has no AWS credentials"):
        ask(client("s3", REGION), "list_objects_v2", Bucket=store.bucket)


def test_half_of_the_credentials_are_none(store, monkeypatch):
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(AwsFault, match=r"standard AWS chain"):
        ask(client("s3", REGION), "list_objects_v2", Bucket=store.bucket)


def test_what_is_not_reached_says_where_to_look(credentials, monkeypatch):
    with socket.socket() as taken:  # a port that nobody listens at
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", url)
        asked = client("sagemaker", "eu-west-99", Patience(1, 2, 2))
        with pytest.raises(AwsFault, match="See whether eu-west-99 is a region of AWS") as caught:
            ask(asked, "describe_training_job", TrainingJobName="a")
    assert str(caught.value).startswith("sagemaker in eu-west-99 is not reached for describe_tr")


def test_a_profile_that_is_not_there_is_named_with_what_to_do(credentials, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nosuch")
    with pytest.raises(AwsFault, match=r"nosuch.* Mend the settings .* such as AWS_PROFILE"):
        client("s3", REGION)


def test_a_bucket_of_another_region_is_told_from_one_that_is_not_there(asked, sagemaker):
    moved = 400, "PermanentRedirect", "The bucket must be addressed elsewhere"
    sagemaker.refusals["DescribeTrainingJob"] = [moved]
    with pytest.raises(AwsFault, match="The bucket lies in another region: name that one"):
        ask(asked, "describe_training_job", TrainingJobName="a")


def test_a_call_that_is_throttled_is_made_again(asked, sagemaker):
    sagemaker.refusals["DescribeTrainingJob"] = [THROTTLED]
    assert found(asked, "describe_training_job", TrainingJobName="a") is None
    assert sagemaker.calls == ["DescribeTrainingJob"] * 2


def test_what_is_not_there_and_what_is_forbidden_are_told_apart(asked, sagemaker):
    with pytest.raises(AwsFault) as caught:
        ask(asked, "describe_training_job", TrainingJobName="a")
    assert caught.value.is_absent
    forbidden = "User: arn:aws:iam::123456789012:user/it is not authorized"
    sagemaker.refusals["DescribeTrainingJob"] = [(400, "AccessDeniedException", forbidden)]
    with pytest.raises(AwsFault, match=r"user/it is not authorized\. Its policy is in") as caught:
        found(asked, "describe_training_job", TrainingJobName="a")
    assert (caught.value.code, caught.value.is_absent) == ("AccessDeniedException", False)


@pytest.mark.parametrize("code", ["InvalidSignatureException", "UnheardOf"])
def test_no_error_and_no_log_holds_a_credential(asked, sagemaker, caplog, code):
    quoted = f"The canonical string was x-amz-security-token:{' '.join(CREDENTIALS)}"
    sagemaker.refusals["DescribeTrainingJob"] = [(400, code, quoted)]
    with caplog.at_level(logging.DEBUG), pytest.raises(AwsFault, match=code) as caught:
        ask(asked, "describe_training_job", TrainingJobName="a")
    told = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert not [one for one in CREDENTIALS if one in told]


def test_words_that_are_no_secret_stay():
    words = "Bucket grants, key classie/input/site-v12-0a1b2c3d/train.txt, ml.c5.xlarge"
    assert without_secrets(words) == words


def test_the_same_parts_make_the_same_name():
    assert resource_name("classie", "a_b", "v12") == "classie-a-b-v12"
    for parts in (("a" * 64,), ("",), ("", "a")):
        with pytest.raises(ValueError, match="is no name for AWS"):
            resource_name(*parts)


def test_a_file_is_stored_with_its_tags_read_with_a_limit_and_removed(store, tmp_path):
    put(store.s3, store.bucket, "in/a.txt", b"choir", TAGS)
    said = store.s3.get_object_tagging(Bucket=store.bucket, Key="in/a.txt")["TagSet"]
    assert sorted(said, key=str) == sorted(TAGS, key=str)
    path = tmp_path / "a"
    assert (
        fetch(store.s3, store.bucket, "in/a.txt", path, 5) == hashlib.sha256(b"choir").hexdigest()
    )
    assert path.read_bytes() == b"choir"
    with pytest.raises(AwsFault, match="has 5 bytes, and 4 are taken"):
        fetch(store.s3, store.bucket, "in/a.txt", tmp_path / "b", 4)
    assert not (tmp_path / "b").exists()
    put(store.s3, store.bucket, "into", b"", TAGS)
    assert remove_below(store.s3, store.bucket, "in/") == 1
    assert store.files() == ["into"]
    with pytest.raises(AwsFault, match=r"\(NoSuchBucket\).*Make the bucket"):
        put(store.s3, "another-bucket", "a", b"", TAGS)


def test_a_wait_tells_each_state_and_ends_with_the_last_one():
    states, told = iter("abc"), []

    def tell(state, seconds):
        told.append(state)

    assert waited(lambda: next(states), "c".__eq__, tell, 60, pause=0) == "c"
    assert told == ["a", "b"]
    with pytest.raises(TooLong, match="the limit is 0"):
        waited(lambda: "a", "c".__eq__, tell, 0, pause=0)
