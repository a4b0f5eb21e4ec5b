"""The model's judge in an audit: one call for an answer, a few at once, within a number of tokens.

Wherever it does not help, the local judgement of that answer stands, and the answer is counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

import structlog
from django.conf import settings

from chat.comparing import Comparer
from chat.errors import JudgeUnavailable, ModelError
from chat.grounding.modeljudge import Findings, ModelJudge
from chat.llm import ModelRun, TextModel, provider_model, run
from chat.models import Audit
from chat.prompts import Prompt

CALLS_AT_ONCE: Final = 8

GIVE_UP_AFTER: Final = 24
"""Calls failed in a row, after which the provider is taken for down and asked no more."""

log = structlog.get_logger(__name__)


class SecondOpinion:
    """Asks the configured model about answers that were judged locally, and counts in ``audit``.

    To be used as a context manager, outside of an event loop. Raises ``JudgeUnavailable`` when no
    model is configured.
    """

    def __init__(self, audit: Audit) -> None:
        model = provider_model()
        if model is None:
            raise JudgeUnavailable("The judge 'llm' needs a model: set OPENAI_API_KEY.")
        self._model: TextModel = model
        self._audit = audit
        self._failed_in_row = 0
        self._reserved = 0
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._runner.close()

    def decide(self, comparers: Sequence[Comparer]) -> None:
        """Put the model's verdicts in the place of the local ones, where it gives any."""
        judges = [(comparer, self._judge_of(comparer)) for comparer in comparers if comparer.cases]
        self._runner.run(self._decide(judges))

    def _judge_of(self, comparer: Comparer) -> ModelJudge:
        tokens = settings.RAGBOOK_JUDGE_TOKENS
        return ModelJudge(self._ask, comparer.passages, every_claim=True, max_tokens=tokens)

    async def _decide(self, judges: Sequence[tuple[Comparer, ModelJudge]]) -> None:
        async with asyncio.TaskGroup() as group:
            for comparer, judge in judges:
                group.create_task(self._judge(comparer, judge))

    async def _judge(self, comparer: Comparer, judge: ModelJudge) -> None:
        if not any(judge.doubts(case) for case in comparer.cases.values()):
            return
        if not self._may_ask():
            self._audit.left_local += 1
            return
        self._reserved += settings.RAGBOOK_JUDGE_TOKENS
        decided = await judge.judge(list(comparer.cases.values()))
        self._reserved -= settings.RAGBOOK_JUDGE_TOKENS
        comparer.cases = dict(zip(comparer.cases, decided, strict=True))

    def _may_ask(self) -> bool:
        if self._failed_in_row >= GIVE_UP_AFTER:
            return False
        limit, next_call = self._audit.token_limit, settings.RAGBOOK_JUDGE_TOKENS
        return limit is None or self._audit.tokens + self._reserved + next_call <= limit

    async def _ask(self, prompt: Prompt) -> Findings:
        asking = run(prompt, self._model, deadline_s=settings.RAGBOOK_JUDGE_S, output_type=Findings)
        self._audit.asked += 1
        try:
            findings: Findings = await asking.output()
        except ModelError:
            self._audit.left_local += 1
            self._failed_in_row += 1
            raise
        finally:
            self._count(asking)
        self._failed_in_row = 0
        return findings

    def _count(self, asking: ModelRun) -> None:
        self._audit.tokens += asking.usage.input_tokens + asking.usage.output_tokens
