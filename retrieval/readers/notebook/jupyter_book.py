"""Jupyter Book 1: ``_toc.yml`` orders the pages, ``_config.yml`` says how they are built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from retrieval.errors import SourceError
from retrieval.readers.notebook.settings import read_settings, table, text
from retrieval.readers.sphinx.conf import Conf, conf_of
from retrieval.readers.sphinx.pages import BookPages

TOC, CONFIG = "_toc.yml", "_config.yml"
DEFAULTS = {
    "myst_enable_extensions": ["colon_fence", "dollarmath", "linkify", "substitution", "tasklist"],
    "myst_url_schemes": ["mailto", "http", "https"],
    "myst_dmath_double_inline": True,
}
NESTED = ("parts", "chapters", "sections", "subtrees", "entries", "items")


class JupyterBook:
    """A folder with a ``_toc.yml``. Raises ``SourceError`` when that is not one of version 1."""

    def __init__(self, folder: Path) -> None:
        self._toc = _read_toc(folder / TOC)
        self._config = _read_config(folder / CONFIG)
        self.title = text(self._config, "title")
        self.conf = self._conf()

    def _conf(self) -> Conf:
        excluded = self._config.get("exclude_patterns")
        return conf_of(
            {
                **DEFAULTS,
                "project": self.title,
                "html_baseurl": text(table(self._config, "html"), "baseurl"),
                "exclude_patterns": excluded if isinstance(excluded, list) else [],
                **table(self._config, "parse"),
                **table(self._config, "sphinx", "config"),
                "extensions": ["myst_nb"],
            }
        )

    def urls(self, pages: BookPages) -> dict[str, str]:
        """The pages in reading order with their addresses; those outside the contents come last."""
        paths = [path for entry in _entries(self._toc) for path in _paths(entry, pages)]
        if not self._config.get("only_build_toc_files"):
            paths += pages.pages
        return {path: f"{self.conf.without_suffix(path)}.html" for path in paths}


def _read_toc(path: Path) -> Mapping[str, Any]:
    toc = read_settings(path)
    if isinstance(toc, list):
        raise SourceError(
            f"{path.name} has the form of Jupyter Book before 0.11.",
            "Bring it up to date with `jupyter-book toc migrate`.",
        )
    if not isinstance(toc, Mapping) or not text(toc, "root"):
        raise SourceError(
            f"{path.name} names no root page.", "Jupyter Book needs `root:` in its contents."
        )
    return toc


def _read_config(path: Path) -> Mapping[str, Any]:
    return table(read_settings(path)) if path.is_file() else {}


def _entries(item: Any) -> Iterator[Mapping[str, Any]]:
    """The entry and those under it, in reading order; parts have a caption and no page."""
    if not isinstance(item, Mapping):
        return
    yield item
    for key in NESTED:
        for child in item.get(key) or ():
            yield from _entries(child)


def _paths(entry: Mapping[str, Any], pages: BookPages) -> Iterator[str]:
    if page := pages.named(text(entry, "root") or text(entry, "file")):
        yield page
    if pattern := text(entry, "glob"):
        yield from pages.matching(pattern)
