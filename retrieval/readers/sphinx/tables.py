"""Document tree tables as pipe tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from docutils import nodes

Cell = Callable[[nodes.entry], str]


def pipe_table(table: nodes.table, cell: Cell) -> str:
    """The table with one line a row; ``cell`` gives a cell's text.

    A cell that spans columns or rows stands in its first place, the others are empty. A table
    without a header gets an empty one, because a pipe table has to have it.
    """
    head = _grid(table, nodes.thead, cell)
    body = _grid(table, nodes.tbody, cell)
    width = max((len(row) for row in (*head, *body)), default=0)
    rows = [*(head or [[]]), *body]
    lines = [_line(row, width) for row in rows]
    lines.insert(max(1, len(head)), "|" + " --- |" * width)
    return "\n".join(lines) if width else ""


def _line(row: list[str], width: int) -> str:
    padded = [*row, *[""] * (width - len(row))]
    return "| " + " | ".join(padded) + " |"


def _grid(table: nodes.table, part: type[nodes.Element], cell: Cell) -> list[list[str]]:
    """The rows of the head or the body with every spanned place filled."""
    rows = [row for group in table.findall(part) for row in group.children]
    taken: set[tuple[int, int]] = set()
    grid = []
    for number, row in enumerate(rows):
        assert isinstance(row, nodes.Element)
        places: dict[int, str] = {}
        for column, entry in _placed(row, number, taken):
            places[column] = " ".join(cell(entry).split()).replace("|", "\\|")
        columns = {*places, *(column for line, column in taken if line == number)}
        grid.append([places.get(column, "") for column in range(max(columns, default=-1) + 1)])
    return grid


def _placed(
    row: nodes.Element, number: int, taken: set[tuple[int, int]]
) -> Iterator[tuple[int, nodes.entry]]:
    """The row's cells with their columns; notes in ``taken`` what they span."""
    column = 0
    for entry in row.children:
        assert isinstance(entry, nodes.entry)
        while (number, column) in taken:
            column += 1
        for line in range(number, number + entry.get("morerows", 0) + 1):
            for place in range(column, column + entry.get("morecols", 0) + 1):
                taken.add((line, place))
        yield column, entry
