"""Tables as pipe tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bs4.element import Tag

from retrieval.readers.html.elements import attribute, plain

Cell = Callable[[Tag], str]
WIDEST = 1000


def count_tables(content: Tag) -> int:
    """How many tables the page shows, those of highlighters and inside others not counted."""
    return sum(1 for table in content("table") if plain(table) and not _is_inner(table))


def _is_inner(table: Tag) -> bool:
    if table.find_parent("table") is not None:
        return True
    names = attribute(table, "class")
    return table.find("pre") is not None and any(
        name in names for name in ("highlighttable", "lntable", "rouge-table")
    )


def pipe_table(table: Tag, cell: Cell) -> str:
    """The table with one line a row; ``cell`` gives a cell's text.

    A cell that spans columns or rows stands in its first place, the others are empty. A table
    without a header gets an empty one, because a pipe table has to have it.
    """
    rows = [row for row in table("tr") if row.find_parent("table") is table]
    grid = list(_grid(rows, cell))
    width = max(map(len, grid), default=0)
    if not width or not any(any(row) for row in grid):
        return ""
    if not _is_head(rows[0]):
        grid.insert(0, [])
    lines = [_line(row, width) for row in grid]
    lines.insert(1, "|" + " --- |" * width)
    return "\n".join(lines)


def _is_head(row: Tag) -> bool:
    in_head = row.parent is not None and row.parent.name == "thead"
    return in_head or (row.find("th") is not None and row.find("td") is None)


def _line(row: list[str], width: int) -> str:
    padded = [*row, *[""] * (width - len(row))]
    return "| " + " | ".join(padded) + " |"


def _grid(rows: list[Tag], cell: Cell) -> Iterator[list[str]]:
    """The rows with every spanned place filled."""
    taken: set[tuple[int, int]] = set()
    for number, row in enumerate(rows):
        places: dict[int, str] = {}
        column = 0
        for entry in row.find_all(["td", "th"], recursive=False):
            while (number, column) in taken:
                column += 1
            places[column] = " ".join(cell(entry).split()).replace("|", "\\|")
            across, down = _span(entry, "colspan"), min(_span(entry, "rowspan"), len(rows))
            taken |= {
                (number + y, column + x) for y in range(down) for x in range(across) if x or y
            }
            column += across
        columns = {*places, *(place for line, place in taken if line == number)}
        yield [places.get(place, "") for place in range(max(columns, default=-1) + 1)]


def _span(cell: Tag, name: str) -> int:
    said = attribute(cell, name)
    return min(max(int(said), 1), WIDEST) if said.isdecimal() else 1
