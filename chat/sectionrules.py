"""What the rules of its sections make of an answer: hints, solutions, and whose code is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from retrieval.models import SectionRule
from retrieval.passages import Found

_FENCED: Final = re.compile(r"^(?P<fence>`{3,}).*?^(?P=fence)$\n?", re.MULTILINE | re.DOTALL)


def gives_hints(hit: Found) -> bool:
    return SectionRule.Rule.HINTS in hit.rules


def hint_keys(found: Iterable[Found]) -> frozenset[str]:
    """The keys of the passages that are there for hints only."""
    return frozenset(hit.passage.key for hit in found if gives_hints(hit))


def code_shown(found: Sequence[Found], of_book: str) -> str:
    """Which code the gate shows, by the sections found; ``of_book`` is what the book says of it.

    One section for hints among them forbids code that is not proved. Code of the model's own is
    allowed by the section that comes first, which the question is about.
    """
    if any(map(gives_hints, found)):
        return "proved"
    allowed = found and SectionRule.Rule.CODE_ALLOWED in found[0].rules
    return "marked" if allowed else of_book


def without_solutions(found: Iterable[Found]) -> Iterator[Found]:
    """The passages in their order; those for hints without code, and not at all if they are code.

    What is not among the passages cannot be shown to the model, be quoted, or prove anything.
    """
    for hit in found:
        if not gives_hints(hit):
            yield hit
        elif text := _FENCED.sub("", hit.passage.text).strip():
            yield replace(hit, passage=replace(hit.passage, text=text))
