"""How well a book's search finds what a question file says it should find."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, Field, ValidationError, model_validator

from retrieval.errors import QuestionsError
from retrieval.models import Chunk, Section
from retrieval.passages import Passage
from retrieval.search import ANSWERABLE_THRESHOLD, Trace, live_edition, search, traced

WORD = re.compile(r"[^\W_]+")
DEPTH = 10
CUTS = (1, 5, 10)
MISSED_BEYOND = 5
METRICS = (
    *(f"section_recall@{cut}" for cut in CUTS),
    *(f"page_recall@{cut}" for cut in CUTS),
    "mrr",
    "answerable_auroc",
    "refusal_recall",
    "refusal_precision",
    "wrongly_refused",
    "search_p50_ms",
    "search_p95_ms",
)
LOWER_IS_BETTER = frozenset({"wrongly_refused", "search_p50_ms", "search_p95_ms"})

Metrics = dict[str, float]


# ── the question file ────────────────────────────────────────────────────────────────────────


class Gold(BaseModel):
    """A place in the book that answers: ``evidence`` is a verbatim snippet of its section."""

    path: str
    evidence: str = Field(min_length=1)
    heading: str = ""
    anchor: str = ""


class Turn(BaseModel):
    role: Literal["user", "assistant"]
    content: str


class Question(BaseModel):
    """One line of a question file.

    Each of ``gold_groups`` lists alternatives in ``gold`` and is satisfied by any of them; without
    groups, any gold satisfies the question.
    """

    id: str
    question: str = Field(min_length=1)
    history: list[Turn] = []
    gold: list[Gold] = []
    gold_groups: list[list[int]] = []
    kind: str = "question"
    expect: Literal["answer", "refuse"] = "answer"

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if self.expect == "answer" and not self.gold:
            raise ValueError("expects an answer but names no gold")
        if self.gold and not self.gold_groups:
            self.gold_groups = [list(range(len(self.gold)))]
        if any(not 0 <= i < len(self.gold) for group in self.gold_groups for i in group):
            raise ValueError("gold_groups points outside gold")
        return self


def read_questions(path: Path) -> list[Question]:
    """The questions of a JSON lines file. Raises ``QuestionsError`` naming the line at fault."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionsError(f"{path} cannot be read: {error}.") from error
    questions = [
        _question(path, number, line) for number, line in enumerate(lines, 1) if line.strip()
    ]
    if not questions:
        raise QuestionsError(f"{path} holds no question.")
    return questions


def _question(path: Path, number: int, line: str) -> Question:
    try:
        return Question.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        what = f"{place}: {first['msg']}" if place else first["msg"]
        raise QuestionsError(f"{path}, line {number}: {what}.") from error


