"""The versions of a site's docs: which the site shows, where their pages lie, at which route.

Source of the rules: docusaurus-plugin-content-docs 3.10, ``versions``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from retrieval.errors import SourceError
from retrieval.readers.docusaurus.config import at, text
from retrieval.readers.docusaurus.exports import Value, texts
from retrieval.readers.source import Selection

CURRENT = "current"
DEFAULT_PLUGIN = "default"
TRANSLATED_DOCS = "docusaurus-plugin-content-docs"
EVERY_PAGE = ("**/*.md", "**/*.mdx")
NO_PAGES = ("**/_*", "**/_*/**", "**/__tests__/**")


@dataclass(frozen=True)
class DocsVersion:
    """One version of one docs plugin: a folder of pages and its route.

    ``prefix`` begins the paths of its pages, "" in a site with one docs plugin. ``roots`` hold the
    files; one that lies in several is taken from the first, so that a translation goes before the
    original. Only what lies in the last one is a page of the site.
    """

    name: str
    label: str
    prefix: str
    route: str
    roots: tuple[Path, ...]
    files: Selection
    number_prefixes: bool
    sidebars: Path | None = None
    labels: Path | None = None

    def is_called(self, name: str) -> bool:
        """Whether a person may mean it by a name: its own, its label, or its part of addresses."""
        return name in (self.name, self.label, self.route.rpartition("/")[2])

    def translated(self, folder: Path, language: str) -> DocsVersion:
        """The version as readers of a language see it; ``folder`` holds its translated files."""
        return replace(
            self,
            route=f"{language}/{self.route}",
            roots=(folder, *self.roots),
            labels=folder.with_name(f"{folder.name}.json"),
        )


@dataclass(frozen=True)
class DocsPlugin:
    """A docs plugin of a site, by its options."""

    site: Path
    options: dict[str, Value]
    prefix: str = ""

    @cached_property
    def id(self) -> str:
        return text(self.options, "id") or DEFAULT_PLUGIN

    @cached_property
    def path(self) -> str:
        return text(self.options, "path") or "docs"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The versions that the site is built with, the newest first."""
        released = () if self.options.get("disableVersioning") is True else self._released()
        current = () if self.options.get("includeCurrentVersion") is False else (CURRENT,)
        chosen = texts(self.options.get("onlyIncludeVersions"))
        every = (*(name for name in current if name not in released), *released)
        return tuple(name for name in every if not chosen or name in chosen)

    @cached_property
    def last(self) -> str:
        """The version that the site shows where no version is named."""
        released = (name for name in self.names if name != CURRENT)
        return text(self.options, "lastVersion") or next(released, CURRENT)

    @cached_property
    def folder(self) -> str:
        """What tells its pages from those of other plugins: the folder of the current version."""
        return "/".join(part for part in PurePosixPath(self.path).parts if part != "..")

    @cached_property
    def places(self) -> tuple[Path, ...]:
        """The folder of the current version and the file of its sidebars, wherever they lie."""
        current = self.version(CURRENT)
        return (*current.roots, *((current.sidebars,) if current.sidebars else ()))

    @cached_property
    def shown(self) -> DocsVersion:
        return self.version(self.last)

    def version(self, name: str) -> DocsVersion:
        """A version by its own name."""
        is_current = name == CURRENT
        folder = self.path if is_current else f"{self._versioned('docs')}/version-{name}"
        return DocsVersion(
            name=name,
            label=text(self.options, "versions", name, "label") or ("Next" if is_current else name),
            prefix=self.prefix,
            route="/".join((self._route, self._version_route(name))),
            roots=(self.site / folder,),
            sidebars=self._sidebars(name),
            files=self._files(),
            number_prefixes=self.options.get("numberPrefixParser") is not False,
        )

    def named(self, name: str) -> DocsVersion | None:
        """The version that a person means by a name, the shown one if it is ""."""
        if not name:
            return self.shown
        versions = map(self.version, self.names)
        return next((version for version in versions if version.is_called(name)), None)

    def translations(self, version: DocsVersion, language_folder: Path) -> Path:
        """The folder of a version's translated pages."""
        plugin = TRANSLATED_DOCS + ("" if self.id == DEFAULT_PLUGIN else f"-{self.id}")
        name = CURRENT if version.name == CURRENT else f"version-{version.name}"
        return self.site / language_folder / plugin / name

    @cached_property
    def _route(self) -> str:
        stated = self.options.get("routeBasePath")
        return stated if isinstance(stated, str) else "docs"

    def _version_route(self, name: str) -> str:
        stated = at(self.options, "versions", name, "path")
        if isinstance(stated, str):
            return stated
        if name == self.last:
            return ""
        return "next" if name == CURRENT else name

    def _sidebars(self, name: str) -> Path | None:
        if name != CURRENT:
            return self.site / self._versioned("sidebars") / f"version-{name}-sidebars.json"
        stated = text(self.options, "sidebarPath")
        return self.site / stated if stated else None

    def _files(self) -> Selection:
        include, exclude = (texts(self.options.get(key)) for key in ("include", "exclude"))
        return Selection(include or EVERY_PAGE, exclude or NO_PAGES)

    def _released(self) -> tuple[str, ...]:
        """The names in ``versions.json``. Raises ``SourceError`` if it holds something else."""
        file = self.site / self._own("versions.json")
        if not file.is_file():
            return ()
        try:
            names = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SourceError(f"{file} cannot be read: {error}.") from None
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise SourceError(f"{file} must hold a list of version names.")
        return tuple(names)

    def _versioned(self, kind: str) -> str:
        return self._own(f"versioned_{kind}")

    def _own(self, name: str) -> str:
        """A file or folder name as this plugin's instance has it."""
        return name if self.id == DEFAULT_PLUGIN else f"{self.id}_{name}"
