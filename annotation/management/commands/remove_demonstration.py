"""``manage.py remove_demonstration --user NAME``"""

from django.core.management.base import BaseCommand, CommandError

from annotation.errors import AnnotationError
from annotation.models import User
from annotation.services.demonstration import demonstration_counts, remove_demonstration


class Command(BaseCommand):
    help = "Delete the demonstration and all that hangs on it."

    def add_arguments(self, parser):
        parser.add_argument("--user", required=True, help="the administrator who does it")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *, user: str, yes: bool, **options):
        administrator = User.objects.filter(username=user, is_active=True).first()
        if administrator is None:
            raise CommandError(f"There is no active user {user!r}.")
        counts = demonstration_counts() or {}
        words = ", ".join(f"{n:,} {name}" for name, n in counts.items())
        if counts and not yes and input(f"Delete {words}? Type yes: ") != "yes":
            raise CommandError("Nothing was deleted.")
        try:
            remove_demonstration(administrator)
        except AnnotationError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(self.style.SUCCESS(f"Deleted {words}."))
