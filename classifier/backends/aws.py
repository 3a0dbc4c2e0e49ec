"""The one door to AWS: clients, names, tags, and errors that a person can act on.

Credentials come from the standard chain alone (environment, shared files, role of the machine);
nothing here takes, keeps or names one. Where the standard variables AWS_ENDPOINT_URL or
AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL_SAGEMAKER are set, calls go there.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotation import aws_names
from annotation.installing import install_line

LONGEST_NAME = 63  # of a training job, model, endpoint or transform job
LONGEST_VALUE = 256  # of a tag
REGION = re.compile(aws_names.REGION)
# SageMaker says of what is not there that the request is not valid, its reference notwithstanding.
ABSENT = re.compile(r"could not find|not found|does not exist", re.IGNORECASE)
ABSENT_CODES = frozenset({"404", "NoSuchKey", "ResourceNotFound", "ResourceNotFoundException"})
# With these AWS may quote the request back, and with it a token: their own words are not shown.
UNTRUSTED = {
    "InvalidAccessKeyId": "AWS does not know the credentials of this machine.",
    "InvalidClientTokenId": "AWS does not know the credentials of this machine.",
    "UnrecognizedClientException": "AWS does not know the credentials of this machine.",
    "AuthFailure": "AWS does not accept the credentials of this machine.",
    "SignatureDoesNotMatch": "AWS does not accept the credentials of this machine.",
    "InvalidSignatureException": "AWS does not accept the credentials of this machine.",
    "IncompleteSignature": "AWS does not accept the credentials of this machine.",
    "MissingAuthenticationToken": "AWS has seen no credentials in the request.",
    "InvalidToken": "AWS does not accept the session of this machine's credentials.",
    "ExpiredToken": "The session of this machine's credentials is over.",
    "ExpiredTokenException": "The session of this machine's credentials is over.",
    "RequestExpired": "The clock of this machine is wrong, or its credentials are.",
}
RENEW = "Renew them where the standard AWS chain finds them."
# An access key's id, and whatever is as long as a secret or a token.
SECRET = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b|[A-Za-z0-9/+=]{40,}")
ELSEWHERE = "The bucket lies in another region: name that one, or a bucket of this one."
ADVICE = {
    "AccessDenied": "Its policy is in docs/deployment-options.md.",
    "AccessDeniedException": "Its policy is in docs/deployment-options.md.",
    "ResourceLimitExceeded": "Ask AWS for a higher quota, or choose another instance type.",
    "NoSuchBucket": "Make the bucket in that region, or name another one.",
    "PermanentRedirect": ELSEWHERE,
    "IllegalLocationConstraintException": ELSEWHERE,
    "AuthorizationHeaderMalformed": ELSEWHERE,
    "OptInRequired": "Enable that region or service for the account in AWS's console.",
    "ThrottlingException": "AWS asks for patience: repeat it in some minutes.",
    "RequestLimitExceeded": "AWS asks for patience: repeat it in some minutes.",
}
Tags = list[dict[str, str]]


@dataclass(frozen=True)
class Patience:
    """``tries``: the first one and those after it; ``connect`` and ``read`` are seconds."""

    tries: int
    connect: int
    read: int


# SageMaker refuses more than a few calls a second of one account.
PATIENTLY = Patience(8, 10, 60)
QUICKLY = Patience(2, 5, 10)  # for whoever comes again in a minute


class AwsFault(Exception):
    """AWS cannot do what it is asked; the message says what, why, and what to do.

    ``code``: AWS's own name for it, such as ``AccessDenied``; empty where AWS was not reached.
    """

    def __init__(self, message: str, code: str = "", is_absent: bool = False):
        super().__init__(message)
        self.code = code
        self.is_absent = is_absent


def lacks() -> str:
    """What to install before AWS can be asked; empty if nothing."""
    line = install_line("boto3")
    return f"Install what speaks with AWS: {line}" if line else ""


def client(service: str, region: str, patience: Patience = PATIENTLY) -> Any:
    """Boto3's client of a service, such as ``s3`` or ``sagemaker``; :func:`ask` calls it.

    Raises
    ------
    AwsFault
        If boto3 is not installed, the region is none, or the chain's settings cannot be read.
    """
    if missing := lacks():
        raise AwsFault(missing)
    if not REGION.fullmatch(region):
        raise AwsFault(f"{region!r} is no AWS region. Name one, such as eu-west-1.")
    import boto3  # an extra: whoever stays on this machine runs without it
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    for name in ("boto3", "botocore"):
        # Below INFO they write signed requests into the log; INFO is said with every client.
        log = logging.getLogger(name)
        log.setLevel(max(log.level, logging.WARNING))
    config = Config(
        connect_timeout=patience.connect,
        read_timeout=patience.read,
        retries={"mode": "standard", "total_max_attempts": patience.tries},
    )
    try:
        # A session of its own, since boto3's common one is not made for threads.
        return boto3.session.Session(region_name=region).client(service, config=config)
    except (BotoCoreError, ValueError) as error:
        raise AwsFault(
            f"{service} in {region}: {without_secrets(str(error)).rstrip('. ')}. Mend the settings "
            "of the standard AWS chain: its environment variables, such as AWS_PROFILE, and files."
        ) from None


def ask(asked: Any, operation: str, **given: Any) -> dict[str, Any]:
    """Call an operation, such as ``describe_training_job``, with AWS's own parameters.

    It is tried again, with growing pauses, when AWS asks for patience or the line is broken.

    Raises
    ------
    AwsFault
        If AWS refuses, or is not reached. No credential is in the message, and AWS's own error,
        which may hold one, is not chained to it.
    """
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        HTTPClientError,
        NoCredentialsError,
        PartialCredentialsError,
    )
    from botocore.exceptions import ConnectionError as NotConnected

    service, region = asked.meta.service_model.service_name, asked.meta.region_name
    said = f"{service} in {region} refuses {operation}"
    try:
        answer: dict[str, Any] = getattr(asked, operation)(**given)
        return answer
    except (NoCredentialsError, PartialCredentialsError):
        fault = AwsFault(
            "This machine has no AWS credentials, or half of them. Give it some by the standard "
            "AWS chain: a role of the machine, a shared credentials file, or environment variables."
        )
    except ClientError as error:
        fault = _refusal(said, error.response.get("Error", {}))
    except (NotConnected, HTTPClientError) as error:  # nobody answered, or not in time
        fault = AwsFault(
            f"{service} in {region} is not reached for {operation} ({type(error).__name__}: "
            f"{without_secrets(str(error)).rstrip('. ')}). See whether {region} is a region of "
            "AWS, and whether this machine's network, proxy and firewall let it through."
        )
    except BotoCoreError as error:
        fault = AwsFault(f"{said}: {type(error).__name__}: {without_secrets(str(error))}")
    raise fault  # outside of the handlers, so that nothing is chained to it


def _refusal(said: str, error: Mapping[str, Any]) -> AwsFault:
    code, words = str(error.get("Code", "")), str(error.get("Message", ""))
    if code in UNTRUSTED:
        return AwsFault(f"{said} ({code}): {UNTRUSTED[code]} {RENEW}", code)
    is_absent = code in ABSENT_CODES or (
        code == "ValidationException" and bool(ABSENT.search(words))
    )
    advice = ADVICE.get(code, "")
    shown = without_secrets(words).rstrip(". ") or "no reason is given"
    return AwsFault(f"{said} ({code}): {shown}. {advice}".strip(), code, is_absent)


def without_secrets(words: str) -> str:
    """The words without anything that looks like a key or a token."""
    return SECRET.sub("…", words)


def found(asked: Any, operation: str, **given: Any) -> dict[str, Any] | None:
    """What :func:`ask` returns; None if AWS says that it is not there."""
    try:
        return ask(asked, operation, **given)
    except AwsFault as fault:
        if fault.is_absent:
            return None
        raise


def resource_name(*parts: object) -> str:
    """A name for a job, model or endpoint: the parts joined by ``-``; the same ones, the same name.

    Raises
    ------
    ValueError
        If it is longer than 63 characters, or AWS takes no such name.
    """
    name = "-".join(re.sub(r"[^A-Za-z0-9]+", "-", str(part)).strip("-") for part in parts)
    if len(name) > LONGEST_NAME or not re.fullmatch(r"[A-Za-z0-9](?:-*[A-Za-z0-9])*", name):
        raise ValueError(
            f"{name!r} is no name for AWS: 1 to {LONGEST_NAME} letters, digits and single dashes."
        )
    return name


def tags(**named: object) -> Tags:
    """Tags that go on everything, with ``application`` first: what a bill can be split by."""
    pairs = {"application": "classie-annotation"} | {
        name.replace("_", "-"): str(value)[:LONGEST_VALUE] for name, value in named.items()
    }
    return [{"Key": f"classie:{name}", "Value": value} for name, value in pairs.items()]
