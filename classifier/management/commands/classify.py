"""``manage.py classify TEXT``"""

import json
import sys
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError

from annotation.errors import AnnotationError
from classifier.serving import Proposal, active_version, text_of

MOST = 1_000_000  # characters of standard input


class Command(BaseCommand):
    help = "Suggest categories for a text, by the active model version. Nothing is stored."

    def add_arguments(self, parser):
        parser.add_argument("text", help="the text itself; - reads standard input")
        parser.add_argument("--title", default="", help="a title before the text")
        parser.add_argument("--top", type=int, default=10, help="how many at most, 1 to 50")
        parser.add_argument("--json", action="store_true", help="as POST api/v1/classify/ answers")

    def handle(self, *, text: str, title: str, top: int, **options):
        if not 1 <= top <= 50:
            raise CommandError(f"--top {top} is not from 1 to 50.")
        read = text_of(title, self._standard_input() if text == "-" else text)
        if not read:
            raise CommandError("There is no text to read. Give one, or - and pipe one in.")
        try:
            version = active_version()
        except AnnotationError as error:
            raise CommandError(str(error)) from error
        (proposals,) = version.classify([read], top)
        if options["json"]:
            answer = {
                "model_version": version.name,
                "results": [{"suggestions": [asdict(proposal) for proposal in proposals]}],
            }
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1))
            return
        for proposal in proposals:
            self.stdout.write(_line(proposal))
        if not proposals:
            self.stdout.write(f"{version.name} finds no category for it.")

    def _standard_input(self) -> str:
        try:
            text = sys.stdin.read(MOST + 1)
        except UnicodeDecodeError as error:
            raise CommandError(f"Standard input is no UTF-8: byte {error.start + 1}.") from error
        if len(text) > MOST:
            raise CommandError(f"Standard input has over {MOST:,} characters.")
        return text


def _line(proposal: Proposal) -> str:
    mark = "x" if proposal.ticked else " "
    path = " › ".join([*proposal.path, proposal.label])
    words = f"  ({', '.join(proposal.evidence)})" if proposal.evidence else ""
    return f"[{mark}] {proposal.score:6.1%}  {proposal.category}  {path}{words}"
