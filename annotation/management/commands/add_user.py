"""``manage.py add_user NAME --role annotator|administrator``"""

import sys

from django.core.management.base import BaseCommand, CommandError

from annotation.errors import AnnotationError
from annotation.models import User
from annotation.services.people import add_user


class Command(BaseCommand):
    help = "Add a person. Without a password a one-time one is made and printed."

    def add_arguments(self, parser):
        parser.add_argument("name")
        parser.add_argument("--role", choices=User.Role.values, required=True)
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )

    def handle(self, *, name: str, role: str, password_stdin: bool, **options):
        given = sys.stdin.readline().rstrip("\n") if password_stdin else None
        try:
            user, password = add_user(name, role, given)
        except AnnotationError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(self.style.SUCCESS(f"Added {user.username}, {user.get_role_display()}."))
        if given is None:
            self.stdout.write(f"One-time password, to be changed at first sign-in: {password}")
