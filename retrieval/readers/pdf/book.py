"""PDF files as books: one page in the book's sense, with an anchor for each printed page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from retrieval.errors import SourceError
from retrieval.passages import Block, SectionText
from retrieval.readers.pdf.furniture import without_furniture
from retrieval.readers.pdf.headings import Heading, body_size, find_headings
from retrieval.readers.pdf.lines import Line, Printed, read_printed
from retrieval.readers.pdf.paragraphs import Typesetting, count_code_blocks
from retrieval.readers.source import Dropped, Page, Selection

SUFFIX = ".pdf"
TITLE_SIZE = 1.4


class PdfSource:
    """A PDF file. Its path and address are its name; each section's anchor is its page, "page=12".

    Raises ``SourceError`` for a file that is damaged, encrypted or holds only pictures of text.
    """

    format = "pdf"
    base_url = ""
    language = ""

    def __init__(self, root: Path) -> None:
        self.root = root
        if root.is_dir():
            raise SourceError(f"{root} is a folder.", "Give the PDF file itself.")
        if not self._printed.lines:
            raise SourceError(
                f"{root} holds no text: its pages are pictures.",
                "Run text recognition (OCR) over it first, for example with OCRmyPDF.",
            )
        self.title = self._printed.title or _printed_title(self._printed) or root.stem

    @property
    def inputs(self) -> Sequence[Path]:
        """See ``Source``."""
        return (self.root,)

    def __reduce__(self) -> tuple[type[PdfSource], tuple[Path]]:
        return type(self), (self.root,)

    @classmethod
    def recognises(cls, root: Path) -> str:
        """The name of a file that ends like a PDF's; "" for anything else."""
        return root.name if root.is_file() and root.suffix.lower() == SUFFIX else ""

    def paths(self, selection: Selection) -> Sequence[str]:
        """The file's name, if it is selected."""
        return [self.root.name] if selection.takes(self.root.name) else []

    def read(self, path: str) -> Page:
        """The whole book. Raises ``SourceError`` for another path."""
        if path != self.root.name:
            raise SourceError(f"{path} is not {self.root.name}.")
        printed = self._printed
        lines, furniture = without_furniture(printed.lines, body_size(printed.lines))
        headings = find_headings(lines, printed.bookmarks)
        text = _without_headings(lines, headings)
        return Page(
            path=path,
            url=quote(path),
            title=self.title,
            sections=tuple(self._sections(lines, headings)),
            code_blocks=sum(count_code_blocks(part) for part in text),
            dropped=(*furniture, *_not_text(printed)),
        )

    @cached_property
    def _printed(self) -> Printed:
        return read_printed(self.root)

    def _sections(
        self, lines: Sequence[Line], headings: Sequence[Heading]
    ) -> Iterator[SectionText]:
        """For each heading a section, divided where a block begins on another page."""
        typesetting = Typesetting(lines)
        parts = _without_headings(lines, headings)
        for heading_path, part in zip(self._heading_paths(headings), parts, strict=True):
            blocks = list(typesetting.blocks(part))
            for page, group in groupby(blocks, key=lambda block: block[0]):
                name = heading_path if headings else (self.title, f"Page {page}")
                of_page = tuple(block for _, block in group)
                yield self._section(name, page, of_page)

    def _section(
        self, heading_path: tuple[str, ...], page: int, blocks: tuple[Block, ...]
    ) -> SectionText:
        name = self.root.name
        return SectionText(name, quote(name), f"page={page}", heading_path, blocks, page)

    def _heading_paths(self, headings: Sequence[Heading]) -> Iterator[tuple[str, ...]]:
        """That of the text before the first heading, then that of each heading."""
        yield (self.title,)
        above: list[Heading] = []
        for heading in headings:
            above = [outer for outer in above if outer.level < heading.level]
            above.append(heading)
            titles = tuple(outer.title for outer in above)
            yield titles if titles[0] == self.title else (self.title, *titles)


def _printed_title(printed: Printed) -> str:
    """The largest line of the first page, if it stands out from the text."""
    first = [line for line in printed.lines if line.page == 1 and line.text[0].isalpha()]
    largest = max(first, key=lambda line: line.size, default=None)
    stands_out = largest and largest.size > body_size(printed.lines) * TITLE_SIZE
    return largest.text if largest and stands_out else ""


def _without_headings(lines: Sequence[Line], headings: Sequence[Heading]) -> list[list[Line]]:
    """The lines before the first heading, then those under each."""
    starts = [0, *(heading.at + heading.lines for heading in headings)]
    ends = [*(heading.at for heading in headings), len(lines)]
    return [list(lines[start:end]) for start, end in zip(starts, ends, strict=True)]


def _not_text(printed: Printed) -> Iterator[Dropped]:
    """The images, and pages that hold nothing else."""
    with_text = {line.page for line in printed.lines}
    for page in printed.images:
        yield Dropped("image", page)
    for page in sorted(set(printed.images) - with_text):
        yield Dropped("page without text", page)
