"""Jinja in pages, as mkdocs-macros has it: variables of ``extra`` are put in, the rest goes.

Nothing is evaluated. Where a construct is taken out its line breaks stay, so that the numbers of
the lines below still hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from retrieval.readers.source import Dropped

_JINJA = re.compile(
    r"""\{%-?\s*(?P<tag>\w+)(?:(?!\{%|%\}).){0,5000}%\}
        |\{\{(?P<name>(?:(?!\{\{|\}\}).){0,5000})\}\}
        |\{\#(?:(?!\{\#|\#\}).){0,5000}\#\}""",
    re.DOTALL | re.VERBOSE,
)
_RAW_END = re.compile(r"\{%-?\s*endraw\s*-?%\}")
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")
# What such a tag holds is shown or not, or many times: which, only the site's own code can tell.
_BLOCKS = frozenset({"for", "if", "macro", "call", "filter"})


def expand_macros(text: str, variables: Mapping[str, Any]) -> tuple[str, list[Dropped]]:
    """The text as far as it can be told without running anything, and what was taken out of it."""
    return _Expansion(text, variables).run()


class _Expansion:
    def __init__(self, text: str, variables: Mapping[str, Any]) -> None:
        self._text = text
        self._variables = variables
        self._parts: list[str] = []
        self._dropped: list[Dropped] = []

    def run(self) -> tuple[str, list[Dropped]]:
        position = 0
        while match := _JINJA.search(self._text, position):
            self._parts.append(self._text[position : match.start()])
            position = self._take(match)
        self._parts.append(self._text[position:])
        return "".join(self._parts), self._dropped

    def _take(self, match: re.Match[str]) -> int:
        """Put in what stands for a construct; the position after it."""
        if match["tag"] == "raw":
            return self._take_raw(match)
        value = self._value(match["name"])
        if value is not None:
            self._parts.append(value)
            return match.end()
        end = _block_end(self._text, match) if match["tag"] in _BLOCKS else match.end()
        self._leave_out(match, end)
        return end

    def _take_raw(self, match: re.Match[str]) -> int:
        close = _RAW_END.search(self._text, match.end())
        self._parts.append(self._text[match.end() : close.start() if close else None])
        return close.end() if close else len(self._text)

    def _value(self, name: str | None) -> str | None:
        """A variable's value as text; ``None`` for anything else than the name of a scalar."""
        value: Any = self._variables
        if name is None or not _NAME.fullmatch(name.strip("- \t")):
            return None
        for key in name.strip("- \t").split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        return str(value) if isinstance(value, str | int | float) else None

    def _leave_out(self, match: re.Match[str], end: int) -> None:
        source = self._text[match.start() : end]
        if not source.startswith("{#"):
            line = self._text.count("\n", 0, match.start()) + 1
            self._dropped.append(Dropped("macro", line, match.group()))
        self._parts.append("\n" * source.count("\n"))


def _block_end(text: str, opening: re.Match[str]) -> int:
    """The position after the tag that closes a block tag, or after itself if none does."""
    depth = 0
    for match in _JINJA.finditer(text, opening.start()):
        if match["tag"] == opening["tag"]:
            depth += 1
        elif match["tag"] == f"end{opening['tag']}":
            depth -= 1
        if depth == 0:
            return match.end()
    return opening.end()
