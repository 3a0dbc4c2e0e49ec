"""Where in AWS a training may run, and who has agreed that texts go there.

The site's administrators say both on a page; whoever has no site has no account.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from classifier.backends.aws import Tags, tags

# The forms of a training set: a file of labelled lines, or an augmented manifest and its class map.
FILE_MODE, MANIFEST = "file", "augmented_manifest"
# Amazon's own registries of its built-in algorithms, by region (SageMaker developer guide, "Docker
# Registry Paths and Example Code").
REGISTRIES = {
    "af-south-1": "455444449433",
    "ap-east-1": "286214385809",
    "ap-northeast-1": "501404015308",
    "ap-northeast-2": "306986355934",
    "ap-northeast-3": "364406365360",
    "ap-south-1": "991648021394",
    "ap-southeast-1": "475088953585",
    "ap-southeast-2": "544295431143",
    "ca-central-1": "469771592824",
    "cn-north-1": "390948362332",
    "cn-northwest-1": "387376663083",
    "eu-central-1": "813361260812",
    "eu-north-1": "669576153137",
    "eu-south-1": "257386234256",
    "eu-west-1": "685385470294",
    "eu-west-2": "644912444149",
    "eu-west-3": "749696950732",
    "me-south-1": "249704162688",
    "sa-east-1": "855470959533",
    "us-east-1": "811284229777",
    "us-east-2": "825641698319",
    "us-gov-west-1": "226302683700",
    "us-west-1": "632365934929",
    "us-west-2": "433757028032",
}


@dataclass(frozen=True)
class Account:
    """What a training in SageMaker needs to know; ``prefix`` has no slash at its ends.

    ``site`` tells this site's jobs from those of others in the account. ``limit_minutes``: after
    that SageMaker ends the job itself. ``form``: of the training set, of those above.
    """

    site: str
    region: str
    bucket: str
    prefix: str
    role: str
    instance_type: str
    limit_minutes: int
    form: str = FILE_MODE

    @property
    def image(self) -> str:
        """Of BlazingText, in this region; ``:1`` is Amazon's name for the stable one."""
        suffix = ".cn" if self.region.startswith("cn-") else ""
        host = f"{REGISTRIES[self.region]}.dkr.ecr.{self.region}.amazonaws.com{suffix}"
        return f"{host}/blazingtext:1"

    def tags(self, training: str) -> Tags:
        """What every job and file of a training carries."""
        return tags(site=self.site, training=training)


@dataclass(frozen=True)
class Job:
    """A training job by its name, and where its files lie."""

    name: str
    training: str
    region: str
    bucket: str
    prefix: str

    @property
    def input(self) -> str:
        """Below this key lies what it reads, and nothing else."""
        return f"{self.prefix}/input/{self.name}/"

    @property
    def output(self) -> str:
        """Below this key SageMaker writes a folder of the job's name."""
        return f"{self.prefix}/output"

    @property
    def model(self) -> str:
        """The key of what came of it."""
        return f"{self.output}/{self.name}/output/model.tar.gz"

    def uri(self, key: str) -> str:
        """A key as SageMaker names it."""
        return f"s3://{self.bucket}/{key}"


class Site(Protocol):
    """What the training asks of the site."""

    def account(self) -> Account:
        """Where it runs; raises, and says what to do, while texts may not leave."""

    def wants(self) -> str:
        """What is missing before it can run, in a sentence; empty if nothing."""

    def holding(self, job: Job) -> AbstractContextManager[None]:
        """Around the life of a job, from before it is asked for.

        It is remembered first, so that whoever finds it forsaken can end it. When the body is left
        by an error and no other worker goes on with the training, the job is stopped.
        """


class NoSite:
    """Without a site nobody has agreed to anything."""

    def account(self) -> Account:
        """Refused."""
        raise NotAgreed(self.wants())

    def wants(self) -> str:
        """Always the same."""
        return "It runs from a site whose administrators have said where, and that texts may leave."

    def holding(self, job: Job) -> AbstractContextManager[None]:
        """Never reached."""
        raise NotAgreed(self.wants())


class NotAgreed(Exception):
    """Texts may not leave, or it is not known where to; the message says what to do."""


_sites: list[Callable[[], Site]] = [NoSite]


def belongs_to(site: Callable[[], Site]) -> None:
    """Say whom to ask from now on; the site does as it starts."""
    _sites[0] = site


def the_site() -> Site:
    """Whom to ask."""
    return _sites[0]()
