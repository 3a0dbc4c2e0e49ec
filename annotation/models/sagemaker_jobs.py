"""Training in Amazon SageMaker: what runs there, and what is left of it."""

from django.db import models
from django.db.models import Q


class SagemakerJobQuerySet(models.QuerySet["SagemakerJob"]):
    def open(self) -> "SagemakerJobQuerySet":
        """Not known to be over, or their files not known to be deleted."""
        return self.filter(closed_at__isnull=True)

    def forsaken(self) -> "SagemakerJobQuerySet":
        """Open, and no training waits for them any more."""
        return self.open().exclude(version__status="training")

    def newest_first(self) -> "SagemakerJobQuerySet":
        return self.select_related("version").order_by("-pk")


class SagemakerJob(models.Model):
    """One training job, remembered from before it is asked for until nothing is left of it."""

    name = models.CharField(max_length=63, unique=True)
    training = models.CharField(max_length=40, help_text="what it is part of, in AWS's tags")
    version = models.ForeignKey(
        "ModelVersion", null=True, on_delete=models.SET_NULL, related_name="sagemaker_jobs"
    )
    region = models.CharField(max_length=25)
    bucket = models.CharField(max_length=63)
    prefix = models.CharField(max_length=100)
    instance_type = models.CharField(max_length=60, help_text="on what it was asked to run")
    price_an_hour = models.DecimalField(
        max_digits=8, decimal_places=3, null=True, help_text="as it was typed when the job began"
    )
    opened_at = models.DateTimeField()
    status = models.CharField(max_length=20, blank=True, help_text="SageMaker's word for it")
    seconds = models.PositiveIntegerField(default=0, help_text="that are paid for")
    problem = models.TextField(blank=True, help_text="why it could not be ended yet, in words")
    look_at = models.DateTimeField(help_text="when it is looked at again")
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text="when it was over and its files were deleted"
    )

    objects = SagemakerJobQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["look_at"], condition=Q(closed_at__isnull=True), name="sagemaker_open_jobs"
            )
        ]

    def __str__(self) -> str:
        return self.name
