"""A model's files as they come from elsewhere: a folder, an archive, or one file, read into memory.

Nothing is unpacked to a disk and nothing is parsed here, so an archive can write nowhere.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

OURS, NOTE, FASTTEXT = "model.skops", "model.json", "model.bin"  # all that is read
MOST_BYTES = 2 << 30  # of all files of a model
MOST_MEMBERS = 100
LONGEST_NOTE = 100_000


class NoModel(Exception):
    """What is given holds no model that can be taken; the message says what to do."""


@dataclass(frozen=True)
class Packed:
    """``files``: name to bytes, of those that are read; ``sha256``: of the archive or file given,
    empty for a folder.
    """

    files: dict[str, bytes]
    sha256: str

    def checked(self, name: str, sha256: str) -> bytes:
        """The bytes of a file, if it or the archive given has this hash; else NoModel."""
        data = self.files[name]
        own = hashlib.sha256(data).hexdigest()
        if not sha256 or sha256.lower() not in (own, self.sha256):
            raise NoModel(
                f"{name} has the SHA-256 {own}, and not {sha256[:64]!r}. Fetch it again from where "
                "it was trained, and compare."
            )
        return data

    def note(self) -> dict[str, Any]:
        """What :data:`NOTE` says: the backend and the hash of :data:`OURS`; else NoModel."""
        try:
            found = json.loads(self.files[NOTE])
            return {"backend": str(found["backend"]), "sha256": str(found["sha256"])}
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise NoModel(
                f"{OURS} comes without a {NOTE} that says backend and SHA-256. Take both as the "
                "training has left them."
            ) from error


def packed(path: Path) -> Packed:
    """What is found at the path.

    Raises
    ------
    NoModel
        If there is nothing, no model among it, or what no model's archive has: links, devices,
        paths that lead outside, the same file twice, more than 2 GB.
    """
    if path.is_dir():
        found = Packed({name: _read(path / name) for name in _names(path)}, "")
    elif path.name == FASTTEXT:
        data = _read(path)
        found = Packed({FASTTEXT: data}, hashlib.sha256(data).hexdigest())
    else:
        found = _archive(path)
    if OURS not in found.files and FASTTEXT not in found.files:
        raise NoModel(f"{path.name} holds neither {OURS} nor {FASTTEXT}.")
    return found


def _names(folder: Path) -> list[str]:
    return [name for name in (OURS, NOTE, FASTTEXT) if (folder / name).exists()]


def _read(path: Path) -> bytes:
    most = LONGEST_NOTE if path.name == NOTE else MOST_BYTES
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise NoModel(f"{path.name} cannot be read: {error.strerror}.") from error
    if len(data) > most:
        raise NoModel(f"{path.name} has more than {most:,} bytes.")
    return data


def _archive(path: Path) -> Packed:
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        # As a stream: it ends at the first limit, whatever the rest would unpack to.
        with tarfile.open(path, "r|*") as archive:
            return Packed(_members(archive), sha256)
    except OSError as error:
        raise NoModel(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise NoModel(
            f"{path.name} is neither a folder nor a whole tar archive ({type(error).__name__})."
        ) from error


def _members(archive: tarfile.TarFile) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    total = 0
    for n, member in enumerate(archive, start=1):
        parts = PurePosixPath(member.name).parts
        if member.isdir() and ".." not in parts and not member.name.startswith("/"):
            continue
        if not member.isfile() or ".." in parts or member.name.startswith("/"):
            raise NoModel(f"The archive holds {member.name[:80]!r}, which no model has.")
        total += member.size
        if n > MOST_MEMBERS or total > MOST_BYTES:
            raise NoModel(
                f"The archive holds more than {MOST_MEMBERS} files or {MOST_BYTES:,} bytes."
            )
        name = "/".join(parts)
        if name not in (OURS, NOTE, FASTTEXT):
            continue
        if name in found:
            raise NoModel(f"The archive holds {name} twice.")
        if name == NOTE and member.size > LONGEST_NOTE:
            raise NoModel(f"{NOTE} has more than {LONGEST_NOTE:,} bytes.")
        file = archive.extractfile(member)
        found[name] = file.read() if file else b""
    return found
