"""What the runs of ``make chaos`` found: a table on the screen and in docs/reliability.md."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from benchmarks.servers import ROOT

DOCUMENT = ROOT / "docs" / "reliability.md"


@dataclass
class Results:
    """The last finding of each test, by its number ("T9")."""

    rows: dict[str, str] = field(default_factory=dict)

    def record(self, number: str, found: str) -> None:
        day = datetime.now(UTC).date().isoformat()
        self.rows[number] = f"{found} ({day}, load {os.getloadavg()[0]:.0f})"

    def as_text(self) -> str:
        return "\n".join(f"{number:<5} {found}" for number, found in sorted(self.rows.items()))

    def write(self) -> None:
        """Put each finding into the last cell of its row."""
        text = DOCUMENT.read_text(encoding="utf-8")
        for number, found in self.rows.items():
            row = re.compile(rf"^(\| {number} \|.*\| )[^|]*( \|)$", re.MULTILINE)
            text = row.sub(rf"\g<1>{found}\g<2>", text)
        DOCUMENT.write_text(text, encoding="utf-8")
