"""What a judge says of a sentence, and what an answer came to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    SUPPORTED = "supported"
    PARTLY = "partly"
    UNSUPPORTED = "unsupported"
    CONTRADICTED = "contradicted"
    NOT_A_CLAIM = "not_a_claim"
    UNCHECKED = "unchecked"


class Outcome(StrEnum):
    """How an answer ended. ``RUNNING`` is the only state that is not an end."""

    RUNNING = "running"
    ANSWERED = "answered"
    QUOTED = "quoted"
    REFUSED = "refused"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words of a passage that support (or contradict) a sentence.

    ``start`` and ``end`` are character offsets into the passage's text; ``quote`` is that slice.
    """

    key: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its support in 0..1, the best evidence first, and machine-readable reasons.

    Reasons look like ``number_missing:1847``, ``identifier_missing:ros2 bag echo``, ``negation``,
    ``no_passage``, ``stands_under:Windows``, ``code_line_missing:ros2 run x y``.
    """

    verdict: Verdict
    support: float
    evidence: tuple[Evidence, ...] = ()
    reasons: tuple[str, ...] = ()
