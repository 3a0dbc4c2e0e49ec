"""One start at a time for each var folder."""

import fcntl
import os
from pathlib import Path

from classie_site.preflight import CannotStart


def take_lock(var: Path) -> int:
    """The lock on this folder, held for as long as the file stays open; its descriptor."""
    file = os.open(var / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(file, 100).decode().strip() or "another process"
        os.close(file)
        raise CannotStart(
            f"The site runs already with {var} ({holder}). Stop it first, or start a second one"
            " with its own folder and port: VAR_DIR=var2 PORT=8001 make up"
        ) from error
    return file


def sign_lock(file: int, text: str) -> None:
    """Leave word in the lock of who holds it."""
    os.ftruncate(file, 0)
    os.pwrite(file, text.encode(), 0)
