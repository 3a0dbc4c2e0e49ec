"""Many texts at once: a batch transform in SageMaker, which ends by itself.

A job's name is made before anything is sent, so every deed here may be done again after it was cut
off anywhere. AWS keeps a job's name and times for ever, and neither texts nor answers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from classifier.backends.aws import AwsFault, Tags, ask, client, found, tags
from classifier.backends.aws_files import fetch, put, remove_below
from classifier.backends.aws_waiting import PAUSE, TooLong, waited
from classifier.backends.hosted_forms import JSON_LINES
from classifier.backends.hosted_models import ensure, ensure_model, remove
from classifier.backends.transform_jobs import RUNNING, TransformFault, TransformJob

DONE = "Completed"
PART = 20_000_000  # bytes of a file: instances share the files, and one is read here at a time
MOST_ANSWERED = 20 * PART
PAYLOAD = 6  # MB that our container takes at once
STOPPING = 600  # seconds that AWS may take to stop a job
Tell = Callable[[str, float], None]


class Transform:
    """A job and what may be done with it."""

    def __init__(self, job: TransformJob, tell: Tell, pause: float = PAUSE) -> None:
        self.job, self.tell, self.pause = job, tell, pause
        self.sagemaker, self.s3 = client("sagemaker", job.region), client("s3", job.region)

    def send(self, lines: Iterable[str]) -> int:
        """Put the texts into S3, whole lines to a file; returns the number of files."""
        count = 0
        for data in _parts(lines):
            put(self.s3, self.job.bucket, self._sent(count), data, self._tags())
            count += 1
            self.tell(f"{count} files of texts are in S3", 0)
        return count

    def start(self) -> None:
        """The job runs; whoever calls twice starts one."""
        job = self.job
        ensure_model(self.sagemaker, job.name, job.hosted, self._tags())
        given = {
            "ModelName": job.name,
            "MaxPayloadInMB": PAYLOAD,
            "BatchStrategy": "MultiRecord",
            "ModelClientConfig": {"InvocationsTimeoutInSeconds": 600, "InvocationsMaxRetries": 3},
            "TransformInput": {
                "DataSource": {
                    "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": self._uri("texts/")}
                },
                "ContentType": JSON_LINES,
                "SplitType": "Line",
            },
            "TransformOutput": {
                "S3OutputPath": self._uri("answers"),
                "Accept": JSON_LINES,
                "AssembleWith": "Line",
            },
            "TransformResources": {
                "InstanceType": job.instance_type,
                "InstanceCount": job.instances,
            },
            "Tags": self._tags(),
        }
        ensure(self.sagemaker, "transform_job", {"TransformJobName": job.name}, given)

    def state(self) -> dict[str, Any] | None:
        """What AWS says of the job; None before it was started."""
        return found(self.sagemaker, "describe_transform_job", TransformJobName=self.job.name)

    def wait(self, limit: float) -> None:
        """Until the job is done, ``limit`` seconds after it began at most.

        Raises
        ------
        TransformFault
            If it has failed, was stopped, or takes longer; it may still run then.
        """
        began = (self.state() or {}).get("CreationTime")
        age = (datetime.now(UTC) - began).total_seconds() if began else 0.0
        try:
            state = self._over(limit - age)
        except TooLong as error:
            raise TransformFault(
                f"{self.job.name} takes longer than its limit. Give it a longer one, more "
                "instances, or a faster type."
            ) from error
        if (status := state["TransformJobStatus"]) != DONE:
            reason = state.get("FailureReason", "AWS gives no reason")
            raise TransformFault(f"{self.job.name} is {status}: {reason}")

    def stop(self) -> None:
        """Nothing runs, is billed or lies in S3 any more, wherever the job was."""
        state = self.state()
        if state is None:
            # One that is still on its way finds no model from here on, or is there by now.
            self.clear()
            state = self.state()
        if state is not None and state["TransformJobStatus"] == "InProgress":
            try:
                ask(self.sagemaker, "stop_transform_job", TransformJobName=self.job.name)
            except AwsFault as fault:
                # It may just have ended, and then there is nothing to stop.
                if (self.state() or {}).get("TransformJobStatus") == "InProgress":
                    raise fault from None
        if state is not None:
            self._over(STOPPING)
        self.clear()

    def answers(self, n_files: int) -> Iterator[str]:
        """The answers' lines in the order of the texts; blank ones are AWS's own.

        Raises
        ------
        TransformFault
            If a file of them is not there.
        """
        keys = self._answer_keys()
        for number in range(n_files):
            name = self._sent(number).rpartition("/")[2] + ".out"
            if name not in keys:
                raise TransformFault(
                    f"{name} is not among the answers: they were taken and deleted before, or "
                    "somebody else has removed them."
                )
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / name
                fetch(self.s3, self.job.bucket, keys[name], path, MOST_ANSWERED)
                with path.open(encoding="utf-8") as file:
                    yield from (line for line in file if line.strip())

    def clear(self) -> None:
        """Texts, answers and the model's resource are gone; the model's file stays where it is."""
        for folder in ("texts/", "answers/"):
            try:
                remove_below(self.s3, self.job.bucket, self._key(folder))
            except AwsFault as fault:
                if fault.code != "NoSuchBucket":  # then nothing ever came there
                    raise
        remove(self.sagemaker, "model", {"ModelName": self.job.name})

    def _over(self, limit: float) -> dict[str, Any]:
        return waited(
            lambda: self.state() or {"TransformJobStatus": "gone"},
            lambda state: state["TransformJobStatus"] not in RUNNING,
            lambda state, seconds: self.tell(state["TransformJobStatus"], seconds),
            limit,
            self.pause,
        )

    def _answer_keys(self) -> dict[str, str]:
        """Files' names and keys; AWS may repeat the texts' folder below that of the answers."""
        keys, page = dict[str, str](), dict[str, Any]()
        while True:
            more = {}
            if page.get("NextContinuationToken"):
                more = {"ContinuationToken": page["NextContinuationToken"]}
            page = ask(
                self.s3, "list_objects_v2", Bucket=self.job.bucket, Prefix=self._key("answers/"),
                **more,
            )  # fmt: skip
            for row in page.get("Contents", []):
                keys[row["Key"].rpartition("/")[2]] = row["Key"]
            if not page.get("IsTruncated"):
                return keys

    def _sent(self, number: int) -> str:
        return self._key(f"texts/{number:05}.jsonl")

    def _key(self, name: str) -> str:
        return f"{self.job.prefix}/{name}"

    def _uri(self, name: str) -> str:
        return f"s3://{self.job.bucket}/{self._key(name)}"

    def _tags(self) -> Tags:
        return tags(transform=self.job.name)


def _parts(lines: Iterable[str]) -> Iterator[bytes]:
    part = bytearray()
    for line in lines:
        data = line.encode() + b"\n"
        if part and len(part) + len(data) > PART:
            yield bytes(part)
            part.clear()
        part += data
    if part:
        yield bytes(part)
