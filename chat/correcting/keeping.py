"""Keeping an editor's answer: judged like any other, and proved, or confirmed by a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from chat.correcting.candidates import ENCODER, forget, question_vectors
from chat.correcting.passages import held
from chat.correction import Correction, CorrectionPassage
from chat.errors import ChatError
from chat.grounding.judge import LocalJudge
from chat.sentences import Piece, SentenceSplitter
from chat.verdict import Judgement, Verdict
from retrieval.models import Book, Edition
from retrieval.passages import Passage
from retrieval.search import live_edition, token_vectors


class PassagesGone(ChatError):
    """No passage was chosen, or one of them is not in the live edition."""

    code = "passages_gone"


class Unproved(ChatError):
    """The passages do not prove the answer, and nobody has confirmed it all the same."""

    code = "unproved"

    def __init__(self, message: str, said: tuple[Said, ...]) -> None:
        super().__init__(message)
        self.said = said


@dataclass(frozen=True, slots=True)
class Draft:
    """What an editor wants to be answered. ``keys`` are those of the passages that prove it."""

    question: str
    text: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a draft with what the judge says of it."""

    piece: Piece
    judgement: Judgement

    @property
    def proved(self) -> bool:
        return self.judgement.verdict in (Verdict.SUPPORTED, Verdict.NOT_A_CLAIM)


def judged(book: Book, draft: Draft) -> tuple[Said, ...]:
    """The draft sentence by sentence. Raises ``PassagesGone``, ``BookNotFound``."""
    return _said(draft, _passages(live_edition(book.slug), draft.keys))


def correct(book: Book, draft: Draft, author: Any, *, confirmed: bool = False) -> Correction:
    """Keep the draft, so that readers get it from now on.

    ``confirmed`` keeps one that its passages do not prove, and it is marked as such. Raises
    ``Unproved`` without it, ``PassagesGone`` and ``BookNotFound``.
    """
    passages = _passages(live_edition(book.slug), draft.keys)
    said = _said(draft, passages)
    proved = all(sentence.proved for sentence in said)
    if not proved and not confirmed:
        raise Unproved("The passages do not prove every sentence.", said)
    return _kept(book, draft, passages, author, proved=proved)


def withdraw(correction: Correction) -> bool:
    """Take the correction back; false when somebody was first."""
    kept = Correction.objects.kept().filter(pk=correction.pk)
    done = kept.update(withdrawn=timezone.now())
    forget()
    return bool(done)


def _passages(edition: Edition, keys: Sequence[str]) -> list[Passage]:
    """The chosen passages in their order, each once."""
    found = held(edition, keys)
    if not keys or len(found) < len(set(keys)):
        raise PassagesGone("Choose passages that are in the book as it is now.")
    return [hit.passage for hit in found]


def _said(draft: Draft, passages: Sequence[Passage]) -> tuple[Said, ...]:
    judge = LocalJudge(passages, draft.question, token_vectors)
    splitter = SentenceSplitter()
    pieces = [*splitter.feed(draft.text), *splitter.finish()]
    return tuple(Said(piece, judge.judge(piece)) for piece in pieces)


@transaction.atomic
def _kept(
    book: Book, draft: Draft, passages: Sequence[Passage], author: Any, *, proved: bool
) -> Correction:
    correction = Correction.objects.create(
        book=book,
        question=draft.question,
        text=draft.text,
        proved=proved,
        author=author,
        encoder=ENCODER,
        vector=question_vectors([draft.question])[0].tobytes(),
    )
    CorrectionPassage.objects.bulk_create(
        CorrectionPassage(
            correction=correction,
            n=n,
            chunk_key=passage.key,
            heading_path=list(passage.heading_path),
            url=passage.link,
            text=passage.text,
        )
        for n, passage in enumerate(passages, start=1)
    )
    return correction
