"""What became of a source: how much went in and came out, what was dropped, what looks suspicious.

The report is stored with the edition as JSON, so it is made of plain dictionaries here:

    pages_in, pages_out, sections_in, sections_out, code_blocks_in, code_blocks_out,
    tables_in, tables_out   totals
    differing               {"count": n, "places": [{"path", "code_blocks_in", …}, …]}
    dropped, suspicious     {kind: {"count": n, "places": [{"path", "line", "detail"}, …]}}

Every list of places is bounded, its count is not. A suspicious kind also says whether it was
removed from what is indexed.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from glob import escape
from itertools import chain, islice
from pathlib import Path, PurePosixPath
from typing import Any

from retrieval.display import visible
from retrieval.passages import Kind
from retrieval.readers import Page
from retrieval.suspicious import Suspicion, suspicions

MOST_PLACES = 50
LONGEST_DETAIL = 200
MEASURES = ("pages", "sections", "code_blocks", "tables")
EMPTY_SECTION = "empty section"

Places = dict[str, Any]


def report_of(pages: Sequence[Page], root: Path) -> dict[str, Any]:
    """The report on pages as their reader read them; ``root`` is the source, to find lines in."""
    counts = [_counts(page) for page in pages]
    totals = {name: sum(count[name] for count in counts) for name in _names()}
    return {
        **totals,
        "differing": _differing(pages, counts),
        "dropped": _dropped(pages),
        "suspicious": _suspicious(pages, root),
    }


# ── what went in and came out ────────────────────────────────────────────────────────────────


def _names() -> Iterator[str]:
    return (f"{measure}_{way}" for measure in MEASURES for way in ("in", "out"))


def _counts(page: Page) -> dict[str, int]:
    kinds = Counter(block.kind for section in page.sections for block in section.blocks)
    empty = sum(1 for dropped in page.dropped if dropped.kind == EMPTY_SECTION)
    return {
        "pages_in": 1,
        "pages_out": int(any(section.blocks for section in page.sections)),
        "sections_in": len(page.sections) + empty,
        "sections_out": len(page.sections),
        "code_blocks_in": page.code_blocks,
        "code_blocks_out": kinds[Kind.CODE],
        "tables_in": page.tables,
        "tables_out": kinds[Kind.TABLE],
    }


def _differing(pages: Sequence[Page], counts: Sequence[dict[str, int]]) -> Places:
    """The pages of which more or less came out than went in, with the counts that differ."""
    differing = [
        {"path": page.path, **unequal}
        for page, count in zip(pages, counts, strict=True)
        if (unequal := _unequal(count))
    ]
    return _bounded(differing)


def _unequal(count: dict[str, int]) -> dict[str, int]:
    return {
        f"{measure}_{way}": count[f"{measure}_{way}"]
        for measure in MEASURES
        for way in ("in", "out")
        if count[f"{measure}_in"] != count[f"{measure}_out"]
    }


# ── what was dropped ─────────────────────────────────────────────────────────────────────────


def _dropped(pages: Iterable[Page]) -> dict[str, Places]:
    by_kind: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for page in pages:
        for item in page.dropped:
            by_kind[item.kind].append(_place(page.path, item.line, item.detail))
    return _most_first(by_kind)


def _most_first(by_kind: dict[str, list[dict[str, Any]]]) -> dict[str, Places]:
    ordered = sorted(by_kind.items(), key=lambda kind: (-len(kind[1]), kind[0]))
    return {visible(kind): _bounded(places) for kind, places in ordered}


def _bounded(places: list[dict[str, Any]]) -> Places:
    return {"count": len(places), "places": places[:MOST_PLACES]}


def _place(path: str, line: int, detail: str) -> dict[str, Any]:
    return {
        "path": path,
        "line": line,
        "detail": visible(" ".join(detail.split()))[:LONGEST_DETAIL],
    }


# ── what looks suspicious ────────────────────────────────────────────────────────────────────


def _suspicious(pages: Iterable[Page], root: Path) -> dict[str, Places]:
    by_kind: dict[str, list[dict[str, Any]]] = defaultdict(list)
    removed: dict[str, bool] = {}
    for page in pages:
        lines = _Lines(root, page.path)
        for section in page.sections:
            for suspicion in suspicions(section):
                removed[suspicion.kind] = suspicion.removed
                line = lines.of(suspicion)
                by_kind[suspicion.kind].append(_place(page.path, line, suspicion.detail))
    return {
        kind: {**places, "removed": removed[kind]} for kind, places in _most_first(by_kind).items()
    }


class _Lines:
    """Where the finds of a page stand in its file, each after the one before of the same words."""

    def __init__(self, root: Path, path: str) -> None:
        self._root = root
        self._path = path
        self._reached: Counter[str] = Counter()

    def of(self, suspicion: Suspicion) -> int:
        """The line of a find; that of its section when the file has no such words after it."""
        pattern = _spread(suspicion.found)
        start = max(_position(self._text, suspicion.line), self._reached[pattern])
        match = re.compile(pattern).search(self._text, start)
        if match is None:
            return suspicion.line
        self._reached[pattern] = match.end()
        return self._text.count("\n", 0, match.start()) + 1

    @cached_property
    def _text(self) -> str:
        """The page's file: the least deep one below the source whose path ends with the page's."""
        name = escape(PurePosixPath(self._path).name)
        files = [f for f in self._root.rglob(name) if f.as_posix().endswith(f"/{self._path}")]
        for file in sorted(files, key=lambda file: len(file.parts)):
            try:
                return file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                continue
        return ""


def _spread(found: str) -> str:
    """A pattern for the words with whatever the markup puts between them."""
    words = re.findall(r"\w+", found)
    return r"\W+".join(map(re.escape, words)) if words else re.escape(found)


def _position(text: str, line: int) -> int:
    """Where a line begins; the end for a line that the text does not have."""
    ends = (match.end() for match in re.finditer("\n", text))
    return next(islice(chain([0], ends), max(line, 1) - 1, None), len(text))
