"""Each row of docs/security.md names a test, and each of those tests exists."""

from __future__ import annotations

import pytest

from tests.ragbook.documents import rows, source_of_test

ROWS = rows("security.md", r"(?:LLM|V)\d")
RISKS = {f"LLM{number:02}" for number in range(1, 11)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_rows_test_exists(row: list[str]) -> None:
    _, defence, named = row
    assert defence
    assert source_of_test(named)


def test_every_risk_of_the_top_ten_has_a_row() -> None:
    assert {row[0].split()[0] for row in ROWS} >= RISKS
    assert len(ROWS) > 40


def test_no_two_rows_say_the_same() -> None:
    assert len({row[0] for row in ROWS}) == len(ROWS)
