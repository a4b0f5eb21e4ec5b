"""An answer that an editor stands by becomes a golden question."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from chat.models import Answer, Citation
from chat.verdict import Outcome
from desk.golden import GoldenQuestion
from retrieval.models import Book, Chunk, Section

KEY = "golden-{:03}"


class CannotPromote(Exception):
    """The answer cannot be held against later editions. The message says why."""


def promote(answer: Answer, author: User) -> GoldenQuestion:
    """Make the answer's question a golden one: its cited sections must be found, or, for a refusal,
    the book must go on refusing. One that is golden already is returned.

    Raises ``CannotPromote`` when a cited passage is not in the live edition, and for an answer
    that neither cites anything nor refuses.
    """
    known = GoldenQuestion.objects.filter(answer=answer).first()
    if known is not None:
        return known
    refused = answer.outcome == Outcome.REFUSED
    gold = [] if refused else _gold(answer)
    book = answer.conversation.book
    return GoldenQuestion.objects.create(
        book=book,
        key=free_key(book),
        question=answer.question,
        history=_history(answer),
        expect=GoldenQuestion.Expect.REFUSE if refused else GoldenQuestion.Expect.ANSWER,
        gold=gold,
        gold_groups=[[place] for place in range(len(gold))],
        answer=answer,
        author=author,
    )


def free_key(book: Book) -> str:
    """A key that no golden question of the book has."""
    taken = set(GoldenQuestion.objects.filter(book=book).values_list("key", flat=True))
    return next(key for n in range(1, len(taken) + 2) if (key := KEY.format(n)) not in taken)


def _history(answer: Answer) -> list[dict[str, str]]:
    """The turns before, oldest first, if the question needed them."""
    if answer.search_query in ("", answer.question):
        return []
    earlier = answer.conversation.answers.complete().filter(created__lt=answer.created)
    return [
        message
        for turn in reversed(earlier.order_by("-created")[:2])
        for message in (
            {"role": "user", "content": turn.question},
            {"role": "assistant", "content": turn.text},
        )
    ]


def _gold(answer: Answer) -> list[dict[str, Any]]:
    """The cited sections, each once, with the words of theirs that were quoted first."""
    quotes = _quotes(answer)
    cited = [citation for citation in answer.citations.order_by("n") if citation.n in quotes]
    if not cited:
        raise CannotPromote("It cites nothing of the book, so nothing can be held to it.")
    sections = _sections(answer, cited)
    gold: dict[int, dict[str, Any]] = {}
    for citation in cited:
        section = sections.get(citation.chunk_key)
        if section is None:
            raise CannotPromote(f"The passage “{citation.title}” is not in the book any more.")
        gold.setdefault(section.pk, _place(section, quotes[citation.n]))
    return list(gold.values())


def _quotes(answer: Answer) -> dict[int, str]:
    """The words by which each passage is first cited in what was shown, by its number."""
    quotes: dict[int, str] = {}
    for sentence in answer.sentences.filter(shown=True).order_by("ordinal"):
        for item in sentence.evidence:
            quotes.setdefault(item["n"], item["quote"])
    return quotes


def _sections(answer: Answer, cited: list[Citation]) -> dict[str, Section]:
    """The sections of the cited chunks in the live edition, by the chunk's key."""
    live = answer.conversation.book.live_id
    keys = [citation.chunk_key for citation in cited]
    chunks = Chunk.objects.filter(edition=live, key__in=keys).select_related("section")
    return {chunk.key: chunk.section for chunk in chunks}


def _place(section: Section, quote: str) -> dict[str, Any]:
    return {
        "path": section.path,
        "heading": section.title,
        "anchor": section.anchor,
        "evidence": quote,
    }
