"""The saved outputs of a code cell as text and tables; everything else is named as dropped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from bs4 import BeautifulSoup, Tag

LONGEST_TEXT = 2_000
MOST_LINES = 40
MOST_ROWS = 60
ESCAPE = re.compile(r"\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
WIDGET = "application/vnd.jupyter.widget-view+json"
PICTURES = ("image/", "video/", "audio/", "application/")


@dataclass(frozen=True, slots=True)
class TextOutput:
    """What a cell printed or returned, without escape sequences; ``cut`` when it was longer."""

    text: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class TableOutput:
    """A table of plain cells; ``head`` rows come first."""

    head: Sequence[Sequence[str]]
    body: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class DroppedOutput:
    """An output that is no text: "image", "widget", "stderr" …"""

    kind: str
    detail: str


Output = TextOutput | TableOutput | DroppedOutput


def read_outputs(outputs: Sequence[Mapping[str, Any]], tags: Set[str]) -> Iterator[Output]:
    """The outputs of one cell in order, without those that its tags keep off the page."""
    for stream, run in groupby(outputs, key=_stream_name):
        if stream and f"remove-{stream}" not in tags:
            yield from _stream(stream, run)
        elif not stream:
            for output in run:
                yield from _result(output)


def plain_text(text: str) -> str:
    """Terminal output as it stands in the end: no escape sequences, no overwritten lines."""
    text = ESCAPE.sub("", text).replace("\r\n", "\n")
    lines = (line.rstrip("\r").rpartition("\r")[2].rstrip() for line in text.split("\n"))
    return "\n".join(lines).strip("\n")


def _stream_name(output: Mapping[str, Any]) -> str:
    return str(output.get("name", "stdout")) if output.get("output_type") == "stream" else ""


def _stream(name: str, outputs: Iterable[Mapping[str, Any]]) -> Iterator[Output]:
    """Neighbouring pieces of a stream are one text; warnings and progress bars are no answer."""
    text = plain_text("".join(_joined(output.get("text")) for output in outputs))
    if name == "stderr":
        yield DroppedOutput("stderr", text)
    else:
        yield from _bounded(text)


def _result(output: Mapping[str, Any]) -> Iterator[Output]:
    if output.get("output_type") == "error":
        yield from _bounded(plain_text(f"{output.get('ename')}: {output.get('evalue')}"))
        return
    data = output.get("data") or {}
    if WIDGET in data:
        yield DroppedOutput("widget", _joined(data.get("text/plain")))
    elif pictures := [kind for kind in data if kind.startswith(PICTURES)]:
        yield DroppedOutput("image", pictures[0])
    elif table := read_table(_joined(data.get("text/html"))):
        yield table
    else:
        yield from _text_of(data)


def _text_of(data: Mapping[str, Any]) -> Iterator[Output]:
    for kind in ("text/markdown", "text/latex", "text/plain"):
        if kind in data:
            yield from _bounded(plain_text(_joined(data[kind])))
            return
    for kind in data:
        yield DroppedOutput("output", kind)


def _bounded(text: str) -> Iterator[TextOutput]:
    lines = text.split("\n")
    kept = "\n".join(lines[:MOST_LINES])[:LONGEST_TEXT]
    if text.strip():
        yield TextOutput(f"{kept}\n…" if kept != text else text, cut=kept != text)


def read_table(html: str) -> TableOutput | None:
    """The only table of the HTML, when no cell spans others and it has a readable size."""
    tables = BeautifulSoup(html, "lxml").find_all("table") if "<table" in html else []
    if len(tables) != 1:
        return None
    rows = tables[0].find_all("tr")
    if not 0 < len(rows) <= MOST_ROWS or any(_spans(row) for row in rows):
        return None
    head = [_cells(row) for row in rows if row.find("td") is None]
    body = [_cells(row) for row in rows if row.find("td") is not None]
    return TableOutput(head, body) if body else None


def _spans(row: Tag) -> bool:
    return any(
        cell.get(span, "1") != "1" for cell in row(["td", "th"]) for span in ("colspan", "rowspan")
    )


def _cells(row: Tag) -> list[str]:
    return [" ".join(cell.get_text(" ").split()) for cell in row(["td", "th"])]


def _joined(text: object) -> str:
    return "".join(map(str, text)) if isinstance(text, list) else str(text or "")
