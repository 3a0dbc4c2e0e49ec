"""Whether the collected static files are those of the code as it stands."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders


def is_collected() -> bool:
    stamp = _stamp()
    return stamp.exists() and stamp.read_text() == fingerprint()


def note_collected() -> None:
    _stamp().write_text(fingerprint())


def fingerprint() -> str:
    """A hash over name, size and time of every file that would be collected, and by what."""
    found = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = Path(storage.path(name)).stat()
            found.update(f"{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return found.hexdigest()


def _stamp() -> Path:
    return Path(settings.STATIC_ROOT).with_suffix(".collected")
