"""Comparing two model versions on the same grants, when somebody asks for it."""

from collections.abc import Callable
from dataclasses import replace

from annotation.models import ModelVersion
from annotation.reports.backend_comparisons import ENOUGH_AUDIT_GRANTS
from classifier import registry
from classifier.dataset import audit_set, background, categories_of, training_set
from classifier.labelled import Labelled
from classifier.measuring import as_json
from classifier.ml.baselines import Suggested
from classifier.ml.meaning import CategoryVectors
from classifier.ml.pairing import pair
from classifier.ml.text import CategoryText
from classifier.saying import (
    CannotSayUnseen,
    measurable,
    said_of,
    said_of_audit,
    said_unseen,
)
from classifier.vectors import are_wanted, the_encoder, with_vectors

Tell = Callable[[float, str], None]


class CannotCompare(Exception):
    """A version is gone, or there is no grant to compare them on."""


def compare_versions(subject: str, tell: Tell) -> dict[str, object]:
    """What has changed from the older to the newer version, on what is labelled today.

    On the audit stream, from which neither has learned. While it is small, on all labelled
    grants: both recipes are then fitted anew on the same folds, each with the grants that its
    version had, so that each grant is answered by models that have not seen it.

    Args:
        subject: the keys of the two, the older first: "12-14".

    Raises:
        CannotCompare: a version is gone, or nothing is labelled.
        CorruptArtifact: an artifact is missing or is not the one that was signed.
    """
    before, after = _versions(subject)
    tell(0.05, "Reading the labelled grants")
    categories = categories_of(after.taxonomy).texts
    audit = audit_set(categories_of(after.taxonomy))
    rows, left_out = measurable(audit, before, after)
    audit = audit.take(rows)
    if len(audit) >= ENOUGH_AUDIT_GRANTS:
        grants, kind, words = _with_vectors(audit), "audit", left_out
        said = []
        for done, version in enumerate((before, after)):
            tell(0.1 + 0.4 * done, f"{version} reads {len(grants):,} grants")
            said.append(said_of_audit(version, registry.load(version), grants, categories))
    else:
        grants, kind = _with_vectors(training_set(categories_of(after.taxonomy))), "labelled"
        words = (
            f", each by a model that had not seen it; the audit stream has {len(audit)} of the "
            f"{ENOUGH_AUDIT_GRANTS} labelled grants it needs{left_out}"
        )
        if not len(grants):
            raise CannotCompare("No grant is labelled that they could be compared on.")
        said = _out_of_fold((before, after), grants, categories, tell)
    tell(0.9, "Drawing grants for the intervals")
    found = pair(grants.y, grants.known, said[0], said[1], categories)
    measured_on = f"{len(grants):,} {kind} grants{words}"
    return as_json(found) | {"measured_on": measured_on, "kind": kind}


def _versions(subject: str) -> tuple[ModelVersion, ModelVersion]:
    keys = [int(key) for key in subject.split("-")]
    found = ModelVersion.objects.gated().of_current_taxonomy().in_bulk(keys)
    if len(found) < 2:
        raise CannotCompare("One of the two versions is gone, or of another taxonomy.")
    return found[keys[0]], found[keys[1]]


def _out_of_fold(
    versions: tuple[ModelVersion, ModelVersion],
    grants: Labelled,
    categories: list[CategoryText],
    tell: Tell,
) -> list[Suggested]:
    texts, said = background(), []
    vectors = None
    if grants.corpus.vectors is not None:
        vectors = CategoryVectors.encoded(categories, the_encoder())
    seed = versions[1].seed
    for done, version in enumerate(versions):
        tell(0.1 + 0.4 * done, f"{version} learns from its grants again, in five folds")
        if version.is_untaught:  # words alone: there is nothing that it could have seen
            said.append(said_of(registry.load(version), grants.corpus, categories))
        else:
            try:
                said.append(said_unseen(version, grants, texts, categories, seed, vectors))
            except CannotSayUnseen as error:
                raise CannotCompare(
                    f"{error}, and the audit stream has too few labelled grants."
                ) from error
    return said


def _with_vectors(grants: Labelled) -> Labelled:
    if not are_wanted():
        return grants
    return replace(grants, corpus=with_vectors(grants.grant_ids, grants.corpus))
