"""``model.tar.gz`` as a training job leaves it: fetched, and only its ``model.bin`` taken out."""

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from classifier.backends.aws_files import fetch
from classifier.backends.sagemaker_account import Job
from classifier.backends.sagemaker_job import JobFault

MEMBER = "model.bin"
MOST_PACKED, MOST_UNPACKED = 1 << 30, 1 << 31  # bytes
MOST_MEMBERS = 100


def model_of(s3: Any, job: Job) -> tuple[bytes, str]:
    """The ``model.bin`` of a job that has completed, and its SHA-256.

    Raises
    ------
    AwsFault
        If it cannot be fetched.
    JobFault
        If what was fetched is no such archive.
    """
    # For its owner alone (0700), and gone afterwards.
    with tempfile.TemporaryDirectory(prefix="classie-sagemaker-") as folder:
        packed = Path(folder) / "model.tar.gz"
        fetch(s3, job.bucket, job.model, packed, MOST_PACKED)
        data = unpacked(packed)
    return data, hashlib.sha256(data).hexdigest()


def unpacked(packed: Path) -> bytes:
    """The one plain file ``model.bin`` of an archive; nothing else of it is written anywhere.

    Raises
    ------
    JobFault
        If there is none, two of them, a link, or one that is too large.
    """
    data: bytes | None = None
    try:
        # As a stream: a small archive that unpacks to a vast one is left at the limit.
        with tarfile.open(packed, "r|gz") as archive:
            for count, member in enumerate(archive, start=1):
                if count > MOST_MEMBERS:
                    raise JobFault(f"model.tar.gz has more than {MOST_MEMBERS} files.")
                if member.size > MOST_UNPACKED:
                    raise JobFault(f"model.tar.gz unpacks to more than {MOST_UNPACKED:,} bytes.")
                if os.path.normpath(member.name) != MEMBER:
                    continue
                file = archive.extractfile(member) if member.isreg() else None
                if file is None or data is not None:
                    raise JobFault(f"{MEMBER} in model.tar.gz is no plain file, or there are two.")
                data = file.read()
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise JobFault(f"model.tar.gz cannot be unpacked: {type(error).__name__}.") from error
    if data is None:
        raise JobFault(f"model.tar.gz has no {MEMBER}. Was it trained in mode supervised?")
    return data
