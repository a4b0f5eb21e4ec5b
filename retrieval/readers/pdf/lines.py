"""The printed lines of a PDF with their place and type: the one door to PDFium."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
from pypdfium2 import raw

from retrieval.errors import SourceError

FIXED_PITCH = 1
"""The flag of a font descriptor whose glyphs are all of one width (PDF 1.7, table 123)."""

_MONOSPACED = re.compile(r"mono|courier|consol|typewriter|cmtt|\bcode", re.IGNORECASE)
_NO_TITLE = re.compile(
    r"microsoft word -|untitled|.*\.(?:docx?|html?|indd|tex|dvi)$", re.IGNORECASE
)
HYPHEN_MARK = "\x02"
"""PDFium's sign for a hyphen at which a word was divided."""

LINE_ENDS = frozenset({"\r", "\n", HYPHEN_MARK})


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text on a page from 1; places and ``size`` in points, from the page's bottom left.

    ``size`` is the height of the font, ``width`` that of one character where the line begins.
    """

    page: int
    text: str
    left: float
    right: float
    bottom: float
    size: float
    width: float
    monospaced: bool


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of the outline: its depth from 0, title and page from 1."""

    level: int
    title: str
    page: int


@dataclass(frozen=True, slots=True)
class Printed:
    """What a PDF holds: its title if it says one, outline, lines, and images by page."""

    title: str
    pages: int
    bookmarks: tuple[Bookmark, ...]
    lines: tuple[Line, ...]
    images: tuple[int, ...]


def read_printed(path: Path) -> Printed:
    """Everything on all pages. Raises ``SourceError`` for a damaged or encrypted file."""
    with closing(_opened(path)) as document:
        lines: list[Line] = []
        images: list[int] = []
        for number in range(len(document)):
            try:
                page = document[number]
            except pypdfium2.PdfiumError as error:
                raise SourceError(f"Page {number + 1} of {path} is damaged.") from error
            lines += _lines(page, number + 1)
            images += [number + 1] * sum(1 for _ in page.get_objects([raw.FPDF_PAGEOBJ_IMAGE]))
            page.close()
        title = " ".join(document.get_metadata_value("Title").split())
        return Printed(
            title="" if _NO_TITLE.match(title) else title,
            pages=len(document),
            bookmarks=tuple(_bookmarks(document)),
            lines=tuple(lines),
            images=tuple(images),
        )


def _opened(path: Path) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise SourceError(
                f"{path} is encrypted with a password.", "Save it without one first."
            ) from error
        raise SourceError(f"{path} is no PDF that can be read.", "Is the file complete?") from error
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.") from error


def _bookmarks(document: pypdfium2.PdfDocument) -> Iterator[Bookmark]:
    for bookmark in document.get_toc():
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        title = " ".join(bookmark.get_title().split())
        if title and index is not None:
            yield Bookmark(bookmark.level, title, index + 1)


def _lines(page: pypdfium2.PdfPage, number: int) -> Iterator[Line]:
    text_page = page.get_textpage()
    codes = (raw.FPDFText_GetUnicode(text_page, i) for i in range(text_page.count_chars()))
    characters = [chr(code) for code in codes]
    for start, end in _spans(characters):
        yield from _line(text_page, characters, start, end, number)
    text_page.close()


def _spans(characters: list[str]) -> Iterator[tuple[int, int]]:
    """Where each line begins and ends; PDFium runs on over a word that was divided."""
    start = 0
    for place, character in enumerate(characters):
        if character in LINE_ENDS:
            yield start, place + (character == HYPHEN_MARK)
            start = place + 1
    yield start, len(characters)


def _line(
    text_page: pypdfium2.PdfTextPage, characters: list[str], start: int, end: int, number: int
) -> Iterator[Line]:
    """The line of the characters from ``start`` to ``end``; none if they are all blank."""
    inked = [i for i in range(start, end) if characters[i] > " " and characters[i].strip()]
    if not inked:
        return
    left, bottom, first_right, top = text_page.get_charbox(inked[0], loose=True)
    _, _, right, _ = text_page.get_charbox(inked[-1], loose=True)
    yield Line(
        page=number,
        text=_whole("".join(characters[inked[0] : end])).rstrip(),
        left=left,
        right=right,
        bottom=bottom,
        size=round(top - bottom, 1),
        width=first_right - left,
        monospaced=all(_is_monospaced(text_page, i) for i in (inked[0], inked[-1])),
    )


def _whole(text: str) -> str:
    """Text whose characters beyond U+FFFF PDFium gives in halves; what fits nothing is left out."""
    halves = text.replace("\0", "").encode("utf-16", "surrogatepass")
    return halves.decode("utf-16", "ignore")


def _is_monospaced(text_page: pypdfium2.PdfTextPage, index: int) -> bool:
    flags = ctypes.c_int()
    name = ctypes.create_string_buffer(128)
    raw.FPDFText_GetFontInfo(text_page, index, name, len(name), flags)
    is_named_so = _MONOSPACED.search(name.value.decode("utf-8", "replace"))
    return bool(flags.value & FIXED_PITCH) or bool(is_named_so)
