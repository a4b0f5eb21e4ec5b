"""Golden questions asked again: is what was right still right?

Each is answered as a reader would be answered, and the answer is held against what is known: the
cited sections are among the passages, what is shown is proved, a refusal is where one belongs, and
the evidence still stands in the book.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Final

from django.utils import timezone

from chat.database import db
from chat.models import Answer
from chat.rehearsing import rehearse
from chat.schemas import Question as Asked
from chat.verdict import Outcome, Verdict
from desk.golden import GoldenQuestion
from retrieval.errors import QuestionsError
from retrieval.evaluate import Places, Question
from retrieval.models import Chunk, Edition
from retrieval.search import live_edition

GOOD: Final = (Outcome.ANSWERED, Outcome.QUOTED)
PROVED: Final = (Verdict.SUPPORTED, Verdict.NOT_A_CLAIM)

FAULTS: Final = {
    "not_retrieved": "A section that answers was not among the passages.",
    "not_grounded": "The book does not prove all that was shown.",
    "refused": "The book answers this, and the answer was a refusal.",
    "answered": "The book does not answer this, and there was an answer.",
    "failed": "The answer broke off.",
    "evidence_gone": "The words that proved the answer are no longer in the book.",
}
METRICS: Final = ("passed", "retrieval_hit", "grounded", "refusal_right", "resolves", "broken")
LOWER_IS_BETTER: Final = frozenset({"broken"})


@dataclass(frozen=True, slots=True)
class Checked:
    """A golden question and what was wrong with its answer, by the codes of ``FAULTS``."""

    question: Question
    outcome: str
    faults: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.faults


@dataclass(frozen=True)
class Evaluation:
    """A run. ``broken`` are questions that an earlier run passed and this one does not."""

    book: str
    edition: int
    checked: tuple[Checked, ...]
    broken: tuple[str, ...] = field(default=())

    @property
    def metrics(self) -> dict[str, float]:
        """Shares of the questions they apply to; ``broken`` is a number."""
        answerable = [it for it in self.checked if it.question.expect == "answer"]
        figures = {
            "passed": _share(self.checked),
            "grounded": _share(self.checked, "not_grounded", "failed"),
            "refusal_right": _share(self.checked, "refused", "answered", "failed"),
            "broken": float(len(self.broken)),
        }
        if answerable:
            figures["retrieval_hit"] = _share(answerable, "not_retrieved")
            figures["resolves"] = _share(answerable, "evidence_gone")
        return {name: figures[name] for name in METRICS if name in figures}


def _share(checked: Iterable[Checked], *faults: str) -> float:
    """The share of the questions that have none of the faults; without naming any, no fault."""
    return fmean(not (set(it.faults) & set(faults) if faults else it.faults) for it in checked)


def evaluate_book(
    slug: str,
    questions: Sequence[Question],
    progress: Callable[[str, int, int], None],
    *,
    passed_before: Iterable[str] = (),
) -> Evaluation:
    """Ask the live edition every question. ``passed_before`` are ids that an earlier run passed.

    Not from within a running event loop. Raises ``BookNotFound``, ``QuestionsError`` without a
    question, and what answering raises.
    """
    if not questions:
        raise QuestionsError(
            f"{slug} has no golden questions.", "Make some in the desk, or name a file."
        )
    edition = live_edition(slug)
    places = Places.of(edition.pk)
    checked = tuple(asyncio.run(_asked(slug, questions, edition, places, progress)))
    failed = {it.question.id for it in checked if not it.passed}
    broken = tuple(key for key in dict.fromkeys(passed_before) if key in failed)
    return Evaluation(slug, edition.number, checked, broken)


def remember(evaluation: Evaluation, edition: Edition) -> None:
    """Note on each golden question of the book how the edition did."""
    now = timezone.now()
    results = {it.question.id: it for it in evaluation.checked}
    golden = list(GoldenQuestion.objects.filter(book=edition.book_id, key__in=results))
    for question in golden:
        result = results[question.key]
        question.passed, question.faults = result.passed, list(result.faults)
        question.edition, question.checked = edition, now
    GoldenQuestion.objects.bulk_update(golden, ["passed", "faults", "edition", "checked"])


async def _asked(
    slug: str,
    questions: Sequence[Question],
    edition: Edition,
    places: Places,
    progress: Callable[[str, int, int], None],
) -> list[Checked]:
    """One after the other, so that readers are not held up."""
    checked = []
    for done, question in enumerate(questions, start=1):
        history = [turn.model_dump() for turn in question.history]
        answer = await rehearse(Asked(book=slug, question=question.question), history)
        offered = await db(_offered, answer, edition)
        faults = tuple(_faults(question, answer, offered, places))
        checked.append(Checked(question, answer.outcome, faults))
        await db(progress, "Asking", done, len(questions))
    return checked


def _offered(answer: Answer, edition: Edition) -> list[int]:
    """The ids of the chunks that the answer could use."""
    keys = [citation.chunk_key for citation in answer.citations.all()]
    return list(Chunk.objects.filter(edition=edition, key__in=keys).values_list("pk", flat=True))


def _faults(
    question: Question, answer: Answer, offered: Sequence[int], places: Places
) -> Iterator[str]:
    if answer.outcome not in (*GOOD, Outcome.REFUSED):
        yield "failed"
        return
    if question.expect == "refuse":
        if answer.outcome != Outcome.REFUSED:
            yield "answered"
        return
    if answer.outcome == Outcome.REFUSED:
        yield "refused"
    if not all(places.has(gold) for gold in question.gold):
        yield "evidence_gone"
    if not all(_found(question, group, offered, places) for group in question.gold_groups):
        yield "not_retrieved"
    if any(it.shown and it.verdict not in PROVED for it in answer.sentences.all()):
        yield "not_grounded"


def _found(
    question: Question, group: Sequence[int], offered: Sequence[int], places: Places
) -> bool:
    """Whether a section of the group is among what the answer could use."""
    return any(places.holds(chunk, question.gold[i]) for chunk in offered for i in group)
