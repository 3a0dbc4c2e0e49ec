"""What a comparison was about, and taking up one that was cut off."""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from annotation.models.backend_comparisons import RECIPE
from classifier.backends.trials import Outcome
from classifier.management.commands._measuring import LIBRARIES, writing

DECIDES = ("rules", "prior", "limit_train", "seed")


def decided_by(options: dict[str, Any]) -> dict[str, Any]:
    """What decides the figures; files by name and content. Options may be added."""
    files = {key: options[key] or [] for key in ("train", "test", "unlabelled")}
    every = [options["taxonomy"], *(path for paths in files.values() for path in paths)]
    return {
        "taxonomy": options["taxonomy"].name,
        **{key: [path.name for path in paths] for key, paths in files.items()},
        "sha256": [hashlib.sha256(path.read_bytes()).hexdigest() for path in every],
        **{key: options[key] for key in DECIDES},
        "recipe": RECIPE,
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def kept(path: Path | None, settings: dict[str, Any]) -> dict[str, Outcome]:
    """What an earlier call has measured, if it was about the same."""
    if path is None or not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        earlier, drawn = found["settings"], found["replicates"]
        done = {row["name"]: Outcome(row, drawn[row["name"]]) for row in found["options"]}
        other = [key for key in settings if earlier.get(key) != settings[key]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(f"{path} is no comparison of this command ({error}).") from error
    if other:
        raise CommandError(
            f"{path} holds a comparison with another {other[0]}: {earlier.get(other[0])}, and not "
            f"{settings[other[0]]}. Name another file, or remove it."
        )
    return done


def write_whole(path: Path, content: dict[str, Any] | str) -> None:
    """Whole or not at all: a call that is ended while it writes leaves what was there."""
    waiting = path.with_name(path.name + ".new")
    with writing(waiting) as file:
        if isinstance(content, str):
            file.write(content)
        else:
            json.dump(content, file, indent=1, allow_nan=False)
            file.write("\n")
    waiting.replace(path)
