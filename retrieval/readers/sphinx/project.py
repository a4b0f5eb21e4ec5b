"""Books of Sphinx: found by their ``conf.py``, read without Sphinx and without running it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from retrieval.errors import SourceError
from retrieval.readers.files import BookFiles
from retrieval.readers.source import Page, Question, Selection
from retrieval.readers.sphinx.conf import Conf, read_conf
from retrieval.readers.sphinx.pages import BookPages

CONF_FOLDERS = (".", "docs", "doc", "source", "docs/source", "doc/source")
MAKEFILE_SOURCE = re.compile(r"^SOURCE(?:DIR)?\s*[:?]?=\s*([\w./-]+)\s*$", re.MULTILINE)


class SphinxSource:
    """A Sphinx book on disk. Page paths are relative to the folder of its master document.

    Pickles by its folder alone, so that several processes can read pages of one book. Raises
    ``SourceError`` when the folder holds no ``conf.py`` with pages that can be read.
    """

    format = "sphinx"

    def __init__(self, root: Path) -> None:
        conf_path = _find_conf(root)
        if conf_path is None:
            raise SourceError(f"{root} holds no Sphinx conf.py.", "Give the folder that does.")
        self.root = root
        self._conf = read_conf(conf_path, BookFiles(root, conf_path.parent))
        files = BookFiles(root, _source_root(root, conf_path.parent, self._conf))
        self._pages = BookPages(files, self._conf)
        if not self._pages.pages:
            markups = " or ".join(dict.fromkeys(self._conf.markups.values()))
            raise SourceError(
                f"{root} holds no {markups} pages.",
                'Markdown pages are read when conf.py has "myst_parser" in its extensions.',
            )
        self.title = self._conf.project or self._pages.of_book() or root.resolve().name
        self.base_url = self._conf.base_url
        self.language = self._conf.language

    @property
    def inputs(self) -> Sequence[Path]:
        """See ``Source``."""
        return (self.root,)

    def __reduce__(self) -> tuple[type[SphinxSource], tuple[Path]]:
        return type(self), (self.root,)

    @classmethod
    def recognises(cls, root: Path) -> str:
        """Where the ``conf.py`` of a Sphinx book with pages that this reader can read is, or ""."""
        try:
            cls(root)
        except SourceError:
            return ""
        return "conf.py"

    def paths(self, selection: Selection) -> Sequence[str]:
        """The selected pages in the order of the toctrees, then those that none of them names."""
        return [path for path in self._pages.in_reading_order() if selection.takes(path)]

    def read(self, path: str) -> Page:
        """One page. Raises ``SourceError`` for a path that is no page or cannot be read."""
        return self._pages.read(path, self._conf.without_suffix(path) + self._conf.page_suffix)

    @property
    def basis(self) -> str:
        """See ``Retraceable``."""
        return self._pages.basis

    def answer(self, question: Question) -> str:
        """See ``Retraceable``."""
        return self._pages.answer(question)


def _find_conf(root: Path) -> Path | None:
    candidates = (root / folder / "conf.py" for folder in CONF_FOLDERS)
    return next((path for path in candidates if path.is_file()), None)


def _source_root(root: Path, conf_folder: Path, conf: Conf) -> Path:
    """The folder of the pages: that of ``conf.py``, unless the master document is in another.

    ``sphinx-build -c . source`` keeps the two apart; the Makefile names the folder then.
    """
    folders = [conf_folder, *_makefile_folders(conf_folder), conf_folder / "source"]
    inside = [folder for folder in folders if folder.resolve().is_relative_to(root.resolve())]
    for folder in inside:
        if any((folder / f"{conf.root_doc}{suffix}").is_file() for suffix in conf.suffixes):
            return folder
    return conf_folder


def _makefile_folders(conf_folder: Path) -> list[Path]:
    makefile = conf_folder / "Makefile"
    if not makefile.is_file():
        return []
    text = makefile.read_text(encoding="utf-8", errors="replace")
    return [conf_folder / name for name in MAKEFILE_SOURCE.findall(text)]
