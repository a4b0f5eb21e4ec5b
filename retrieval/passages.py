"""The values that travel through retrieval: what readers produce and what search returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a block or passage holds. Code and tables are kept verbatim and never reflowed."""

    PROSE = "prose"
    CODE = "code"
    TABLE = "table"


class Scope(StrEnum):
    """How much of the book a question is asked of."""

    BOOK = "book"
    CHAPTER = "chapter"
    PAGE = "page"
    SELECTION = "selection"


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a section in reading order.

    ``text`` is plain text for prose (inline markup removed, inline code kept between backticks),
    the code itself without its fence for code, and a pipe table for tables. ``label`` names what
    encloses the block: a tab ("Linux"), an admonition ("Note"), a code title ("talker.py").
    """

    kind: Kind
    text: str
    language: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class SectionText:
    """A heading and what stands under it up to the next heading of any level.

    ``path`` is the page's file relative to the documentation root with forward slashes;
    ``url`` is the page's address relative to the book's base URL, without a fragment and without
    a leading slash; ``anchor`` is the fragment that the generator gives this heading, empty for
    the top of a page. ``heading_path`` begins with the page title.
    """

    path: str
    url: str
    anchor: str
    heading_path: tuple[str, ...]
    blocks: tuple[Block, ...]
    line: int = 1

    @property
    def title(self) -> str:
        return self.heading_path[-1]


@dataclass(frozen=True, slots=True)
class Passage:
    """A stored chunk as search returns it and as an answer cites it.

    ``key`` is the chunk's content hash, equal in every edition that holds the same chunk at the
    same place. ``url`` is the absolute (or site-relative) page address without a fragment.
    """

    key: str
    book: str
    edition: int
    path: str
    url: str
    anchor: str
    heading_path: tuple[str, ...]
    kind: Kind
    text: str

    @property
    def title(self) -> str:
        return self.heading_path[-1] if self.heading_path else self.path

    @property
    def link(self) -> str:
        """The page address with the section's fragment."""
        return f"{self.url}#{self.anchor}" if self.anchor else self.url


@dataclass(frozen=True, slots=True)
class Found:
    """A passage with its fused score (higher is better, comparable within one search only).

    ``rules`` are those that editors have laid down for its section (``SectionRule.Rule``).
    """

    passage: Passage
    score: float
    chunk_id: int
    rules: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found, best first.

    ``answerable`` estimates in 0..1 that the passages answer the question; ``query`` is what was
    searched after follow-ups were resolved; ``retrieve_ms`` is the wall time of the search.
    ``scope`` is the part of the book that was searched: the whole when the page is not known.
    ``leans`` says that the question cannot be understood without what it was asked about.
    """

    query: str
    found: tuple[Found, ...]
    answerable: float
    retrieve_ms: float
    scope: Scope = Scope.BOOK
    leans: bool = False
    passages: tuple[Passage, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "passages", tuple(hit.passage for hit in self.found))
