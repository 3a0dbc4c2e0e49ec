"""Commands whose process waits while others want the processors: annotators come first."""

import os

from django.core.management.base import BaseCommand


class CourteousCommand(BaseCommand):
    """Nice where it is a process of its own; who calls it from within stays as nice as before."""

    nice = 10

    def run_from_argv(self, argv):
        os.nice(max(self.nice - os.nice(0), 0))  # a process that is nicer already stays so
        super().run_from_argv(argv)
