"""Pieces of an answer past its judges: judged as they come, held while in doubt, let out in order.

piece → local judge → (held for the model's judge) → gate → decided case
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import takewhile
from time import perf_counter

from chat import metrics
from chat.database import think, think_later
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
        self._shown = False

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

    async def judge(self, pieces: Sequence[Piece]) -> list[Case]:
        """The cases decided now: those of the pieces, but from the first on that is in doubt."""
        if not pieces:
            return []
        judge = await self.prepare()
        started = perf_counter()
        in_turn = think_later if self._shown else think
        decided = await in_turn(self._judge, judge, pieces)
        self._shown = self._shown or any(map(self._gate.shows, decided))
        each = (perf_counter() - started) / len(pieces)
        for _ in pieces:
            metrics.JUDGE_SECONDS.observe(each)
        return decided

    async def settle(self) -> list[Case]:
        """What was held, decided with one call of the model: no more comes, or it broke off."""
        held, self._held = self._held, []
        if not held:
            return []
        if self._second:
            held = await self._second.judge(held)
        return await think(self._admit, await self.prepare(), held)

    def _new_judge(self, ahead: bool) -> LocalJudge:
        judge = LocalJudge(self._passages, self._question, token_vectors)
        if ahead:
            judge.warm()
        return judge

    # ── in the thinking thread ───────────────────────────────────────────────────────────────

    def _judge(self, judge: LocalJudge, pieces: Sequence[Piece]) -> list[Case]:
        cases = [Case(piece, judge.judge(piece)) for piece in pieces]
        sure = 0 if self._held else sum(1 for _ in takewhile(self._is_sure, cases))
        self._held += cases[sure:]  # and whatever follows, so that the order stays
        return self._admit(judge, cases[:sure])

    def _is_sure(self, case: Case) -> bool:
        return not (self._second and self._second.doubts(case))

    def _admit(self, judge: LocalJudge, cases: Sequence[Case]) -> list[Case]:
        return [self._gate.admit(case, judge.judge_text) for case in cases]
