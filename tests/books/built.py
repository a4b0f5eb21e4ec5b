"""A web site as its generator built it: its addresses, their headings, and which page follows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urljoin

from retrieval.readers.source import Page

HEADING = re.compile(r"h[1-6]")
UNSEEN = "\u200b"


@dataclass
class BuiltPage:
    """The text of each heading that has an id, by that id, and the address of the next page."""

    headings: dict[str, str] = field(default_factory=dict)
    following: str = ""


Built = Mapping[str, BuiltPage]
"""The pages of a site by their canonical addresses, without percent-encoding."""


def read_built(folder: Path) -> dict[str, BuiltPage]:
    """The pages in a folder of built HTML that name their canonical address."""
    pages = {}
    for file in sorted(folder.rglob("*.html")):
        reader = _Reader()
        reader.feed(file.read_text(encoding="utf-8"))
        if reader.address:
            reader.page.following = reader.page.following and unquote(
                urljoin(reader.address, reader.page.following)
            )
            pages[unquote(reader.address)] = reader.page
    return pages


def read_recorded(file: Path) -> dict[str, BuiltPage]:
    """The pages that an earlier build had."""
    recorded = json.loads(file.read_text(encoding="utf-8"))
    return {address: BuiltPage(**page) for address, page in recorded.items()}


def record(built: Built, file: Path) -> None:
    """Keep the pages of a build for ``read_recorded``."""
    pages = {address: asdict(page) for address, page in built.items()}
    file.write_text(json.dumps(pages, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def broken_citations(built: Built, base_url: str, pages: Iterable[Page]) -> Iterator[str]:
    """Every citation of the pages that does not open its heading on the built site.

    One does if its address is the canonical one of a page, its anchor the id of a heading there,
    and that heading the section's title, by letters and digits.
    """
    for page in pages:
        found = built.get(unquote(base_url + page.url))
        if found is None:
            yield f"{page.path}: no page at {page.url}"
            continue
        for section in page.sections:
            heading = found.headings.get(section.anchor)
            if section.anchor and heading is None:
                yield f"{page.path}: no heading #{section.anchor}"
            elif section.anchor and _letters(heading or "") != _letters(section.title):
                yield f"{page.path}: #{section.anchor} is {heading!r}, not {section.title!r}"


def wrong_successors(built: Built, base_url: str, pages: Sequence[Page]) -> Iterator[str]:
    """Every page that is not followed by the one that the built site links to as the next."""
    addresses = {unquote(base_url + page.url) for page in pages}
    for page, following in pairwise(pages):
        wanted = built[unquote(base_url + page.url)].following
        if wanted in addresses and wanted != unquote(base_url + following.url):
            yield f"{page.path}: followed by {following.path}, not by {wanted}"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.address = ""
        self.page = BuiltPage()
        self._open = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attributes}
        if tag == "link" and said.get("rel") == "canonical":
            self.address = said["href"]
        elif tag == "a" and "pagination-nav__link--next" in said.get("class", ""):
            self.page.following = said["href"]
        elif HEADING.fullmatch(tag) and said.get("id"):
            self._open = said["id"]
            self.page.headings[self._open] = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.page.headings[self._open] += data.replace(UNSEEN, "")

    def handle_endtag(self, tag: str) -> None:
        if HEADING.fullmatch(tag):
            self._open = ""


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
