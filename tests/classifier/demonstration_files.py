"""The demonstration's grants as rows and as the bytes of files, for commands that read files."""

import csv
from io import StringIO
from pathlib import Path

DEMONSTRATION = Path(__file__).parents[2] / "annotation" / "demonstration"
TAXONOMY = DEMONSTRATION / "taxonomy.csv"


class Grants:
    """``rows``: all of them; ``labelled``: those with categories, which stand in ``column``."""

    def __init__(self):
        with (DEMONSTRATION / "grants.csv").open(newline="", encoding="utf-8") as file:
            self.header, *self.rows = csv.reader(file)
        self.column = self.header.index("categories")
        self.labelled = [row for row in self.rows if row[self.column]]

    def file(self, rows) -> bytes:
        """These rows under the header."""
        out = StringIO()
        csv.writer(out).writerows([self.header, *rows])
        return out.getvalue().encode()

    def with_categories(self, rows, categories: str) -> bytes:
        """These rows, all with the same categories."""
        at = self.column
        return self.file([[*row[:at], categories, *row[at + 1 :]] for row in rows])
