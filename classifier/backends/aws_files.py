"""Files in S3: written with their tags, read with a limit, removed again.

How they are encrypted is the bucket's own setting, so none is named here.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from classifier.backends.aws import AwsFault, Tags, ask, without_secrets

CHUNK = 1 << 20  # bytes


def put(s3: Any, bucket: str, key: str, data: bytes, tags: Tags) -> None:
    """Store the bytes under the key; the same bytes twice are the same file.

    Raises
    ------
    AwsFault
        If AWS refuses, or what arrived is not what was sent.
    """
    ask(
        s3,
        "put_object",
        Bucket=bucket,
        Key=key,
        Body=data,
        ChecksumSHA256=b64encode(hashlib.sha256(data).digest()).decode(),
        Tagging=urlencode({tag["Key"]: tag["Value"] for tag in tags}),
    )


def fetch(s3: Any, bucket: str, key: str, path: Path, most: int) -> str:
    """Write the file of the key to ``path``, at most ``most`` bytes; returns its SHA-256.

    Raises
    ------
    AwsFault
        If it is not there, is larger, is not what its checksum in S3 says, or the line breaks; no
        part of it is left then.
    """
    answer = ask(s3, "get_object", Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    where = f"s3://{bucket}/{key}"
    size, seen, sha256 = int(answer["ContentLength"]), 0, hashlib.sha256()
    if size > most:
        answer["Body"].close()
        raise AwsFault(f"{where} has {size:,} bytes, and {most:,} are taken at most.")
    try:
        with path.open("wb") as file:
            for part in answer["Body"].iter_chunks(CHUNK):
                seen += len(part)
                sha256.update(part)
                file.write(part)
        if seen != size:
            raise AwsFault(f"{where} broke off after {seen:,} of {size:,} bytes. Try again.")
    except Exception as error:
        path.unlink(missing_ok=True)
        if isinstance(error, (AwsFault, OSError)):
            raise
        fault = AwsFault(f"{where} cannot be read: {without_secrets(str(error))}")
    else:
        return sha256.hexdigest()
    raise fault


def remove_below(s3: Any, bucket: str, prefix: str) -> int:
    """Delete every file whose key begins with the prefix; returns how many there were."""
    removed = 0
    while True:
        page = ask(s3, "list_objects_v2", Bucket=bucket, Prefix=prefix)
        keys = [{"Key": entry["Key"]} for entry in page.get("Contents", [])]
        if not keys:
            return removed
        answer = ask(s3, "delete_objects", Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
        if errors := answer.get("Errors"):
            raise AwsFault(
                f"s3 keeps {len(errors)} files below s3://{bucket}/{prefix} "
                f"({errors[0].get('Code', 'no reason')}). Delete them by hand."
            )
        removed += len(keys)
