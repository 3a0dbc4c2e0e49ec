"""What each setting may be, and which of them have grants read or the queue ordered anew."""

from annotation.models.queue_shares import TURNS

PER_CENT = "%"
# Setting -> (lowest, highest, unit). Those in per cent are stored as shares of 1.
LIMITS: dict[str, tuple[float, float, str]] = {
    "audit_share": (0.01, 0.9, PER_CENT),
    "audit_usual_amount": (1, 1_000_000_000, "a grant"),
    "audit_turns": (0.0, 0.5, PER_CENT),
    "random_share": (0.1, 1.0, PER_CENT),
    "coverage_share": (0.0, 0.9, PER_CENT),
    "value_share": (0.0, 0.5, PER_CENT),
    "recheck_share": (0.0, 0.5, PER_CENT),
    "order_every": (0, 10_000, "annotations"),
    "blind_share": (0.0, 0.5, PER_CENT),
    "second_share": (0.0, 1.0, PER_CENT),
    "required_annotations": (2, 5, "people"),
    "plant_share": (0.0, 0.01, PER_CENT),
    "claim_minutes": (1, 1_440, "minutes"),
    "daily_goal": (1, 10_000, "grants"),
    "fixed_threshold": (0.05, 0.95, PER_CENT),
    "least_score": (0.0, 0.5, PER_CENT),
    "promotion_margin": (0.0, 0.1, "of F1"),
}
# A change of one of these makes the active version read every grant anew.
READ_BY_THE_MODEL = frozenset({"text_fields", "ticking", "fixed_threshold", "least_score"})
# A change of one of these makes the queue be ordered anew by what is known of the grants already.
ORDERS_THE_QUEUE = frozenset({*TURNS, "blind_share", "second_share", "required_annotations"})
