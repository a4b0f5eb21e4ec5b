"""A gap as the text of an issue for the book's repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from desk.gap import Gap
from desk.gaps.trend import trend

EXAMPLES: Final = 8


def issue_of(gap: Gap, questions: Iterable[str]) -> str:
    """The issue in Markdown. ``questions`` are those of readers, the typical one not needed."""
    return "\n".join(_lines(gap, questions))


def _lines(gap: Gap, questions: Iterable[str]) -> Iterator[str]:
    yield f"# The book does not answer: {_plain(gap.name)}"
    yield ""
    asked = f"{gap.count} time{'' if gap.count == 1 else 's'}"
    yield f"Readers asked this or the like {asked} ({trend(gap.weeks).words})."
    others = dict.fromkeys(_plain(question) for question in questions)
    others.pop(_plain(gap.name), None)
    if others:
        yield from ("", "## In their words", "")
        yield from (f"- {question}" for question in list(others)[:EXAMPLES])
    if gap.missing:
        yield from ("", "## What is missing", "")
        words = ", ".join(f"`{word.replace('`', '')}`" for word in gap.missing)
        yield f"These words stand in none of the nearest sections: {words}."
    if gap.nearest:
        yield from ("", "## The nearest sections", "")
        yield from (f"- [{_plain(it['place'])}]({_address(it['url'])})" for it in gap.nearest)


def _plain(text: str) -> str:
    """Readers' words on one line, so that they cannot mark up, link or mention anybody."""
    line = " ".join(text.split())
    for char in "\\`*_[]<>#|":
        line = line.replace(char, f"\\{char}")
    return line.replace("@", "&#64;")


def _address(url: str) -> str:
    return url.replace(" ", "%20").replace("(", "%28").replace(")", "%29")
