"""Reading the environment: small typed helpers that fail loudly, with the name and the value."""

import os
import stat
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def env_bool(name: str, default: bool = False) -> bool:
    value = os.environ.get(name, "")
    if value not in {"", "0", "1"}:
        raise ImproperlyConfigured(f"{name}={value!r} is not understood; use 1 or 0.")
    return value == "1" if value else default


def env_number(name: str, default: float, low: float, high: float) -> float:
    value = os.environ.get(name, "")
    try:
        number = float(value) if value else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={value!r} is not a number.") from error
    if not low <= number <= high:
        raise ImproperlyConfigured(f"{name}={value} is outside {low:g} to {high:g}.")
    return number


def env_list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def secret_key(var: Path) -> str:
    """The secret from SECRET_KEY, else from var/secret, which nobody else may read."""
    secret = os.environ.get("SECRET_KEY", "")
    file = var / "secret"
    if not secret and file.is_file():
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise ImproperlyConfigured(f"{file} can be read by others: chmod 600 {file}")
        secret = file.read_text().strip()
    if not secret:
        raise ImproperlyConfigured("There is no secret yet: 'make install' or 'make up' writes it.")
    if len(secret) < 50 or secret.startswith("django-insecure"):
        raise ImproperlyConfigured("SECRET_KEY is weak: give 50 random characters or more.")
    return secret


def running_broker(var: Path) -> str:
    """Where ``up`` has its own broker, so that a command beside it can ring the workers."""
    note = var / "broker-url"
    return note.read_text().strip() if note.is_file() else ""
