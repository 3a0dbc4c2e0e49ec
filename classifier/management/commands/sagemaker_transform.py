"""``manage.py sagemaker_transform OUT.jsonl --region REGION --bucket BUCKET …``"""

import secrets
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from annotation.models import Grant, SagemakerAccount, SiteSettings
from annotation.services.sagemaker_account import note_that_pool_leaves
from classifier.backends.aws import AwsFault
from classifier.backends.hosted_forms import FORMS
from classifier.backends.sagemaker_transform import Transform
from classifier.backends.transform_jobs import TransformFault, TransformJob, place_of, running
from classifier.management.commands._class_maps import check_labels, read_classes
from classifier.management.commands._sagemaker import (
    Progress,
    add_instances,
    add_model,
    add_price,
    add_region,
    asking_aws,
    called_off,
    check_numbers,
    confirm,
    hosted,
)
from classifier.management.commands._transforming import (
    Note,
    first,
    note_path,
    read_note,
    write_answers,
    write_note,
)
from classifier.transforming import pool_texts

NEEDED = ("image", "model_data", "role", "instance_type")


class Command(BaseCommand):
    help = (
        "Send the texts of all grants that wait to a trained model in SageMaker, once, and write "
        "its suggestions to a file of JSON lines. Nothing of the site is changed. A call that was "
        "cut off goes on when it is repeated with the same file. It needs AWS credentials by the "
        "standard chain, and an administrator's consent on the page SageMaker: see "
        "docs/deployment-options.md."
    )

    def add_arguments(self, parser):
        parser.add_argument("out", type=Path, metavar="OUT.jsonl")
        add_region(parser)
        parser.add_argument("--bucket", required=True, help="in S3, not public, in the region")
        parser.add_argument("--prefix", default="classie", help="all texts lie below it; classie")
        parser.add_argument("--name", default="classie", help="that all names begin with; classie")
        add_model(parser, required=False)
        parser.add_argument(
            "--class-map", type=Path, metavar="M.json",
            help="of a BlazingText model: the class map it was trained with, or the file that "
            "unpack_fasttext wrote beside it",
        )  # fmt: skip
        add_instances(parser, required=False)
        add_price(parser)
        parser.add_argument(
            "--limit-minutes", type=float, default=60.0, metavar="M",
            help="a job that is not done by then is stopped",
        )  # fmt: skip
        parser.add_argument(
            "--stop", nargs="?", const="", metavar="JOB",
            help="stop the job that OUT waits for, or the one of this name, and clear it away",
        )  # fmt: skip

    def handle(self, *, out, **options):
        check_numbers(options)
        if options["limit_minutes"] <= 0:
            raise CommandError(f"--limit-minutes {options['limit_minutes']} is no limit.")
        if not out.parent.is_dir():
            raise CommandError(f"{out}: there is no folder {out.parent}. Make it first.")
        options["classes"] = read_classes(options["class_map"])
        with asking_aws():
            note = read_note(out)
            if options["stop"] is not None:
                self._stop(out, note, options)
                return
            if out.exists():
                self._clear_up(out, note, options)
                return
            self._run(out, note, options)

    def _run(self, out, note, options):
        transform = note and self._transform(note.job, options)
        if note and not (note.references and transform.state()):
            transform.clear()  # it was cut off before the job was started
            note = None
        if note is None:
            note = self._new(options)
            transform = self._transform(note.job, options)
        else:
            if options["classes"]:
                check_labels(note.form, options["classes"])
                note = replace(note, classes=options["classes"])
                write_note(out, note)
            self.stderr.write(f"Going on with {note.job.name}.")
        said = "Called off: the job is stopped, and nothing of it is left or billed."

        def take_down():
            transform.stop()
            note_path(out).unlink(missing_ok=True)

        try:
            with called_off(self.stderr, said, take_down) as off:
                try:
                    note = self._asked(out, note, transform, off)
                    transform.wait(options["limit_minutes"] * 60)
                    reading = write_answers(out, note, transform)
                except TransformFault:
                    take_down()
                    raise
                transform.clear()
        except TransformFault as error:
            raise TransformFault(f"{error} Nothing runs, and no text is left in S3.") from error
        except AwsFault as fault:
            raise CommandError(
                f"{fault} The job may be running and billed: repeat the command to go on, or "
                "give --stop."
            ) from fault
        note_path(out).unlink(missing_ok=True)
        self._tell(out, note, reading)

    def _new(self, options) -> Note:
        if missing := [f"--{name.replace('_', '-')}" for name in NEEDED if not options[name]]:
            raise CommandError(f"Give {', '.join(missing)}: what the model is, and runs on.")
        check_labels(options["form"], options["classes"])
        self._check_consent(options)  # before anybody is asked anything
        begins = f"{options['name']}-transform-"
        if others := running(options["region"], begins):
            raise CommandError(
                f"{', '.join(others)} is running. Repeat its own command, or stop it: --stop "
                f"{others[0]}"
            )
        model = hosted(options)
        name = f"{begins}{datetime.now(UTC):%Y%m%d%H%M%S}-{secrets.token_hex(3)}"
        prefix = f"{options['prefix'].strip('/')}/transforms/{name}"
        job = TransformJob(
            name, options["region"], options["bucket"], prefix, model.image, model.data,
            model.role, options["instance_type"], options["instances"],
        )  # fmt: skip
        confirm(self, options, _what_happens(job, options), job.region)
        self._check_consent(options)  # as it is when the texts go
        return Note(job, options["form"], classes=options["classes"])

    def _asked(self, out, note, transform, off) -> Note:
        """Texts are in S3 and the job runs; note and audit log say so before either."""
        if note.references is None:
            write_note(out, note)
            note_that_pool_leaves(note.job.name, note.job.region, Grant.objects.pool().count())
            references: list[str] = []
            sent = transform.send(_lines(references, note.form))
            if not references:
                raise TransformFault("There is no grant that waits and has a text.")
            note = replace(note, n_files=sent, references=references)
            write_note(out, note)
            with off.held():
                transform.start()
        return note

    def _stop(self, out, note, options):
        if options["stop"]:
            name, prefix = options["stop"], options["prefix"].strip("/")
            bucket, place = place_of(options["region"], name) or (
                options["bucket"],
                f"{prefix}/transforms/{name}",
            )
            job = TransformJob(name, options["region"], bucket, place, "", "", "", "", 0)
        elif note:
            job = note.job
        else:
            raise CommandError(f"There is no {note_path(out)}. Name the job: --stop JOB.")
        self._transform(job, options).stop()
        if note and note.job.name == job.name:
            note_path(out).unlink()
        self.stdout.write(
            self.style.SUCCESS(f"{job.name} does not run, and nothing of it is left.")
        )

    def _clear_up(self, out, note, options):
        """The file was whole when the call was cut off; what is left elsewhere goes."""
        if note is None:
            raise CommandError(f"{out} exists already. Name another file, or remove it.")
        self._transform(note.job, options).clear()
        note_path(out).unlink()
        self.stdout.write(f"{out.name} was whole already. Nothing of {note.job.name} is left.")

    def _check_consent(self, options):
        account = SagemakerAccount.objects.current()
        agreed = (account.region, account.bucket) if account.may_leave else ()
        if agreed != (options["region"], options["bucket"]):
            raise CommandError(
                f"No administrator has agreed that texts go to the bucket {options['bucket']} in "
                f"{options['region']}. Say so on the page “SageMaker”, below Settings."
            )

    def _transform(self, job, options):
        return Transform(job, Progress(self.stderr), options["every"])

    def _tell(self, out, note, reading):
        n = len(note.references)
        self.stdout.write(self.style.SUCCESS(f"Wrote suggestions for {n:,} grants to {out.name}."))
        if reading.unknown:
            self.stderr.write(
                f"{len(reading.unknown)} categories of the model are none that this site offers, "
                f"and are left out: {first(reading.unknown)}"
            )
        if not FORMS[note.form].is_calibrated:
            self.stderr.write("Its scores are no calibrated probabilities, and nothing is ticked.")
        self.stdout.write(
            "The site's own suggestions are as they were. To have the model suggest there, "
            "register it as a version: it then reads the grants on this machine."
        )


def _lines(references, form):
    """The texts' lines; whose they are is added to ``references`` as they are read."""
    for reference, text in pool_texts():
        references.append(reference)
        yield FORMS[form].ask(text)


def _what_happens(job, options) -> str:
    fields = ", ".join(SiteSettings.objects.current().text_fields)
    minutes, price = options["limit_minutes"], options["price_an_hour"]
    said = (
        f"The texts ({fields}) of {Grant.objects.pool().count():,} grants that wait go to Amazon "
        f"S3 in {job.region}, bucket {job.bucket}, and SageMaker reads them there: no reference, "
        "no label, nobody's name but what stands in those texts. They are deleted there when the "
        f"answers were fetched. {job.instances} × {job.instance_type} for {minutes:g} minutes at "
        "most: "
    )
    if price is None:
        return said + "no price is assumed, --price-an-hour tells what it costs."
    most = price * job.instances * minutes / 60
    return said + f"at {price:g} an hour that is {most:,.2f} at most."
