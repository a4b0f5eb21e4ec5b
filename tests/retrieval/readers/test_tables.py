"""Counting the tables of a Markdown source: the control of what the parser makes of them."""

from __future__ import annotations

import pytest

from retrieval.readers.markdown.tables import count_tables

TABLE = "| a | b |\n|---|:-:|\n| 1 | 2 |\n"


@pytest.mark.parametrize(
    ("source", "count"),
    [
        (TABLE, 1),
        ("a | b\n--- | ---\n", 1),
        ("| one |\n| --- |\n| 1 |\n", 1),
        ("Text before\n" + TABLE, 1),
        (TABLE + "|---|---|\n| the row above | is none |\n", 1),
        (TABLE + "\n" + TABLE, 2),
        ("> | a | b |\n> |---|---|\n", 1),
        ("- item\n\n  | a | b |\n  |---|---|\n", 1),
        ('<TabItem value="x">\n\n' + TABLE + "\n</TabItem>\n", 1),
        ('=== "Tab"\n\n    | a | b |\n    |---|---|\n', 1),
        ("| a \\| b |\n| --- |\n", 1),
        ("<table>\n<tr><td>1</td></tr>\n</table>\n\n<TABLE class='x'></TABLE>\n", 2),
        ("| a | b |\n|---|---|\n| x | <table><tr><td>inner</td></tr></table> |\n", 1),
    ],
)
def test_tables_are_counted_wherever_they_stand(source: str, count: int) -> None:
    assert count_tables(source) == count


@pytest.mark.parametrize(
    "source",
    [
        "```text\n" + TABLE + "```\n",
        "<!--\n" + TABLE + "-->\n",
        "Write `<table>` for a table.\n",
        "| a | b |\n|---|\n",
        "Title\n-----\n",
        "a | b\n\n---\n",
        "|---|---|\n",
    ],
)
def test_what_only_looks_like_a_table_does_not_count(source: str) -> None:
    assert count_tables(source) == 0
