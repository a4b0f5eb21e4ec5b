"""The files that a book's pages may pull in: those inside the book's folder, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import SourceError


@dataclass(frozen=True)
class BookFiles:
    """``root`` is the folder given by the user, ``source_root`` the one that holds the pages."""

    root: Path
    source_root: Path

    def inside(self, path: Path) -> Path | None:
        """The real path when it lies inside the book, following links; otherwise nothing."""
        try:
            real = path.resolve()
        except (OSError, RuntimeError, ValueError):
            return None
        return real if real.is_relative_to(self.root.resolve()) else None

    def file(self, path: Path) -> Path | None:
        """The real path of a file that is there, inside the book; otherwise nothing."""
        real = self.inside(path)
        try:
            return real if real is not None and real.is_file() else None
        except OSError:  # a name longer than any file's
            return None

    def named_on(self, page: str, argument: str) -> Path | None:
        """What a page means by a file name: ``/x`` from the source root, else from its folder."""
        if argument.startswith("/"):
            return self.inside(self.source_root / argument.lstrip("/"))
        return self.inside(self.source_root / Path(page).parent / argument)

    def page_text(self, path: str) -> str:
        """The text of a page. Raises ``SourceError`` when it is not there or not UTF-8."""
        file = self.file(self.source_root / path)
        if file is None:
            raise SourceError(f"There is no page {path}.")
        try:
            return file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(f"{path} cannot be read: {error}", "Save it as UTF-8.") from error
