"""What the reading of a page asks of its book's files, noted so that it can be asked again."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from hashlib import file_digest
from pathlib import Path

from retrieval.readers.files import BookFiles
from retrieval.readers.source import Page, Question

FILE = "file"


@dataclass(frozen=True)
class AskedFiles(BookFiles):
    """The files of a book as one page asks for them, noted in ``answers``.

    A file is hashed before the page can read it, so that one which changes meanwhile is taken for
    changed.
    """

    answers: dict[Question, str] = field(default_factory=dict)

    def inside(self, path: Path) -> Path | None:
        real = super().inside(path)
        question = (FILE, _name(path, self.root))
        if question not in self.answers:
            self.answers[question] = _found(real, self.root)
        return real

    def noted_on(self, page: Page) -> Page:
        """The page with what its reading asked."""
        return replace(page, asked=tuple(self.answers.items()))


def asked(files: BookFiles) -> AskedFiles:
    """The same files for the reading of one page."""
    return AskedFiles(files.root, files.source_root)


def file_answer(files: BookFiles, question: Question) -> str:
    """What a page would find now; "" to a question about anything but a file."""
    match question:
        case (kind, name) if kind == FILE:
            return _found(files.inside(files.root / name), files.root)
    return ""


def _name(path: Path, root: Path) -> str:
    """The path as the page wrote it, from the book's folder where it begins there."""
    return str(path.relative_to(root) if path.is_relative_to(root) else path.absolute())


def _found(real: Path | None, root: Path) -> str:
    """Where in the book a path leads and the hash of the file there; "outside" for elsewhere."""
    if real is None:
        return "outside"
    return f"{_hash(real)} {real.relative_to(root.resolve())}"


def _hash(path: Path) -> str:
    if not os.path.isfile(path):  # noqa: PTH113  (Path.is_file raises on names that are too long)
        return "no file"
    try:
        with path.open("rb") as file:
            return file_digest(file, "blake2b").hexdigest()
    except OSError:
        return "unreadable"
