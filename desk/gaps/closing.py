"""Gaps close themselves: each is asked again of an edition that has not been asked yet."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from chat.models import Answer
from chat.rehearsing import rehearse
from chat.schemas import Question
from chat.verdict import Outcome, Verdict
from desk.gap import Gap
from desk.gaps.finding import Progress
from retrieval.models import heading_line
from retrieval.search import live_edition

GOOD = (Outcome.ANSWERED, Outcome.QUOTED)


@dataclass(frozen=True, slots=True)
class Asked:
    """How many gaps were asked again, and how many of them the book answers now."""

    asked: int
    closed: int


def close_gaps(slug: str, progress: Progress) -> Asked:
    """Ask the live edition every open gap that it was not asked yet, and close what it answers.

    Not from within a running event loop. Raises ``BookNotFound`` and what answering raises.
    """
    edition = live_edition(slug)
    waiting = list(Gap.objects.awaiting(edition).exclude(typical=None).select_related("typical"))
    closed = 0
    for done, gap in enumerate(waiting, start=1):
        answer = asyncio.run(rehearse(Question(book=slug, question=gap.name)))
        closed += _asked(gap, answer)
        progress("Asking", done, len(waiting))
    return Asked(len(waiting), closed)


def _asked(gap: Gap, answer: Answer) -> bool:
    """Store what the edition answers; whether that closes the gap."""
    assert gap.typical is not None
    answers = _is_good(answer) and _says_something_new(gap.typical, answer)
    changes: dict[str, Any] = {"edition": answer.edition}
    if answers:
        changes |= {
            "state": Gap.State.CLOSED, "closed": timezone.now(),
            "before": told(gap.typical), "after": told(answer),
        }  # fmt: skip
    return bool(Gap.objects.open().filter(pk=gap.pk).update(**changes)) and answers


def _is_good(answer: Answer) -> bool:
    """Answered, all of it proved, nothing left out."""
    proved = answer.verdict == Verdict.SUPPORTED
    return answer.outcome in GOOD and proved and not answer.withheld


def _says_something_new(before: Answer, after: Answer) -> bool:
    """A complete answer that did not help is not mended by another from the same passages."""
    if not _is_good(before):
        return True
    known = set(before.citations.values_list("chunk_key", flat=True))
    return any(key not in known for key in _cited(after))


def _cited(answer: Answer) -> Sequence[str]:
    return [citation.chunk_key for citation in answer.citations.all() if citation.cited]


def told(answer: Answer) -> dict[str, Any]:
    """What became of a question, without its words: edition, outcome, and sections cited."""
    return {
        "edition": answer.edition.number if answer.edition else None,
        "outcome": answer.outcome,
        "withheld": answer.withheld,
        "text": answer.text,
        "sections": [
            {"place": heading_line(citation.heading_path), "url": citation.url}
            for citation in answer.citations.all()
            if citation.cited
        ],
    }
