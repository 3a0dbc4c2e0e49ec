"""People who work here, their tokens, and what the audit log says they did."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac


class User(AbstractUser):
    """A person. Annotators are never Django staff; administrators need not be."""

    class Role(models.TextChoices):
        ANNOTATOR = "annotator"
        ADMINISTRATOR = "administrator"

    role = models.CharField(max_length=13, choices=Role, default=Role.ANNOTATOR)
    must_change_password = models.BooleanField(
        default=False, help_text="the password was given out and opens nothing but its own change"
    )
    tour_seen_at = models.DateTimeField(
        null=True, blank=True, help_text="when the tour was ended or skipped; empty: it is offered"
    )

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(role="administrator") | Q(is_staff=False, is_superuser=False),
                name="annotators_are_not_staff",
            ),
        ]

    @property
    def is_administrator(self) -> bool:
        return self.role == self.Role.ADMINISTRATOR

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Bound to password and role: sessions and tokens fall when either changes."""
        key_salt = "annotation.models.people.User.get_session_auth_hash"
        value = f"{self.password}:{self.role}"
        return salted_hmac(key_salt, value, secret=secret, algorithm="sha256").hexdigest()


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def valid(self, now: datetime) -> "ApiTokenQuerySet":
        return self.filter(expires_at__gt=now, user__is_active=True)

    def visible_to(self, user: User) -> "ApiTokenQuerySet":
        return self if user.is_administrator else self.filter(user=user)


class ApiToken(models.Model):
    """A key to the API. Only its hash is stored: the key itself is shown once."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    key_sha256 = models.CharField(max_length=64, unique=True)
    auth_hash = models.CharField(max_length=64, help_text="of password and role when it was made")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="to five minutes")

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="token_expiry")]


class LoginFailure(models.Model):
    """One refused sign-in. Names may belong to nobody, so this is not a foreign key."""

    username = models.CharField(max_length=150)
    address = models.GenericIPAddressField(null=True)
    failed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["username", "failed_at"], name="failures_of_a_name"),
            models.Index(fields=["address", "failed_at"], name="failures_of_an_address"),
        ]


class AuditEvent(models.Model):
    """A deed of an administrator or a command; ids and counts, never grant text.

    Append-only: the database refuses to change one, and to delete one without an ErasurePermit.
    """

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="audit_events",
        help_text="empty: a command or the night",
    )
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True, help_text="what it was done to")
    details = models.JSONField(default=dict)
    happened_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-happened_at", "-pk"]
        indexes = [
            # Whatever is asked of a long log, its newest events are found without a sort.
            models.Index(fields=["happened_at", "id"], name="audit_by_time"),
            models.Index(fields=["actor", "happened_at", "id"], name="audit_by_person"),
            models.Index(fields=["action", "happened_at", "id"], name="audit_by_deed"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
