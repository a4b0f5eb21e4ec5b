"""Counting the code blocks of a Markdown source line by line, without parsing it.

The count is the control of the parser: a page whose sections hold fewer code blocks has lost one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# What encloses a block on its line: quotes, list markers and white space.
CONTAINERS = r"(?:[ \t>]|(?:[-*+]|\d{1,9}[.)])[ \t]+)*"
_OPENING = re.compile(rf"(?P<before>{CONTAINERS})(?P<marker>`{{3,}}(?=[^`]*$)|~{{3,}})")
_CODE_TAG = re.compile(r"\s*<(?:pre|CodeBlock)\b(?!.*/>\s*$)")
_COMMENTS = {"<!--": "-->", "{/*": "*/}"}
_LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])(?:\s|$)")


@dataclass
class _Scan:
    """Where the scanner is: inside a fence, a comment or neither."""

    fence: str = ""
    comment: str = ""
    has_code: bool = False

    def sees_code_block_end(self, line: str) -> bool:
        """Take one line; whether it ends a fence that holds something."""
        if self.comment:
            self.comment = "" if self.comment in line else self.comment
            return False
        if self.fence:
            return self._inside_fence(line)
        if opening := _OPENING.match(line):
            self.fence, self.has_code = opening["marker"], False
            return False
        self._open_comment(line)
        return _CODE_TAG.match(line) is not None

    def _inside_fence(self, line: str) -> bool:
        text = line.strip(" \t>")
        if len(text) < len(self.fence) or text.strip(self.fence[0]):
            self.has_code = self.has_code or bool(text)
            return False
        self.fence = ""
        return self.has_code

    def _open_comment(self, line: str) -> None:
        for opening, closing in _COMMENTS.items():
            _, found, after = line.rpartition(opening)
            if found and closing not in after and line.lstrip().startswith(opening):
                self.comment = closing


def count_code_blocks(source: str, *, indented: bool = False) -> int:
    """How many code blocks that are not empty a Markdown source holds.

    Counts fences, wherever they are nested, and ``pre`` or ``CodeBlock`` elements; with
    ``indented`` also runs of lines indented by four columns outside lists. An unclosed fence
    counts; what stands in a comment does not.
    """
    scan = _Scan()
    count = sum(scan.sees_code_block_end(line) for line in source.splitlines())
    count += bool(scan.fence and scan.has_code)
    return count + (sum(1 for _ in _indented_runs(plain_lines(source))) if indented else 0)


def plain_lines(source: str) -> list[str]:
    """The lines of a Markdown source; those of fenced code and long comments are a lone dot."""
    scan = _Scan()
    plain = []
    for line in source.splitlines():
        outside = not (scan.fence or scan.comment)
        scan.sees_code_block_end(line)
        plain.append(line if outside and not (scan.fence or scan.comment) else "·")
    return plain


def _indented_runs(lines: Sequence[str]) -> Iterator[int]:
    """The first lines of indented code: after a blank line, outside lists."""
    in_list = in_code = False
    after_blank = True
    for number, line in enumerate(lines):
        if not line.strip():
            after_blank = True
            continue
        indented = line.expandtabs(4).startswith("    ")
        if not indented:
            in_list = bool(_LIST_ITEM.match(line)) or (in_list and line[0] in " \t")
        if indented and after_blank and not in_list and not in_code:
            yield number
        in_code = indented and not in_list and (in_code or after_blank)
        after_blank = False
