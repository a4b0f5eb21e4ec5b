"""Labelled sentences past the judge, each as an answer of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter, thread_time

from chat.evaluate.examples import Example
from chat.grounding.contextual import Encode
from chat.grounding.judge import LocalJudge
from chat.markdown import plain
from chat.sentences import Piece, SentenceSplitter
from chat.verdict import Judgement, Verdict

_SHOWN = frozenset({Verdict.SUPPORTED, Verdict.NOT_A_CLAIM})


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of an example: ``support`` is the judge's score.

    ``ms`` is the judge's time and ``cpu_ms`` its processor time with the passages' vectors kept
    from before, as in an answer; ``cold_ms`` the time without.
    """

    label: str
    type: str
    support: float
    verdict: Verdict
    ms: float
    cpu_ms: float = 0.0
    cold_ms: float = 0.0

    @property
    def shown(self) -> bool:
        """Whether a strict book would show the sentence."""
        return self.verdict in _SHOWN

    @property
    def score(self) -> float:
        """What claims are ranked by: what claims nothing is shown whatever its support."""
        return 1.0 if self.verdict is Verdict.NOT_A_CLAIM else self.support


def judge_examples(examples: Iterable[Example], encode: Encode | None) -> Iterator[Judged]:
    """Judge each example as an answer of its own, twice: its passages unknown, then known."""
    for example in examples:
        judge = LocalJudge(example.passages, example.question, encode)
        pieces = pieces_of(example.sentence)
        _, cold_ms, _ = timed(judge, pieces)
        judgement, ms, cpu_ms = timed(judge, pieces)
        yield Judged(
            example.label, example.type, judgement.support, judgement.verdict, ms, cpu_ms, cold_ms
        )


def timed(judge: LocalJudge, pieces: Sequence[Piece]) -> tuple[Judgement, float, float]:
    """The judgement, its milliseconds, and those of the processor."""
    begin, used = perf_counter(), thread_time()
    judgement = _judge(judge, pieces)
    return judgement, (perf_counter() - begin) * 1000, (thread_time() - used) * 1000


def pieces_of(text: str) -> list[Piece]:
    """A text cut as a model's stream is."""
    splitter = SentenceSplitter()
    return [*splitter.feed(text), *splitter.finish()]


def _judge(judge: LocalJudge, pieces: Sequence[Piece]) -> Judgement:
    """Judge an example as a whole, since its label is about the whole."""
    if len(pieces) == 1:
        return judge.judge(pieces[0])
    return judge.judge_text(" ".join(plain(piece.tree) for piece in pieces))
