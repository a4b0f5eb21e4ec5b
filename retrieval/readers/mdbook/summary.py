"""The chapters of a book in reading order, as ``SUMMARY.md`` lists them.

Source of the rules: mdBook 0.5, ``mdbook-summary`` and its ``index`` preprocessor.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

SUMMARY_FILE = "SUMMARY.md"
_WITH_TEXT = frozenset({"text", "text_special", "code_inline"})


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: its file relative to the source folder, its name in the menu, its line there."""

    path: str
    name: str
    line: int

    @property
    def url(self) -> str:
        """The chapter's address relative to the book's; a README is the index of its folder."""
        file = PurePosixPath(self.path)
        stem = "index" if file.stem.lower() == "readme" else file.stem
        return quote(str(file.with_name(f"{stem}.html")))


def read_summary(source: str) -> list[Chapter]:
    """Every chapter that a summary links to: prefix, numbered, nested and suffix ones alike.

    Draft chapters have no file and are left out, as are links in the titles of parts. A file that
    is named twice is one chapter, at its first place.
    """
    chapters: dict[str, Chapter] = {}
    for opening, inline in pairwise(MarkdownIt("commonmark").parse(source)):
        if inline.type == "inline" and opening.type != "heading_open":
            for chapter in _linked(inline):
                chapters.setdefault(chapter.path, chapter)
    return list(chapters.values())


def _linked(inline: Token) -> Iterator[Chapter]:
    tokens = inline.children or []
    line = inline.map[0] + 1 if inline.map else 1
    for number, token in enumerate(tokens):
        line += token.type in ("softbreak", "hardbreak")
        href = str(token.attrs.get("href", "")) if token.type == "link_open" else ""
        if href:
            path = posixpath.normpath(unquote(href))
            yield Chapter(path, _link_text(tokens[number + 1 :]), line)


def _link_text(tokens: Sequence[Token]) -> str:
    """The text of the link whose content the tokens begin with."""
    parts = []
    for token in tokens:
        if token.type == "link_close":
            break
        parts.append(token.content if token.type in _WITH_TEXT else " " * (not token.nesting))
    return " ".join("".join(parts).split())
