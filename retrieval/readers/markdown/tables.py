"""Counting the tables of a Markdown source line by line, without parsing it.

The count is the control of the parser: a page whose sections hold fewer tables has lost one.
"""

from __future__ import annotations

import re

from retrieval.readers.markdown.fences import CONTAINERS, plain_lines

_CONTAINERS = re.compile(CONTAINERS)
_DELIMITER_CELL = re.compile(r"\s*:?-+:?\s*")
_COLUMN_END = re.compile(r"(?<!\\)\|")
_CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_TABLE_TAG = re.compile(r"<table\b", re.IGNORECASE)


def count_tables(source: str) -> int:
    """How many pipe tables and ``table`` elements a Markdown source holds.

    They may be nested in lists, quotes, tabs and admonitions. What stands in the cell of a pipe
    table, in fenced code, in code spans and in comments does not count.
    """
    count = 0
    above: list[str] = []
    in_table = False
    for line in plain_lines(source):
        cells = _cells(line)
        in_table = in_table and bool(cells)
        if not in_table:
            in_table = _is_delimiter(cells, line, above)
            count += 1 if in_table else _table_tags(line)
        above = cells
    return count


def _cells(line: str) -> list[str]:
    """The cells of a line as if it stood in a table; none of a blank line."""
    text = _CONTAINERS.sub("", line, count=1).strip()
    if not text:
        return []
    return _COLUMN_END.split(re.sub(r"^\||(?<!\\)\|$", "", text))


def _is_delimiter(cells: list[str], line: str, above: list[str]) -> bool:
    """Whether the line makes a header of the one above it, which then has as many columns."""
    is_rule = "|" in line and all(_DELIMITER_CELL.fullmatch(cell) for cell in cells)
    return is_rule and len(cells) == len(above)


def _table_tags(line: str) -> int:
    return len(_TABLE_TAG.findall(_CODE_SPAN.sub("", line)))
