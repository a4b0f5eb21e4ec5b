"""The closed vocabulary of what travels to a reader, over WebSocket and server-sent events alike.

Exactly one ``AnswerFinished`` or ``AnswerFailed`` ends an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class AnswerStarted:
    answer: str
    conversation: str
    token: str
    type: Literal["answer.started"] = "answer.started"


@dataclass(frozen=True, slots=True)
class AnswerSources:
    """The passages the answer may cite, numbered as its sentences cite them."""

    citations: list[dict[str, Any]]
    type: Literal["answer.sources"] = "answer.sources"


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A sentence that may be shown. ``evidence`` holds ``{n, quote}`` for each citation.

    ``model_code`` marks a code block that the model wrote itself: it is not from the book.
    """

    ordinal: int
    text: str
    tree: dict[str, Any]
    verdict: str
    support: float
    citations: list[int]
    evidence: list[dict[str, Any]]
    model_code: bool
    type: Literal["answer.sentence"] = "answer.sentence"


@dataclass(frozen=True, slots=True)
class AnswerWithheld:
    """A sentence that the book does not prove: counted, its text not sent."""

    ordinal: int
    reason: str
    type: Literal["answer.withheld"] = "answer.withheld"


@dataclass(frozen=True, slots=True)
class AnswerFinished:
    """``answer`` is the whole ``Answer`` without its sentences."""

    answer: dict[str, Any]
    type: Literal["answer.finished"] = "answer.finished"


@dataclass(frozen=True, slots=True)
class AnswerFailed:
    code: str
    message: str
    retryable: bool
    retry_after: int | None = None
    type: Literal["answer.failed"] = "answer.failed"


Event: TypeAlias = (
    AnswerStarted | AnswerSources | AnswerSentence | AnswerWithheld | AnswerFinished | AnswerFailed
)


def ends(event: Event) -> bool:
    return isinstance(event, AnswerFinished | AnswerFailed)


def payload(event: Event) -> dict[str, Any]:
    """The event as JSON-ready data. ``answer.finished`` carries the answer's fields beside type."""
    if isinstance(event, AnswerFinished):
        return {"type": event.type, **event.answer}
    data = {field.name: getattr(event, field.name) for field in fields(event)}
    if data.get("retry_after", 0) is None:
        del data["retry_after"]
    return data
