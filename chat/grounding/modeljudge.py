"""The second judge: a language model, asked about what the local judge leaves in doubt.

It is believed where it can be checked. What it calls supported counts only with words that stand in
a passage; numbers, names, identifiers and code stay with the local judge, which looks them up.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Final, Literal, TypeAlias

import structlog
from pydantic import BaseModel

from chat import metrics
from chat.errors import ModelError
from chat.grounding.case import Case
from chat.grounding.scoring import weights
from chat.grounding.terms import read_terms
from chat.markdown import plain
from chat.prompts import CHARACTERS_PER_TOKEN, Prompt, judge_prompt
from chat.verdict import Evidence, Verdict
from retrieval.passages import Passage

BAND: Final = 0.25
"""Distance of a support from the threshold within which ``both`` asks the model."""

MIN_QUOTE_WORDS: Final = 3
MIN_SHARED: Final = 0.3
"""Share of a sentence's terms that a quote must have to be about the same thing."""

MAX_QUOTE: Final = 600

BY_MODEL: Final = "model_judge"
LOOKED_UP: Final = ("number_missing:", "identifier_missing:", "name_missing:")

log = structlog.get_logger(__name__)


class Finding(BaseModel):
    """What the model says of one sentence, counted from 1."""

    sentence: int
    verdict: Literal["supported", "unsupported", "contradicted"]
    quote: str


class Findings(BaseModel):
    """The model's reply."""

    verdicts: list[Finding]


Ask: TypeAlias = Callable[[Prompt], Awaitable[Findings]]
"""One call of the model within its time. Raises ModelError."""


class ModelJudge:
    """Judges the doubtful cases of one answer in one call of about ``max_tokens`` read tokens.

    ``every_claim`` is doubtful with ``RAGBOOK_JUDGE=llm``; with ``both`` those near the threshold.
    """

    def __init__(
        self, ask: Ask, passages: Sequence[Passage], *, every_claim: bool, max_tokens: int
    ) -> None:
        self._ask = ask
        self._passages = passages
        self._every_claim = every_claim
        self._limit = max_tokens * CHARACTERS_PER_TOKEN

    def doubts(self, case: Case) -> bool:
        """Whether the model may decide the case."""
        judgement = case.judgement
        if case.verdict is Verdict.NOT_A_CLAIM or case.is_code:
            return False
        if any(reason.startswith(LOOKED_UP) for reason in judgement.reasons):
            return False
        threshold = weights().contextual.threshold
        return self._every_claim or abs(judgement.support - threshold) <= BAND

    async def judge(self, cases: Sequence[Case]) -> list[Case]:
        """The cases in their order, the doubtful ones as the model decides them.

        Where it fails, or says nothing that counts, the local judgement stands.
        """
        asked = self._affordable(cases)
        if not asked:
            return list(cases)
        try:
            findings = await self._ask(self._prompt(list(asked.values())))
        except ModelError as error:
            metrics.MODEL_ERRORS.labels(kind=error.kind).inc()
            log.warning("judge_failed", kind=error.kind, sentences=len(asked))
            return list(cases)
        found = _by_number(findings)
        decided = {
            place: self._decided(cases[place], found.get(number))
            for number, place in enumerate(asked, 1)
        }
        return [decided.get(place, case) for place, case in enumerate(cases)]

    def _affordable(self, cases: Sequence[Case]) -> dict[int, Case]:
        """The doubtful cases by place, such that half of what may be read is left to passages."""
        doubtful = {place: case for place, case in enumerate(cases) if self.doubts(case)}
        lengths = accumulate(len(plain(case.piece.tree)) for case in doubtful.values())
        return {
            place: case
            for (place, case), read in zip(doubtful.items(), lengths, strict=True)
            if read <= self._limit / 2
        }

    def _prompt(self, cases: Sequence[Case]) -> Prompt:
        sentences = [plain(case.piece.tree) for case in cases]
        return judge_prompt(sentences, self._passages, self._limit)

    def _decided(self, case: Case, finding: Finding | None) -> Case:
        if finding is None:
            return case
        verdict, evidence = Verdict(finding.verdict), case.judgement.evidence
        if verdict is Verdict.SUPPORTED:
            evidence = quoted(finding.quote, plain(case.piece.tree), self._passages)
            if not evidence:
                return case
        judgement = replace(case.judgement, verdict=verdict, evidence=evidence, reasons=(BY_MODEL,))
        return replace(case, judgement=judgement)


def quoted(quote: str, sentence: str, passages: Sequence[Passage]) -> tuple[Evidence, ...]:
    """Where a passage has the words of ``quote``, whatever its white space; empty if none has.

    A quote of hardly any words, or with hardly a word of the sentence, proves nothing.
    """
    words = quote.split()
    if len(words) < MIN_QUOTE_WORDS or len(quote) > MAX_QUOTE:
        return ()
    said = _contents(sentence)
    if len(said & _contents(quote)) < MIN_SHARED * len(said):
        return ()
    same = r"\s+".join(map(re.escape, words))
    pattern = re.compile(rf"(?<!\w){same}(?!\w)")
    for passage in passages:
        if found := pattern.search(passage.text):
            return (Evidence(passage.key, found.start(), found.end(), found.group()),)
    return ()


def _contents(text: str) -> set[str]:
    return {term.key for term in read_terms(text).terms if term.prior >= 1.0}


def _by_number(findings: Findings) -> dict[int, Finding]:
    """The findings by their sentence; one that is judged twice is as if it were not judged."""
    times = Counter(finding.sentence for finding in findings.verdicts)
    return {
        finding.sentence: finding for finding in findings.verdicts if times[finding.sentence] == 1
    }
