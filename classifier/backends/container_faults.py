"""An unexpected error in words that may stand in a log: no text of a grant is in them."""

from __future__ import annotations

import traceback
from pathlib import Path

PLACES = 6


def without_texts(error: BaseException) -> str:
    """Its kind and where it happened, innermost last. Its own words may quote what was read."""
    frames = traceback.extract_tb(error.__traceback__)[-PLACES:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} ({frame.name})" for frame in frames]
    return f"{type(error).__name__} at {', '.join(places)}"
