"""What the commands that start something in SageMaker share: options, price, consent, an end."""

import signal
import sys
from contextlib import contextmanager

from django.core.management.base import CommandError

from classifier.backends.aws import AwsFault, lacks
from classifier.backends.aws_waiting import TooLong
from classifier.backends.endpoint_parts import EndpointFault
from classifier.backends.hosted_forms import CONTAINER, FORMS
from classifier.backends.hosted_models import BadModel, Hosted
from classifier.backends.transform_jobs import TransformFault

HOURS_A_MONTH = 730
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def add_region(parser):
    parser.add_argument("--region", required=True, help="of AWS, such as eu-west-2")
    parser.add_argument(
        "--every", type=float, default=15.0, metavar="SECONDS", help="between two looks at AWS"
    )


def add_model(parser, required=True):
    parser.add_argument(
        "--image", required=required, help="ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG"
    )
    parser.add_argument(
        "--model-data",
        required=required,
        metavar="S3_URI",
        help="s3://BUCKET/…/model.tar.gz, of a training",
    )
    parser.add_argument(
        "--role",
        required=required,
        metavar="ARN",
        help="that SageMaker takes on: arn:aws:iam::ACCOUNT:role/NAME",
    )
    parser.add_argument(
        "--form", choices=list(FORMS), default=CONTAINER,
        help="how the model is asked and answers: that of our own container, or BlazingText's",
    )  # fmt: skip


def add_instances(parser, required=True):
    parser.add_argument(
        "--instance-type", required=required, metavar="ml.…", help="such as ml.m5.large"
    )
    parser.add_argument(
        "--instances", type=int, default=1, metavar="N", help="how many, each is billed; 1"
    )


def add_price(parser):
    parser.add_argument(
        "--price-an-hour", type=float, metavar="P",
        help="of one such instance, in any currency; none is assumed",
    )  # fmt: skip
    parser.add_argument("--yes", action="store_true", help="do not ask before it costs")


def hosted(options) -> Hosted:
    return Hosted(options["image"], options["model_data"], options["role"])


def check_numbers(options):
    """Instances, pauses and prices that can be."""
    if options["every"] <= 0:
        raise CommandError(f"--every {options['every']} is no pause: give more than 0 seconds.")
    if not 1 <= options.get("instances", 1) <= 100:
        raise CommandError(f"--instances {options['instances']} is not from 1 to 100.")
    price = options.get("price_an_hour")
    if price is not None and not 0 <= price < float("inf"):
        raise CommandError(f"--price-an-hour {price} is no price: give 0 or more.")


def confirm(command, options, said: str, word: str):
    """Tell what it costs and does; go on after --yes, or when ``word`` is typed."""
    command.stdout.write(said)
    if options["yes"]:
        return
    if not sys.stdin.isatty():
        raise CommandError("Nothing was started: give --yes, or answer at a terminal.")
    command.stdout.write(f"Type {word} to go on: ", ending="")
    command.stdout.flush()
    if sys.stdin.readline().strip() != word:
        raise CommandError("Nothing was started.")


class Progress:
    """A line on standard error whenever the state changes, and once a minute."""

    def __init__(self, stderr):
        self.stderr, self.state, self.told = stderr, "", 0.0

    def __call__(self, state: str, seconds: float) -> None:
        if state != self.state or seconds - self.told >= 60:
            self.stderr.write(f"{state}, {seconds:.0f} s" if seconds else state)
            self.state, self.told = state, seconds


@contextmanager
def asking_aws():
    """Everything that AWS or its absence may say, as what a command says."""
    if missing := lacks():
        raise CommandError(missing)
    try:
        yield
    except TooLong as error:
        raise CommandError(f"{error} Repeat the command: it goes on.") from error
    except (AwsFault, BadModel, EndpointFault, TransformFault) as error:
        raise CommandError(str(error)) from error


class CallingOff:
    """What a signal does to a deed: it ends it once, at once or as soon as that is safe."""

    def __init__(self, stderr):
        self.stderr = stderr
        self.is_ending = self.is_held = self.has_come = False

    def end(self, *args):
        if self.is_held:
            self.has_come = True
            self.stderr.write("It ends as soon as AWS has answered. Wait.")
        elif self.is_ending:
            self.stderr.write("It is being taken down. Wait.")
        else:
            self.is_ending = True
            raise KeyboardInterrupt

    @contextmanager
    def held(self):
        """Not in here: nobody could say what a call has made whose answer was not heard."""
        self.is_held = True
        try:
            yield
        finally:
            self.is_held = False
        if self.has_come:
            self.end()


@contextmanager
def called_off(stderr, said: str, take_down=lambda: None):
    """Ctrl-C, SIGTERM and a terminal that is closed end the deed inside, once.

    What it left is taken down before ``said`` is told, and no further signal ends that. Yields what
    holds a signal back.
    """
    off = CallingOff(stderr)
    # Whoever started it with nohup has it go on.
    numbers = [one for one in ENDING if signal.getsignal(one) is not signal.SIG_IGN]
    before = {number: signal.signal(number, off.end) for number in numbers}
    try:
        yield off
    except KeyboardInterrupt:
        take_down()
        raise CommandError(said) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
