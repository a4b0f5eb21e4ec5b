"""The pages of a source, where those that would be read as they were last time are not read.

The pages of a book's last ingest are kept in one file of the data folder, each with what its
reading asked of the source. A page is taken from there when the source still gives every answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import fields
from hashlib import blake2b
from pathlib import Path
from typing import Any

from django.conf import settings

from retrieval.derived import put
from retrieval.fingerprint import code
from retrieval.passages import Block, Kind, SectionText
from retrieval.readers import Dropped, Page, Retraceable, Source
from retrieval.reading import read_pages


def reread_pages(
    slug: str, source: Source, paths: Sequence[str], seen: Callable[[int], None]
) -> list[Page]:
    """As ``read_pages``, which reads what has changed since the last ingest of the book.

    Only one process may do this for a book at a time.
    """
    if not isinstance(source, Retraceable):
        return read_pages(source, paths, seen)
    place, mark = _place(slug), _mark(source)
    known = {page.path: page for page in _kept(place, mark) if _still_holds(page, source)}
    changed = [path for path in paths if path not in known]
    read = read_pages(source, changed, lambda done: seen(len(paths) - len(changed) + done))
    pages = {**known, **dict(zip(changed, read, strict=True))}
    selected = [pages[path] for path in paths]
    if changed:
        _keep(place, mark, selected)
    return selected


def _still_holds(page: Page, source: Retraceable) -> bool:
    return all(source.answer(question) == answer for question, answer in page.asked)


def _mark(source: Retraceable) -> bytes:
    """Another one for each state of the code and of what all pages are read with."""
    return _hash(f"{code()}\0{source.format}\0{source.basis}".encode("utf-8", "surrogateescape"))


# ── the file: a mark, then a line for each page, behind its hash ─────────────────────────────


def _place(slug: str) -> Path:
    folder: Path = settings.RAGBOOK_DATA / "pages"
    return folder / f"{slug}.jsonl"


def _kept(place: Path, mark: bytes) -> Iterator[Page]:
    """The pages that were kept under this mark; none of a damaged line."""
    with suppress(OSError), place.open("rb") as file:
        if file.readline().rstrip() != mark:
            return
        for line in file:
            digest, _, text = line.rstrip(b"\n").partition(b" ")
            if _hash(text) == digest:
                yield _page(json.loads(text))


def _keep(place: Path, mark: bytes, pages: Sequence[Page]) -> None:
    for scratch in place.parent.glob(f"{place.name}.*"):
        scratch.unlink(missing_ok=True)  # of an ingest that was killed
    put(place, (mark + b"\n", *_lines(pages)))


def _lines(pages: Sequence[Page]) -> Iterator[bytes]:
    for page in pages:
        text = json.dumps(page, default=_told).encode()
        yield _hash(text) + b" " + text + b"\n"


def _hash(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).hexdigest().encode()


# ── a page as JSON ───────────────────────────────────────────────────────────────────────────


def _told(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _page(told: dict[str, Any]) -> Page:
    sections = tuple(_section(section) for section in told.pop("sections"))
    dropped = tuple(Dropped(**item) for item in told.pop("dropped"))
    asked = tuple((tuple(question), answer) for question, answer in told.pop("asked"))
    return Page(**told, sections=sections, dropped=dropped, asked=asked)


def _section(told: dict[str, Any]) -> SectionText:
    path = tuple(told.pop("heading_path"))
    blocks = tuple(_block(block) for block in told.pop("blocks"))
    return SectionText(**told, heading_path=path, blocks=blocks)


def _block(told: dict[str, Any]) -> Block:
    return Block(**told | {"kind": Kind(told["kind"])})
