"""``manage.py reset_user NAME``"""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from annotation.errors import AnnotationError
from annotation.models import User
from annotation.services.people_admin import reset_password


class Command(BaseCommand):
    help = "Make a person's password worthless and print a link that lets them choose a new one."

    def add_arguments(self, parser):
        parser.add_argument("name")

    def handle(self, *, name: str, **options):
        person = User.objects.filter(username=name).first()
        if person is None:
            raise CommandError(f"There is no user {name!r}.")
        try:
            key = reset_password(person, by=None)
        except AnnotationError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            self.style.SUCCESS(
                f"The password of {name} is void, and every session and token is ended."
            )
        )
        days = settings.ONE_TIME_LINK_DAYS
        self.stdout.write(f"One-time link, good for {days} day{'s' * (days != 1)}:")
        self.stdout.write(site_address() + reverse("one_time_link", args=[key]))


def site_address() -> str:
    """Where the site is, as far as its settings tell."""
    if settings.CSRF_TRUSTED_ORIGINS:
        return settings.CSRF_TRUSTED_ORIGINS[0]
    host = "localhost" if settings.BIND in {"0.0.0.0", "::"} else settings.BIND  # noqa: S104
    return f"{'https' if settings.HTTPS else 'http'}://{host}:{settings.PORT}"
