"""``manage.py run_import ID ATTEMPT``: the worker's child for one uploaded file."""

from django.core.management.base import BaseCommand, CommandError

from annotation.management.commands._limits import limit_this_process
from annotation.models import ImportRun
from annotation.services.carry_out_import import carry_out_import
from annotation.services.imports import mine


class Command(BaseCommand):
    help = "Check or import an uploaded file. The worker starts it; people have import_grants."

    def add_arguments(self, parser):
        parser.add_argument("id", type=int)
        parser.add_argument("attempt", type=int)

    def handle(self, *, id: int, attempt: int, **options):
        run = mine(ImportRun(pk=id, attempt=attempt)).first()
        if run is None:
            raise CommandError(f"Import {id} is not in attempt {attempt}: nothing was done.")
        carry_out_import(run, tick=limit_this_process())
