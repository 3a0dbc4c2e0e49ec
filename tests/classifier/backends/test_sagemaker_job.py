"""A training job is started once, watched to its end, and leaves one plain file or none."""

import hashlib
import io
import json
import tarfile
import time
from dataclasses import replace

import pytest

from classifier.backends import sagemaker_model
from classifier.backends.aws import AwsFault, ask, client
from classifier.backends.aws_files import put
from classifier.backends.aws_waiting import waited
from classifier.backends.fasttext_binary import read
from classifier.backends.sagemaker_account import REGISTRIES, Account
from classifier.backends.sagemaker_channel import TrainingSet
from classifier.backends.sagemaker_job import (
    JobFault,
    begin,
    job_of,
    must_have_completed,
    state_of,
    stop,
)
from classifier.backends.sagemaker_model import model_of, unpacked
from tests.aws_places import BUCKET, REGION
from tests.patience import patience

ACCOUNT = Account(
    "0a1b2c3d", REGION, BUCKET, "classie", "arn:aws:iam::123456789012:role/train", "ml.c5.xlarge", 5
)
LINES = TrainingSet({"train.txt": b"__label__A choir sings\n__label__B grass grows\n" * 5})
MANIFEST = TrainingSet(
    {
        "train.manifest": b'{"source": "choir sings", "label": [1]}\n'
        b'{"source": "grass grows", "label": [2, 1]}\n',
        "class-map.json": b'{"1": "A", "2": "B"}\n',
    },
    {"1": "A", "2": "B"},
)
QUICK = {"mode": "supervised", "epochs": "1", "min_count": "1", "vector_dim": "2",
         "word_ngrams": "1", "buckets": "10"}  # fmt: skip
THROTTLED = 400, "ThrottlingException", "Rate exceeded"


class GivenUp(Exception):
    """What a worker learns that nobody waits for."""


class Place:
    """The clients and the job of a test."""

    def __init__(self, sagemaker, store):
        self.fake, self.store = sagemaker, store
        self.s3, self.sagemaker = client("s3", REGION), client("sagemaker", REGION)
        self.job = job_of(ACCOUNT, "v7", LINES)

    def begin(self, account=ACCOUNT, sent=LINES, hyperparameters=QUICK):
        return begin(self.s3, self.sagemaker, account, self.job, sent, hyperparameters, list)

    def over(self):
        return waited(
            lambda: state_of(self.sagemaker, self.job),
            lambda state: state.is_over,
            lambda state, seconds: None,
            patience(60),
            pause=0.05,
        )


@pytest.fixture
def place(sagemaker, store):
    return Place(sagemaker, store)


def test_a_job_trains_on_what_was_sent_and_its_model_comes_home(place):
    assert not place.begin().is_over
    state = place.over()
    must_have_completed(state, place.job, 5)
    assert state.seconds >= 1
    data, sha256 = model_of(place.s3, place.job)
    assert data[:4] == (793712314).to_bytes(4, "little")  # fastText's own sign
    assert sha256 == hashlib.sha256(data).hexdigest()
    assert place.store.read(f"{place.job.input}train.txt") == LINES.content


def test_an_augmented_manifest_is_streamed_with_its_class_map_beside_it(place):
    place.job = job_of(ACCOUNT, "v7", MANIFEST)
    place.begin(sent=MANIFEST)
    must_have_completed(place.over(), place.job, 5)
    data, sha256 = model_of(place.s3, place.job)
    assert sorted(read(data, sha256).labels) == ["__label__1", "__label__2"]
    asked = place.fake.jobs[place.job.name].asked
    (channel,) = asked["InputDataConfig"]
    key = f"s3://{BUCKET}/{place.job.input}train.manifest"
    assert channel == {
        "ChannelName": "train",
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "AugmentedManifestFile",
                "S3Uri": key,
                "S3DataDistributionType": "FullyReplicated",
                "AttributeNames": ["source", "label"],
            }
        },
        "ContentType": "application/x-recordio",
        "RecordWrapperType": "RecordIO",
        "InputMode": "Pipe",
    }
    assert asked["AlgorithmSpecification"]["TrainingInputMode"] == "Pipe"
    for name, sent in MANIFEST.files.items():
        assert place.store.read(f"{place.job.input}{name}") == sent


