"""Rows into what a reader is sent: the answer as JSON, and the events of a stored answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from chat.events import (
    AnswerFailed,
    AnswerFinished,
    AnswerSentence,
    AnswerSources,
    AnswerStarted,
    AnswerWithheld,
    Event,
)
from chat.models import Answer, Citation, Sentence
from chat.tokens import token_for
from chat.verdict import Outcome

FAILURES = {
    "interrupted": "The answer was interrupted. Please ask again.",
    "deadline": "The answer took too long. Please ask again.",
    "internal": "Something went wrong here. Please ask again.",
    "search_unavailable": "The book cannot be searched right now. Please try again.",
    "model_unavailable": "The answer broke off. Please try again.",
}


def answer_json(answer: Answer) -> dict[str, Any]:
    """The ``Answer`` of the interface, from a row loaded with its parts."""
    return {**summary_json(answer), "sentences": [sentence_json(s) for s in answer.sentences.all()]}


def summary_json(answer: Answer) -> dict[str, Any]:
    """The ``Answer`` without its sentences."""
    return {
        "id": str(answer.pk),
        "conversation": str(answer.conversation_id),
        "token": token_for(answer.conversation_id),
        "question": answer.question,
        "outcome": answer.outcome,
        "verdict": answer.verdict,
        "text": answer.text,
        "withheld": answer.withheld,
        "citations": [citation_json(citation) for citation in offered(answer)],
        "model": answer.model,
        "usage": {"input_tokens": answer.input_tokens, "output_tokens": answer.output_tokens},
        "timings": {
            "retrieve_ms": answer.retrieve_ms,
            "first_sentence_ms": answer.first_sentence_ms,
            "total_ms": answer.total_ms,
        },
    }


def offered(answer: Answer) -> list[Citation]:
    """What the reader may open: the cited passages, or after a refusal the nearest sections."""
    citations = list(answer.citations.all())
    if answer.outcome != Outcome.REFUSED:
        return [citation for citation in citations if citation.cited]
    nearest: dict[str, Citation] = {}
    for citation in citations:
        nearest.setdefault(citation.url, citation)
    return list(nearest.values())[:3]


def sentence_json(sentence: Sentence) -> dict[str, Any]:
    """A sentence of an ``Answer``. Of a withheld one the reader learns only that it was there."""
    return {
        "ordinal": sentence.ordinal,
        "text": sentence.text if sentence.shown else "",
        "tree": sentence.tree if sentence.shown else {},
        "verdict": sentence.verdict,
        "support": sentence.support,
        "citations": sentence.citation_numbers if sentence.shown else [],
        "evidence": _quotes(sentence) if sentence.shown else [],
        "shown": sentence.shown,
    }


def citation_json(citation: Citation) -> dict[str, Any]:
    return {
        "n": citation.n,
        "title": citation.title,
        "heading_path": citation.heading_path,
        "url": citation.url,
        "quote": citation.quote,
    }


def stored_events(answer: Answer, after: int) -> Iterator[Event]:
    """The events of a stored answer beyond ordinal ``after``; no end while it is running."""
    yield AnswerStarted(
        str(answer.pk), str(answer.conversation_id), token_for(answer.conversation_id)
    )
    yield sources_event(answer.citations.all())
    for sentence in answer.sentences.all():
        if sentence.ordinal > after:
            yield sentence_event(sentence)
    if answer.outcome != Outcome.RUNNING:
        yield end_event(answer)


def sources_event(citations: Iterable[Citation]) -> AnswerSources:
    """The passages on offer; the words that prove something come with each sentence."""
    return AnswerSources([{**citation_json(citation), "quote": ""} for citation in citations])


def sentence_event(sentence: Sentence) -> AnswerSentence | AnswerWithheld:
    if not sentence.shown:
        return AnswerWithheld(sentence.ordinal, sentence.verdict)
    return AnswerSentence(
        ordinal=sentence.ordinal,
        text=sentence.text,
        tree=sentence.tree,
        verdict=sentence.verdict,
        support=sentence.support,
        citations=sentence.citation_numbers,
        evidence=_quotes(sentence),
    )


def end_event(answer: Answer) -> AnswerFinished | AnswerFailed:
    if answer.outcome in (Outcome.FAILED, Outcome.INTERRUPTED):
        message = FAILURES.get(answer.error_code, FAILURES["internal"])
        return AnswerFailed(answer.error_code or "internal", message, retryable=True)
    return AnswerFinished(summary_json(answer))


def _quotes(sentence: Sentence) -> list[dict[str, Any]]:
    return [{"n": item["n"], "quote": item["quote"]} for item in sentence.evidence]
