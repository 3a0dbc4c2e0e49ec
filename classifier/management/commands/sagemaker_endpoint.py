"""``manage.py sagemaker_endpoint create|update|delete|status --name NAME --region REGION``"""

from contextlib import contextmanager

from django.core.management.base import BaseCommand, CommandError

from classifier.backends.aws import AwsFault
from classifier.backends.endpoint_parts import Wanted
from classifier.backends.sagemaker_endpoint import Endpoint, Standing
from classifier.backends.sagemaker_scaling import Scaling
from classifier.management.commands._sagemaker import (
    HOURS_A_MONTH,
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

MAKES = ("create", "update")


class Command(BaseCommand):
    help = (
        "Make, change, take down or look at an endpoint in SageMaker that answers with a trained "
        "model. It is billed for as long as it exists. No text of this site is sent. Every deed "
        "may be repeated after it was cut off, and goes on. It needs AWS credentials by the "
        "standard chain: see docs/deployment-options.md."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        deeds = parser.add_subparsers(dest="deed", required=True, metavar="|".join(DEEDS))
        for name, (_, words) in DEEDS.items():
            deed = deeds.add_parser(name, help=words)
            deed.add_argument("--name", default="classie", help="of the endpoint; classie")
            add_region(deed)
            deed.add_argument(
                "--limit-minutes", type=float, default=30.0, metavar="M",
                help="one that is not made by then is taken down again",
            )  # fmt: skip
            if name in MAKES:
                add_model(deed)
                add_instances(deed)
                add_price(deed)
                deed.add_argument(
                    "--least-instances", type=int, metavar="N", help="that AWS keeps when it scales"
                )
                deed.add_argument(
                    "--most-instances", type=int, metavar="N", help="that AWS adds up to"
                )
                deed.add_argument(
                    "--requests-a-minute", type=float, metavar="R",
                    help="that one instance shall have; AWS adds and removes instances for it",
                )  # fmt: skip

    def handle(self, *, deed, **options):
        check_numbers(options)
        if options["limit_minutes"] <= 0:
            raise CommandError(f"--limit-minutes {options['limit_minutes']} is no limit.")
        with asking_aws():
            endpoint = Endpoint(
                options["name"], options["region"], Progress(self.stderr),
                options["limit_minutes"] * 60, options["every"],
            )  # fmt: skip
            DEEDS[deed][0](self, endpoint, options)

    def create(self, endpoint, options):
        wanted = _wanted(options)
        said = (
            f"Create the endpoint {endpoint.name} in {endpoint.region}: {_price(wanted, options)}"
        )
        confirm(self, options, said, endpoint.name)
        off = "Called off. What was not in service yet is taken down."
        with called_off(self.stderr, off), may_be_billed():
            endpoint.create(wanted)
        self._made(endpoint)

    def update(self, endpoint, options):
        wanted = _wanted(options)
        said = (
            f"Update the endpoint {endpoint.name} in {endpoint.region}: {_price(wanted, options)}"
        )
        confirm(self, options, said, endpoint.name)
        off = (
            "Nobody waits any more. AWS goes on with what was begun: repeat the command, or ask "
            "for the status. The endpoint exists and is billed."
        )
        with called_off(self.stderr, off), may_be_billed():
            endpoint.update(wanted)
        self._made(endpoint)

    def delete(self, endpoint, options):
        with called_off(self.stderr, "Cut off. What is left is billed: repeat the command."):
            endpoint.delete()
        self.stdout.write(self.style.SUCCESS(_nothing(endpoint)))

    def status(self, endpoint, options):
        standing = endpoint.status()
        if standing.is_nothing:
            self.stdout.write(_nothing(endpoint))
        for line in _lines(standing):
            self.stdout.write(line)

    def _made(self, endpoint):
        self.stdout.write(
            self.style.SUCCESS(
                f"{endpoint.name} is in service, and billed until `manage.py sagemaker_endpoint "
                f"delete --name {endpoint.name} --region {endpoint.region}`."
            )
        )


DEEDS = {
    "create": (Command.create, "make it; one that does not come up is taken down again"),
    "update": (Command.update, "another model, other instances or other scaling"),
    "delete": (Command.delete, "take it down with all that belongs to it"),
    "status": (Command.status, "what there is of it, and whether it is billed"),
}


@contextmanager
def may_be_billed():
    """What AWS refuses leaves what was made before: the message says so."""
    try:
        yield
    except AwsFault as fault:
        raise CommandError(
            f"{fault} The endpoint may exist and be billed: repeat the command, or delete."
        ) from fault


def _wanted(options) -> Wanted:
    given = [options[name] for name in ("least_instances", "most_instances", "requests_a_minute")]
    scaling = None
    if any(one is not None for one in given):
        if any(one is None for one in given):
            raise CommandError(
                "Give all of --least-instances, --most-instances and --requests-a-minute, or none."
            )
        try:
            scaling = Scaling(*given)
        except ValueError as error:
            raise CommandError(str(error)) from error
        if not scaling.least <= options["instances"] <= scaling.most:
            raise CommandError(
                f"--instances {options['instances']} to begin with is not from "
                f"{scaling.least} to {scaling.most}."
            )
    return Wanted(hosted(options), options["instance_type"], options["instances"], scaling)


def _price(wanted: Wanted, options) -> str:
    least = wanted.scaling.least if wanted.scaling else wanted.instances
    most = wanted.most_instances
    number = str(most) if least == most else f"{least} to {most}"
    said = f"{number} × {wanted.instance_type}, billed for as long as it exists, asked or not. "
    price = options["price_an_hour"]
    if price is None:
        return said + "No price is assumed: --price-an-hour tells what it costs."
    costs = [n * price for n in dict.fromkeys((least, most))]
    an_hour = " to ".join(f"{cost:,.2f}" for cost in costs)
    a_month = " to ".join(f"{cost * HOURS_A_MONTH:,.2f}" for cost in costs)
    return said + f"At {price:g} an hour: {an_hour} an hour, {a_month} a month."


def _nothing(endpoint) -> str:
    return (
        f"There is nothing of {endpoint.name} in {endpoint.region}: no endpoint, configuration, "
        "model or scaling. Nothing is billed."
    )


def _lines(standing: Standing) -> list[str]:
    lines = []
    if standing.state:
        lines.append(f"state: {standing.state}, billed for {standing.instances} instances")
        lines.append(f"configuration: {standing.configuration}")
    if standing.reason:
        lines.append(f"reason: {standing.reason}")
    if scaling := standing.scaling:
        target = f"{scaling.target:g} requests a minute each" if scaling.target else "no policy"
        lines.append(f"scaling: {scaling.least} to {scaling.most} instances, {target}")
    lines += [
        f"unused configuration: {name}"
        for name in standing.configurations
        if name != standing.configuration
    ]
    lines += [f"model: {name}" for name in standing.models]
    if not standing.state and lines:
        lines.append("No endpoint, so no instance is billed. Deleting removes the rest.")
    return lines
