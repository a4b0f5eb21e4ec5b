"""Jupyter Books of both versions, folders of notebooks and single notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

from retrieval.errors import SourceError
from retrieval.readers.files import BookFiles
from retrieval.readers.notebook import jupyter_book, mystmd
from retrieval.readers.notebook.folder import NotebookFolder
from retrieval.readers.notebook.jupyter_book import JupyterBook
from retrieval.readers.notebook.mystmd import MystProject
from retrieval.readers.source import Page, Question, Selection
from retrieval.readers.sphinx.conf import Conf
from retrieval.readers.sphinx.pages import BookPages

BOOK_FOLDERS = (".", "book", "docs", "content")
OTHER_BOOKS = ("mkdocs.yml", "mkdocs.yaml", "book.toml")


class Book(Protocol):
    """What the settings of a book say, whichever file they stand in."""

    title: str
    conf: Conf

    def urls(self, pages: BookPages) -> dict[str, str]:
        """The pages of the book in reading order with their addresses."""
        ...


class NotebookSource:
    """A book of notebooks and MyST pages on disk, or one notebook file.

    Page paths are relative to the folder of the book's settings. Pickles by its location alone,
    so that several processes can read pages of one book. Raises ``SourceError`` when there is
    neither a notebook nor a Jupyter Book, and for settings that cannot be read.
    """

    format = "notebook"

    def __init__(self, root: Path) -> None:
        self.root = root
        folder, book = _book_at(root)
        self._book = book
        if root.is_file():
            self._pages = BookPages(BookFiles(folder, folder), book.conf, only=root.name)
        else:
            self._pages = BookPages(BookFiles(root, folder), book.conf)
        if not self._pages.pages:
            raise SourceError(
                f"{root} holds no notebooks.", "Give a .ipynb file, a folder of them or a book."
            )
        self.title = book.title or self._first_title() or root.resolve().stem
        self.base_url = book.conf.base_url
        self.language = book.conf.language

    @property
    def inputs(self) -> Sequence[Path]:
        """See ``Source``; a notebook may include files that lie beside it."""
        return (self.root.parent if self.root.is_file() else self.root,)

    def __reduce__(self) -> tuple[type[NotebookSource], tuple[Path]]:
        return type(self), (self.root,)

    @classmethod
    def recognises(cls, root: Path) -> str:
        """The book's settings file, or ".ipynb" for notebooks without one; "" for other things."""
        if (found := _settings_file(root)) is not None:
            return found.name
        if root.is_file():
            return ".ipynb" if root.suffix == ".ipynb" else ""
        if any((root / name).is_file() for name in OTHER_BOOKS):
            return ""
        return ".ipynb" if any(root.glob("*.ipynb")) or any(root.glob("*/*.ipynb")) else ""

    def paths(self, selection: Selection) -> Sequence[str]:
        """The selected pages in the order of the book's contents."""
        return [path for path in self._urls if selection.takes(path)]

    def read(self, path: str) -> Page:
        """One page. Raises ``SourceError`` for a path that is no page or cannot be read."""
        if path not in self._urls:
            raise SourceError(f"{path} is no page of {self.title}.")
        return self._pages.read(path, self._urls[path])

    @property
    def basis(self) -> str:
        """See ``Retraceable``; the pages' addresses depend on the book's contents."""
        return repr((self._pages.basis, self._urls))

    def answer(self, question: Question) -> str:
        """See ``Retraceable``."""
        return self._pages.answer(question)

    @cached_property
    def _urls(self) -> dict[str, str]:
        return self._book.urls(self._pages)

    def _first_title(self) -> str:
        return self._pages.outline(next(iter(self._urls))).title if self._urls else ""


def _book_at(root: Path) -> tuple[Path, Book]:
    """The folder of the pages and what is known of the book."""
    settings = _settings_file(root)
    if settings is None:
        return (root.parent if root.is_file() else root), NotebookFolder()
    folder = settings.parent
    if settings.name == jupyter_book.TOC:
        return folder, JupyterBook(folder)
    return folder, MystProject(BookFiles(root, folder))


def _settings_file(root: Path) -> Path | None:
    names = (mystmd.CONFIG, jupyter_book.TOC)
    files = (root / folder / name for folder in BOOK_FOLDERS for name in names)
    return next((file for file in files if file.is_file()), None)
