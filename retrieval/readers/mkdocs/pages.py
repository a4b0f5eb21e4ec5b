"""Which files of a docs folder MkDocs publishes, where, and in which order.

Source of the rules: mkdocs 1.6, ``structure.files`` and ``structure.nav``.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from wcmatch import glob

from retrieval.readers.files import BookFiles

PAGE_SUFFIXES = (".md", ".markdown", ".mdown", ".mkdn", ".mkd")
NEVER_PUBLISHED = (".*", "/templates/")
GLOB = glob.GLOBSTAR | glob.DOTGLOB


def find_pages(files: BookFiles, excluded: str = "", drafts: str = "") -> list[str]:
    """The paths of the pages that are published, folder by folder, the index first.

    ``excluded`` and ``drafts`` hold patterns as in ``.gitignore``, one a line. A README is left
    out beside an index, and so are links that lead out of the book.
    """
    patterns = (*NEVER_PUBLISHED, *excluded.splitlines())
    root = files.source_root
    found = (file.relative_to(root).as_posix() for file in root.rglob("*") if _is_page(file, files))
    unpublished = (patterns, drafts.splitlines())
    pages = {path for path in found if not any(is_ignored(path, some) for some in unpublished)}
    return sorted((path for path in pages if not _is_hidden(path, pages)), key=_place)


def _is_page(file: Path, files: BookFiles) -> bool:
    return file.suffix in PAGE_SUFFIXES and file.is_file() and files.inside(file) is not None


def _is_hidden(path: str, pages: set[str]) -> bool:
    file = PurePosixPath(path)
    return file.stem == "README" and any(
        str(file.with_name(f"index{suffix}")) in pages for suffix in PAGE_SUFFIXES
    )


def _place(path: str) -> tuple[tuple[str, ...], bool, str]:
    file = PurePosixPath(path)
    return file.parent.parts, file.stem not in ("index", "README"), file.name


def is_ignored(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path is matched by patterns as in ``.gitignore``; the last that matches counts."""
    ignored = False
    for line in patterns:
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        if _matches(path, pattern.removeprefix("!")):
            ignored = not pattern.startswith("!")
    return ignored


def _matches(path: str, pattern: str) -> bool:
    """Whether a pattern names the file or one of the folders above it."""
    file = PurePosixPath(path)
    folders = [str(parent) for parent in file.parents][:-1]
    candidates = folders if pattern.endswith("/") else [path, *folders]
    bare = pattern.rstrip("/")
    rooted = bare.lstrip("/") if "/" in bare else f"**/{bare}"
    return any(glob.globmatch(candidate, rooted, flags=GLOB) for candidate in candidates)


def page_url(path: str, *, directory_urls: bool) -> str:
    """A page's address relative to the site's, percent-encoded; an index stands for its folder."""
    folder, name = posixpath.split(path)
    stem = posixpath.splitext(name)[0]
    is_index = stem in ("index", "README")
    if not directory_urls:
        return quote(posixpath.join(folder, f"{'index' if is_index else stem}.html"))
    address = folder if is_index else posixpath.join(folder, stem)
    return quote(f"{address}/") if address else ""


def nav_titles(nav: Any) -> dict[str, str]:
    """The pages that a ``nav`` names, in its order, each with its title there or "".

    Links to other sites may be among them; of two titles for one page the first counts.
    """
    titles: dict[str, str] = {}
    for title, target in _nav_entries(nav):
        titles.setdefault(posixpath.normpath(target), title)
    return titles


def _nav_entries(nav: Any) -> Iterator[tuple[str, str]]:
    """Every entry below a node of the nav: a path, ``{title: path}`` or ``{title: [entries]}``."""
    for entry in nav if isinstance(nav, list) else []:
        if isinstance(entry, str):
            yield "", entry
        for title, target in entry.items() if isinstance(entry, dict) else ():
            if isinstance(target, str):
                yield str(title or ""), target
            else:
                yield from _nav_entries(target)


def in_nav_order(pages: Sequence[str], titles: Iterable[str]) -> list[str]:
    """The pages that the nav names, in its order, then the others as they come."""
    known = set(pages)
    named = [path for path in titles if path in known]
    return list(dict.fromkeys((*named, *pages)))


def title_of_path(path: str) -> str:
    """What MkDocs calls a page that names itself nowhere."""
    file = PurePosixPath(path)
    is_index = file.stem in ("index", "README")
    name = (file.parent.name or "Home") if is_index else file.stem
    words = name.replace("-", " ").replace("_", " ")
    return words.capitalize() if words.islower() else words