def test_an_upload_that_broke_off_between_two_files_is_made_whole(place):
    place.fake.holds = True
    place.job = job_of(ACCOUNT, "v7", MANIFEST)
    name, data = next(iter(MANIFEST.files.items()))
    put(place.s3, BUCKET, f"{place.job.input}{name}", data, ACCOUNT.tags("v7"))
    place.begin(sent=MANIFEST)
    assert set(place.store.files()) == {f"{place.job.input}{name}" for name in MANIFEST.files}


@pytest.mark.parametrize("n_told", [0, 1, 2])
def test_whoever_was_given_up_sends_no_further_file_and_asks_for_no_job(place, n_told):
    place.job, told = job_of(ACCOUNT, "v7", MANIFEST), []

    def tell():
        if len(told) == n_told:
            raise GivenUp
        told.append(1)

    with pytest.raises(GivenUp):
        begin(place.s3, place.sagemaker, ACCOUNT, place.job, MANIFEST, QUICK, tell)
    sent = list(MANIFEST.files)[:n_told]
    assert place.store.files() == sorted(f"{place.job.input}{name}" for name in sent)
    assert place.fake.jobs == {}


def test_another_manifest_or_another_map_is_another_job():
    turned = {"1": "B", "2": "A"}
    others = [
        TrainingSet(MANIFEST.files | {"class-map.json": json.dumps(turned).encode()}, turned),
        TrainingSet(MANIFEST.files | {"train.manifest": b"{}\n"}, turned),
        LINES,
    ]
    names = {job_of(ACCOUNT, "v7", sent).name for sent in [MANIFEST, *others]}
    assert len(names) == 4
    assert job_of(ACCOUNT, "v7", MANIFEST).name in names


def test_job_and_file_carry_the_site_and_the_training(place):
    place.fake.holds = True
    place.begin()
    wanted = {"classie:application": "classie-annotation", "classie:site": "0a1b2c3d",
              "classie:training": "v7"}  # fmt: skip
    told = place.sagemaker.describe_training_job(TrainingJobName=place.job.name)
    said = ask(place.sagemaker, "list_tags", ResourceArn=told["TrainingJobArn"])["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in said} == wanted
    key = f"{place.job.input}train.txt"
    said = place.s3.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in said} == wanted
    assert told["StoppingCondition"] == {"MaxRuntimeInSeconds": 300}
    assert told["ResourceConfig"]["InstanceCount"] == 1


def test_a_job_is_started_once_however_often_it_is_begun(place):
    place.fake.holds = True
    for _ in range(3):
        place.begin()
    assert place.fake.calls.count("CreateTrainingJob") == 1
    assert list(place.fake.jobs) == [place.job.name]


@pytest.mark.parametrize(
    "moved", [{"region": "eu-west-1"}, {"bucket": "another-one"}, {"prefix": "mine"}]
)
def test_in_another_place_it_is_another_job(moved):
    assert job_of(ACCOUNT, "v7", LINES) == job_of(ACCOUNT, "v7", LINES)
    assert job_of(replace(ACCOUNT, **moved), "v7", LINES).name != job_of(ACCOUNT, "v7", LINES).name


def test_an_answer_that_gets_lost_starts_no_second_job(place):
    place.fake.holds = True
    place.fake.loses = {"CreateTrainingJob"}
    assert place.begin().status == "InProgress"
    assert place.fake.calls.count("CreateTrainingJob") == 2  # the second was refused: it is there
    assert place.fake.running() == [place.job.name]


def test_other_texts_or_another_training_are_another_job():
    names = {job_of(ACCOUNT, "v7", LINES).name, job_of(ACCOUNT, "v8", LINES).name,
             job_of(ACCOUNT, "v7", TrainingSet({"train.txt": LINES.content + b"\n"})).name,
             job_of(replace(ACCOUNT, site="11111111"), "v7", LINES).name}  # fmt: skip
    assert len(names) == 4
    assert job_of(ACCOUNT, "v7", LINES).name in names


def test_a_job_of_the_same_name_that_reads_elsewhere_is_not_taken_for_ours(place):
    place.fake.holds = True
    place.begin()
    place.job = replace(place.job, prefix="another")
    with pytest.raises(JobFault, match=r"reads s3://grants-of-a-test/classie/input/"):
        place.begin()


