"""SageMaker's training jobs for tests: its protocol over HTTP, and jobs that really train.

A job is a process of :mod:`tests.sagemaker_training`, which reads S3, trains fastText, and packs
model.tar.gz as BlazingText does. Written from Amazon's API reference; no code of the site is used.
"""

import json
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OVER = ("Completed", "Failed", "Stopped")
MISSING = 400, "ValidationException", "Requested resource not found."
HYPERPARAMETERS = {"mode", "epochs", "learning_rate", "min_count", "vector_dim", "word_ngrams",
                   "buckets", "early_stopping", "patience", "min_epochs"}  # fmt: skip

REPEATED = [
    "TrainingJobName",
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "StoppingCondition",
    "HyperParameters",
]


class Refused(Exception):
    """HTTP status, AWS's name of the error, and its words."""


class Job:
    """One training job, and the process that carries it out."""

    def __init__(self, asked, s3_url, held):
        self.asked, self.held = asked, held
        self.began, self.ended = time.time(), None
        self.status, self.reason, self.secondary = "InProgress", "", "Starting"
        self.process = None if held else self._start(s3_url)

    def _start(self, s3_url):
        command = [sys.executable, "-m", "tests.sagemaker_training", s3_url]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        process.stdin.write(json.dumps(self.asked))
        process.stdin.close()
        self.secondary = "Training"
        return process

    @property
    def model(self):
        below = self.asked["OutputDataConfig"]["S3OutputPath"].rstrip("/")
        return f"{below}/{self.asked['TrainingJobName']}/output/model.tar.gz"

    def look(self):
        """What has become of it since the last look."""
        if self.status in OVER:
            return
        limit = self.asked["StoppingCondition"]["MaxRuntimeInSeconds"]
        if time.time() - self.began > limit:
            self._end("Stopped", "MaxRuntimeExceeded")
        elif self.status == "Stopping":
            self._end("Stopped", "Stopped")
        elif self.process and self.process.poll() is not None:
            self.reason = self.process.stderr.read().strip()[-1024:]
            failed = self.process.returncode != 0
            self._end("Failed" if failed else "Completed", "Failed" if failed else "Completed")

    def _end(self, status, secondary):
        self.status, self.secondary, self.ended = status, secondary, time.time()
        self.close()

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stderr.close()

    def said(self):
        answer = {key: self.asked[key] for key in REPEATED}
        answer |= {
            "TrainingJobArn": arn(self.asked["TrainingJobName"]),
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self.secondary,
            "CreationTime": self.began,
            "LastModifiedTime": self.ended or time.time(),
        }
        if self.status == "Failed":
            answer["FailureReason"] = self.reason
        if self.status in OVER:
            answer["BillableTimeInSeconds"] = max(1, round(self.ended - self.began))
            answer["TrainingTimeInSeconds"] = answer["BillableTimeInSeconds"]
            answer["ModelArtifacts"] = {"S3ModelArtifacts": self.model}
        return answer


def arn(name):
    return f"arn:aws:sagemaker:ap-southeast-2:123456789012:training-job/{name}"


class SageMaker:
    """``jobs`` by name, ``calls`` in their order; what a test may set before it asks.

    ``refusals``: operation to errors that come first. ``holds``: jobs are taken and never begin.
    ``loses``: operations that are carried out, and whose answer gets lost. ``on_call``: called
    before each operation.
    """

    def __init__(self, s3_url):
        self.s3_url, self.url = s3_url, ""
        self.jobs, self.calls = {}, []
        self.refusals, self.loses, self.holds = {}, set(), False
        self.lock, self.on_call = threading.Lock(), None

    def answer(self, operation, asked):
        if self.on_call:
            self.on_call()
        with self.lock:
            self.calls.append(operation)
            if waiting := self.refusals.get(operation):
                raise Refused(*waiting.pop(0))
            return getattr(self, f"_{operation}")(asked)

    def running(self):
        """Names of what is being paid for."""
        for job in self.jobs.values():
            job.look()
        return [name for name, job in self.jobs.items() if job.status not in OVER]

    def release(self):
        """Jobs that were held begin."""
        self.holds = False
        for job in self.jobs.values():
            if job.process is None and job.status not in OVER:
                job.process = job._start(self.s3_url)

    def _CreateTrainingJob(self, asked):
        name = asked["TrainingJobName"]
        if name in self.jobs:
            raise Refused(400, "ResourceInUse", f"Training job names must be unique: {arn(name)}")
        problem = next(_problems(asked), "")
        if problem:
            raise Refused(400, "ValidationException", problem)
        self.jobs[name] = Job(asked, self.s3_url, self.holds)
        return {"TrainingJobArn": arn(name)}

    def _DescribeTrainingJob(self, asked):
        job = self._job(asked["TrainingJobName"])
        job.look()
        return job.said()

    def _StopTrainingJob(self, asked):
        job = self._job(asked["TrainingJobName"])
        if job.status in OVER:
            raise Refused(400, "ValidationException",
                          f"The request was rejected because the training job is in status "
                          f"{job.status}.")  # fmt: skip
        job.status, job.secondary = "Stopping", "Stopping"
        return {}

    def _ListTags(self, asked):
        job = self._job(asked["ResourceArn"].rpartition("/")[2])
        return {"Tags": job.asked.get("Tags", [])}

    def _job(self, name):
        if name not in self.jobs:
            raise Refused(*MISSING)
        return self.jobs[name]


def _problems(asked):
    """What SageMaker would refuse."""
    image = asked["AlgorithmSpecification"]["TrainingImage"]
    if not image.endswith(".dkr.ecr.ap-southeast-2.amazonaws.com/blazingtext:1"):
        yield f"The image {image} is not of this region."
    given = asked["HyperParameters"]
    if given.get("mode") != "supervised" or given.keys() - HYPERPARAMETERS:
        yield f"Hyperparameters {sorted(given)} are not valid."
    if not all(isinstance(value, str) for value in given.values()):
        yield "Hyperparameters are texts."
    if not asked["RoleArn"].startswith("arn:aws:iam::"):
        yield "Invalid role ARN."
    for channel in asked["InputDataConfig"]:
        yield from _problems_of_a_channel(channel)
    if not 1 <= asked["StoppingCondition"]["MaxRuntimeInSeconds"] <= 28 * 86_400:
        yield "MaxRuntimeInSeconds is not valid."


def _problems_of_a_channel(channel):
    source = channel["DataSource"]["S3DataSource"]
    if source["S3DataType"] != "AugmentedManifestFile":
        if channel.keys() & {"RecordWrapperType"} or "AttributeNames" in source:
            yield "AttributeNames are for augmented manifests."
        return
    if channel["InputMode"] != "Pipe":
        yield "An augmented manifest is read in Pipe mode alone."
    if not source.get("AttributeNames"):
        yield "An augmented manifest needs AttributeNames."


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are sent apart: else the second waits a 25th of a second for the first.
    disable_nagle_algorithm = True

    def do_POST(self):
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fake = self.server.fake
        try:
            status, said = 200, fake.answer(operation, asked)
        except Refused as refused:
            status, name, words = refused.args
            said = {"__type": name, "message": words}
        if operation in fake.loses:
            fake.loses.discard(operation)
            self.close_connection = True
            return
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextmanager
def served(s3_url):
    """A SageMaker that answers until the body ends; none of its jobs outlives it."""
    fake = SageMaker(s3_url)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.fake = True, fake
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        for job in fake.jobs.values():
            job.close()
