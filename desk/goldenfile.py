"""Golden questions as a question file, which the book's own repository can hold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from desk.golden import GoldenQuestion
from retrieval.evaluate import Question
from retrieval.models import Book


@dataclass(frozen=True, slots=True)
class Imported:
    """How many questions of a file were new, and how many took the place of one."""

    new: int
    changed: int


def as_question(golden: GoldenQuestion) -> Question:
    """The golden question as a line of a file says it."""
    return Question.model_validate(
        {
            "id": golden.key,
            "question": golden.question,
            "history": golden.history,
            "gold": golden.gold,
            "gold_groups": golden.gold_groups,
            "kind": golden.kind,
            "expect": golden.expect,
        }
    )


def as_lines(questions: Iterable[GoldenQuestion]) -> str:
    """The questions as JSON lines, in the order of their keys, so that a file changes little."""
    ordered = sorted(questions, key=lambda golden: golden.key)
    lines = (json.dumps(_without_defaults(as_question(it)), ensure_ascii=False) for it in ordered)
    return "".join(f"{line}\n" for line in lines)


def _without_defaults(question: Question) -> dict[str, Any]:
    return {"id": question.id, **question.model_dump(exclude_defaults=True)}


@transaction.atomic
def keep(book: Book, questions: Sequence[Question], author: User | None = None) -> Imported:
    """Take the questions of a file into the book; one with a known id takes that one's place."""
    known = set(GoldenQuestion.objects.filter(book=book).values_list("key", flat=True))
    for question in questions:
        GoldenQuestion.objects.update_or_create(
            book=book,
            key=question.id[:80],
            defaults=_told(question),
            create_defaults={**_told(question), "author": author},
        )
    changed = sum(question.id in known for question in questions)
    return Imported(len(questions) - changed, changed)


def _told(question: Question) -> dict[str, Any]:
    """The columns that a file decides; how an earlier wording did says nothing any more."""
    return {
        "question": question.question,
        "history": [turn.model_dump() for turn in question.history],
        "kind": question.kind[:40],
        "expect": question.expect,
        "gold": [gold.model_dump() for gold in question.gold],
        "gold_groups": question.gold_groups,
        "passed": None,
        "faults": [],
        "checked": None,
        "edition": None,
    }
