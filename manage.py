#!/usr/bin/env python
"""The door to every command of the site."""

import os
import sys

NO_WINDOWS = (
    "The embedded broker and the web server do not run on Windows. Use WSL, or serve"
    " classie_site.wsgi and a Celery worker yourself, with a Redis: REDIS_URL=redis://host:6379/0"
)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classie_site.settings")
    if sys.argv[1:] == ["up"]:
        start_site()
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"The settings are wrong: {error}")


def start_site() -> None:
    """Without Django: its settings want the secret that a first start writes."""
    if sys.platform == "win32":
        sys.exit(NO_WINDOWS)
    from classie_site.supervisor import main as supervise

    sys.exit(supervise())


if __name__ == "__main__":
    main()
