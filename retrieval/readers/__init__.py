"""Readers: each turns one kind of book source into pages of sections."""

from __future__ import annotations

from pathlib import Path

from retrieval.errors import SourceError
from retrieval.readers.docusaurus.site import DocusaurusSource
from retrieval.readers.source import Dropped, Page, Selection, Source
from retrieval.readers.sphinx.project import SphinxSource

__all__ = ["FORMATS", "Dropped", "Page", "Selection", "Source", "open_source"]

READERS: dict[str, type[DocusaurusSource] | type[SphinxSource]] = {
    "docusaurus": DocusaurusSource,
    "sphinx": SphinxSource,
}
FORMATS = ("auto", *READERS)


def open_source(root: Path, source_format: str = "auto") -> Source:
    """The reader for a folder, by name or by what the folder holds.

    Raises ``SourceError`` for a missing or unreadable folder, an unknown format name, or a folder
    in which no reader finds its kind of book.
    """
    if not root.is_dir():
        raise SourceError(f"{root} is not a folder.", "Give the folder that holds the book.")
    if source_format == "auto":
        return _recognise(root)
    try:
        reader = READERS[source_format]
    except KeyError:
        known = ", ".join(FORMATS)
        raise SourceError(f"Unknown format {source_format!r}.", f"Known: {known}.") from None
    return reader(root)


def _recognise(root: Path) -> Source:
    for reader in READERS.values():
        if reader.recognises(root):
            return reader(root)
    raise SourceError(
        f"No known book format was recognised in {root}.",
        f"Name it with --format ({', '.join(READERS)}).",
    )
