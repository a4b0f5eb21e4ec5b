"""Pieces of an answer past its judges: judged as they come, held while in doubt, let out in order.

piece → local judge → (held for the model's judge) → gate → decided case
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter

from chat import metrics
from chat.database import think
from chat.grounding.case import Case
from chat.grounding.gate import Gate
from chat.grounding.judge import LocalJudge
from chat.grounding.modeljudge import ModelJudge
from chat.sentences import Piece
from retrieval.passages import Passage
from retrieval.search import token_vectors


class Judging:
    """The judges of one answer. Pieces go in; cases come out decided, each once, in their order."""

    def __init__(self, passages: Sequence[Passage], question: str, gate: Gate) -> None:
        self._passages = passages
        self._question = question
        self._gate = gate
        self._making: asyncio.Task[LocalJudge] | None = None
        self._second: ModelJudge | None = None
        self._held: list[Case] = []

    def prepare(self, *, ahead: bool = False) -> asyncio.Task[LocalJudge]:
        """Begin to read the passages, once, so that the first piece need not wait for it.

        ``ahead`` of the first piece there is time to encode what it will be compared with as well.
        """
        if self._making is None:
            self._making = asyncio.create_task(think(self._new_judge, ahead))
        return self._making

    def begin(self, second: ModelJudge | None) -> None:
        """Another text begins, with or without a model that judges what is in doubt."""
        self._gate.begin()
        self._second, self._held = second, []

    async def judge(self, piece: Piece) -> list[Case]:
        """The cases decided now: this one, or none while it or one before it is in doubt."""
        judge = await self.prepare()
        started = perf_counter()
        case = Case(piece, await think(judge.judge, piece))
        metrics.JUDGE_SECONDS.observe(perf_counter() - started)
        if self._held or (self._second and self._second.doubts(case)):
            self._held.append(case)  # and whatever follows, so that the order stays
            return []
        return [await self._decided(case)]

    async def settle(self) -> list[Case]:
        """What was held, decided with one call of the model: no more comes, or it broke off."""
        held, self._held = self._held, []
        if self._second and held:
            held = await self._second.judge(held)
        return [await self._decided(case) for case in held]

    def _new_judge(self, ahead: bool) -> LocalJudge:
        judge = LocalJudge(self._passages, self._question, token_vectors)
        if ahead:
            judge.warm()
        return judge

    async def _decided(self, case: Case) -> Case:
        judge = await self.prepare()
        return await think(self._gate.admit, case, judge.judge_text)
