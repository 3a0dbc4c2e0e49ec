"""The figures of one category that are shares: each with its interval, hidden under ten."""

from dataclasses import dataclass

from annotation.reports.shares import Share, share


@dataclass(frozen=True)
class AuditCounts:
    """Audit grants to which a category belongs, for which it is ticked, and both."""

    right: int = 0
    ticked: int = 0
    hits: int = 0

    @property
    def precision(self) -> Share:
        """Of the grants for which it is ticked, those to which it belongs."""
        return _share(self.hits, self.ticked)

    @property
    def recall(self) -> Share:
        """Of the grants to which it belongs, those for which it is ticked."""
        return _share(self.hits, self.right)


@dataclass(frozen=True)
class Verdicts:
    """What those who saw suggestions said of a category, by themselves."""

    accepted: int = 0
    rejected: int = 0
    added: int = 0
    left: int = 0

    @property
    def acceptance(self) -> Share:
        """Of the times that it was suggested and seen, those that it was taken."""
        return _share(self.accepted, self.accepted + self.rejected + self.left)

    @property
    def override(self) -> Share:
        """Of the times that somebody chose or refused it, those against what was suggested."""
        against = self.rejected + self.added
        return _share(against, self.accepted + against)


def _share(part: int, n: int) -> Share:
    return share(part / n if n else 0.0, n)
