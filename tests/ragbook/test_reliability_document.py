"""Each row of docs/reliability.md names a test, and each of those tests exists."""

from __future__ import annotations

import pytest

from tests.ragbook.documents import rows, source_of_test

ROWS = rows("reliability.md", r"T\d")
FAULTS = {f"T{number}" for number in range(1, 24)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_rows_test_exists_and_runs_when_it_says(row: list[str]) -> None:
    _, fault, holds, named, runs, _ = row
    assert fault
    assert holds
    source = source_of_test(named)
    assert "chaos" not in runs or "pytest.mark.chaos" in source


def test_every_fault_has_a_row() -> None:
    assert {row[0] for row in ROWS} >= FAULTS
