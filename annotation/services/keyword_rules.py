"""Changing the keyword rule of a category."""

import hashlib
import json

from django.db import transaction

from annotation.errors import NotAllowed, RuleChanged, RuleRefused
from annotation.models import Category, Taxonomy, User
from annotation.patterns import BadPattern, Rule, check, compiled
from annotation.reports.rule_preview import TooSlow, preview_rule
from annotation.services.audit import record
from annotation.services.taxonomy_releases import make_known

EVERYTHING = (
    "It hits every one of the {:,} grants that were read, so it tells nothing about any of them. "
    "Name words that few grants have."
)


def mark_of(category: Category) -> str:
    """What an editor sends back with a rule, to say which one it was made from."""
    rule = json.dumps([category.include_pattern, category.exclude_pattern])
    return hashlib.sha256(rule.encode()).hexdigest()[:32]


def stored_rule(category: Category) -> Rule:
    """The rule in use; a pattern that RE2 refuses counts for nothing, as in the classifier."""
    include, exclude = category.include_pattern, category.exclude_pattern
    return Rule("" if fault(include) else include, "" if fault(exclude) else exclude)


def fault(pattern: str) -> str:
    """Why a stored pattern is not used, in words; empty when it is."""
    try:
        compiled(pattern)
    except BadPattern as error:
        return str(error)
    return ""


def checked_rule(include: str, exclude: str) -> Rule:
    """The rule of two patterns.

    Raises:
        RuleRefused: a pattern cannot be used, or there is something to exclude and nothing else.
    """
    faults = {}
    for field, pattern in (("include", include), ("exclude", exclude)):
        try:
            if pattern.strip():
                check(pattern)
        except BadPattern as error:
            faults[field] = str(error)
    if exclude.strip() and not include.strip():
        faults["include"] = (
            "There is a pattern that excludes and none that includes, so the rule would never "
            "hit. Say what it includes, or empty both."
        )
    if faults:
        raise RuleRefused(faults)
    return Rule(include, exclude)


def save_rule(category: Category, include: str, exclude: str, *, seen: str, by: User) -> bool:
    """Give a category another keyword rule; empty patterns take it away.

    The taxonomy has a new release then, and the word matcher reads the grants anew.

    Args:
        seen: ``mark_of`` the category when the editor opened it.

    Returns:
        Whether anything changed.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
        RuleRefused: a pattern is refused, is too slow or hits everything; nothing is stored.
        RuleChanged: somebody else saved another rule meanwhile; nothing is stored.
    """
    if not by.is_administrator:
        raise NotAllowed("Only administrators change keyword rules.")
    if category.retired_at:
        raise RuleRefused({"include": f"{category} is retired, so nobody reads its rule."})
    rule = checked_rule(include, exclude)
    _refuse_useless(category, rule)  # before the lock: it reads thousands of texts
    return _store(category, include.strip() and include, exclude.strip() and exclude, seen, by)


def _refuse_useless(category: Category, rule: Rule) -> None:
    try:
        # Not beside the stored one: that may be the slow one, which this one is to replace.
        found = preview_rule(category, rule, Rule("", ""))
    except TooSlow as error:
        raise RuleRefused({"include": str(error)}) from error
    if found.hits_everything:
        raise RuleRefused({"include": EVERYTHING.format(found.n_texts_read)})


@transaction.atomic
def _store(category: Category, include: str, exclude: str, seen: str, by: User) -> bool:
    # The taxonomy first, as an import does: two releases at once would have one number.
    taxonomy = Taxonomy.objects.select_for_update().get(pk=category.taxonomy_id)
    category = Category.objects.select_for_update().get(pk=category.pk)
    old = {"include": category.include_pattern, "exclude": category.exclude_pattern}
    new = {"include": include, "exclude": exclude}
    if new == old:
        return False
    if mark_of(category) != seen:
        raise RuleChanged(
            f"Somebody has changed the rule of {category.label} since you opened it. Both are "
            "shown; save again if yours is to stand."
        )
    category.include_pattern, category.exclude_pattern = include, exclude
    category.save(update_fields=["include_pattern", "exclude_pattern"])
    make_known(taxonomy)
    record(by, "keyword rule changed", category, old=old, new=new)
    return True
