"""Reads books that are built with mdBook: Markdown chapters that a summary puts in order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from markdown_it.tree import SyntaxTreeNode

from retrieval.errors import SourceError
from retrieval.readers.asking import asked, file_answer
from retrieval.readers.files import BookFiles
from retrieval.readers.markdown.fences import count_code_blocks
from retrieval.readers.markdown.tables import count_tables
from retrieval.readers.mdbook.config import CONFIG_FILE, read_config
from retrieval.readers.mdbook.includes import expand
from retrieval.readers.mdbook.markup import book_parser, hide_lines, number_by_page
from retrieval.readers.mdbook.sections import BookSectionReader
from retrieval.readers.mdbook.summary import SUMMARY_FILE, Chapter, read_summary
from retrieval.readers.source import Dropped, Page, Question, Selection


class MdBookSource:
    """An mdBook on disk. Page paths are relative to the folder of its ``SUMMARY.md``.

    Raises ``SourceError`` when there is no summary, it names no chapter, or ``book.toml`` cannot
    be read.
    """

    format = "mdbook"

    def __init__(self, root: Path) -> None:
        self.root = root
        self._config = read_config(root)
        self._files = BookFiles(root, root / self._config.src)
        self._chapters = {chapter.path: chapter for chapter in self._summary()}
        self.title = self._config.title or root.resolve().name
        self.base_url = self._config.base_url
        self.language = self._config.language

    @property
    def inputs(self) -> Sequence[Path]:
        """See ``Source``."""
        return (self.root,)

    @classmethod
    def recognises(cls, root: Path) -> str:
        """The config of a book, else its summary, or ""."""
        names = (CONFIG_FILE, f"src/{SUMMARY_FILE}")
        return next((name for name in names if (root / name).is_file()), "")

    def paths(self, selection: Selection) -> Sequence[str]:
        """The selected chapters in the order of the summary.

        Raises ``SourceError`` for another language than the book's: it has no translations.
        """
        if selection.language not in ("", self.language):
            raise SourceError(
                f"{self.root} has no translation {selection.language!r}.",
                f"The book is in {self.language!r}.",
            )
        return [path for path in self._chapters if selection.takes(path)]

    def read(self, path: str) -> Page:
        """One chapter as sections.

        A chapter whose file is not in the book's folder is a page without text that says so, as
        mdBook makes one. Raises ``SourceError`` for a path that is no chapter, or cannot be read.
        """
        chapter = self._chapters.get(path)
        if chapter is None:
            raise SourceError(f"{path} is no chapter of {self.title}.", "See its summary.")
        files = asked(self._files)
        is_there = files.file(files.source_root / path) is not None
        return files.noted_on(self._page(chapter, files) if is_there else _missing(chapter))

    @property
    def basis(self) -> str:
        """See ``Retraceable``; a chapter is named and numbered by its place in the summary."""
        return repr((self._config, self._chapters))

    def answer(self, question: Question) -> str:
        """See ``Retraceable``."""
        return file_answer(self._files, question)

    def _page(self, chapter: Chapter, files: BookFiles) -> Page:
        page = expand(files.page_text(chapter.path), chapter.path, files)
        parser = book_parser(smart_punctuation=self._config.smart_punctuation)
        tokens = parser.parse(page.text, {})
        number_by_page(tokens, page.lines)
        hidden = tuple(hide_lines(tokens, self._config.hidden_prefixes))
        reader = BookSectionReader(chapter.path, chapter.url, page.title or chapter.name)
        return Page(
            path=chapter.path,
            url=chapter.url,
            title=reader.title,
            sections=reader.read(SyntaxTreeNode(tokens)),
            code_blocks=count_code_blocks(page.text, indented=True),
            dropped=(*page.dropped, *hidden, *reader.dropped),
            tables=count_tables(page.text),
        )

    def _summary(self) -> list[Chapter]:
        path = f"{self._config.src}/{SUMMARY_FILE}"
        if self._files.file(self.root / path) is None:
            raise SourceError(f"{self.root} has no {path}.", f"Give the folder of {CONFIG_FILE}.")
        chapters = read_summary(self._files.page_text(SUMMARY_FILE))
        if not chapters:
            raise SourceError(f"{path} names no chapter.", "List them: - [Title](chapter.md)")
        return chapters


def _missing(chapter: Chapter) -> Page:
    reason = f"not in the book's folder; {SUMMARY_FILE} names it in line {chapter.line}"
    dropped = (Dropped("missing page", 1, reason),)
    return Page(chapter.path, chapter.url, chapter.name, (), 0, dropped)
