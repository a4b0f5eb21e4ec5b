"""An answer as the editor reads it: every sentence beside the words of the book held against it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.safestring import SafeString

from chat.models import Answer, Citation, Finding, Sentence
from chat.verdict import Verdict
from desk.differences import Difference, differences
from desk.display import safe_link
from desk.explanations import (
    ANSWER_VERDICTS,
    FINDINGS,
    OUTCOMES,
    VERDICTS,
    Meaning,
    explain_reason,
    meaning,
)
from desk.marking import Keys, keys_of, sentence_html, shared
from retrieval.display import visible
from retrieval.models import heading_line

AROUND_QUOTE: Final = 160
TURNS_SHOWN: Final = 50

_NEAREST = "Nearest words in the book"
_BESIDE = {
    Verdict.SUPPORTED.value: "Proved by",
    Verdict.CONTRADICTED.value: "The book says",
}
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")


@dataclass(frozen=True, slots=True)
class Reason:
    """``code`` is the judge's own word for it."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a passage; ``marked`` when it is quoted, words shared with the sentence too."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The quoted words with a little of what stands around them. ``link`` may be empty."""

    n: int
    place: str
    link: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a later edition made of a sentence. ``place`` is empty when its passage is gone."""

    kind: Meaning
    parts: tuple[Difference, ...]
    place: str
    link: str
    resolved: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One sentence of the answer and its evidence, best first. ``beside`` says what that is."""

    pk: int
    number: int
    claims: bool
    html: SafeString
    verdict: Meaning
    support: str
    shown: bool
    reasons: tuple[Reason, ...]
    beside: str
    excerpts: tuple[Excerpt, ...]
    finding: Found | None


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that the answer could use, with all quoted words marked."""

    n: int
    place: str
    link: str
    cited: bool
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of a conversation."""

    answer: Answer
    question: str
    text: str
    outcome: Meaning
    verdict: Meaning
    current: bool


@dataclass(frozen=True, slots=True)
class AnswerDesk:
    """Everything about an answer that its page shows below the question."""

    rows: tuple[Row, ...]
    sources: tuple[Source, ...]
    withheld: int


def answer_desk(answer: Answer) -> AnswerDesk:
    """The desk of an answer, in three queries."""
    sentences = list(answer.sentences.order_by("ordinal").prefetch_related("findings"))
    citations = list(answer.citations.order_by("n"))
    by_number = {citation.n: citation for citation in citations}
    return AnswerDesk(
        rows=tuple(
            _row(number, sentence, by_number) for number, sentence in enumerate(sentences, start=1)
        ),
        sources=tuple(_source(citation, sentences) for citation in citations),
        withheld=sum(not sentence.shown for sentence in sentences),
    )


def turns(answers: QuerySet[Answer], current: Answer | None = None) -> list[Turn]:
    """The latest questions of a conversation, oldest first, in one query."""
    latest = answers.order_by("-created")[:TURNS_SHOWN]
    return [
        Turn(
            answer=answer,
            question=visible(answer.question),
            text=visible(answer.text),
            outcome=meaning(answer.outcome, OUTCOMES),
            verdict=meaning(answer.verdict, ANSWER_VERDICTS),
            current=current is not None and answer.pk == current.pk,
        )
        for answer in reversed(latest)
    ]


# ── a sentence and its evidence ──────────────────────────────────────────────────────────────


def _row(number: int, sentence: Sentence, citations: dict[int, Citation]) -> Row:
    claims = sentence.verdict not in (Verdict.NOT_A_CLAIM, Verdict.UNCHECKED)
    said = keys_of([sentence.text])
    evidence = [item for item in sentence.evidence if item["n"] in citations]
    if claims and not evidence:
        evidence = _nearest(said, citations.values())
    return Row(
        pk=sentence.pk,
        number=number,
        claims=claims,
        html=sentence_html(sentence, keys_of(item["quote"] for item in evidence)),
        verdict=meaning(sentence.verdict, VERDICTS),
        support=f"{sentence.support:.0%}" if claims else "",
        shown=sentence.shown,
        reasons=tuple(
            Reason(visible(code), visible(explain_reason(code))) for code in sentence.reasons
        ),
        beside=_BESIDE.get(sentence.verdict, _NEAREST),
        excerpts=tuple(_excerpt(item, citations[item["n"]], said) for item in evidence),
        finding=next(map(found, sentence.findings.all()), None),
    )


def _nearest(said: Keys, citations: Iterable[Citation]) -> list[dict[str, Any]]:
    """Of all sentences of the passages the one that shares most words, as evidence; or none."""
    places = [
        (len(said & keys_of([match.group()])), citation, match)
        for citation in citations
        for match in _SENTENCE.finditer(citation.text)
    ]
    most, citation, match = max(places, key=lambda place: place[0], default=(0, None, None))
    if not most or citation is None or match is None:
        return []
    return [{"n": citation.n, "start": match.start(), "end": match.end(), "quote": match.group()}]


def found(finding: Finding) -> Found:
    """A finding as the desk shows it."""
    return Found(
        kind=meaning(finding.kind, FINDINGS),
        parts=tuple(
            Difference(visible(part.text), part.change)
            for part in differences(finding.old_text, finding.new_text)
        ),
        place=visible(heading_line(finding.new_heading_path)),
        link=safe_link(finding.new_url),
        resolved=finding.resolved,
    )


def _excerpt(item: dict[str, Any], citation: Citation, said: Keys) -> Excerpt:
    text, start, end = citation.text, item["start"], item["end"]
    if text[start:end] != item["quote"] and not text[start:end].startswith(item["quote"]):
        parts: tuple[Part, ...] = (Part(shared(item["quote"], said), marked=True),)
    else:
        before, after = _before(text, start), _after(text, end)
        parts = (
            Part(before, marked=False),
            Part(shared(text[start:end], said), marked=True),
            Part(after, marked=False),
        )
    return Excerpt(citation.n, _place(citation), safe_link(citation.url), parts)


def _before(text: str, start: int) -> str:
    """What stands before the quote, beginning at a word."""
    if start <= AROUND_QUOTE:
        return visible(text[:start])
    _, _, words = text[start - AROUND_QUOTE : start].partition(" ")
    return f"… {visible(words)}"


def _after(text: str, end: int) -> str:
    """What stands after the quote, ending with a word."""
    if len(text) - end <= AROUND_QUOTE:
        return visible(text[end:])
    words, _, _ = text[end : end + AROUND_QUOTE].rpartition(" ")
    return f"{visible(words)} …"


def _place(citation: Citation) -> str:
    return visible(heading_line(citation.heading_path) or citation.title)


def _source(citation: Citation, sentences: Iterable[Sentence]) -> Source:
    quoted = [
        (item["start"], item["end"])
        for sentence in sentences
        for item in sentence.evidence
        if item["n"] == citation.n
    ]
    return Source(
        n=citation.n,
        place=_place(citation),
        link=safe_link(citation.url),
        cited=citation.cited,
        parts=tuple(_marked(citation.text, quoted)),
    )


def _marked(text: str, quoted: Sequence[tuple[int, int]]) -> Iterable[Part]:
    """The text in pieces, marked where any of the quotes covers it."""
    at = 0
    for start, end in sorted(quoted):
        start, end = max(start, at), min(end, len(text))
        if start < end:
            yield Part(visible(text[at:start]), marked=False)
            yield Part(visible(text[start:end]), marked=True)
            at = end
    yield Part(visible(text[at:]), marked=False)
