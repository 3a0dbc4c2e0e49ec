"""The site's secret in var/secret: written once, 64 random bytes, for this account only."""

import os
import secrets
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from classie_site.preflight import CannotStart, var_folder


def ensure_secret(environment: Mapping[str, str]) -> Path | None:
    """Write the secret where there is none; None where SECRET_KEY gives one.

    Raises:
        CannotStart: others may read the file.
    """
    if environment.get("SECRET_KEY"):
        return None
    file = var_folder(environment) / "secret"
    if file.exists():
        refuse_readable(file)
    else:
        write_secret(file)
    return file


def write_secret(file: Path) -> None:
    """Whole or not at all, and never readable by others, whatever the umask."""
    part = file.with_name(f"secret.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as output:
        output.write(secrets.token_urlsafe(64))
        os.fchmod(descriptor, 0o600)
        output.flush()
        os.fsync(descriptor)
    part.rename(file)


def refuse_readable(file: Path) -> None:
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077:
        raise CannotStart(
            f"{file} may be read by others (mode {mode:04o}). If nobody did: chmod 600 {file}."
            " Else delete it: the next start writes a new one, and everybody signs in again."
        )


def main() -> None:
    """Write the secret, or say why not and end."""
    try:
        ensure_secret(os.environ)
    except CannotStart as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
