"""The YAML between two lines of dashes at the top of a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<yaml>(?:.*\n)*?)---[ \t]*(?:\n|$)")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a page says of itself.

    ``body`` is the page with the front matter's lines emptied, so that line numbers still hold.
    ``problem`` and ``line`` tell why and where the YAML could not be read; ``values`` is then
    empty.
    """

    values: dict[str, Any]
    body: str
    problem: str = ""
    line: int = 1

    def text(self, key: str) -> str:
        """A value as text, "" if it is absent, empty or no scalar."""
        value = self.values.get(key)
        return str(value).strip() if isinstance(value, str | int | float) else ""

    def number(self, key: str) -> float | None:
        """A value as a number, ``None`` if it is absent or none."""
        try:
            return float(self.text(key))
        except ValueError:
            return None


def split_front_matter(source: str) -> FrontMatter:
    """Part a page into front matter and body; never fails, see ``FrontMatter.problem``."""
    match = _FRONT_MATTER.match(source)
    if match is None:
        return FrontMatter({}, source)
    body = "\n" * match.group().count("\n") + source[match.end() :]
    try:
        values = yaml.safe_load(match["yaml"])
    except yaml.YAMLError as error:
        return FrontMatter({}, body, _reason(error), _line(error))
    if values is None:
        return FrontMatter({}, body)
    return FrontMatter(values, body) if isinstance(values, dict) else FrontMatter({}, source)


def _reason(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or error).splitlines()[0]


def _line(error: yaml.YAMLError) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 2 if mark else 1
