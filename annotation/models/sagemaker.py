"""Training in Amazon SageMaker: where, and who has agreed that texts go there."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from annotation import aws_names

ONLY_ROW = 1
# Limits on a training in minutes; a worker's own limit is four hours.
SHORTEST, LONGEST = 5, 180
# The row as a page has read it, while it is written out. Elsewhere nothing is kept, so that whoever
# takes back that texts leave is heeded at once.
_held: ContextVar[list["SagemakerAccount"] | None] = ContextVar("sagemaker_account", default=None)


def new_site() -> str:
    return secrets.token_hex(4)


@contextmanager
def account_held() -> Iterator[None]:
    """Read the account at most once inside, where nothing is decided: a page is written out."""
    token = _held.set([])
    try:
        yield
    finally:
        _held.reset(token)


def _like(pattern: str, words: str) -> RegexValidator:
    return RegexValidator(rf"\A(?:{pattern})\Z", words)


class SagemakerAccountManager(models.Manager["SagemakerAccount"]):
    def current(self) -> "SagemakerAccount":
        """What holds now; an empty one while nobody has said anything. Not to be written to."""
        held = _held.get()
        if held:
            return held[0]
        row = self.select_related("agreed_by").filter(pk=ONLY_ROW).first() or SagemakerAccount()
        if held is not None:
            held.append(row)
        return row


class SagemakerAccount(models.Model):
    """One row. No credential is in it: those come from the standard AWS chain of the machine."""

    class TrainingForm(models.TextChoices):
        FILE = "file", "File mode"
        MANIFEST = "augmented_manifest", "Augmented manifest, with class map"

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY_ROW, editable=False)
    revision = models.PositiveIntegerField(
        default=0, editable=False, help_text="counts changes, so that no two cross unnoticed"
    )
    site = models.CharField(
        max_length=8,
        default=new_site,
        editable=False,
        help_text="tells this site's jobs from those of others in the account",
    )
    region = models.CharField(
        max_length=25,
        blank=True,
        validators=[_like(aws_names.REGION, "Name a region, such as eu-west-1.")],
        help_text="The AWS region of the bucket, such as ap-southeast-2. Texts are read there.",
    )
    bucket = models.CharField(
        max_length=63,
        blank=True,
        validators=[
            _like(
                aws_names.BUCKET,
                "A bucket’s name has 3 to 63 small letters, digits, dots and dashes.",
            )
        ],
        help_text="An S3 bucket of yours in that region, which is not public.",
    )
    prefix = models.CharField(
        "Folder",
        max_length=100,
        default="classie",
        validators=[
            _like(
                r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*",
                "Letters, digits, dashes and underscores, with a slash between folders.",
            )
        ],
        help_text="In the bucket; nothing outside of it is touched.",
    )
    role = models.CharField(
        "Role",
        max_length=2048,
        blank=True,
        validators=[
            _like(
                aws_names.ROLE,
                "A role’s name in full begins like arn:aws:iam::123456789012:role/.",
            )
        ],
        help_text="What SageMaker may do: the name in full (ARN) of a role with the policy in the "
        "documentation.",
    )
    instance_type = models.CharField(
        max_length=60,
        default="ml.c5.xlarge",
        validators=[_like(aws_names.INSTANCE_TYPE, "Name one such as ml.c5.xlarge.")],
        help_text="On what a training runs. BlazingText uses all processors of one machine.",
    )
    limit_minutes = models.PositiveIntegerField(
        "Time limit",
        default=60,
        help_text="Minutes after which SageMaker ends a training by itself.",
    )
    price_an_hour = models.DecimalField(
        "Price of an hour",
        max_digits=8,
        decimal_places=3,
        null=True,
        blank=True,
        help_text="Of that instance in that region, from Amazon’s price list, in any currency. "
        "None is assumed: without it no cost is estimated.",
    )
    training_form = models.CharField(
        "Training set",
        max_length=18,
        choices=TrainingForm,
        default=TrainingForm.FILE,
        help_text="How BlazingText is sent the same texts: a file of labelled lines, copied to the "
        "instance, which is the safe choice; or numbers for categories, streamed to it, so that "
        "codes stay out of the model’s file.",
    )
    agreed_to = models.TextField(
        blank=True, editable=False, help_text="the statement as it was when it was ticked"
    )
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    agreed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SagemakerAccountManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=ONLY_ROW), name="sagemaker_account_is_one_row"),
            models.CheckConstraint(
                condition=Q(limit_minutes__gte=SHORTEST, limit_minutes__lte=LONGEST),
                name="sagemaker_training_has_a_limit",
                violation_error_message=f"A training’s limit goes from {SHORTEST} to {LONGEST} "
                "minutes.",
            ),
            models.CheckConstraint(
                condition=Q(training_form__in=["file", "augmented_manifest"]),
                name="a_training_set_has_a_known_form",
                violation_error_message="A training set is sent in file mode, or as an augmented "
                "manifest.",
            ),
            models.CheckConstraint(
                condition=Q(price_an_hour__isnull=True) | Q(price_an_hour__gt=0),
                name="sagemaker_price_is_above_nothing",
                violation_error_message="A price is above 0. Leave it empty if you do not know it.",
            ),
            models.CheckConstraint(
                condition=Q(agreed_to="", agreed_by__isnull=True, agreed_at__isnull=True)
                | (~Q(agreed_to="") & Q(agreed_by__isnull=False, agreed_at__isnull=False)),
                name="sagemaker_agreement_says_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"SageMaker account, revision {self.revision}"

    @property
    def statement(self) -> str:
        """What leaves, as an administrator ticks it; another place makes another statement."""
        return (
            f"Texts of labelled grants go to Amazon S3 in {self.region} (bucket {self.bucket}), "
            f"with their categories, and Amazon SageMaker in {self.region} reads them to train a "
            "model. Texts of grants that wait go there and are read, too, when somebody starts a "
            "batch transform. They are deleted there when training or transform is over."
        )

    @property
    def is_complete(self) -> bool:
        return bool(self.region and self.bucket and self.role)

    @property
    def may_leave(self) -> bool:
        """Whether somebody has ticked what the statement says today."""
        return self.is_complete and self.agreed_to == self.statement
