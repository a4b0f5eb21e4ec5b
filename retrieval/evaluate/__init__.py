"""How well a book's search finds what a question file says it should find.

question file → outcome of each question → figures
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from retrieval.evaluate.figures import LOWER_IS_BETTER, METRICS, Metrics, auroc, figures_of
from retrieval.evaluate.outcome import MISSED_BEYOND, Outcome, Standing
from retrieval.evaluate.places import Places
from retrieval.evaluate.questions import Gold, Question, read_questions
from retrieval.search import Trace, live_edition, search, traced

__all__ = [
    "LOWER_IS_BETTER",
    "METRICS",
    "MISSED_BEYOND",
    "Evaluation",
    "Gold",
    "Metrics",
    "Outcome",
    "Places",
    "Question",
    "Standing",
    "auroc",
    "evaluate",
    "read_questions",
]

DEPTH = 10


@dataclass(frozen=True)
class Evaluation:
    """The outcomes of a run and the figures drawn from them."""

    book: str
    edition: int
    outcomes: tuple[Outcome, ...]
    unfound_evidence: tuple[str, ...] = field(default=())
    """Ids of questions some of whose evidence stands in no section of its page."""

    @cached_property
    def metrics(self) -> Metrics:
        return figures_of(self.outcomes)

    @cached_property
    def by_kind(self) -> dict[str, Metrics]:
        kinds: dict[str, list[Outcome]] = defaultdict(list)
        for outcome in self.outcomes:
            kinds[outcome.question.kind].append(outcome)
        return {kind: figures_of(outcomes) for kind, outcomes in kinds.items()}


def evaluate(
    slug: str,
    questions: Sequence[Question],
    progress: Callable[[Iterable[Question]], Iterable[Question]] = iter,
) -> Evaluation:
    """Search the live edition for every question and compare with its gold.

    ``progress`` may wrap the questions to show how far the run is. Raises ``BookNotFound`` and
    ``IndexUnavailable``.
    """
    edition = live_edition(slug)
    places = Places.of(edition.pk)
    search(slug, questions[0].question, limit=DEPTH)  # opens the index: not a reader's wait
    outcomes = tuple(_outcome(slug, question, places) for question in progress(questions))
    return Evaluation(slug, edition.number, outcomes, tuple(_unfound(questions, places)))


def _outcome(slug: str, question: Question, places: Places) -> Outcome:
    history = [turn.model_dump() for turn in question.history]
    trace = traced(slug, question.question, limit=DEPTH, history=history)
    result = trace.result
    found = [hit.chunk_id for hit in result.found]
    return Outcome(
        question=question,
        answerable=result.answerable,
        milliseconds=result.retrieve_ms,
        section_ranks=_ranks(question, found, places.holds),
        page_ranks=_ranks(question, found, places.on_page),
        standings=_standings(question, trace, places),
        found=result.passages,
        query=result.query,
    )


Satisfies = Callable[[int, Gold], bool]


def _ranks(
    question: Question, chunk_ids: Sequence[int], satisfies: Satisfies
) -> tuple[int | None, ...]:
    """For each gold group, the rank of the first chunk that satisfies it."""

    def rank(group: list[int]) -> int | None:
        golds = [question.gold[i] for i in group]
        ranked = enumerate(chunk_ids, 1)
        return next((n for n, chunk in ranked if any(satisfies(chunk, g) for g in golds)), None)

    return tuple(rank(group) for group in question.gold_groups)


def _standings(question: Question, trace: Trace, places: Places) -> tuple[Standing, ...]:
    dense = {hit.chunk_id: hit.dense for hit in trace.hits if hit.dense is not None}
    sparse = {hit.chunk_id: hit.sparse for hit in trace.hits if hit.sparse is not None}
    rankings = [
        trace.ranked,
        sorted(dense, key=lambda chunk_id: -dense[chunk_id]),
        sorted(sparse, key=lambda chunk_id: -sparse[chunk_id]),
    ]
    ranks = [_ranks(question, ranking, places.holds) for ranking in rankings]
    return tuple(Standing(*of_group) for of_group in zip(*ranks, strict=True))


def _unfound(questions: Iterable[Question], places: Places) -> list[str]:
    return [q.id for q in questions if not all(places.has(gold) for gold in q.gold)]
