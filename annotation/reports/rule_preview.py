"""What a keyword rule finds: how right it is on labelled grants, what it changes, where it is mute.

RE2 takes time in proportion to the text, so a page may wait for it. What is read is bounded: in
number, and by a clock. Labels of audit grants are not looked at and their texts are not shown;
they only count among the texts of a programme, as they do for the classifier.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Max, Min

from annotation.models import Category, Grant, QueueItem, SiteSettings
from annotation.patterns import Passage, Rule
from annotation.reports.known_answers import (
    Sample,
    known_answers,
    read_grants,
    spread,
    ticks_seen,
)
from annotation.reports.shares import Share, share

MOST_WITH, MOST_WITHOUT, MOST_TEXTS = 1_000, 2_000, 3_000
SECONDS = 2.0
SHOWN = 3
AROUND = 90  # characters before and after what a rule finds
MOST_FINDS = 6
# As the classifier stops a rule: classifier/ml/stops.py.
BATCH_TEXTS, BATCH_SHARE = 50, 0.5


class TooSlow(Exception):
    """The clock ran out; holds how many texts had been read."""


@dataclass(frozen=True)
class RuleFigures:
    """How right a rule is: of its hits so many, and of the grants with the category so many."""

    n_hits: int
    precision: Share
    recall: Share


@dataclass(frozen=True)
class Hit:
    """A grant with the passages that a rule finds in it; ``has_it`` None: nobody has said."""

    grant: Grant
    passages: list[Passage]
    has_it: bool | None


@dataclass(frozen=True)
class Mute:
    """A programme, funder or import where the rule hits over half, so it counts for nothing."""

    batch: str
    n_hits: int
    n_texts: int


@dataclass(frozen=True)
class RulePreview:
    """All that the page says of a rule, beside the stored one and the model's ticks.

    ``n_found`` counts among the ``n_texts_read``, labelled or not; ``n_gained`` and ``n_lost``
    among all grants that were read.
    """

    figures: RuleFigures
    stored: RuleFigures
    ticks: RuleFigures
    n_labelled: int
    n_labelled_read: int
    n_texts: int
    n_texts_read: int
    n_found: int
    n_gained: int
    n_lost: int
    mutes: list[Mute]
    gained: list[Hit]
    lost: list[Hit]
    wrong: list[Hit]
    missed: list[Hit]
    right: list[Hit]
    unlabelled: list[Hit]

    @property
    def hits_everything(self) -> bool:
        return self.n_texts_read >= BATCH_TEXTS and self.n_found == self.n_texts_read


def preview_rule(category: Category, rule: Rule, stored: Rule) -> RulePreview:
    """Read labelled grants and others with a rule and with the one that is stored.

    Raises:
        TooSlow: it took over two seconds; there is no figure then.
    """
    with_it, without = known_answers(category, MOST_WITH, MOST_WITHOUT)
    others, n_total = _others()
    answers = with_it.answers | without.answers
    grants = {g.pk: g for g in (*with_it.grants, *without.grants, *others)}
    fields = SiteSettings.objects.current().text_fields
    texts = {pk: grant.text_of(fields) for pk, grant in grants.items()}
    now, before = _found(rule, texts), _found(stored, texts)
    shown = _Shown(rule, stored, _open_to_all(grants.values()), texts, answers)
    is_other = {g.pk for g in others}
    return RulePreview(
        figures=_figures(now, with_it, without),
        stored=_figures(before, with_it, without),
        ticks=_ticks(category),
        n_labelled=with_it.n_total + without.n_total,
        n_labelled_read=len(with_it.grants) + len(without.grants),
        n_texts=n_total,
        n_texts_read=len(others),
        n_found=len(now & is_other),
        n_gained=len(now - before),
        n_lost=len(before - now),
        mutes=_mutes(others, now),
        gained=shown.hits(now - before),
        lost=shown.hits(before - now, is_stored=True),
        wrong=shown.hits(pk for pk in now if answers.get(pk) is False),
        missed=shown.hits(pk for pk in answers if answers[pk] and pk not in now),
        right=shown.hits(pk for pk in now if answers.get(pk)),
        unlabelled=shown.hits(pk for pk in now if pk not in answers),
    )


def _others() -> tuple[list[Grant], int]:
    """Grants whether labelled or not, evenly spread over all, and how many there are."""
    keys = Grant.objects.aggregate(n=Count("pk"), first=Min("pk"), last=Max("pk"))
    if keys["n"] <= MOST_TEXTS:
        return read_grants(Grant.objects.values_list("pk", flat=True)), keys["n"]
    # A key that is no longer in use is a grant fewer.
    return read_grants(spread(range(keys["first"], keys["last"] + 1), MOST_TEXTS)), keys["n"]


def _found(rule: Rule, texts: dict[int, str]) -> set[int]:
    """Keys of the texts that a rule hits."""
    if rule.include is None:
        return set()
    # Of this thread alone: on a busy machine a sound rule must not look slow.
    began, found = time.thread_time(), set()
    for n_read, (pk, text) in enumerate(texts.items()):
        if time.thread_time() - began > SECONDS:
            raise TooSlow(
                f"It read {n_read:,} of {len(texts):,} texts in {SECONDS:.0f} seconds of computing "
                "and was stopped. Repeat less, above all of any sign, as in .{0,300} or (.*)."
            )
        if rule.hits(text):
            found.add(pk)
    return found


def _figures(found: set[int], *samples: Sample) -> RuleFigures:
    n_hits = n_given = 0
    right = hits = given = 0.0
    for sample in samples:
        for grant in sample.grants:
            is_hit, has_it = grant.pk in found, sample.answers[grant.pk]
            n_hits, n_given = n_hits + is_hit, n_given + has_it
            # A grant that was drawn stands for those that were not.
            right += sample.weight * (is_hit and has_it)
            hits += sample.weight * is_hit
            given += sample.weight * has_it
    return RuleFigures(
        n_hits,
        precision=share(right / hits if hits else 0.0, n_hits),
        recall=share(right / given if given else 0.0, n_given),
    )


def _ticks(category: Category) -> RuleFigures:
    ticked, right, given = ticks_seen(category)
    return RuleFigures(
        ticked,
        precision=share(right / ticked if ticked else 0.0, ticked),
        recall=share(right / given if given else 0.0, given),
    )


def _mutes(grants: list[Grant], found: set[int]) -> list[Mute]:
    texts: dict[str, list[bool]] = defaultdict(list)
    for grant in grants:
        texts[grant.batch].append(grant.pk in found)
    mutes = [Mute(batch, sum(hits), len(hits)) for batch, hits in texts.items()]
    mutes = [m for m in mutes if m.n_texts >= BATCH_TEXTS and m.n_hits > BATCH_SHARE * m.n_texts]
    return sorted(mutes, key=lambda mute: (-mute.n_texts, mute.batch))


def _open_to_all(grants: Iterable[Grant]) -> list[Grant]:
    """Not those that somebody is still to decide blind: a marked word would be a suggestion."""
    blind = set(QueueItem.objects.secret().values_list("grant_id", flat=True))
    return [g for g in grants if g.stream == Grant.Stream.POOL and g.pk not in blind]


@dataclass(frozen=True)
class _Shown:
    """Picks the grants that are shown as samples, the same ones every time."""

    rule: Rule
    stored: Rule
    grants: list[Grant]
    texts: dict[int, str]
    answers: dict[int, bool]

    def hits(self, wanted: Iterable[int], *, is_stored: bool = False) -> list[Hit]:
        keys, rule = set(wanted), self.stored if is_stored else self.rule
        chosen = [grant for grant in self.grants if grant.pk in keys][:SHOWN]
        return [
            Hit(
                grant,
                rule.passages(self.texts[grant.pk], AROUND, MOST_FINDS),
                self.answers.get(grant.pk),
            )
            for grant in chosen
        ]
