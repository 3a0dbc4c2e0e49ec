"""Where SageMaker puts what a container reads, and looks for what it writes.

Source: Amazon SageMaker developer guide, "How Amazon SageMaker Provides Training Information" and
"Use Your Own Inference Code".
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PREFIX = "CLASSIE_ML_PREFIX"  # for trying it where /opt/ml cannot be written


class ContainerFault(Exception):
    """The container cannot do what it is asked; the message says with which file or value."""


@dataclass(frozen=True)
class Paths:
    """The folders under /opt/ml."""

    root: Path

    @classmethod
    def given(cls) -> Paths:
        """As the environment says, else SageMaker's own."""
        return cls(Path(os.environ.get(PREFIX) or "/opt/ml"))

    @property
    def model(self) -> Path:
        """What lies here after a training is packed; a server finds it here again."""
        return self.root / "model"

    @property
    def failure(self) -> Path:
        """Why a training has failed; SageMaker shows its first 1,024 characters."""
        return self.root / "output" / "failure"

    @property
    def metrics(self) -> Path:
        """What a training measured; kept beside the model."""
        return self.root / "output" / "data" / "metrics.json"

    def configuration(self, name: str) -> dict[str, Any]:
        """A file of input/config; empty where there is none.

        Raises
        ------
        ContainerFault
            If it is no JSON object.
        """
        path = self.root / "input" / "config" / f"{name}.json"
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise ContainerFault(f"{path.name} is no JSON: {error}.") from error
        if not isinstance(found, dict):
            raise ContainerFault(f"{path.name} holds a {type(found).__name__} and no object.")
        return found

    def channel(self, name: str) -> list[Path]:
        """The files of a channel by name, also those in folders of it; none if it is not there."""
        folder = self.root / "input" / "data" / name
        every = sorted(folder.rglob("*")) if folder.is_dir() else []
        return [path for path in every if path.is_file() and not path.name.startswith(".")]
