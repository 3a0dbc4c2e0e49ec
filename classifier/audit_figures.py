"""How well the suggestions of now agree with what people said of audit grants, by category."""

from collections import Counter, defaultdict
from collections.abc import Callable

from annotation.models import Grant, Suggestion, Taxonomy
from annotation.reports.category_figures import AuditCounts
from classifier.answered import answered_spans
from classifier.answers import read_answers
from classifier.dataset import categories_of


def audit_figures(go_on: Callable[[], None] = lambda: None) -> dict[int, AuditCounts]:
    """Category -> right, ticked and both, over the audit grants that the model has read.

    Right is what the gate holds to be right, too. A pair that nobody has answered counts for
    nothing, ticked or not. What was ticked of a merged category counts for the one it became.

    Args:
        go_on: called before each part of the grants.
    """
    taxonomy = Taxonomy.objects.current()
    if taxonomy is None:
        return {}
    categories = categories_of(taxonomy)
    facet_of = dict(zip(categories.ids, categories.facet_ids, strict=True))
    right, ticked, hits = Counter[int](), Counter[int](), Counter[int]()
    for within in answered_spans(Grant.Stream.AUDIT):
        go_on()
        answers = read_answers(Grant.Stream.AUDIT, facet_of, categories.merged, within).of_grants
        read = Grant.objects.filter(pk__in=answers).exclude(scored_by=None)
        claims: dict[int, set[int]] = defaultdict(set)
        found = Suggestion.objects.of_last_readers().filter(grant__in=answers, is_ticked=True)
        for grant, category in found.order_by().values_list("grant", "category"):
            claims[grant].add(categories.merged.get(category, category))
        for grant in read.values_list("pk", flat=True):
            for category, (is_right, _) in answers[grant].items():
                is_ticked = category in claims[grant]
                right[category] += is_right
                ticked[category] += is_ticked
                hits[category] += is_right and is_ticked
    return {
        pk: AuditCounts(right[pk], ticked[pk], hits[pk])
        for pk in categories.ids
        if right[pk] or ticked[pk]
    }
