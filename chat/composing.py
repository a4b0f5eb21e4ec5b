"""How one answer comes to be.

    search → passages → model → deltas → sentences → judge → stored → event

Whatever happens on the way, the answer ends once, in its row and in its log.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import asdict, replace
from functools import partial
from time import perf_counter
from typing import Any

import structlog
from django.conf import settings

from chat import keeping, metrics
from chat.correcting import Corrected, EditorsModel, corrected
from chat.database import db, think
from chat.errors import ChatError, ModelError
from chat.eventlog import EventLog
from chat.events import AnswerFailed, AnswerStarted, Event
from chat.grounding.gate import Gate
from chat.grounding.judge import LocalJudge
from chat.grounding.modeljudge import Case, Findings, ModelJudge
from chat.keeping import Begun, Ending
from chat.llm import ModelRun, TextModel, provider_model, run
from chat.models import Answer, Citation, Sentence
from chat.prompts import REFUSAL, Prompt, answer_prompt
from chat.quoting import QuotingModel
from chat.reply import (
    FAILURES,
    end_event,
    quotes_of,
    sentence_event,
    sources_event,
    stored_events,
)
from chat.schemas import Question
from chat.sentences import Piece, SentenceSplitter
from chat.verdict import Judgement, Outcome, Verdict
from chat.writing import writer
from retrieval.errors import RetrievalError
from retrieval.passages import Passage, Scope, SearchResult
from retrieval.search import ANSWERABLE_THRESHOLD, search, sentence_vectors, token_vectors

log = structlog.get_logger(__name__)

QUOTE_MAX = 600
PREPARE_AFTER_S = 0.3  # not at once: first every question of the moment is to reach its model
MODEL_SHARE = 0.8  # of the deadline; the rest is for quoting when the model does not come


class Composer:
    """One answer on its way. ``run`` does everything and raises nothing."""

    def __init__(self, question: Question, begun: Begun, events: EventLog) -> None:
        self._question = question
        self._begun = begun
        self._events = events
        self._gate = Gate(begun.mode)
        self._started = perf_counter()
        self._found: SearchResult | None = None
        self._passages: tuple[Passage, ...] = ()
        self._numbers: dict[str, int] = {}
        self._citations: list[Citation] = []
        self._sentences: list[Sentence] = []
        self._judgements: list[Judgement] = []
        self._text = ""
        self._first_sentence_ms: float | None = None
        self._correction: int | None = None
        self._model = ""
        self._input_tokens = 0
        self._output_tokens = 0
        self._vectors = partial(sentence_vectors, settings.RAGBOOK_EMBEDDING)
        self._judging: asyncio.Task[LocalJudge] | None = None
        self._second: ModelJudge | None = None
        self._held: list[Case] = []
        self._offering: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self.cancelled_as = Outcome.INTERRUPTED

    async def run(self) -> None:
        with structlog.contextvars.bound_contextvars(answer=str(self._begun.answer)):
            self._events.publish(
                AnswerStarted(
                    str(self._begun.answer), str(self._begun.conversation), self._begun.token
                )
            )
            outcome, error_code = await self._outcome()
            await self._settled()
            await self._finish(outcome, error_code)

    async def _settled(self) -> None:
        """Wait for what was being stored when the answer was cut short."""
        storing = [task for task in (self._offering, self._keeping) if task is not None]
        if storing:
            await asyncio.wait(storing)

    async def _outcome(self) -> tuple[Outcome, str]:
        """Compose the answer, and turn whatever happens into an outcome and an error code."""
        try:
            async with asyncio.timeout(settings.RAGBOOK_DEADLINE_S):
                return await self._compose(), ""
        except asyncio.CancelledError:
            code = "interrupted" if self.cancelled_as is Outcome.INTERRUPTED else ""
            return self.cancelled_as, code
        except TimeoutError:
            return Outcome.FAILED, "deadline"
        except RetrievalError as error:
            log.warning("search_failed", error=type(error).__name__)
            return Outcome.FAILED, "search_unavailable"
        except ChatError as error:
            return Outcome.FAILED, error.code
        except Exception:
            log.exception("answer_failed")
            return Outcome.FAILED, "internal"

    # ── the steps ────────────────────────────────────────────────────────────────────────────

    async def _compose(self) -> Outcome:
        found = await self._search()
        if by_editors := await self._corrected(found):
            return await self._repeat(by_editors)
        if found.answerable < ANSWERABLE_THRESHOLD:
            return await self._refuse()
        model = provider_model()
        outcome = await self._ask_model(model) if model else None
        if outcome is None:
            question = self._question.question
            await self._speak(QuotingModel(question, self._passages, vectors=self._vectors))
            outcome = Outcome.QUOTED if self._shows_claims() else await self._refuse()
        return outcome

    async def _search(self) -> SearchResult:
        found = await think(
            search,
            self._question.book,
            self._question.question,
            page_url=self._question.page_url,
            scope=self._question.scope,
            history=self._begun.history,
            selection=self._question.selection,
        )
        metrics.RETRIEVAL_SECONDS.observe(found.retrieve_ms / 1000)
        self._use(found)
        return found

    def _use(self, found: SearchResult) -> None:
        self._found = found
        self._passages = found.passages
        self._numbers = {passage.key: n for n, passage in enumerate(found.passages, start=1)}

    async def _corrected(self, found: SearchResult) -> Corrected | None:
        """What editors answer to a question that is understood as it stands."""
        if found.leans or self._question.scope is not Scope.BOOK:
            return None
        return await think(corrected, self._question.book, self._question.question)

    async def _repeat(self, by_editors: Corrected) -> Outcome:
        """Say what the editors wrote, all of it: for a sentence without proof they vouch."""
        self._correction = by_editors.correction.pk
        self._gate = Gate("annotate")
        assert self._found is not None
        self._use(replace(self._found, found=by_editors.found))
        await self._speak(EditorsModel(by_editors.correction.text))
        return Outcome.ANSWERED

    def _offer(self) -> asyncio.Task[None]:
        """Store and publish the sources, once."""
        if self._offering is None:
            self._offering = asyncio.create_task(self._store_sources())
        return self._offering

    async def _store_sources(self) -> None:
        found = self._found.found if self._found else ()
        self._citations = keeping.sources(self._begun.answer, found)
        await writer().save(self._citations)
        self._events.publish(sources_event(self._citations))

    async def _ask_model(self, model: TextModel) -> Outcome | None:
        """What the provider's model made of it; None when nothing of it can be shown."""
        try:
            await self._speak(model)
        except ModelError as error:
            metrics.MODEL_ERRORS.labels(kind=error.kind).inc()
            log.warning("model_failed", kind=error.kind, sentences=len(self._sentences))
            if self._shows_claims():
                raise
            return None
        if self._shows_claims():
            return Outcome.ANSWERED
        only_shown = self._sentences and all(sentence.shown for sentence in self._sentences)
        return Outcome.REFUSED if only_shown else None

    async def _refuse(self) -> Outcome:
        if not any(sentence.shown for sentence in self._sentences):
            splitter = SentenceSplitter()
            for piece in [*splitter.feed(REFUSAL), *splitter.finish()]:
                await self._keep(piece, Judgement(Verdict.NOT_A_CLAIM, 0.0))
        return Outcome.REFUSED

    async def _speak(self, model: TextModel) -> None:
        """Stream the model's text, sentence by sentence, past the judge. Raises ``ModelError``."""
        prompt = answer_prompt(
            book_title=self._begun.title,
            language=self._begun.language,
            question=self._question.question,
            passages=self._passages,
            history=self._begun.history,
            selection=self._question.selection,
        )
        model_run = run(prompt, model, deadline_s=settings.RAGBOOK_DEADLINE_S * MODEL_SHARE)
        self._gate.begin()
        self._second, self._held = self._second_judge(model), []
        soon = asyncio.get_running_loop().call_later(PREPARE_AFTER_S, self._prepare)
        try:
            await self._listen(model_run)
        finally:
            soon.cancel()
            self._count(model_run)
        await self._settle()

    async def _listen(self, model_run: ModelRun) -> None:
        splitter = SentenceSplitter()
        async with aclosing(model_run.deltas()) as deltas:
            async for delta in deltas:
                for piece in splitter.feed(delta):
                    await self._judge(piece)
        for piece in splitter.finish():
            await self._judge(piece)

    def _count(self, model_run: ModelRun) -> None:
        self._model = model_run.model
        self._input_tokens += model_run.usage.input_tokens
        self._output_tokens += model_run.usage.output_tokens

    def _prepare(self) -> None:
        """What the first sentence will need, made while the model is still thinking."""
        self._offer()
        self._prepare_judge()

    def _prepare_judge(self) -> asyncio.Task[LocalJudge]:
        if self._judging is None:
            making = think(LocalJudge, self._passages, self._question.question, token_vectors)
            self._judging = asyncio.create_task(making)
        return self._judging

    async def _judge(self, piece: Piece) -> None:
        judge = await self._prepare_judge()
        started = perf_counter()
        case = Case(piece, await think(judge.judge, piece))
        metrics.JUDGE_SECONDS.observe(perf_counter() - started)
        if self._held or (self._second and self._second.doubts(case)):
            self._held.append(case)  # and whatever follows, so that the order stays
        else:
            await self._decide(case)

    async def _decide(self, case: Case) -> None:
        judge = await self._prepare_judge()
        judgement = await think(self._gate.admit, case.piece, case.judgement, judge.judge_text)
        await self._keep(case.piece, judgement)

    # ── the second judge ─────────────────────────────────────────────────────────────────────

    def _second_judge(self, model: TextModel) -> ModelJudge | None:
        """The model's judge, if it is wanted and the text is not the book's own."""
        if settings.RAGBOOK_JUDGE == "local" or model.free:
            return None
        return ModelJudge(
            partial(self._ask_judge, model),
            self._passages,
            every_claim=settings.RAGBOOK_JUDGE == "llm",
            max_tokens=settings.RAGBOOK_JUDGE_TOKENS,
        )

    async def _ask_judge(self, model: TextModel, prompt: Prompt) -> Findings:
        left_s = settings.RAGBOOK_DEADLINE_S - self._elapsed_ms() / 1000
        deadline_s = min(settings.RAGBOOK_JUDGE_S, left_s * MODEL_SHARE)
        judging = run(prompt, model, deadline_s=deadline_s, output_type=Findings)
        try:
            findings: Findings = await judging.output()
            return findings
        finally:
            self._count(judging)

    async def _settle(self) -> None:
        """Ask the model about what was held back, once, and let it out in its order."""
        if self._second and self._held:
            held, self._held = self._held, []
            for case in await self._second.judge(held):
                await self._decide(case)

    async def _keep(self, piece: Piece, judgement: Judgement) -> None:
        """Store the sentence and publish it, both or neither, also when the answer is stopped."""
        await asyncio.shield(self._offer())
        self._keeping = asyncio.create_task(self._store_and_publish(piece, judgement))
        await asyncio.shield(self._keeping)

    async def _store_and_publish(self, piece: Piece, judgement: Judgement) -> None:
        sentence = Sentence(
            answer_id=self._begun.answer,
            ordinal=len(self._sentences),
            text=piece.text,
            tree=piece.tree,
            verdict=judgement.verdict.value,
            support=judgement.support,
            shown=self._gate.shows(judgement),
            reasons=list(judgement.reasons),
            evidence=self._evidence(judgement),
        )
        await writer().save([sentence])
        metrics.SENTENCES.labels(verdict=sentence.verdict, shown=str(sentence.shown)).inc()
        self._sentences.append(sentence)
        self._judgements.append(judgement)
        if sentence.shown:
            self._show(piece)
        self._events.publish(sentence_event(sentence))

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

    def _show(self, piece: Piece) -> None:
        self._text = f"{self._text}{piece.lead}{piece.text}" if self._text else piece.text
        if self._first_sentence_ms is None:
            self._first_sentence_ms = self._elapsed_ms()
            metrics.FIRST_SENTENCE_SECONDS.observe(self._first_sentence_ms / 1000)

    def _shows_claims(self) -> bool:
        return any(
            sentence.shown and sentence.verdict != Verdict.NOT_A_CLAIM
            for sentence in self._sentences
        )

    # ── the end ──────────────────────────────────────────────────────────────────────────────

    async def _finish(self, outcome: Outcome, error_code: str) -> None:
        """Store the end and publish it; an end that is stored already stands, so there is one."""
        ending = self._ending(outcome, error_code)
        try:
            self._events.publish(await self._end(ending))
        except Exception:
            log.exception("end_not_stored")
            self._events.publish(AnswerFailed("internal", FAILURES["internal"], retryable=True))
        self._measure(ending)

    async def _end(self, ending: Ending) -> Event:
        cited = quotes_of(self._sentences).keys()
        if await db(keeping.finish, self._begun.answer, ending, list(cited)):
            row = Answer(
                pk=self._begun.answer,
                conversation_id=self._begun.conversation,
                question=self._question.question,
                **asdict(ending),
            )
            return end_event(row, self._citations, self._sentences)
        stored = await db(keeping.open_answer, self._begun.answer, self._begun.token)
        return [*stored_events(stored, len(self._sentences))][-1]

    def _ending(self, outcome: Outcome, error_code: str) -> Ending:
        withheld = sum(not sentence.shown for sentence in self._sentences)
        verdict = self._gate.overall(self._judgements)
        found = self._found
        return Ending(
            outcome=outcome.value,
            verdict=verdict.value,
            text=self._text,
            withheld=withheld,
            flagged=self._correction is None
            and (bool(withheld) or verdict in (Verdict.UNSUPPORTED, Verdict.CONTRADICTED)),
            model=self._model,
            error_code=error_code,
            search_query=found.query if found else "",
            answerable=found.answerable if found else None,
            input_tokens=self._input_tokens,
            output_tokens=self._output_tokens,
            retrieve_ms=found.retrieve_ms if found else None,
            first_sentence_ms=self._first_sentence_ms,
            total_ms=self._elapsed_ms(),
            correction_id=self._correction,
        )

    def _measure(self, ending: Ending) -> None:
        metrics.ANSWERS.labels(outcome=ending.outcome, verdict=ending.verdict).inc()
        metrics.ANSWER_SECONDS.observe(ending.total_ms / 1000)
        metrics.TOKENS.labels(direction="input").inc(ending.input_tokens)
        metrics.TOKENS.labels(direction="output").inc(ending.output_tokens)
        log.info(
            "answer_ended",
            book=self._question.book,
            outcome=ending.outcome,
            verdict=ending.verdict,
            sentences=len(self._sentences),
            withheld=ending.withheld,
            first_sentence_ms=ending.first_sentence_ms,
            total_ms=ending.total_ms,
        )

    def _elapsed_ms(self) -> float:
        return round((perf_counter() - self._started) * 1000, 1)
