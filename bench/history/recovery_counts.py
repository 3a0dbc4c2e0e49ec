"""Figures that pages count themselves: coverage, and how often people accept what was planted."""

from collections.abc import Mapping
from typing import Any

from annotation.models import User
from annotation.reports.coverage import coverage
from annotation.reports.plants import LIMIT, over_acceptance
from bench.history.recovery import Recovered, told

COUNTED = ("examples", "of_pool", "with_below")
CLEARLY = 0.15  # so far from the limit sixty plants tell on which side somebody is


def of_coverage(truth: Mapping[str, Any]) -> list[Recovered]:
    """Every category's figures, which are no estimates: they hold the truth if they are it."""
    found = []
    for row in coverage().rows:
        for name in COUNTED:
            value, expected = getattr(row, name), truth["examples"][name].get(row.code, 0)
            found.append(Recovered(f"{name} of {row.code}", expected, value, value, value))
    return found


def of_plants(truth: Mapping[str, Any]) -> list[Recovered]:
    """Over-acceptance of each person, and that the careless are flagged and nobody else."""
    found = []
    for row in over_acceptance(User.objects.all()):
        if row.share.is_too_few:
            continue
        name, share = row.person.username, row.share
        expected = truth["people"][name]["plants_accepted"]
        found.append(
            Recovered(f"{name}, plants accepted", expected, share.value, share.low, share.high)
        )
        if abs(expected - LIMIT) > CLEARLY:
            found.append(told(f"{name} is flagged", expected > LIMIT, row.is_flagged))
    return found
