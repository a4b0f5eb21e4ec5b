"""Titles, labels and toctrees of a MyST Markdown file by a scan of its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from myst_parser.slugs import github_slugify, unique_slug

from retrieval.readers.sphinx.outline import (
    OPTION,
    Outline,
    normalise_label,
    read_outline,
    split_explicit,
    toctree_entries,
)

FENCE = re.compile(r"\s*(?P<mark>`{3,}|~{3,}|:{3,})[ ]*(?:\{(?P<name>[^}]+)\})?(?P<rest>[^`]*)$")
HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(?P<title>.+?)(?:[ \t]+#+)?\s*$")
UNDERLINE = re.compile(r" {0,3}(?:=+|-+)\s*$")
LABEL = re.compile(r" {0,3}\((?P<name>[^()]+)\)=\s*$")
ATTRIBUTE_ID = re.compile(r" {0,3}\{[^{}]*#(?P<name>[\w:.-]+)[^{}]*\}\s*$")
INVISIBLE = re.compile(r"\s*$|\s*%|\+\+\+|\s*<!--.*-->\s*$")
ROLE = re.compile(r"\{[\w:.+-]+\}`([^`]+)`")
LINK = re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
VERBATIM = {
    *("code", "code-block", "code-cell", "sourcecode", "literalinclude", "math", "mermaid", "raw"),
    *("prompt", "parsed-literal", "graphviz", "plantuml", "csv-table", "doctest", "testcode"),
}
TITLED_BY_ARGUMENT = {"table", "list-table", "csv-table", "admonition", "card", "dropdown"}


def read_myst_outline(text: str) -> Outline:
    """The outline of one file's text."""
    scan = _Scan()
    scan.read(_without_front_matter(text.splitlines()))
    return scan.outline


def plain_title(text: str) -> str:
    """A title without its inline markup."""
    text = ROLE.sub(lambda match: split_explicit(match[1])[0] or match[1], text)
    text = LINK.sub(r"\1", text)
    text = re.sub(r"(?<!\\)(\*\*?|__?|`+)(?=\S)(.+?)(?<=\S)(?<!\\)\1(?!\w)", r"\2", text)
    return re.sub(r"\\([^\w\s])|\{[#.][^{}]*\}", r"\1", text).strip()


class _Scan:
    """Goes through the lines once; ``_waiting`` are labels whose heading is still to come."""

    def __init__(self) -> None:
        self.outline = Outline()
        self._waiting: list[str] = []

    def read(self, lines: Sequence[str]) -> None:
        number = 0
        while number < len(lines):
            if fence := FENCE.match(lines[number]):
                end = _end(lines, number, fence["mark"])
                self._fence(fence["name"] or "", fence["rest"].strip(), lines[number + 1 : end])
                number = end
            else:
                self._line(lines[number], lines[number + 1] if number + 1 < len(lines) else "")
            number += 1

    def _line(self, line: str, below: str) -> None:
        if label := LABEL.match(line) or ATTRIBUTE_ID.match(line):
            self._waiting.append(normalise_label(label["name"]))
        elif heading := HEADING.match(line):
            self._heading(heading["title"])
        elif UNDERLINE.match(below) and line[:1].strip() and not UNDERLINE.match(line):
            self._heading(line)
        elif not INVISIBLE.match(line):
            self._waiting = []

    def _heading(self, written: str) -> None:
        title = plain_title(written.strip())
        self.outline.title = self.outline.title or title
        slug = unique_slug(github_slugify(title), self.outline.anchors)
        self.outline.anchors[slug] = title
        self._name(title)

    def _name(self, title: str) -> None:
        """Gives the labels that wait the title of what they stand before, if it has one."""
        if title:
            self.outline.labels.update(dict.fromkeys(self._waiting, title))
        self._waiting = []

    def _fence(self, name: str, argument: str, block: Sequence[str]) -> None:
        if name == "toctree":
            self.outline.toctree.extend(toctree_entries(_with_plain_options(block)))
        elif name == "eval-rst":
            self._merge(read_outline("\n".join(block)))
        elif name:
            self._directive(name, argument, block)
        else:
            self._waiting = []

    def _directive(self, name: str, argument: str, block: Sequence[str]) -> None:
        options = dict(_options(_with_plain_options(block)))
        if "name" in options:
            self._waiting.append(normalise_label(options["name"]))
        titled = argument if name in TITLED_BY_ARGUMENT else ""
        self._name(plain_title(options.get("caption", titled)))
        if name not in VERBATIM:
            self.read(block)

    def _merge(self, part: Outline) -> None:
        self.outline.title = self.outline.title or part.title
        self.outline.labels.update(part.labels)
        self.outline.toctree.extend(part.toctree)
        self._waiting = []


def _end(lines: Sequence[str], start: int, mark: str) -> int:
    """The line that closes a fence: the same character at least as often, and nothing else."""
    closing = re.compile(rf"\s*{re.escape(mark[0])}{{{len(mark)},}}\s*$")
    after = range(start + 1, len(lines))
    return next((number for number in after if closing.match(lines[number])), len(lines))


def _with_plain_options(block: Sequence[str]) -> list[str]:
    """The block with options between dashes (``glob: true``) written as ``:glob: true``."""
    lines = list(block)
    if not lines or not lines[0].startswith("---"):
        return lines
    end = next((at for at, line in enumerate(lines[1:], 1) if line.startswith("---")), len(lines))
    return [*(f":{line.strip()}" for line in lines[1:end]), *lines[end + 1 :]]


def _options(block: Sequence[str]) -> Iterator[tuple[str, str]]:
    for line in block:
        option = OPTION.match(line)
        if option is None:
            return
        yield option["name"], option["value"]


def _without_front_matter(lines: list[str]) -> list[str]:
    if not lines or not lines[0].startswith("---"):
        return lines
    end = next((at for at, line in enumerate(lines[1:], 1) if line.startswith(("---", "..."))), 0)
    return lines[end + 1 :]
