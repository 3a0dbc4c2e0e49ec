"""The figures of categories counted a second time, row by row, as slowly as one reads them."""

from collections import defaultdict

from annotation.models import (
    Adjudication,
    Annotation,
    Category,
    CategoryRollup,
    Decision,
    Grant,
    GrantRollup,
    Ruling,
    SprintDecision,
    Suggestion,
)

CHOSEN = ("accepted", "added")


def stands(row):
    """Neither a withdrawal nor followed by another row of its chain."""
    return not row.is_withdrawal and not type(row).objects.filter(supersedes=row).exists()


def is_shown(annotation):
    """What its maker says today: a revision stands before the blind one."""
    if not stands(annotation):
        return False
    if annotation.revises is None:
        return not any(stands(revision) for revision in annotation.revisions.all())
    return not Annotation.objects.filter(supersedes=annotation.revises).exists()


def ruled_facets(grant):
    last = [a for a in grant.adjudications.all() if not Adjudication.objects.filter(supersedes=a)]
    return {ruling.facet_id for a in last for ruling in a.facet_rulings.all()}


def examples_of(grant):
    """Keys of the categories that stand for the grant."""
    return {category for category, _ in given_of(grant)}


def given_of(grant):
    """(category that counts, instant) of all that stands for a grant."""
    annotations = list(grant.annotations.all())
    answered = {o.facet_id for a in annotations if stands(a) for o in a.outcomes.all()}
    ruled = ruled_facets(grant)
    found = {
        (decision.category, annotation.submitted_at)
        for annotation in annotations
        if is_shown(annotation)
        for decision in annotation.decisions.all()
        if decision.verdict in CHOSEN and decision.category.facet_id not in ruled
    }
    for label in grant.labels.all():
        facet = label.category.facet_id
        is_free = facet not in ruled and facet not in answered
        if label.source == "adjudicated" or (label.source == "imported" and is_free):
            found.add((label.category, label.created_at))
    said = {}
    for decision in SprintDecision.objects.filter(sprint_grant__grant=grant).order_by("pk"):
        category = decision.sprint_grant.sprint.category
        if stands(decision) and decision.verdict == "no":
            said[category] = []
        elif stands(decision) and decision.verdict == "yes":
            said.setdefault(category, []).append(decision.decided_at)
    free = (category for category in said if category.facet_id not in answered)
    found |= {(category, at) for category in free for at in said[category]}
    return {(counted(category), at) for category, at in found if category.taxonomy.is_current}


def counted(category):
    """A merged category counts for the one that it was merged into."""
    return category.merged_into_id or category.pk


def pending_of(grant):
    item = getattr(grant, "queue_item", None)
    if item is None or not item.is_open or grant.scored_by_id is None:
        return set()
    ticked = Suggestion.objects.filter(grant=grant, is_ticked=True, model_version=grant.scored_by)
    return {s.category_id for s in ticked if s.category.retired_at is None}


def line(category):
    while category is not None:
        yield category.pk
        category = category.broader


def by_hand():
    """Category -> all its figures, and grant -> what it adds; zeros are left out."""
    figures = defaultdict(lambda: defaultdict(int))
    grants = {}
    for grant in Grant.objects.all():
        examples, pending = examples_of(grant), pending_of(grant)
        lines = [line(Category.objects.get(pk=pk)) for pk in examples]
        above = {pk for found in lines for pk in found} - examples
        times = [at for _, at in given_of(grant)]
        if examples or pending:
            span = (min(times), max(times)) if times else (None, None)
            grants[grant.pk] = (*map(sorted, (examples, above, pending)), *span)
        for pk in pending:
            figures[pk]["pending"] += 1
            figures[pk]["pending_of_pool"] += grant.stream == "pool"
        for pk in examples:
            figures[pk]["examples"] += 1
            figures[pk]["of_pool"] += grant.stream == "pool"
        for pk in above | examples:
            figures[pk]["with_below"] += 1
    for annotation in Annotation.objects.all():
        if stands(annotation) and annotation.model_version_id and annotation.revises is None:
            for decision in annotation.decisions.all():
                figures[decision.category_id][decision.verdict] += 1
    named = {pk: {k: n for k, n in f.items() if n} for pk, f in figures.items()}
    return {pk: f for pk, f in named.items() if f}, grants


def reviewed_by_hand():
    found = defaultdict(list)
    for decision in Decision.objects.exclude(verdict="left"):
        found[decision.category_id].append(decision.annotation.submitted_at)
    for said in SprintDecision.objects.filter(is_withdrawal=False):
        found[said.sprint_grant.sprint.category_id].append(said.decided_at)
    for ruling in Ruling.objects.all():
        found[ruling.category_id].append(ruling.adjudication.adjudicated_at)
    return {pk: max(at) for pk, at in found.items()}


NAMES = (
    "examples", "of_pool", "with_below", "pending", "pending_of_pool", "accepted", "rejected",
    "added", "left",
)  # fmt: skip


def stored():
    """What the rollups say, in the same form."""
    figures = {}
    for row in CategoryRollup.objects.all():
        named = {name: getattr(row, name) for name in NAMES if getattr(row, name)}
        if named:
            figures[row.pk] = named
    rows = GrantRollup.objects.all()
    grants = {
        r.pk: (r.examples, r.above, r.pending, r.given_first_at, r.given_last_at)
        for r in rows
        if r.examples or r.pending
    }
    assert all(row.is_labelled == bool(row.examples) for row in rows)
    return figures, grants


def assert_right():
    assert stored() == by_hand()
    rows = CategoryRollup.objects.exclude(reviewed_at=None)
    assert dict(rows.values_list("pk", "reviewed_at")) == reviewed_by_hand()
