"""How one answer comes to be.

    search → passages → model → deltas → sentences → judge → stored → event

Whatever happens on the way, the answer ends once, in its row and in its log.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import asdict, replace
from functools import partial

import structlog
from django.conf import settings

from chat import keeping, metrics
from chat.correcting import Corrected, EditorsModel, corrected
from chat.database import db, think
from chat.errors import ChatError, ModelError
from chat.eventlog import EventLog
from chat.events import AnswerFailed, AnswerStarted, Event
from chat.grounding.case import Case
from chat.grounding.gate import Gate
from chat.grounding.modeljudge import Findings, ModelJudge
from chat.judging import Judging
from chat.keeping import Begun, Ending
from chat.llm import ModelRun, TextModel, provider_model, run
from chat.models import Answer
from chat.oncemore import once_more
from chat.prompts import REFUSAL, Prompt, answer_prompt
from chat.quoting import QuotingModel, kept_vectors
from chat.reply import FAILURES, end_event, stored_events
from chat.schemas import Question
from chat.sectionrules import code_shown, hint_keys, without_solutions
from chat.sentences import Piece, SentenceSplitter
from chat.tracing import span, tell
from chat.transcript import Transcript
from chat.verdict import Judgement, Outcome, Verdict
from retrieval.errors import RetrievalError
from retrieval.passages import Scope, SearchResult
from retrieval.search import ANSWERABLE_THRESHOLD, search

log = structlog.get_logger(__name__)

PREPARE_AFTER_S = 0.3  # not at once: first every question of the moment is to reach its model
MODEL_SHARE = 0.8  # of the deadline; the rest is for quoting when the model does not come


class Composer:
    """One answer on its way. ``run`` does everything and raises nothing."""

    def __init__(self, question: Question, begun: Begun, events: EventLog) -> None:
        self._question = question
        self._begun = begun
        self._events = events
        self._said = Transcript(begun.answer, events, Gate(begun.mode, begun.code))
        self._judging = Judging((), question.question, self._said.gate)
        self._found: SearchResult | None = None
        self._code = begun.code
        self._correction: int | None = None
        self._model = ""
        self._input_tokens = 0
        self._output_tokens = 0
        self.cancelled_as = Outcome.INTERRUPTED

    async def run(self) -> None:
        with structlog.contextvars.bound_contextvars(answer=str(self._begun.answer)):
            self._events.publish(
                AnswerStarted(
                    str(self._begun.answer), str(self._begun.conversation), self._begun.token
                )
            )
            with span("answer", book=self._question.book) as current:
                outcome, error_code = await self._outcome()
                tell(current, outcome=outcome.value, error=error_code)
            await self._said.settled()
            await self._finish(outcome, error_code)

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
            return await self._repeat(found, by_editors)
        if found.answerable < ANSWERABLE_THRESHOLD:
            return await self._refuse()
        model = provider_model() if self._begun.affordable else None
        outcome = await self._ask_model(model, found) if model else None
        return outcome or await self._quote(found)

    async def _search(self) -> SearchResult:
        with span("search"):
            found = await think(
                once_more(search),
                self._question.book,
                self._question.question,
                page_url=self._question.page_url,
                scope=self._question.scope,
                history=self._begun.history,
                selection=self._question.selection,
            )
        metrics.RETRIEVAL_SECONDS.observe(found.retrieve_ms / 1000)
        return self._ruled(found)

    def _ruled(self, found: SearchResult) -> SearchResult:
        """What was found, as far as the rules of its sections let an answer use it."""
        self._code = code_shown(found.found, self._begun.code)
        self._said.gate = Gate(self._begun.mode, self._code)
        usable = replace(found, found=tuple(without_solutions(found.found)))
        self._use(usable)
        return usable

    def _use(self, found: SearchResult) -> None:
        self._found = found
        self._said.rests_on(found.found)
        self._judging = Judging(found.passages, self._question.question, self._said.gate)

    async def _corrected(self, found: SearchResult) -> Corrected | None:
        """What editors answer to a question that is understood as it stands."""
        if found.leans or self._question.scope is not Scope.BOOK:
            return None
        return await think(corrected, self._question.book, self._question.question)

    async def _repeat(self, found: SearchResult, by_editors: Corrected) -> Outcome:
        """Say what the editors wrote, all of it: for a sentence without proof they vouch."""
        self._correction = by_editors.correction.pk
        self._said.gate = Gate("annotate")
        found = replace(found, found=by_editors.found)
        self._use(found)
        await self._speak(EditorsModel(by_editors.correction.text), found)
        return Outcome.ANSWERED

    async def _ask_model(self, model: TextModel, found: SearchResult) -> Outcome | None:
        """What the provider's model made of it; None when nothing of it can be shown."""
        try:
            await self._speak(model, found, self._second_judge(model, found))
        except ModelError as error:
            metrics.MODEL_ERRORS.labels(kind=error.kind).inc()
            log.warning("model_failed", kind=error.kind, sentences=len(self._said.sentences))
            if self._answers():
                raise
            return None
        if self._answers():
            return Outcome.ANSWERED
        verdicts = {case.verdict for case in self._said.cases}
        return Outcome.REFUSED if verdicts == {Verdict.NOT_A_CLAIM} else None

    async def _quote(self, found: SearchResult) -> Outcome:
        """The book answers with its own sentences, or there is no answer."""
        vectors = kept_vectors(settings.RAGBOOK_EMBEDDING)
        question = self._question.question
        await self._speak(QuotingModel(question, found.passages, vectors=vectors), found)
        return Outcome.QUOTED if self._answers() else await self._refuse()

    async def _refuse(self) -> Outcome:
        if not any(sentence.shown for sentence in self._said.sentences):
            splitter = SentenceSplitter()
            pieces = [*splitter.feed(REFUSAL), *splitter.finish()]
            courtesy = Judgement(Verdict.NOT_A_CLAIM, 0.0)
            await self._said.keep([Case(piece, courtesy) for piece in pieces])
        return Outcome.REFUSED

    def _answers(self) -> bool:
        """Whether anything that is shown is an answer: greetings and marked code are none."""
        return not self._said.gate.refuses(self._said.cases)

    # ── one text ─────────────────────────────────────────────────────────────────────────────

    async def _speak(
        self, model: TextModel, found: SearchResult, second: ModelJudge | None = None
    ) -> None:
        """Stream the model's text, sentence by sentence, past the judges. Raises ``ModelError``.

        What was complete when the model broke off is decided like everything else.
        """
        deadline_s = settings.RAGBOOK_DEADLINE_S * MODEL_SHARE
        model_run = run(self._prompt(found), model, deadline_s=deadline_s)
        self._judging.begin(second)
        soon = asyncio.get_running_loop().call_later(PREPARE_AFTER_S, self._prepare)
        try:
            with span("speak", model=model_run.model):
                await self._listen(model_run)
        except ModelError:
            await self._settle()
            raise
        finally:
            soon.cancel()
            self._count(model_run)
        await self._settle()

    def _prompt(self, found: SearchResult) -> Prompt:
        return answer_prompt(
            book_title=self._begun.title,
            language=self._begun.language,
            question=self._question.question,
            passages=found.passages,
            history=self._begun.history,
            selection=self._question.selection,
            persona=self._begun.persona,
            hints=hint_keys(found.found),
            own_code=self._code == "marked",
        )

    async def _listen(self, model_run: ModelRun) -> None:
        splitter = SentenceSplitter()
        async with aclosing(model_run.deltas()) as deltas:
            async for delta in deltas:
                await self._decide(splitter.feed(delta))
        await self._decide(splitter.finish())

    async def _decide(self, pieces: list[Piece]) -> None:
        await self._said.keep(await self._judging.judge(pieces))

    async def _settle(self) -> None:
        await self._said.keep(await self._judging.settle())

    def _count(self, model_run: ModelRun) -> None:
        self._model = model_run.model
        self._input_tokens += model_run.usage.input_tokens
        self._output_tokens += model_run.usage.output_tokens

    def _prepare(self) -> None:
        """What the first sentence will need, made while the model is still thinking."""
        self._said.offer()
        self._judging.prepare(ahead=True)

    # ── the second judge ─────────────────────────────────────────────────────────────────────

    def _second_judge(self, model: TextModel, found: SearchResult) -> ModelJudge | None:
        """The model's judge, if it is wanted."""
        if settings.RAGBOOK_JUDGE == "local":
            return None
        return ModelJudge(
            partial(self._ask_judge, model),
            found.passages,
            every_claim=settings.RAGBOOK_JUDGE == "llm",
            max_tokens=settings.RAGBOOK_JUDGE_TOKENS,
        )

    async def _ask_judge(self, model: TextModel, prompt: Prompt) -> Findings:
        left_s = settings.RAGBOOK_DEADLINE_S - self._said.elapsed_ms / 1000
        deadline_s = min(settings.RAGBOOK_JUDGE_S, left_s * MODEL_SHARE)
        judging = run(prompt, model, deadline_s=deadline_s, output_type=Findings)
        try:
            findings: Findings = await judging.output()
            return findings
        finally:
            self._count(judging)

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
        said = self._said
        if await db(keeping.finish, self._begun.answer, ending, said.newly_cited):
            row = Answer(
                pk=self._begun.answer,
                conversation_id=self._begun.conversation,
                question=self._question.question,
                **asdict(ending),
            )
            return end_event(row, said.citations, said.sentences)
        stored = await db(keeping.open_answer, self._begun.answer, self._begun.token)
        return [*stored_events(stored, len(said.sentences))][-1]

    def _ending(self, outcome: Outcome, error_code: str) -> Ending:
        said, found = self._said, self._found
        verdict = self._said.gate.overall(said.cases)
        return Ending(
            outcome=outcome.value,
            verdict=verdict.value,
            text=said.text,
            withheld=said.withheld,
            flagged=self._correction is None
            and (bool(said.withheld) or verdict in (Verdict.UNSUPPORTED, Verdict.CONTRADICTED)),
            model=self._model,
            error_code=error_code,
            search_query=found.query if found else "",
            answerable=found.answerable if found else None,
            input_tokens=self._input_tokens,
            output_tokens=self._output_tokens,
            retrieve_ms=found.retrieve_ms if found else None,
            first_sentence_ms=said.first_sentence_ms,
            total_ms=said.elapsed_ms,
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
            sentences=len(self._said.sentences),
            withheld=ending.withheld,
            first_sentence_ms=ending.first_sentence_ms,
            total_ms=ending.total_ms,
        )
