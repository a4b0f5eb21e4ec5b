"""The pages of a docs folder: their names and where Docusaurus publishes them.

Source of the rules: docusaurus-plugin-content-docs 3.10, ``docs``, ``slug`` and ``numberPrefix``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from urllib.parse import quote, urljoin

from retrieval.readers.docusaurus.frontmatter import FrontMatter
from retrieval.readers.docusaurus.versions import DocsVersion

PAGE_SUFFIXES = (".md", ".mdx")
URL_CHARACTERS = "/-._~!$&'()*+,;=:@%"

_NO_PREFIX = re.compile(r"\d+[-_.]\d+")
_PREFIX = re.compile(r"(?P<number>\d+)\s*[-_.]+\s*(?P<name>[^-_.\s].*)", re.DOTALL)


def number_prefix(name: str) -> tuple[float | None, str]:
    """The leading number of a file or folder name and the name without it.

    ``01-intro`` gives 1 and ``intro``; dates and versions (``2021-11-note``, ``7.0-news``) keep
    their numbers.
    """
    match = None if _NO_PREFIX.match(name) else _PREFIX.fullmatch(name)
    return (float(match["number"]), match["name"]) if match else (None, name)


@dataclass(frozen=True)
class Doc:
    """A page by its path in the book, its front matter and the version that it belongs to."""

    path: str
    front_matter: FrontMatter
    version: DocsVersion

    @cached_property
    def file(self) -> PurePosixPath:
        """The page's file, relative to the folder of its version."""
        return PurePosixPath(self.path.removeprefix(self.version.prefix))

    @cached_property
    def folders(self) -> tuple[str, ...]:
        return self.file.parent.parts

    @property
    def strips_prefixes(self) -> bool:
        stated = self.front_matter.values.get("parse_number_prefixes")
        return self.version.number_prefixes and stated is not False

    @property
    def name(self) -> str:
        """The front matter's id, else the file name without number prefix and suffix."""
        stem = self.file.stem
        return self.front_matter.text("id") or (
            number_prefix(stem)[1] if self.strips_prefixes else stem
        )

    @property
    def id(self) -> str:
        """What sidebars call the page: its folders without number prefixes, and its name."""
        return "/".join((*self._plain_folders, self.name))

    @property
    def is_published(self) -> bool:
        """Whether the built site lists the page: neither a draft nor unlisted."""
        values = self.front_matter.values
        return values.get("draft") is not True and values.get("unlisted") is not True

    @property
    def is_index(self) -> bool:
        """Whether the page stands for its folder: index, README or of the folder's own name."""
        names = {"index", "readme", *(folder.lower() for folder in self.folders[-1:])}
        return self.file.stem.lower() in names

    @property
    def position(self) -> float | None:
        """``sidebar_position``, else the number prefix of the file name."""
        stated = self.front_matter.number("sidebar_position")
        if stated is not None or not self.strips_prefixes:
            return stated
        return number_prefix(self.file.stem)[0]

    @property
    def slug(self) -> str:
        """The page's address below the docs route; begins with a slash."""
        stated = self.front_matter.text("slug")
        if stated.startswith("/"):
            return stated
        folder = "/" + "".join(f"{name}/" for name in self._plain_folders)
        if not stated and self.is_index:
            return folder
        return urljoin(folder, quote(stated or self.name, safe=URL_CHARACTERS))

    @property
    def _plain_folders(self) -> tuple[str, ...]:
        if not self.strips_prefixes:
            return self.folders
        return tuple(number_prefix(folder)[1] for folder in self.folders)


def page_url(doc: Doc, trailing_slash: bool | None) -> str:
    """A page's address relative to the base URL, without a leading slash, percent-encoded.

    ``trailing_slash`` is the site's setting: ``None`` leaves addresses as they are, so that only
    those of folders end in a slash.
    """
    url = re.sub(r"/{2,}", "/", f"{doc.version.route}/{doc.slug}").lstrip("/")
    if trailing_slash is not None and url:
        url = url.rstrip("/") + ("/" if trailing_slash else "")
    return quote(url, safe=URL_CHARACTERS)


def find_pages(version: DocsVersion) -> list[str]:
    """The paths of a version's pages; links that lead out of its folder are left out."""
    folder = version.roots[-1]
    real_root = folder.resolve()
    found = {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.suffix in PAGE_SUFFIXES
        and path.is_file()
        and path.resolve().is_relative_to(real_root)
    }
    return sorted(version.prefix + path for path in found if version.files.takes(path))
