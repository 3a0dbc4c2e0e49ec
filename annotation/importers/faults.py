"""What is wrong with a row of a file, said so that its owner can mend it."""

from dataclasses import dataclass, replace

KEPT = 10_000
VALUE_LENGTH = 200


@dataclass(frozen=True)
class Fault:
    """One finding. ``is_warning``: the row was imported all the same."""

    row: int
    column: str
    value: str
    problem: str
    is_warning: bool = False

    def __str__(self) -> str:
        value = self.value if len(self.value) <= 60 else self.value[:57] + "…"
        kind = "note" if self.is_warning else "left out"
        return f"row {self.row}, {self.column}: {value!r} {self.problem} ({kind})"


class Faults(list[Fault]):
    """The first 10,000 faults, with their values cut short; ``n_total`` counts them all.

    ``n_notes``: of these, rows that were imported all the same.
    """

    n_total = 0
    n_notes = 0

    def append(self, fault: Fault) -> None:
        self.n_total += 1
        self.n_notes += fault.is_warning
        if len(self) < KEPT:
            super().append(replace(fault, value=fault.value[:VALUE_LENGTH]))

    def as_lists(self) -> list[list[object]]:
        """The form in which an import keeps them: row, column, value, problem, is a note."""
        return [[f.row, f.column, f.value, f.problem, f.is_warning] for f in self]


class Refused(Exception):
    """A cell cannot be taken; the row is left out."""

    def __init__(self, column: str, value: str, problem: str):
        super().__init__(problem)
        self.column, self.value, self.problem = column, value, problem

    def fault(self, row: int) -> Fault:
        return Fault(row, self.column, self.value, self.problem)
