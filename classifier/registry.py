"""A model version's row and its artifact: stored together, verified before every load."""

from importlib.metadata import version as installed
from pathlib import Path

from django.conf import settings

from annotation.models import ModelVersion
from classifier.dataset import background, categories_of
from classifier.ml import artifacts
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.lexical import LexicalMatcher

LIBRARIES = ("scikit-learn", "numpy", "scipy", "skops", "modAL-python")


def store(version: ModelVersion, classifier: CategoryClassifier) -> dict[str, object]:
    """Write the artifact and return the row's fields that name it."""
    sha256 = artifacts.write(_folder(), artifacts.dump(classifier))
    return {
        "artifact_sha256": sha256,
        "artifact_signature": artifacts.sign(_key(), sha256, version.pk),
        "library_versions": {name: installed(name) for name in LIBRARIES},
    }


def load(version: ModelVersion) -> CategoryClassifier | LexicalMatcher:
    """What the version answers with: its artifact, or the matcher on today's words.

    Raises:
        CorruptArtifact: the file is missing, damaged or not the one that was signed.
    """
    if version.is_lexical:
        return LexicalMatcher(categories_of(version.taxonomy).texts).fit(background())
    sha256, signature = version.artifact_sha256, version.artifact_signature
    if not artifacts.is_signed(_key(), sha256, version.pk, signature):
        raise artifacts.CorruptArtifact(
            f"The artifact of {version} was not signed by this site. Train again, or restore the "
            "row and the file from one backup."
        )
    return artifacts.load(artifacts.read(_folder(), sha256))


def _folder() -> Path:
    return Path(settings.MODEL_STORE)


def _key() -> bytes:
    return f"artifact:{settings.SECRET_KEY}".encode()
