"""What every reader offers: a recognised source whose pages can be read one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from wcmatch import glob

from retrieval.passages import SectionText

Progress = Callable[[str, int, int], None]
"""Called with a phase ("Reading", "Embedding", …), how many are done, and how many there are."""


Question = tuple[str, ...]
"""What the reading of a page asks of its source: what kind of thing, then which one."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A construct that did not become text: its kind ("image", "raw html", "jsx:BudgetTable")."""

    kind: str
    line: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a source: its sections in reading order and what was left out of them.

    ``code_blocks`` and ``tables`` count what the page's source holds, counted independently of the
    sections, so that a lost block can be noticed. ``asked`` holds what its reading asked of a
    ``Retraceable`` source, with the answers.
    """

    path: str
    url: str
    title: str
    sections: tuple[SectionText, ...]
    code_blocks: int
    dropped: tuple[Dropped, ...] = ()
    tables: int = 0
    asked: tuple[tuple[Question, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """Which pages to take: glob patterns on the page path (``**`` crosses folders), and variants.

    An empty ``include`` means every page. ``language`` asks for a translation (``i18n/``) instead
    of the original, ``version`` for one of a site's docs versions instead of the one it shows.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    language: str = ""
    version: str = ""

    def takes(self, path: str) -> bool:
        if any(_matches(path, pattern) for pattern in self.exclude):
            return False
        return not self.include or any(_matches(path, pattern) for pattern in self.include)


class Source(Protocol):
    """A book in one format. Raises ``SourceError`` for what cannot be read."""

    @property
    def format(self) -> str: ...

    @property
    def root(self) -> Path | str:
        """The folder or file on disk, or the address of a site."""
        ...

    @property
    def inputs(self) -> Sequence[Path]:
        """The folders and files on disk that hold all that is read; none for a site."""
        ...

    @property
    def title(self) -> str: ...

    @property
    def base_url(self) -> str: ...

    @property
    def language(self) -> str: ...

    def paths(self, selection: Selection) -> Sequence[str]:
        """The page paths of the selection in reading order, relative to the documentation root."""
        ...

    def read(self, path: str) -> Page:
        """One page. Pages may be read in any order and by several processes."""
        ...


@runtime_checkable
class Retraceable(Source, Protocol):
    """A source that can tell whether a page would be read again as it was.

    The reading of a page depends on ``basis``, which all pages share, and on the answers to what
    it asked, and on nothing else.
    """

    @property
    def basis(self) -> str:
        """The settings that every page is read with, in a form that is equal for equal ones."""
        ...

    def answer(self, question: Question) -> str:
        """What the source says now; "" to a question that it does not know."""
        ...


class Reader(Protocol):
    """What makes sources of one format: the class of the source itself."""

    def __call__(self, root: Path, /) -> Source: ...

    def recognises(self, root: Path, /) -> str:
        """The file or trait that tells this format, such as "book.toml"; empty for another's."""
        ...


def _matches(path: str, pattern: str) -> bool:
    """Whether the path fits the glob; ``*`` stays inside a folder, ``**`` crosses folders."""
    return glob.globmatch(path, pattern.removeprefix("./"), flags=glob.GLOBSTAR | glob.BRACE)
