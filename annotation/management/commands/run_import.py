"""``manage.py run_import ID ATTEMPT``: the worker's child for one uploaded file."""

import logging
import os
import sys

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from annotation.database_faults import first_line
from annotation.management.commands._limits import limit_this_process
from annotation.models import ImportRun
from annotation.services.carry_out_import import carry_out_import
from annotation.services.imports import mine

logger = logging.getLogger(__name__)
TRY_AGAIN = os.EX_TEMPFAIL  # the exit code for a fault of the database, and not of the file


class Command(BaseCommand):
    help = "Check or import an uploaded file. The worker starts it; people have import_grants."

    def add_arguments(self, parser):
        parser.add_argument("id", type=int)
        parser.add_argument("attempt", type=int)

    def handle(self, *, id: int, attempt: int, **options):
        run = mine(ImportRun(pk=id, attempt=attempt)).first()
        if run is None:
            raise CommandError(f"Import {id} is not in attempt {attempt}: nothing was done.")
        try:
            carry_out_import(run, tick=limit_this_process())
        except DatabaseError as error:
            logger.warning("%s is to be tried again: %s", run, first_line(error))
            sys.exit(TRY_AGAIN)
