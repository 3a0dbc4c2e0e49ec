"""How people get in and stay in: one-time links and open sessions."""

from datetime import datetime

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models

from annotation.models.people import User


class OneTimeLinkQuerySet(models.QuerySet["OneTimeLink"]):
    def valid(self, now: datetime) -> "OneTimeLinkQuerySet":
        return self.filter(expires_at__gt=now, user__is_active=True)


class OneTimeLink(models.Model):
    """Lets its person choose a password, once. Only the key's hash is stored; used, it is gone."""

    class Purpose(models.TextChoices):
        INVITATION = "invitation"
        RESET = "reset"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="one_time_link"
    )
    key_sha256 = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=10, choices=Purpose)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    objects = OneTimeLinkQuerySet.as_manager()


class PersonSessionQuerySet(models.QuerySet["PersonSession"]):
    def open(self, now: datetime) -> "PersonSessionQuerySet":
        return self.filter(session__expire_date__gt=now, user__is_active=True)

    def visible_to(self, user: User) -> "PersonSessionQuerySet":
        return self if user.is_administrator else self.filter(user=user)


class PersonSession(models.Model):
    """What a person may know of an open session. It goes when the session goes."""

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="person_session")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="person_sessions"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(help_text="to five minutes")
    network = models.CharField(
        max_length=50, blank=True, help_text="the address without its last part"
    )
    browser = models.CharField(max_length=40, help_text="family and system, never the version")

    objects = PersonSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-seen_at", "-pk"]
