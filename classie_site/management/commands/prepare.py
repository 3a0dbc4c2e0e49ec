"""Bring database and files up to date with the code; `up` runs it at every start."""

import os
from collections.abc import Callable
from threading import Timer

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from annotation.models import User
from annotation.services.demonstration import load_demonstration
from annotation.services.people import create_first_administrator
from classie_site.static_stamp import is_collected, note_collected

SECONDS_OF_SILENCE = 2


class Command(BaseCommand):
    help = (
        "Migrate the database, load the demonstration into a new site (not with DEMO=0),"
        " collect the static files and make the first administrator."
    )

    def handle(self, *args, **options):
        if migrations_wait():
            self._step("Migrating…", lambda: call_command("migrate", verbosity=0))
        if demonstration_is_wanted():
            self._step("Loading the demonstration…", load_demonstration)
        if not settings.DEBUG and not is_collected():
            self._step("Collecting static files…", collect_static)
        if account := create_first_administrator():
            self.stdout.write(box(*account))

    def _step(self, words: str, work: Callable[[], object]) -> None:
        """Work; say what is done when it takes longer than a moment."""
        timer = Timer(SECONDS_OF_SILENCE, lambda: self.stdout.write(words))
        timer.start()
        try:
            work()
        finally:
            timer.cancel()


def migrations_wait() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def demonstration_is_wanted() -> bool:
    """In a new site only, or it would come back after its removal; DEMO=1 asks for it anyhow."""
    choice = os.environ.get("DEMO", "")
    return choice == "1" or (choice == "" and not User.objects.exists())


def collect_static() -> None:
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    note_collected()


def box(username: str, password: str) -> str:
    """The first account in a frame; the only time that its password is shown."""
    host = settings.BIND if ":" not in settings.BIND else f"[{settings.BIND}]"
    lines = [
        f"Address   http://{host}:{settings.PORT}/",
        f"User      {username}",
        f"Password  {password}",
        "",
        "The password is for the first sign-in, which asks for a new one.",
        "It is not shown again.",
    ]
    width = max(map(len, lines))
    edge = "─" * (width + 4)
    inside = "\n".join(f"│  {line:<{width}}  │" for line in lines)
    return f"\n┌{edge}┐\n{inside}\n└{edge}┘\n"
