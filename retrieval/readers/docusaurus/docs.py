"""Where Docusaurus publishes the pages of a docs folder, and in which order it lists them.

Source of the rules: docusaurus-plugin-content-docs 3.10, ``docs``, ``slug``, ``numberPrefix`` and
``sidebars/generator``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urljoin

import yaml

from retrieval.readers.docusaurus.frontmatter import FrontMatter

PAGE_SUFFIXES = (".md", ".mdx")
CATEGORY_FILES = ("_category_.json", "_category_.yml", "_category_.yaml")
LAST = float("inf")
URL_CHARACTERS = "/-._~!$&'()*+,;=:@%"

_NO_PREFIX = re.compile(r"\d+[-_.]\d+")
_PREFIX = re.compile(r"(?P<number>\d+)\s*[-_.]+\s*(?P<name>[^-_.\s].*)", re.DOTALL)
_QUOTED = re.compile(r"""(["'`])((?:(?!\1).)*)\1""")

Position = tuple[float, str]


def number_prefix(name: str) -> tuple[float | None, str]:
    """The leading number of a file or folder name and the name without it.

    ``01-intro`` gives 1 and ``intro``; dates and versions (``2021-11-note``, ``7.0-news``) keep
    their numbers.
    """
    match = None if _NO_PREFIX.match(name) else _PREFIX.fullmatch(name)
    return (float(match["number"]), match["name"]) if match else (None, name)


@dataclass(frozen=True)
class Doc:
    """A page of the docs folder by its path, relative to that folder, and its front matter."""

    path: str
    front_matter: FrontMatter

    @cached_property
    def file(self) -> PurePosixPath:
        return PurePosixPath(self.path)

    @cached_property
    def folders(self) -> tuple[str, ...]:
        return self.file.parent.parts

    @property
    def strips_prefixes(self) -> bool:
        return self.front_matter.values.get("parse_number_prefixes") is not False

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


def page_url(prefixes: Iterable[str], slug: str, trailing_slash: bool | None) -> str:
    """A page's address relative to the base URL, without a leading slash, percent-encoded.

    ``trailing_slash`` is the site's setting: ``None`` leaves addresses as they are, so that only
    those of folders end in a slash.
    """
    parts = [part.strip("/") for part in prefixes]
    joined = "/".join(part for part in parts if part) + "/" + slug.lstrip("/")
    url = re.sub(r"/{2,}", "/", joined).lstrip("/")
    if trailing_slash is not None and url:
        url = url.rstrip("/") + ("/" if trailing_slash else "")
    return quote(url, safe=URL_CHARACTERS)


def find_pages(docs_root: Path) -> list[str]:
    """The paths of the page files of a docs folder.

    Files and folders whose names begin with ``_`` are parts of other pages and left out, as are
    links that lead out of the folder.
    """
    real_root = docs_root.resolve()
    return sorted(
        path.relative_to(docs_root).as_posix()
        for path in docs_root.rglob("*")
        if path.suffix in PAGE_SUFFIXES
        and not any(part.startswith("_") for part in path.relative_to(docs_root).parts)
        and path.is_file()
        and path.resolve().is_relative_to(real_root)
    )


def category_metadata(folder: Path) -> dict[str, Any]:
    """What a folder's ``_category_`` file says; empty if there is none or it cannot be read."""
    for name in CATEGORY_FILES:
        try:
            text = (folder / name).read_text(encoding="utf-8")
            values = json.loads(text) if name.endswith(".json") else yaml.safe_load(text)
        except (OSError, ValueError, yaml.YAMLError):
            continue
        if isinstance(values, dict):
            return values
    return {}


@dataclass(frozen=True)
class Category:
    """A folder of the sidebar: its own page, if it has one, and what stands below it in order."""

    folder: str
    label: str
    page: Doc | None
    children: tuple[Category | Doc, ...]

    def docs(self) -> Iterator[Doc]:
        """The pages of the category in reading order, its own first."""
        if self.page:
            yield self.page
        for child in self.children:
            yield from child.docs() if isinstance(child, Category) else [child]


def sidebar(docs: Sequence[Doc], category_roots: Sequence[Path]) -> Category:
    """The pages as the tree that Docusaurus generates from the folders.

    Within a folder positions come first (``sidebar_position``, ``_category_`` ``position``, number
    prefix), then names. ``category_roots`` are searched in order for ``_category_`` files.
    """
    return _category((), docs, category_roots)


def _category(folders: tuple[str, ...], docs: Sequence[Doc], roots: Sequence[Path]) -> Category:
    return Category(
        folder="/".join(folders),
        label=_category_label(folders, docs, roots),
        page=_own_page(folders, docs),
        children=tuple(child for _, child in sorted(_placed(folders, docs, roots), key=_first)),
    )


def _placed(
    folders: tuple[str, ...], docs: Sequence[Doc], roots: Sequence[Path]
) -> Iterator[tuple[Position, Category | Doc]]:
    own = _own_page(folders, docs)
    for doc in docs:
        if doc.folders == folders and doc is not own:
            yield (_or_last(doc.position), doc.file.name), doc
    depth = len(folders)
    for name in sorted({doc.folders[depth] for doc in docs if len(doc.folders) > depth}):
        inner = (*folders, name)
        within = [doc for doc in docs if doc.folders[: depth + 1] == inner]
        yield (_category_position(inner, within, roots), name), _category(inner, within, roots)


def _first(placed: tuple[Position, object]) -> Position:
    return placed[0]


def _own_page(folders: tuple[str, ...], docs: Sequence[Doc]) -> Doc | None:
    own = (doc for doc in docs if folders and doc.folders == folders and doc.is_index)
    return next(own, None)


def _category_position(
    folders: tuple[str, ...], docs: Sequence[Doc], roots: Sequence[Path]
) -> float:
    stated = _metadata(folders, roots).get("position")
    if isinstance(stated, int | float):
        return float(stated)
    page = _own_page(folders, docs)
    if page is not None and page.position is not None:
        return page.position
    return _or_last(number_prefix(folders[-1])[0])


def _category_label(folders: tuple[str, ...], docs: Sequence[Doc], roots: Sequence[Path]) -> str:
    if not folders:
        return ""
    page = _own_page(folders, docs)
    said = page.front_matter if page else FrontMatter({}, "")
    stated = _metadata(folders, roots).get("label")
    own_label = said.text("sidebar_label") or said.text("title")
    return str(stated or own_label or number_prefix(folders[-1])[1])


def _metadata(folders: tuple[str, ...], roots: Sequence[Path]) -> dict[str, Any]:
    found = (category_metadata(root.joinpath(*folders)) for root in roots)
    return next((values for values in found if values), {})


def _or_last(position: float | None) -> float:
    return LAST if position is None else position


def listed_order(docs: Sequence[Doc], sidebars: str) -> list[Doc]:
    """The pages in the order in which a hand-written sidebars file names them.

    Pages that it does not name follow in the order given. A file that leaves the order to
    Docusaurus (``autogenerated``) changes nothing.
    """
    named = [match[2] for match in _QUOTED.finditer(sidebars)]
    if "autogenerated" in named:
        return list(docs)
    places = {name: place for place, name in reversed(list(enumerate(named)))}
    return sorted(docs, key=lambda doc: places.get(doc.id, len(named)))
