"""How often each person accepts a suggestion that was planted wrong."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from annotation.models import Decision, PlantReply, SiteSettings, User
from annotation.reports.progress import midnight
from annotation.reports.shares import Share, share

# A person is flagged when even the lower end of the 95 % interval lies above it. A careful one,
# who lets one in ten pass, is flagged once in some 1,500 times within sixty plants; a careless one,
# who lets six in ten pass, practically always, and mostly by the twentieth.
LIMIT = 0.25


@dataclass(frozen=True)
class OverAcceptance:
    """Of the planted wrong suggestions that a person decided on, the share they accepted."""

    person: User
    share: Share

    @property
    def is_flagged(self) -> bool:
        return is_too_often(self.share)


def is_too_often(accepted: Share) -> bool:
    return not accepted.is_too_few and accepted.low > LIMIT


def over_acceptance(persons: Iterable[User]) -> list[OverAcceptance]:
    """Of those among them who decided on a plant, by name: no ranking. One query."""
    shares = _shares()
    found = [person for person in persons if person.pk in shares]
    return [
        OverAcceptance(person, shares[person.pk])
        for person in sorted(found, key=lambda person: person.username)
    ]


def over_acceptance_of(person: User) -> OverAcceptance | None:
    """Of one person, for administrators; None before the first plant. One query."""
    accepted = _shares(Q(plant__annotator=person)).get(person.pk)
    return OverAcceptance(person, accepted) if accepted else None


def own_over_acceptance(person: User) -> OverAcceptance | None:
    """What the person is shown of themselves. One query.

    Up to the last midnight: a count that moved with an answer would say which grant was a plant
    while it can be taken back.
    """
    site = SiteSettings.objects.current()
    accepted = _shares(Q(plant__annotator=person), before=midnight(site)).get(person.pk)
    return OverAcceptance(person, accepted) if accepted else None


def _shares(of: Q | None = None, before: datetime | None = None) -> dict[int, Share]:
    replies = PlantReply.objects.measured().filter(of or Q())
    if before:
        replies = replies.filter(replied_at__lt=before)
    is_accepted = Q(verdict=Decision.Verdict.ACCEPTED)
    rows = replies.order_by().values_list("plant__annotator")
    return {
        person: share(accepted / n, n)
        for person, n, accepted in rows.annotate(
            n=Count("pk"), accepted=Count("pk", filter=is_accepted)
        )
    }
