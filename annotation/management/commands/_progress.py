"""A line of progress on a terminal: how far, how long still."""

import time
from collections.abc import Callable
from pathlib import Path


class Progress:
    """Call it with rows so far and bytes read; it writes to a terminal and to nothing else."""

    def __init__(self, stream, path: Path, tick: Callable[[], None] | None = None):
        self.stream, self.began, self.tick = stream, time.monotonic(), tick
        self.total = path.stat().st_size if path.is_file() else 0
        self.last = 0.0

    def __call__(self, rows: int, read: int) -> None:
        if self.tick:
            self.tick()
        now = time.monotonic()
        if not self.stream.isatty() or now - self.last < 0.2 or not self.total:
            return
        self.last, share = now, min(read / self.total, 1.0)
        left = (now - self.began) * (1 - share) / share if share else 0
        self.stream.write(f"\r{rows:,} rows, {share:.0%}, about {left:.0f} s left  ", ending="")

    def end(self) -> None:
        """Give what follows a line of its own."""
        if self.last:
            self.stream.write("")


class LineProgress:
    """Call it with lines so far, of a number known before; silent away from a terminal."""

    def __init__(self, stream, total: int):
        self.stream, self.total, self.began, self.last = stream, total, time.monotonic(), 0.0

    def __call__(self, lines: int) -> None:
        now = time.monotonic()
        if not self.stream.isatty() or now - self.last < 0.2 or not self.total:
            return
        self.last, share = now, min(lines / self.total, 1.0)
        left = (now - self.began) * (1 - share) / share
        self.stream.write(f"\r{lines:,} of {self.total:,}, about {left:.0f} s left  ", ending="")

    def clear(self) -> None:
        if self.stream.isatty():
            self.stream.write("\r" + " " * 60 + "\r", ending="")