# ── the outcome ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the first satisfying passage stands in each ranking, from 1; ``None``: not in it."""

    final: int | None
    dense: int | None
    sparse: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the search did with one question.

    ``section_ranks`` and ``page_ranks`` hold, for each gold group, the rank (from 1) of the first
    passage whose section, or page, satisfies it; ``None`` when none of the first ten does.
    ``standings`` follows the same passages of each group through all that was ranked, and
    ``found`` are the passages that a reader's answer would have been drawn from.
    """

    question: Question
    answerable: float
    milliseconds: float
    section_ranks: tuple[int | None, ...]
    page_ranks: tuple[int | None, ...]
    standings: tuple[Standing, ...] = ()
    found: tuple[Passage, ...] = ()
    query: str = ""

    @property
    def refused(self) -> bool:
        return self.answerable < ANSWERABLE_THRESHOLD

    @property
    def missed(self) -> tuple[int, ...]:
        """The gold groups that none of the first ``MISSED_BEYOND`` passages satisfies."""
        ranks = enumerate(self.section_ranks)
        return tuple(group for group, rank in ranks if rank is None or rank > MISSED_BEYOND)

    @property
    def misjudged(self) -> bool:
        """Refused though the book answers, or not refused though it does not."""
        return self.refused is (self.question.expect == "answer")


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
        return _metrics(self.outcomes)

    @cached_property
    def by_kind(self) -> dict[str, Metrics]:
        kinds: dict[str, list[Outcome]] = defaultdict(list)
        for outcome in self.outcomes:
            kinds[outcome.question.kind].append(outcome)
        return {kind: _metrics(outcomes) for kind, outcomes in kinds.items()}


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


class Places:
    """Where each chunk of an edition stands, and the words of each section.

    Says whether a gold's evidence stands in a chunk's section, or anywhere on its page.
    """

    def __init__(self, chunks: dict[int, int], sections: dict[int, tuple[str, str]]) -> None:
        self._section_of = chunks
        self._sections = sections

    @classmethod
    def of(cls, edition_id: int) -> Places:
        chunks = Chunk.objects.filter(edition=edition_id).values_list("pk", "section_id")
        sections = Section.objects.filter(edition=edition_id).values_list("pk", "path", "text")
        return cls(dict(chunks), {pk: (path, _words(text)) for pk, path, text in sections})

    def holds(self, chunk_id: int, gold: Gold) -> bool:
        path, words = self._sections[self._section_of[chunk_id]]
        return path == gold.path and _words(gold.evidence) in words

    def on_page(self, chunk_id: int, gold: Gold) -> bool:
        return self._sections[self._section_of[chunk_id]][0] == gold.path

    def has(self, gold: Gold) -> bool:
        evidence = _words(gold.evidence)
        return any(path == gold.path and evidence in text for path, text in self._sections.values())


def _words(text: str) -> str:
    """Words alone, each between spaces: neither markup nor white space can part two texts."""
    return f" {' '.join(WORD.findall(text.lower()))} "


def _unfound(questions: Iterable[Question], places: Places) -> list[str]:
    return [q.id for q in questions if not all(places.has(gold) for gold in q.gold)]


# ── the figures ──────────────────────────────────────────────────────────────────────────────


def _metrics(outcomes: Sequence[Outcome]) -> Metrics:
    """Each figure that the outcomes allow; a set without unanswerable questions has no AUROC."""
    golden = [outcome for outcome in outcomes if outcome.question.gold_groups]
    figures: Metrics = {"questions": len(outcomes)}
    if golden:
        figures |= _recall(golden)
    figures |= _refusal(outcomes)
    waits = [outcome.milliseconds for outcome in outcomes]
    p50, p95 = np.percentile(waits, [50, 95])
    return figures | {"search_p50_ms": float(p50), "search_p95_ms": float(p95)}


def _recall(outcomes: Sequence[Outcome]) -> Metrics:
    """Recall: the share of satisfied groups, averaged over questions. MRR: of the first one."""
    figures = {}
    for name, ranks in (
        ("section", [outcome.section_ranks for outcome in outcomes]),
        ("page", [outcome.page_ranks for outcome in outcomes]),
    ):
        for cut in CUTS:
            figures[f"{name}_recall@{cut}"] = fmean(
                fmean(rank is not None and rank <= cut for rank in groups) for groups in ranks
            )
    figures["mrr"] = fmean(
        max((1 / rank for rank in outcome.section_ranks if rank), default=0.0)
        for outcome in outcomes
    )
    return figures


def _refusal(outcomes: Sequence[Outcome]) -> Metrics:
    """Precision and recall of refusing, the share wrongly refused, and the AUROC behind them."""
    unanswerable = [o for o in outcomes if o.question.expect == "refuse"]
    answerable = [o for o in outcomes if o.question.expect == "answer"]
    refused = [o for o in outcomes if o.refused]
    figures = {}
    if answerable:
        figures["wrongly_refused"] = fmean(o.refused for o in answerable)
    if unanswerable:
        figures["refusal_recall"] = fmean(o.refused for o in unanswerable)
    if unanswerable and refused:
        figures["refusal_precision"] = fmean(o.question.expect == "refuse" for o in refused)
    if answerable and unanswerable:
        figures["answerable_auroc"] = auroc(
            [o.answerable for o in answerable], [o.answerable for o in unanswerable]
        )
    return figures


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The probability that a positive scores above a negative, a tie counting half."""
    above = np.subtract.outer(np.asarray(positive), np.asarray(negative))
    return float(np.mean((above > 0) + 0.5 * (above == 0)))


# ── thresholds ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Threshold:
    """A metric and its bound: at least ``bound``, or at most for times and wrong refusals."""

    metric: str
    bound: float

    @classmethod
    def parse(cls, text: str) -> Threshold:
        """From ``METRIC=VALUE``; ``recall@5`` is short for ``section_recall@5``.

        Raises ``QuestionsError`` for text of another form and for an unknown metric.
        """
        name, _, value = text.partition("=")
        metric = f"section_{name}" if name.startswith("recall@") else name
        if metric not in METRICS:
            raise QuestionsError(f"There is no metric {name!r}.", f"Known: {', '.join(METRICS)}.")
        try:
            return cls(metric, float(value))
        except ValueError:
            raise QuestionsError(f"{text!r} is not METRIC=VALUE, such as recall@5=0.8.") from None

    def missed(self, metrics: Metrics) -> bool:
        """Raises ``QuestionsError`` when the questions of the run do not give that figure."""
        if self.metric not in metrics:
            raise QuestionsError(f"These questions give no {self.metric}.")
        figure = metrics[self.metric]
        return figure > self.bound if self.metric in LOWER_IS_BETTER else figure < self.bound
