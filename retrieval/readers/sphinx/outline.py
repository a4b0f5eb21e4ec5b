"""Titles, labels and toctrees of a reStructuredText file by a scan of its lines.

A whole book is scanned in a fraction of a second, so that the references of one page can be
given the titles of all others without parsing them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1+\s*$")
LABEL = re.compile(r"\.\. _(?P<name>(?!_)(?:`[^`]+`|(?:\\.|[^:\\])+)):\s*$")
DIRECTIVE = re.compile(r"(?P<indent>\s*)\.\. (?P<name>[\w:.+-]+)::\s*(?P<argument>.*)$")
OPTION = re.compile(r"\s*:(?P<name>[\w-]+):\s*(?P<value>.*)$")
EXPLICIT = re.compile(r"^(?P<title>.+?)\s*(?<!\\)<(?P<target>[^<>]+)>$", re.DOTALL)
ROLE = re.compile(r":[\w:.+-]+:`([^`]+)`")
TITLED_TABLES = {"table", "list-table", "csv-table"}


@dataclass(frozen=True)
class ToctreeEntry:
    """A page name as the toctree writes it; ``glob`` when it may be a pattern."""

    name: str
    glob: bool = False


@dataclass
class Outline:
    """``labels`` maps a normalised label to the title of what it stands before.

    ``anchors`` maps the slug of a Markdown heading to its title.
    """

    title: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    toctree: list[ToctreeEntry] = field(default_factory=list)
    anchors: dict[str, str] = field(default_factory=dict)


def read_outline(text: str) -> Outline:
    """The outline of one file's text."""
    lines = text.expandtabs(8).splitlines()
    titles = dict(_titles(lines))
    outline = Outline(title=next(iter(titles.values()), ""))
    outline.labels.update(_names(lines))
    outline.labels.update(_labels(lines, titles))
    outline.toctree.extend(_toctree(lines))
    return outline


def normalise_label(label: str) -> str:
    """A label as references compare it: without case and with single spaces."""
    return " ".join(label.strip("`").replace("\\", "").lower().split())


def split_explicit(text: str) -> tuple[str, str]:
    """``Title <target>`` as title and target; a bare target has an empty title."""
    match = EXPLICIT.match(text)
    return (match["title"], match["target"]) if match else ("", text)


def plain_title(text: str) -> str:
    """A title without its inline markup."""
    text = ROLE.sub(lambda match: split_explicit(match[1])[0] or match[1], text)
    text = re.sub(r"`([^`<]+?)\s*<[^>]*>`_+", r"\1", text.replace("``", ""))
    text = re.sub(r"(?<!\\)(\*\*?|`)(\S(?:.*?\S)?)(?<!\\)\1", r"\2", text)
    return re.sub(r"\\(\s?)", "", text).strip()


def _titles(lines: list[str]) -> Iterator[tuple[int, str]]:
    """The line that a title begins on (its overline, if it has one) and its plain text."""
    for number, line in enumerate(lines[1:], start=1):
        title = lines[number - 1]
        if not ADORNMENT.match(line) or not title.strip() or ADORNMENT.match(title):
            continue
        above = lines[number - 2] if number >= 2 else ""
        overlined = above.rstrip() == line.rstrip()
        if above.strip() and not overlined:
            continue
        long_enough = len(line.rstrip()) >= min(4, len(title.strip()))
        if long_enough and (overlined or not title[0].isspace()):
            yield number - 1 - overlined, plain_title(title.strip())


def _names(lines: list[str]) -> Iterator[tuple[str, str]]:
    """The captions of figures, tables and code blocks that are labelled by their ``name``."""
    for number, line in enumerate(lines):
        if not DIRECTIVE.match(line):
            continue
        for text in _block(lines, number):
            option = OPTION.match(text)
            if option is None:
                break
            if option["name"] == "name" and (caption := _caption(lines, number)):
                yield normalise_label(option["value"]), caption


def _labels(lines: list[str], titles: dict[int, str]) -> Iterator[tuple[str, str]]:
    waiting: list[str] = []
    inside_block = False
    for number, line in enumerate(lines):
        if label := LABEL.match(line):
            waiting.append(normalise_label(label["name"]))
            inside_block = False
        elif number in titles:
            yield from ((name, titles[number]) for name in waiting)
            waiting, inside_block = [], False
        elif waiting and line.startswith(".. "):
            # A directive may be titled itself, or be invisible (redirects) and keep labels waiting.
            if caption := _caption(lines, number):
                yield from ((name, caption) for name in waiting)
                waiting = []
            inside_block = True
        elif waiting and line.strip() and not (inside_block and line[0].isspace()):
            waiting = []


def _caption(lines: list[str], number: int) -> str:
    """What a figure, table or code block is called, where the directive says so."""
    directive = DIRECTIVE.match(lines[number])
    if directive is None:
        return ""
    if directive["name"] in TITLED_TABLES:
        return plain_title(directive["argument"])
    for line in _block(lines, number):
        option = OPTION.match(line)
        if option and option["name"] == "caption":
            return plain_title(option["value"])
        if directive["name"] == "figure" and line.strip() and not option:
            return plain_title(line.strip())
    return ""


def _block(lines: list[str], number: int) -> Iterator[str]:
    """The lines that are indented under a directive."""
    indent = len(lines[number]) - len(lines[number].lstrip())
    for line in lines[number + 1 :]:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            return
        yield line


def _toctree(lines: list[str]) -> Iterator[ToctreeEntry]:
    for number, line in enumerate(lines):
        directive = DIRECTIVE.match(line)
        if directive is None or directive["name"] != "toctree":
            continue
        yield from toctree_entries(_block(lines, number))


def toctree_entries(block: Iterable[str]) -> list[ToctreeEntry]:
    """What the lines under a ``toctree`` directive name, in its order."""
    lines = [text.strip() for text in block if text.strip()]
    options = {match["name"] for text in lines if (match := OPTION.match(text))}
    names = [split_explicit(text)[1] for text in lines if not OPTION.match(text)]
    if "reversed" in options:
        names.reverse()
    return [ToctreeEntry(name, "glob" in options) for name in names]
