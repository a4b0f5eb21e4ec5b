"""The questions of a book that got no good answer, those in equal words as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from desk.gap import unanswered
from retrieval.models import Book

MOST: Final = 4_000
"""Different questions, the newest first: their distances take 64 MB."""

READ: Final = 40_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was asked once."""

    answer: UUID
    at: datetime


@dataclass(slots=True)
class Wording:
    """The words that one or more readers used; ``text`` can be understood alone."""

    text: str
    asked: list[Asked] = field(default_factory=list)


def wordings(book: Book) -> Sequence[Wording]:
    """The newest unanswered questions of the book by their words, in one query."""
    rows = unanswered(book).order_by("-created").values_list(
        "pk", "created", "question", "search_query"
    )  # fmt: skip
    found: dict[str, Wording] = {}
    for answer, at, question, searched in rows[:READ].iterator(chunk_size=2_000):
        text = searched or question
        key = " ".join(text.lower().split()).rstrip("?.! ")
        if key in found or len(found) < MOST:
            found.setdefault(key, Wording(text)).asked.append(Asked(answer, at))
    return list(found.values())
