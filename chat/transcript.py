"""What was said of one answer: each sentence is stored, then published, and stays as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Any
from uuid import UUID

from chat import keeping, metrics
from chat.eventlog import EventLog
from chat.grounding.case import Case
from chat.grounding.gate import Gate
from chat.models import Citation, Sentence
from chat.reply import quotes_of, sentence_event, sources_event
from chat.verdict import Judgement
from chat.writing import writer
from retrieval.passages import Found

QUOTE_MAX = 600


class Transcript:
    """Sources and decided sentences of one answer, in rows and on its log.

    ``gate`` says which are shown; another one may take its place before anything is kept.
    """

    def __init__(self, answer: UUID, events: EventLog, gate: Gate) -> None:
        self._answer = answer
        self._events = events
        self.gate = gate
        self._found: Sequence[Found] = ()
        self._numbers: dict[str, int] = {}
        self._offering: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._started = perf_counter()
        self.citations: list[Citation] = []
        self.sentences: list[Sentence] = []
        self.cases: list[Case] = []
        self.text = ""
        self.first_sentence_ms: float | None = None

    @property
    def elapsed_ms(self) -> float:
        return round((perf_counter() - self._started) * 1000, 1)

    @property
    def withheld(self) -> int:
        return sum(not sentence.shown for sentence in self.sentences)

    @property
    def newly_cited(self) -> list[int]:
        """The numbers of the sources that were not stored as cited, and are by now."""
        numbers = quotes_of(self.sentences)
        return [row.n for row in self.citations if row.n in numbers and not row.cited]

    def rests_on(self, found: Sequence[Found]) -> None:
        """The passages that its sentences may cite, numbered from 1."""
        self._found = found
        self._numbers = {hit.passage.key: n for n, hit in enumerate(found, start=1)}

    def offer(self, sentences: Sequence[Sentence] = ()) -> asyncio.Task[None]:
        """Store and publish the sources, once. Sentences that are there already share the write."""
        if self._offering is None:
            self._offering = asyncio.create_task(self._store_sources(sentences))
        return self._offering

    async def keep(self, cases: Sequence[Case]) -> None:
        """Store the sentences and publish them, all or none, also when the answer is stopped."""
        if cases:
            self._keeping = asyncio.create_task(self._store_and_publish(cases))
            await asyncio.shield(self._keeping)

    async def settled(self) -> None:
        """Wait for what was being stored when the answer was cut short."""
        storing = [task for task in (self._offering, self._keeping) if task is not None]
        if storing:
            await asyncio.wait(storing)

    async def _store_sources(self, sentences: Sequence[Sentence]) -> None:
        cited = quotes_of(sentences)
        self.citations = keeping.sources(self._answer, self._found, cited)
        await writer().save([*self.citations, *sentences])
        self._events.publish(sources_event(self.citations))

    async def _store_and_publish(self, cases: Sequence[Case]) -> None:
        sentences = [self._row(n, case) for n, case in enumerate(cases, len(self.sentences))]
        if self._offering is None:
            await self.offer(sentences)
        else:
            await self._offering
            await writer().save(sentences)
        for sentence, case in zip(sentences, cases, strict=True):
            self._publish(sentence, case)

    def _publish(self, sentence: Sentence, case: Case) -> None:
        metrics.SENTENCES.labels(verdict=sentence.verdict, shown=str(sentence.shown)).inc()
        self.sentences.append(sentence)
        self.cases.append(case)
        if sentence.shown:
            self._show(case)
        self._events.publish(sentence_event(sentence))

    def _row(self, ordinal: int, case: Case) -> Sentence:
        return Sentence(
            answer_id=self._answer,
            ordinal=ordinal,
            text=case.piece.text,
            tree=case.piece.tree,
            verdict=case.verdict.value,
            support=case.judgement.support,
            shown=self.gate.shows(case),
            reasons=list(case.judgement.reasons),
            evidence=self._evidence(case.judgement),
        )

    def _evidence(self, judgement: Judgement) -> list[dict[str, Any]]:
        return [
            {
                "n": self._numbers[item.key],
                "key": item.key,
                "start": item.start,
                "end": item.end,
                "quote": item.quote[:QUOTE_MAX],
            }
            for item in judgement.evidence
            if item.key in self._numbers
        ]

    def _show(self, case: Case) -> None:
        piece = case.piece
        self.text = f"{self.text}{piece.lead}{piece.text}" if self.text else piece.text
        if self.first_sentence_ms is None:
            self.first_sentence_ms = self.elapsed_ms
            metrics.FIRST_SENTENCE_SECONDS.observe(self.first_sentence_ms / 1000)
