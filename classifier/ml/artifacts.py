"""A fitted classifier as a file: plain arrays and texts in skops, under the name of its hash."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import stat
import tempfile
import zipfile
from pathlib import Path

import skops.io
from skops.io.exceptions import UntrustedTypesFoundException

from classifier.ml.estimators import CategoryClassifier
from classifier.ml.state import restored, state_of

NAME = re.compile(r"[0-9a-f]{64}")
AGAIN = "Train a new version, or put the file back from a backup."


class CorruptArtifact(Exception):
    """An artifact is missing, damaged or not ours; the message says what to do."""


def dump(classifier: CategoryClassifier) -> bytes:
    """A fitted classifier as skops bytes; holds no grant text and no type of our own.

    Only dicts, lists, texts, numbers and arrays are written, so that nothing but skops' own
    trusted types is needed to read it.
    """
    return bytes(skops.io.dumps(state_of(classifier), compression=zipfile.ZIP_DEFLATED))


def load(data: bytes) -> CategoryClassifier:
    """The classifier that :func:`dump` wrote.

    Raises
    ------
    CorruptArtifact
        If the bytes are not such a file, or ask for a type that is not trusted.
    """
    try:
        return restored(skops.io.loads(data, trusted=[]))
    except UntrustedTypesFoundException as error:
        raise CorruptArtifact(f"The artifact is refused: {error} {AGAIN}") from error
    except Exception as error:  # damaged bytes make skops fail in many ways
        name = type(error).__name__
        raise CorruptArtifact(f"The artifact cannot be read ({name}: {error}). {AGAIN}") from error


def write(folder: Path, data: bytes) -> str:
    """Store an artifact under its SHA-256, whole or not at all; returns the SHA-256.

    The folder is made for its owner alone (0700) if it is not there.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    descriptor, name = tempfile.mkstemp(dir=folder, suffix=".part")
    try:
        _fill(descriptor, data)
        Path(name).replace(_path(folder, sha256))
    finally:  # it is still there only if something failed
        Path(name).unlink(missing_ok=True)
    _sync(folder)
    return sha256


def _fill(descriptor: int, data: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    # Without it a power cut may forget the new name.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(folder: Path, sha256: str) -> bytes:
    """The bytes of an artifact, checked against its hash as they are returned.

    Raises
    ------
    CorruptArtifact
        If the file is missing, a link, not a regular file, or has another hash.
    """
    if not NAME.fullmatch(sha256):
        raise CorruptArtifact(f"{sha256!r} is not a SHA-256. Train a new version.")
    path = _path(folder, sha256)
    data = _read_regular(path)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise CorruptArtifact(f"{path} has changed since it was written. {AGAIN}")
    return data


def _read_regular(path: Path) -> bytes:
    try:
        # Not through a link, and without waiting for the other end of a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise CorruptArtifact(f"{path} is missing. {AGAIN}") from error
    except OSError as error:
        raise CorruptArtifact(f"{path} cannot be opened ({error.strerror}). {AGAIN}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise CorruptArtifact(f"{path} is not a regular file. {AGAIN}")
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def _path(folder: Path, sha256: str) -> Path:
    return folder / f"{sha256}.skops"


def sign(key: bytes, sha256: str, version_id: object) -> str:
    """HMAC-SHA-256 that binds an artifact's hash to its model version, as 64 hex digits.

    Whoever can write the folder and the row, but has not the key, cannot swap artifacts.
    """
    return hmac.new(key, f"{version_id}:{sha256}".encode(), hashlib.sha256).hexdigest()


def is_signed(key: bytes, sha256: str, version_id: object, signature: str) -> bool:
    """Whether the signature is the one :func:`sign` gives; takes the same time either way."""
    return hmac.compare_digest(sign(key, sha256, version_id).encode(), signature.encode())
