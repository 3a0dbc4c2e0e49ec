"""``manage.py end_sagemaker_jobs``"""

from django.core.management.base import BaseCommand

from annotation.templatetags.words import counted
from classifier.sagemaker_site import end_forsaken_jobs


class Command(BaseCommand):
    help = (
        "Stop the training jobs in SageMaker that no training waits for, and delete their files. "
        "The site does it by itself every minute."
    )
    # They load every page, a second of the processor before the work that somebody waits for.
    requires_system_checks = []

    def handle(self, **options):
        left = end_forsaken_jobs()
        if left:
            self.stdout.write(
                f"{counted(left, 'job')} cannot be ended yet: see the page SageMaker."
            )
        else:
            self.stdout.write("Nothing is left in SageMaker.")
