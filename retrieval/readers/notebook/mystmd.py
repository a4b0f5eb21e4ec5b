"""Jupyter Book 2 and other projects of mystmd: ``myst.yml`` names the pages and their order."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from wcmatch import glob

from retrieval.errors import SourceError
from retrieval.readers.files import BookFiles
from retrieval.readers.notebook.order import natural_key
from retrieval.readers.notebook.settings import filled, read_settings, table, text
from retrieval.readers.sphinx.conf import Conf, Markup
from retrieval.readers.sphinx.pages import BookPages
from retrieval.readers.web.address import is_address

logger = logging.getLogger(__name__)

CONFIG = "myst.yml"
SYNTAX = {
    "enable_extensions": [
        *("amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath", "strikethrough"),
        "tasklist",
    ],
    "dmath_double_inline": True,
    "title_to_header": True,
}
INDEX_NAMES = ("index", "readme", "main")
LONGEST_SLUG = 50


class MystProject:
    """A folder with a ``myst.yml``. Raises ``SourceError`` when that describes no project."""

    def __init__(self, files: BookFiles) -> None:
        settings = _composed(files.source_root / CONFIG, files)
        if not table(settings, "project") and not table(settings, "site"):
            raise SourceError(f"{CONFIG} describes no project.", "It needs `project:`.")
        self._project = table(settings, "project")
        self._keeps_folders = bool(table(settings, "site", "options").get("folders"))
        self.title = text(self._project, "title") or text(table(settings, "site"), "title")
        excluded = self._project.get("exclude")
        self.conf = Conf(
            project=self.title,
            markups={".md": Markup.MYST, ".ipynb": Markup.NOTEBOOK},
            myst=SYNTAX,
            excluded=tuple(map(str, excluded)) if isinstance(excluded, list) else (),
            built_by_mystmd=True,
        )

    def urls(self, pages: BookPages) -> dict[str, str]:
        """The pages in reading order with their addresses; the first one is the book's root."""
        toc = self._project.get("toc")
        listed = list(_listed(toc, pages)) if isinstance(toc, list) else []
        root, *others = dict.fromkeys(listed or _by_name(pages.pages))
        slugs = _Slugs(self._keeps_folders)
        slugs.of("index" if listed else root)
        return {root: "", **{path: slugs.of(path) for path in others}}


def _composed(path: Path, files: BookFiles, above: tuple[Path, ...] = ()) -> Mapping[str, Any]:
    """The settings in a file, filled from those that it ``extends``, of which the later win.

    Raises ``SourceError`` for a file that is not in the book or extends itself.
    """
    own = table(read_settings(path))
    defaults: Mapping[str, Any] = {}
    for name in _extended(own):
        if is_address(name):
            logger.warning("%s extends %s, which is not fetched.", path.name, name)
            continue
        file = files.file(path.parent / name)
        if file is None or file in (path.resolve(), *above):
            raise SourceError(
                f"{path.name} extends {name}, which is not in the book or extends it.",
                "Correct `extends:`, or give the folder that holds both files.",
            )
        defaults = filled(_composed(file, files, (*above, path.resolve())), defaults)
    return filled(own, defaults)


def _extended(settings: Mapping[str, Any]) -> list[str]:
    names = settings.get("extends") or settings.get("extend") or []
    return [str(name) for name in (names if isinstance(names, list) else [names])]


def _listed(entries: Sequence[Any], pages: BookPages) -> Iterator[str]:
    """The pages that the contents name; a pattern brings those that no entry names."""
    explicit = {pages.named(text(entry, "file")) for entry in _flat(entries)}
    for entry in _flat(entries):
        if page := pages.named(text(entry, "file")):
            yield page
        elif pattern := text(entry, "pattern"):
            found = [path for path in pages.pages if _fits(path, pattern) and path not in explicit]
            yield from sorted(found, key=_natural, reverse=entry.get("sort") == "descending")


def _flat(entries: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    for entry in entries:
        if isinstance(entry, Mapping):
            yield entry
            children = entry.get("children")
            yield from _flat(children if isinstance(children, list) else ())


def _fits(path: str, pattern: str) -> bool:
    return glob.globmatch(path, pattern, flags=glob.GLOBSTAR | glob.BRACE)


def _by_name(paths: Sequence[str]) -> list[str]:
    """The order without contents: the root page, then files before folders, "2" before "10"."""
    ordered = sorted(paths, key=_natural)
    root = min(ordered, key=_as_root, default="")
    return [root, *(path for path in ordered if path != root)] if root else []


def _as_root(path: str) -> tuple[bool, bool, int]:
    """The lowest is the root page: an index in the top folder, in Markdown rather than code."""
    name = PurePosixPath(path)
    stem = name.stem.lower()
    is_index = name.parent == PurePosixPath() and stem in INDEX_NAMES
    return not is_index, name.suffix != ".md", INDEX_NAMES.index(stem) if is_index else 0


def _natural(path: str) -> list[tuple[bool, bool, list[tuple[bool, int, str]]]]:
    *folders, name = path.split("/")
    is_index = PurePosixPath(name).stem.lower() in INDEX_NAMES
    return [
        *((True, True, natural_key(folder)) for folder in folders),
        (False, not is_index, natural_key(name)),
    ]


class _Slugs:
    """Page addresses as mystmd makes them of file names, each one once."""

    def __init__(self, keeps_folders: bool) -> None:
        self._keeps_folders = keeps_folders
        self._seen: dict[str, int] = {}

    def of(self, path: str) -> str:
        *folders, name = PurePosixPath(path).with_suffix("").parts
        parts = [*folders, name] if self._keeps_folders else [name]
        slug = "/".join(map(slug_of, parts))
        is_index = slug.endswith("/index")
        slug = slug.removesuffix("/index")
        times = self._seen.get(slug, 0)
        self._seen[slug] = times + 1
        unique = f"{slug}-{times}" if times else slug
        return f"{unique}/" if is_index else unique


def slug_of(name: str) -> str:
    """A file name as part of an address: ``01_My article`` is ``my-article``."""
    if not re.match(r"[12]\d{3}(?!\d)|\d{5}", name):
        # What looks like a year or a long number stays; other numbers only order the files.
        name = re.sub(r"^[0-9_.-]+", "", name) or name
    words = name.replace("&", "-and-").lower()
    return re.sub(r"[^a-z0-9]+", "-", words).strip("-")[:LONGEST_SLUG]
