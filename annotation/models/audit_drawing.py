"""With which chance a grant is drawn into the audit stream when it is imported."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

# However small its amount, a grant is drawn with this part of the audit share at least: what
# weighs by 1 / chance in a sum would otherwise let one small grant count for thousands.
FLOOR = 0.2


class AuditDrawing(models.Model):
    """How large the audit stream is, and whether large grants are drawn more often."""

    class Drawing(models.TextChoices):
        UNIFORM = "uniform", "Every grant with the same chance"
        AMOUNT = "amount", "In proportion to the amount"

    audit_share = models.FloatField(
        "Audit stream",
        default=0.10,
        help_text="Share of imported grants that only measure: read without suggestions, never "
        "learned from. Each grant keeps the chance it was drawn with.",
    )
    audit_drawing = models.CharField(
        "How the audit stream is drawn",
        max_length=7,
        choices=Drawing,
        default=Drawing.UNIFORM,
        help_text="In proportion to the amount, sums of money come out several times more exact "
        "from as many grants; figures about grants come out a little less exact.",
    )
    audit_usual_amount = models.FloatField(
        "Usual amount",
        default=50_000.0,
        help_text="Used only with the second choice above: a grant of this amount is drawn with "
        "the share of the audit stream, one of twice the amount with twice the chance. The mean of "
        "your grants keeps the stream at its share. Amounts of all currencies count as they stand.",
    )

    class Meta:
        abstract = True

    def audit_chance(self, amount: Decimal | None) -> float:
        """Chance with which a grant of this amount is drawn, above 0 to 1.

        Without an amount it is the share of the stream. It depends on nothing else, so the order
        of a file and what was imported before play no part.
        """
        if self.audit_drawing == self.Drawing.UNIFORM or amount is None:
            return self.audit_share
        times = max(FLOOR, float(amount) / self.audit_usual_amount)
        return min(1.0, self.audit_share * times)


DRAWING_IS_KNOWN = models.CheckConstraint(
    condition=Q(audit_drawing__in=["uniform", "amount"]),
    name="audit_drawing_is_uniform_or_by_amount",
)
