"""What the audit log calls each deed, and what it says of one, in plain words."""

from collections.abc import Callable, Mapping
from typing import Any

from annotation.models import SagemakerAccount
from annotation.services.backends import backend_words

Details = Mapping[str, Any]
Words = Callable[[Details], str]
LONGEST = 120  # characters of a value that somebody typed


def _nothing(_: Details) -> str:
    return ""


def _shown(value: object) -> str:
    """As a person would write it; one that is long is cut."""
    if value is None or value in ("", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        words = ", ".join(f"{name} {_shown(part)}" for name, part in value.items())
    elif isinstance(value, list):
        words = ", ".join(_shown(part) for part in value)
    else:
        words = str(value)
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"


def _change(old: str, new: str) -> Words:
    return lambda said: f"from {_shown(said.get(old))} to {_shown(said.get(new))}"


def _one(name: str, words: str) -> Words:
    return lambda said: words.format(_shown(said[name])) if said.get(name) else ""


def _figures(**words: str) -> Words:
    """Counts in the order given: "634 new, 12 changed"."""
    return lambda said: ", ".join(
        f"{said[name]:,} {unit}" for name, unit in words.items() if isinstance(said.get(name), int)
    )


def _export(said: Details) -> str:
    if not isinstance(said.get("count"), int):  # of the audit log itself: what was asked for
        return _shown(said) if said else ""
    return f"{said['count']:,} lines" + (", raw" if said.get("raw") else "")


def _merged(said: Details) -> str:
    along = said.get("along_with")
    return f"into {_shown(said.get('into'))}" + (f", along with {_shown(along)}" if along else "")


def _wanted(said: Details) -> str:
    """The target and who asks for it, of what changed."""
    parts = [said.get(name) for name in ("before", "after")]
    before, after = (part if isinstance(part, Mapping) else {} for part in parts)
    words = []
    if (old := before.get("target")) != (new := after.get("target")):
        words.append(f"target from {_shown(old or 'none')} to {_shown(new or 'none')}")
    if (old := before.get("asked_for_by")) != (new := after.get("asked_for_by")):
        words.append(f"asked for by {_shown(new)}" if new else f"{_shown(old)} asks no longer")
    return ", ".join(words)


def _kinds(name: str, words: str) -> Words:
    """Of one or several kinds of model, as the pages call them."""

    def said_of(said: Details) -> str:
        names = [part for part in str(said.get(name) or "").split(", ") if part]
        return words.format("; ".join(map(backend_words, names))) if names else ""

    return said_of


ENDED = _figures(sessions="sessions ended", tokens="tokens ended")

# By the action as it is recorded: its name on the page, and what its details say.
DEEDS: dict[str, tuple[str, Words]] = {
    "training requested": ("Asked for a training", _kinds("backend", "with: {}")),
    "model version registered": ("Registered a model", _kinds("backend", "of the kind: {}")),
    "training stopped": ("Stopped a training", _nothing),
    "model version promoted": ("Promoted a model version", _one("reason", "because: {}")),
    "model version promoted by the gate": (
        "The gate promoted a model version",
        _one("reason", "{}"),
    ),
    "model version stepped back from": (
        "Left a model version that could not be read",
        _one("successor", "for {}"),
    ),
    "file uploaded": ("Uploaded a file", _nothing),
    "import confirmed": ("Confirmed an import", _one("choice", "taxonomy: {}")),
    "import cancelled": ("Cancelled an import", _nothing),
    "grants imported": ("Imported grants", _figures(created="new", updated="changed")),
    "taxonomy imported": (
        "Imported a taxonomy",
        _figures(created="new", updated="changed", retired="retired"),
    ),
    "import undo begun": ("Began to undo an import", _figures(grants="grants to delete")),
    "import undone": ("Undid an import", _figures(grants="grants deleted", kept="kept")),
    "demonstration removed": (
        "Removed the demonstration",
        lambda said: ", ".join(f"{n:,} {name}" for name, n in said.items() if isinstance(n, int)),
    ),
    "export started": ("Began to export", _export),
    "exported": ("Exported", _export),
    "export broken off": ("Broke off an export", _export),
    "keyword rule changed": ("Changed a keyword rule", _change("old", "new")),
    "examples wanted": ("Said what is wanted of a category", _wanted),
    "category watched": ("Watched a category", _nothing),
    "category no longer watched": ("Stopped watching a category", _nothing),
    "sensitive category": (
        "Said whether a category is sensitive",
        lambda said: f"sensitive: {_shown(said.get('is_sensitive'))}",
    ),
    "labels sent to be checked": (
        "Sent labels to be checked again",
        _figures(labels="labels", grants="grants"),
    ),
    "label checks taken back": ("Took back labels sent to be checked", _figures(labels="labels")),
    "notice dismissed": ("Dismissed a notice", _one("kind", "about {}")),
    "category merged": ("Merged a category", _merged),
    "category parted": ("Took back a merging", _one("of", "parted from {}")),
    "guidelines written": ("Wrote the guidelines", _nothing),
    "SageMaker account changed": ("Changed the SageMaker account", _change("before", "after")),
    "agreed that texts leave": (
        "Agreed that texts leave this machine",
        _one("statement", "to: {}"),
    ),
    "pool sent to SageMaker": (
        "Sent the texts of grants that wait",
        lambda said: (
            f"by a {_shown(said.get('by'))}, {_shown(said.get('grants'))} grants to "
            f"{_shown(said.get('region'))}"
        ),
    ),
    "texts leave no longer": ("Took back that texts may leave this machine", _nothing),
    "setting changed": ("Changed a setting", _change("before", "after")),
    "grant adjudicated": ("Adjudicated a grant", _nothing),
    "sprint started": ("Started a sprint", _one("category", "on {}")),
    "sprint ended": ("Ended a sprint", _nothing),
    "simulation requested": ("Asked for a simulation", _one("strategies", "of {}")),
    "simulation stopped": ("Stopped a simulation", _nothing),
    "simulation deleted": ("Deleted a simulation", _nothing),
    "backend comparison requested": (
        "Asked for a comparison of kinds of model",
        _kinds("backends", "of: {}"),
    ),
    "backend comparison stopped": ("Stopped a comparison of kinds of model", _nothing),
    "backend comparison deleted": ("Deleted a comparison of kinds of model", _nothing),
    "user added": ("Added a person", _one("role", "as {}")),
    "person invited": ("Invited a person", _one("role", "as {}")),
    "one-time link used": ("Used a one-time link", _one("purpose", "of an {}")),
    "role changed": ("Changed a role", _change("before", "after")),
    "person deactivated": ("Deactivated a person", ENDED),
    "person reactivated": ("Reactivated a person", _nothing),
    "password reset": ("Reset a password", ENDED),
    "password changed": ("Changed a password", _nothing),
    "token made": ("Made a token", _nothing),
    "token revoked": ("Revoked a token", _nothing),
    "session ended": ("Ended a session", _nothing),
    "access ended": ("Ended what a person had open", ENDED),
}


def deed_name(action: str) -> str:
    """Its name on the page; an action of another release of the site is shown as it stands."""
    return DEEDS[action][0] if action in DEEDS else action.capitalize()


def subject_words(action: str, subject: str) -> str:
    """What it was done to, as pages call it; of the SageMaker account its field."""
    if action.startswith("backend comparison"):
        return subject.replace("of backends", "of kinds of model")
    if action != "SageMaker account changed":
        return subject
    columns = {field.name: field.verbose_name for field in SagemakerAccount._meta.fields}
    return str(columns.get(subject, subject)).capitalize()


def deed_words(action: str, details: Details) -> str:
    """What is kept of it; of an action that this release does not know, all of it."""
    if action in DEEDS:
        return DEEDS[action][1](details)
    return _shown(details) if details else ""
