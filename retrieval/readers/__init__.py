"""Readers: each turns one kind of book source into pages of sections."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from retrieval.errors import SourceError
from retrieval.readers.source import (
    Dropped,
    Page,
    Progress,
    Reader,
    Retraceable,
    Selection,
    Source,
)
from retrieval.readers.web.address import is_address

__all__ = [
    "FORMATS",
    "Dropped",
    "Opened",
    "Page",
    "Progress",
    "Retraceable",
    "Selection",
    "Source",
    "open_source",
]

# In the order in which a source is asked for: the most telling files first. A reader is imported
# when it is needed, since some bring large parsers with them.
READERS = {
    "docusaurus": "retrieval.readers.docusaurus.site:DocusaurusSource",
    "mdbook": "retrieval.readers.mdbook.book:MdBookSource",
    "mkdocs": "retrieval.readers.mkdocs.site:MkDocsSource",
    "sphinx": "retrieval.readers.sphinx.project:SphinxSource",
    "notebook": "retrieval.readers.notebook.project:NotebookSource",
    "epub": "retrieval.readers.epub.book:EpubSource",
    "pdf": "retrieval.readers.pdf.book:PdfSource",
    "html": "retrieval.readers.html.site:HtmlSource",
}
FORMATS = ("auto", *READERS)
LOOKED_FOR = (
    "docusaurus.config.*, mkdocs.yml, book.toml, conf.py, .ipynb, .epub, .pdf and .html files"
)


class Opened(NamedTuple):
    """A source, and the file or trait that told its format; "" when the format was named."""

    source: Source
    mark: str


def open_source(
    location: Path | str, source_format: str = "auto", progress: Progress = lambda *_: None
) -> Opened:
    """The reader for a source, by name or by what is found there.

    ``location`` is a folder, a file, or the http(s) address of a site, whose pages are kept below
    ``RAGBOOK_DATA``; ``progress`` is told while they are fetched. Raises ``SourceError`` for what
    is missing or unreadable, an unknown format name, or a source in which no reader finds its kind
    of book.
    """
    if source_format not in FORMATS:
        known = ", ".join(FORMATS)
        raise SourceError(f"Unknown format {source_format!r}.", f"Known: {known}.")
    if is_address(location):
        return _open_site(str(location), source_format, progress)
    root = Path(location)
    if not root.exists():
        raise SourceError(f"{root} does not exist.", "Give the folder or file that is the book.")
    if source_format == "auto":
        return _recognise(root)
    return Opened(_reader(source_format)(root), "")


def _open_site(address: str, source_format: str, progress: Progress) -> Opened:
    from retrieval.readers.web.site import WebSource  # brings the parsers of HTML with it

    if source_format not in {"auto", "html"}:
        raise SourceError(
            f"An address cannot be read as {source_format}.", "Only as html: leave --format out."
        )
    source = WebSource(address, settings.RAGBOOK_DATA / "sites", progress)
    return Opened(source, "its sitemap" if source_format == "auto" else "")


def _recognise(root: Path) -> Opened:
    for name in READERS:
        reader = _reader(name)
        if mark := reader.recognises(root):
            return Opened(reader(root), mark)
    raise SourceError(
        f"No known book format was recognised in {root}; looked for {LOOKED_FOR}.",
        f"Name it with --format ({', '.join(READERS)}).",
    )


def _reader(name: str) -> Reader:
    module, _, attribute = READERS[name].partition(":")
    reader: Reader = getattr(import_module(module), attribute)
    return reader
