"""``manage.py load_demonstration``"""

from django.core.management.base import BaseCommand

from annotation.services.demonstration import load_demonstration


class Command(BaseCommand):
    help = "Load the demonstration into a site that holds nothing yet, and ask for a training."

    def handle(self, **options):
        loaded = load_demonstration()
        self.stdout.write(
            "The demonstration is loaded." if loaded else "The site is not empty: nothing loaded."
        )
