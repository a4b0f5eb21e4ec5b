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

NEAREST = 3
FAILURES = {
    "interrupted": "The answer was interrupted. Please ask again.",
    "deadline": "The answer took too long. Please ask again.",
    "internal": "Something went wrong here. Please ask again.",
    "search_unavailable": "The book cannot be searched right now. Please try again.",
    "model_unavailable": "The answer broke off. Please try again.",
}


def answer_json(answer: Answer) -> dict[str, Any]:
    """The ``Answer`` of the interface, from a row loaded with its parts."""
    sentences = list(answer.sentences.all())
    summary = summary_json(answer, answer.citations.all(), sentences)
    return {**summary, "sentences": [sentence_json(sentence) for sentence in sentences]}


def public_json(answer: Answer) -> dict[str, Any]:
    """The ``Answer`` for whoever has a read-only link: without what opens its conversation."""
    private = ("id", "conversation", "token")
    return {key: value for key, value in answer_json(answer).items() if key not in private}


def summary_json(
    answer: Answer, citations: Iterable[Citation], sentences: Iterable[Sentence]
) -> dict[str, Any]:
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
        "citations": _offered(answer, citations, quotes_of(sentences)),
        "by_editors": answer.correction_id is not None,
        "model": answer.model,
        "usage": {"input_tokens": answer.input_tokens, "output_tokens": answer.output_tokens},
        "timings": {
            "retrieve_ms": answer.retrieve_ms,
            "first_sentence_ms": answer.first_sentence_ms,
            "total_ms": answer.total_ms,
        },
    }


def quotes_of(sentences: Iterable[Sentence]) -> dict[int, str]:
    """The words by which each passage is first cited in what is shown, by its number."""
    quotes: dict[int, str] = {}
    for sentence in sentences:
        for item in sentence.evidence if sentence.shown else ():
            quotes.setdefault(item["n"], item["quote"])
    return quotes


def _offered(
    answer: Answer, citations: Iterable[Citation], quotes: dict[int, str]
) -> list[dict[str, Any]]:
    """What the reader may open: the cited passages, or after a refusal the nearest sections."""
    if answer.outcome != Outcome.REFUSED:
        return [citation_json(c, quotes[c.n]) for c in citations if c.n in quotes]
    nearest: dict[str, Citation] = {}
    for citation in citations:
        nearest.setdefault(citation.url, citation)
    return [citation_json(citation) for citation in list(nearest.values())[:NEAREST]]


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
        "model_code": sentence.shown and sentence.is_model_code,
        "shown": sentence.shown,
    }


def citation_json(citation: Citation, quote: str = "") -> dict[str, Any]:
    return {
        "n": citation.n,
        "title": citation.title,
        "heading_path": citation.heading_path,
        "url": citation.url,
        "quote": quote,
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
        yield end_event(answer, answer.citations.all(), answer.sentences.all())


def sources_event(citations: Iterable[Citation]) -> AnswerSources:
    """The passages on offer; the words that prove something come with each sentence."""
    return AnswerSources([citation_json(citation) for citation in citations])


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
        model_code=sentence.is_model_code,
    )


def end_event(
    answer: Answer, citations: Iterable[Citation], sentences: Iterable[Sentence]
) -> AnswerFinished | AnswerFailed:
    if answer.outcome in (Outcome.FAILED, Outcome.INTERRUPTED):
        message = FAILURES.get(answer.error_code, FAILURES["internal"])
        return AnswerFailed(answer.error_code or "internal", message, retryable=True)
    return AnswerFinished(summary_json(answer, citations, sentences))


def _quotes(sentence: Sentence) -> list[dict[str, Any]]:
    return [{"n": item["n"], "quote": item["quote"]} for item in sentence.evidence]
