"""Commands whose process waits while others want the processors: annotators come first."""

import os

from django.core.management.base import BaseCommand


class CourteousCommand(BaseCommand):
    """Nice where it is a process of its own; who calls it from within stays as nice as before."""

    nice = 10
    gives_way_at_once = True
    is_process = False

    def run_from_argv(self, argv):
        self.is_process = True
        if self.gives_way_at_once:
            self.give_way()
        super().run_from_argv(argv)

    def give_way(self):
        """From here on others come first."""
        if self.is_process:
            os.nice(max(self.nice - os.nice(0), 0))  # a process that is nicer already stays so
