"""Training in SageMaker: what is agreed, what a training may cost, and what runs or has run."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_UP, Decimal
from statistics import median

from annotation.installing import install_line
from annotation.models import SagemakerAccount, SagemakerJob

LATEST = 20
HOUR = 3600


@dataclass(frozen=True)
class CostEstimate:
    """Of one training, before it starts. Prices are None where nobody has typed one of an hour.

    ``n_measured``: earlier trainings on that instance type whose seconds were paid for; the usual,
    shortest and longest are theirs, None without any.
    """

    limit_minutes: int
    price_at_limit: Decimal | None
    n_measured: int
    usual_minutes: float | None
    shortest_minutes: float | None
    longest_minutes: float | None
    usual_price: Decimal | None


@dataclass(frozen=True)
class JobLine:
    """One job; ``words`` says how it stands, ``problem`` why it could not be ended yet."""

    name: str
    version: str
    opened_at: datetime
    words: str
    minutes: float | None
    price: Decimal | None
    problem: str


@dataclass(frozen=True)
class SagemakerPage:
    account: SagemakerAccount
    estimate: CostEstimate
    jobs: list[JobLine]
    install: str


def sagemaker() -> SagemakerPage:
    """Three queries."""
    account = SagemakerAccount.objects.current()
    jobs = list(SagemakerJob.objects.newest_first()[:LATEST])
    return SagemakerPage(
        account,
        estimate(account),
        [_line(job) for job in jobs],
        install_line("boto3", "fasttext"),
    )


def estimate(account: SagemakerAccount) -> CostEstimate:
    """What a training costs: at most its limit, usually what the latest ones took.

    Only those on the instance type that is set now: a faster one takes fewer seconds.
    """
    done = SagemakerJob.objects.filter(
        status="Completed", seconds__gt=0, instance_type=account.instance_type
    )
    seconds = list(done.order_by("-pk").values_list("seconds", flat=True)[:LATEST])
    price = account.price_an_hour
    usual = median(seconds) if seconds else None
    return CostEstimate(
        account.limit_minutes,
        _price(account.limit_minutes * 60, price),
        len(seconds),
        usual / 60 if usual is not None else None,
        min(seconds) / 60 if seconds else None,
        max(seconds) / 60 if seconds else None,
        _price(usual, price) if usual is not None else None,
    )


def _price(seconds: float, an_hour: Decimal | None) -> Decimal | None:
    """Rounded up to a hundredth: nobody is billed less."""
    if an_hour is None:
        return None
    return (Decimal(seconds) * an_hour / HOUR).quantize(Decimal("0.01"), ROUND_UP)


def _line(job: SagemakerJob) -> JobLine:
    if job.closed_at is None:
        words = job.status or "asked for"
    else:
        words = f"{job.status or 'never began'}; nothing of it is left there"
    return JobLine(
        job.name,
        str(job.version) if job.version else "no version",
        job.opened_at,
        words,
        job.seconds / 60 if job.seconds else None,
        _price(job.seconds, job.price_an_hour) if job.seconds else None,
        job.problem,
    )
