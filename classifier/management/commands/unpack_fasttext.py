"""``manage.py unpack_fasttext FOLDER OUT``"""

import tarfile
from io import BytesIO
from pathlib import Path
from typing import cast

from django.core.management.base import BaseCommand, CommandError

from classifier.backends.container_paths import ContainerFault
from classifier.backends.fasttext import FastTextModel
from classifier.backends.kept_model import kept
from classifier.management.commands._measuring import write_json


class Command(BaseCommand):
    help = (
        "Write what SageMaker's BlazingText serves, model.tar.gz, out of a model folder of ours "
        "that fastText has trained, with its hash and what its labels mean. Asks no database."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument("out", type=Path, metavar="OUT", help="a new folder")

    def handle(self, *, folder, out, **options):
        try:
            found = kept(folder)
        except ContainerFault as error:
            raise CommandError(str(error)) from error
        if not found.backend.startswith("fasttext"):
            raise CommandError(f"{folder} holds a model of {found.backend}, and none of fastText.")
        parts = cast(FastTextModel, found.model).scorer.parts
        if not parts:
            raise CommandError(f"{folder} holds a model that has learned from no grant.")
        try:
            out.mkdir(parents=True)
        except OSError as error:
            raise CommandError(
                f"{out} cannot be made: {error.strerror}. Name a new folder."
            ) from error
        for number, part in enumerate(parts, start=1):
            name = f"model-{number}"
            (out / f"{name}.tar.gz").write_bytes(_packed(part.binary.data))
            codes = [found.categories[column].code for column in part.columns]
            note = {
                "sha256": part.binary.sha256,
                "labels": dict(zip(part.labels, codes, strict=True)),
            }
            write_json(out / f"{name}.json", note)
            self.stdout.write(f"{name}.tar.gz answers {len(codes):,} categories.")


def _packed(data: bytes) -> bytes:
    """As BlazingText leaves it: model.bin alone, in a tar.gz."""
    file = BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        entry = tarfile.TarInfo("model.bin")
        entry.size = len(data)
        archive.addfile(entry, BytesIO(data))
    return file.getvalue()
