"""Each row of docs/reliability.md names a test, and each of those tests exists."""

from __future__ import annotations

import re

import pytest

from tests.ragbook.documents import ROOT

DOCUMENT = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in DOCUMENT.splitlines()
    if re.match(r"\| T\d", line)
]
FAULTS = {f"T{number}" for number in range(1, 24)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_rows_test_exists_and_runs_when_it_says(row: list[str]) -> None:
    _, fault, holds, named, runs, _ = row
    assert fault
    assert holds
    path, name = named.strip("`").split("::")
    source = (ROOT / path).read_text(encoding="utf-8")
    assert re.search(rf"^(?:async )?def {name}\(", source, re.MULTILINE), named
    assert "chaos" not in runs or "pytest.mark.chaos" in source


def test_every_fault_has_a_row() -> None:
    assert {row[0] for row in ROWS} >= FAULTS