def test_throttling_delays_and_what_is_refused_leaves_no_job(place):
    place.fake.refusals = {"CreateTrainingJob": [THROTTLED]}
    place.begin()
    assert place.fake.calls.count("CreateTrainingJob") == 2
    limit = 400, "ResourceLimitExceeded", "The account-level service limit is 0 Instances"
    place.fake.refusals = {"CreateTrainingJob": [limit]}
    place.job = job_of(ACCOUNT, "v8", LINES)
    with pytest.raises(AwsFault, match=r"is 0 Instances\. Ask AWS for a higher quota"):
        place.begin()
    assert place.job.name not in place.fake.jobs


def test_why_a_job_has_failed_is_said(place):
    place.begin(sent=TrainingSet({"train.txt": b"\n"}))
    with pytest.raises(JobFault, match=r"has failed in SageMaker: .+"):
        must_have_completed(place.over(), place.job, 5)


def test_at_its_limit_a_job_is_ended_and_its_part_of_a_model_is_none(place):
    place.fake.holds = True
    place.begin()
    place.fake.jobs[place.job.name].began = time.time() - 301
    state = place.over()
    with pytest.raises(JobFault, match="at its limit of 5 minutes"):
        must_have_completed(state, place.job, 5)
    assert place.fake.running() == []


def test_a_stopped_job_is_over_and_is_stopped_once(place):
    place.fake.holds = True
    assert stop(place.sagemaker, place.job) is None  # it is not there
    place.begin()
    for _ in range(3):
        stop(place.sagemaker, place.job)
    assert place.fake.calls.count("StopTrainingJob") == 1
    with pytest.raises(JobFault, match="was stopped"):
        must_have_completed(place.over(), place.job, 5)


def test_a_job_that_ends_just_before_it_is_stopped_is_no_error(place):
    place.fake.holds = True
    place.begin()
    over = 400, "ValidationException", "The training job is in status Completed."
    place.fake.refusals = {"StopTrainingJob": [over]}
    assert stop(place.sagemaker, place.job).status == "InProgress"


def packed(tmp_path, *members):
    """An archive of (name, bytes, kind)."""
    path = tmp_path / "model.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, data, kind in members:
            member = tarfile.TarInfo(name)
            member.type, member.size, member.linkname = kind, len(data), "/etc/passwd"
            archive.addfile(member, io.BytesIO(data))
    return path


PLAIN, LINK = tarfile.REGTYPE, tarfile.SYMTYPE


def test_only_the_model_is_taken_out_of_an_archive(tmp_path):
    others = ("../../vectors.txt", b"x", PLAIN), ("model.bin", b"bin", PLAIN)
    assert unpacked(packed(tmp_path, *others)) == b"bin"
    assert unpacked(packed(tmp_path, ("./model.bin", b"bin", PLAIN))) == b"bin"
    assert [path.name for path in tmp_path.iterdir()] == ["model.tar.gz"]


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ([], "has no model.bin"),
        ([("a/model.bin", b"x", PLAIN)], "has no model.bin"),
        ([("model.bin", b"", LINK)], "is no plain file"),
        ([("model.bin", b"x", PLAIN)] * 2, "or there are two"),
        ([("a", b"", PLAIN)] * 101, "more than 100 files"),
        ([("model.bin", bytes(11), PLAIN)], "unpacks to more than 10 bytes"),
    ],
)
def test_an_archive_that_is_not_one_of_a_model_is_refused(tmp_path, monkeypatch, members, said):
    monkeypatch.setattr(sagemaker_model, "MOST_UNPACKED", 10)
    with pytest.raises(JobFault, match=said):
        unpacked(packed(tmp_path, *members))


def test_what_is_no_archive_is_refused(tmp_path):
    path = tmp_path / "model.tar.gz"
    whole = packed(tmp_path, ("model.bin", bytes(range(256)) * 40, PLAIN)).read_bytes()
    for data in (b"", b"choir", whole[: len(whole) // 2]):
        path.write_bytes(data)
        with pytest.raises(JobFault, match=r"cannot be unpacked|has no model\.bin"):
            unpacked(path)


def test_the_algorithm_is_that_of_the_region():
    assert ACCOUNT.image == "544295431143.dkr.ecr.ap-southeast-2.amazonaws.com/blazingtext:1"
    china = replace(ACCOUNT, region="cn-north-1")
    assert china.image.endswith(".dkr.ecr.cn-north-1.amazonaws.com.cn/blazingtext:1")
    assert all(len(number) == 12 and number.isdecimal() for number in REGISTRIES.values())
