"""Each row of docs/security.md names a test, and each of those tests exists."""

from __future__ import annotations

import re

import pytest

from tests.ragbook.documents import ROOT

DOCUMENT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in DOCUMENT.splitlines()
    if re.match(r"\| (LLM|V)\d", line)
]
RISKS = {f"LLM{number:02}" for number in range(1, 11)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_rows_test_exists(row: list[str]) -> None:
    _, defence, named = row
    assert defence
    path, name = named.strip("`").split("::")
    source = (ROOT / path).read_text(encoding="utf-8")
    assert re.search(rf"^\s*(?:async )?def {name}\(", source, re.MULTILINE), named


def test_every_risk_of_the_top_ten_has_a_row() -> None:
    assert {row[0].split()[0] for row in ROWS} >= RISKS
    assert len(ROWS) > 40


def test_no_two_rows_say_the_same() -> None:
    assert len({row[0] for row in ROWS}) == len(ROWS)
