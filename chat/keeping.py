"""The conversation's rows: each function is one short unit of work, in one transaction.

The order of writes is the promise: question and answer row before the model is called, sentences
before they are sent, the end of an answer exactly once.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from chat import budget, proofofwork
from chat.errors import Conflict, Forbidden, NotFound
from chat.models import Answer, AnswerQuerySet, Citation, Conversation, Feedback, Sentence
from chat.oncemore import once_more
from chat.tokens import conversation_id, new_client_id, token_for, token_hash, token_opens
from chat.verdict import Outcome
from retrieval.errors import BookNotFound
from retrieval.models import Book
from retrieval.passages import Found
from retrieval.search import served_book

if TYPE_CHECKING:
    from chat.schemas import FeedbackIn, Question  # brings the API's framework with it

log = structlog.get_logger(__name__)

HISTORY_TURNS = 6
ABANDONED_AFTER = timedelta(seconds=60)
CITATIONS = Prefetch("citations", Citation.objects.order_by("n"))


@dataclass(frozen=True, slots=True)
class Begun:
    """A stored question.

    ``is_new`` is false when this very question was already asked, ``affordable`` when the budget
    leaves too little to ask a model.
    """

    answer: uuid.UUID
    conversation: uuid.UUID
    token: str
    is_new: bool
    affordable: bool
    mode: str
    code: str
    title: str
    language: str
    persona: str
    history: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class Ending:
    """How an answer ended: its row's columns, by their names."""

    outcome: str
    verdict: str
    text: str
    withheld: int
    flagged: bool
    model: str
    error_code: str
    search_query: str
    answerable: float | None
    input_tokens: int
    output_tokens: int
    retrieve_ms: float | None
    first_sentence_ms: float | None
    total_ms: float
    correction_id: int | None = None


# ── books ────────────────────────────────────────────────────────────────────────────────────


@once_more
def open_book(slug: str, origin: str = "") -> Book:
    """The published book. Raises ``NotFound``, or ``Forbidden`` for a site that may not embed."""
    try:
        book = served_book(slug)
    except BookNotFound:
        raise NotFound(f"There is no book {slug!r} here.") from None
    if origin and book.origins and origin not in book.origins:
        log.info("origin_refused", book=slug, origin=origin[:200])
        raise Forbidden(f"{origin} may not embed this book.")
    return book


# ── the question ─────────────────────────────────────────────────────────────────────────────


@once_more
def begin(question: Question, address: str, origin: str = "", pressure: float = 0.0) -> Begun:
    """Store the question and its answer row, or find them when this is a retry.

    ``pressure`` is the share of a limit that is used up; only readers have an address. Raises
    ``NotFound`` for an unknown book, conversation or token (which look alike), ``Forbidden`` for a
    site that may not embed the book, ``ProofRequired`` where opening a conversation takes work,
    ``Conflict`` when a ``client_id`` returns with another question.
    """
    book = open_book(question.book, origin)
    if address and question.conversation is None:
        proofofwork.demand(book, pressure, question.proof)
    client_id = question.client_id or new_client_id()
    history: list[dict[str, str]] = []
    with transaction.atomic():
        if question.conversation is None:
            conversation = _opened(book, question, address)
        else:
            conversation, history = _continued(book, question)
        answer, is_new = _asked(conversation, book, question, client_id)
        affordable = is_new and budget.reserve(answer, book)
    return Begun(
        answer=answer,
        conversation=conversation,
        token=token_for(conversation),
        is_new=is_new,
        affordable=affordable,
        mode=book.mode,
        code=book.code,
        title=book.title,
        language=book.language,
        persona=book.persona,
        history=tuple(history),
    )


def _opened(book: Book, question: Question, address: str) -> uuid.UUID:
    """A new conversation, or the one that this very question opened before."""
    identity = conversation_id(book.slug, question.client_id, address)
    conversation = Conversation(id=identity, book=book, token_hash=token_hash(token_for(identity)))
    Conversation.objects.bulk_create([conversation], ignore_conflicts=True)
    return identity


def _continued(book: Book, question: Question) -> tuple[uuid.UUID, list[dict[str, str]]]:
    assert question.conversation is not None
    conversation = open_conversation(question.conversation, question.token)
    if conversation.book_id != book.pk:
        raise NotFound("There is no such conversation.")
    conversation.save(update_fields=["last_asked"])
    if question.replaces is not None:
        _replace(conversation, question.replaces, question.client_id)
    return conversation.pk, _history(conversation)


def _replace(conversation: Conversation, answer: uuid.UUID, client_id: str) -> None:
    """Set the answer aside whose question is now put in other words, as ``client_id``."""
    others = conversation.answers.exclude(client_id=client_id)
    others.filter(pk=answer).update(replaced=True)


def _asked(
    conversation: uuid.UUID, book: Book, question: Question, client_id: str
) -> tuple[uuid.UUID, bool]:
    """The answer's id, and whether it is new: a ``client_id`` is answered once."""
    answer = Answer(
        conversation_id=conversation,
        book=book,
        client_id=client_id,
        edition_id=book.live_id,
        question=question.question,
        selection=question.selection,
        page_url=question.page_url,
        scope=question.scope.value,
        mode=book.mode,
    )
    if not question.client_id:
        answer.save(force_insert=True)
        return answer.pk, True
    kept = _kept(answer)
    if _released(kept):
        kept = _kept(answer)
    if kept.question != question.question:
        raise Conflict("This client_id was used for another question.")
    return kept.pk, kept.pk == answer.pk


def _kept(answer: Answer) -> Answer:
    """The row of the answer, which is stored, or of the one that had its ``client_id`` before."""
    Answer.objects.bulk_create([answer], ignore_conflicts=True)
    return Answer.objects.only("question", "outcome").get(
        conversation=answer.conversation_id, client_id=answer.client_id
    )


def _released(answer: Answer) -> bool:
    """Asking again after a failure is a new try: the failed answer gives its client_id up."""
    if answer.outcome == Outcome.RUNNING:
        return False
    failed = Answer.objects.failed().filter(pk=answer.pk)
    return bool(failed.update(client_id=Concat(Value("failed-"), Cast("pk", CharField()))))


def _history(conversation: Conversation) -> list[dict[str, str]]:
    """The last complete turns, oldest first."""
    turns = conversation.answers.complete().order_by("-created")[:HISTORY_TURNS]
    return [
        message
        for answer in reversed(turns)
        for message in (
            {"role": "user", "content": answer.question},
            {"role": "assistant", "content": answer.text},
        )
    ]


# ── while it is answered ─────────────────────────────────────────────────────────────────────


def sources(
    answer: uuid.UUID, found: Sequence[Found], cited: Collection[int] = ()
) -> list[Citation]:
    """The passages as they are now, numbered from 1, as rows to be saved.

    ``cited`` are the numbers of those that are cited already.
    """
    return [
        Citation(
            answer_id=answer,
            n=n,
            chunk_id=hit.chunk_id,
            chunk_key=hit.passage.key,
            title=hit.passage.title,
            heading_path=list(hit.passage.heading_path),
            url=hit.passage.link,
            text=hit.passage.text,
            cited=n in cited,
        )
        for n, hit in enumerate(found, start=1)
    ]


def save(rows: Sequence[Citation | Sentence]) -> None:
    """Sources and sentences of any number of answers, in one transaction."""
    with transaction.atomic():
        Citation.objects.bulk_create(row for row in rows if isinstance(row, Citation))
        Sentence.objects.bulk_create(row for row in rows if isinstance(row, Sentence))


def beat(answers: Iterable[uuid.UUID]) -> None:
    Answer.objects.running().filter(pk__in=list(answers)).update(heartbeat=timezone.now())


def finish(answer: uuid.UUID, ending: Ending, cited: Collection[int] = ()) -> bool:
    """End a running answer; false when it had ended already, and then it is not changed.

    ``cited`` are the numbers of the passages that are cited and not yet stored so. What the model
    used is counted either way, also when the reader erased the conversation meanwhile.
    """
    with transaction.atomic():
        running = Answer.objects.running().filter(pk=answer)
        ended = running.update(finished=timezone.now(), **asdict(ending))
        if ended and cited:
            Citation.objects.filter(answer_id=answer, n__in=cited).update(cited=True)
        budget.settle(answer, ending.input_tokens + ending.output_tokens)
    return bool(ended)


def reap() -> int:
    """Mark answers interrupted whose process has shown no sign of life; returns how many.

    Rehearsals whose process was killed go too: nobody comes back to them.
    """
    budget.forget_killed()
    overdue = timezone.now() - budget.lifetime()
    Conversation.objects.filter(rehearsal=True, last_asked__lt=overdue).delete()
    stale = Answer.objects.running().filter(heartbeat__lt=timezone.now() - ABANDONED_AFTER)
    return stale.update(
        outcome=Outcome.INTERRUPTED.value, error_code="interrupted", finished=timezone.now()
    )


# ── afterwards ───────────────────────────────────────────────────────────────────────────────


@once_more
def open_conversation(identity: uuid.UUID, token: str) -> Conversation:
    """The conversation that the token opens. Raises ``NotFound``, alike for wrong id and token."""
    conversation = Conversation.objects.filter(pk=identity).first()
    if conversation is None or not _opens(token, conversation):
        raise NotFound("There is no such conversation.")
    return conversation


@once_more
def open_answer(identity: uuid.UUID, token: str, book: str = "") -> Answer:
    """The answer with its parts, when the token opens its conversation. Raises ``NotFound``.

    ``book`` is the slug of the book that it must be of, if the reader comes through one.
    """
    of_book = {"conversation__book__slug": book} if book else {}
    answer = with_parts().filter(pk=identity, **of_book).first()
    if answer is None or not _opens(token, answer.conversation):
        raise NotFound("There is no such answer.")
    return answer


def _opens(token: str, conversation: Conversation) -> bool:
    """Tokens end with the time for which conversations are kept, also before these are deleted."""
    kept_since = timezone.now() - timedelta(days=settings.RAGBOOK_RETENTION_DAYS)
    return token_opens(token, conversation.token_hash) and conversation.last_asked >= kept_since


def with_parts() -> AnswerQuerySet:
    """Answers with what a reply is made of, in three queries."""
    return Answer.objects.select_related("conversation").prefetch_related(
        Prefetch("sentences", Sentence.objects.order_by("ordinal")), CITATIONS
    )


def erase(identity: uuid.UUID, token: str) -> None:
    """Delete the conversation with everything in it. Raises ``NotFound``."""
    open_conversation(identity, token).delete()


def of_reader(sign: str) -> QuerySet[Conversation]:
    """The conversations that a reader names by their token, their id or a question's client id."""
    sign = sign.strip()
    named = Q(token_hash=token_hash(sign)) | Q(answers__client_id=sign)
    with suppress(ValueError):
        named |= Q(pk=uuid.UUID(sign))
    return Conversation.objects.filter(named).order_by().distinct()


def forget(older_than: timedelta) -> int:
    """Delete conversations in which nothing was asked for so long; returns how many."""
    stale = Conversation.objects.filter(last_asked__lt=timezone.now() - older_than)
    return stale.delete()[1].get("chat.Conversation", 0)


def save_feedback(identity: uuid.UUID, feedback: FeedbackIn) -> Feedback:
    """Keep the reader's thumb; thumbs down flags the answer. Raises ``NotFound``."""
    answer = open_answer(identity, feedback.token)
    with transaction.atomic():
        kept, _ = Feedback.objects.update_or_create(
            answer=answer,
            defaults={
                "helpful": feedback.helpful,
                "reason": feedback.reason,
                "comment": feedback.comment,
            },
        )
        if not feedback.helpful:
            Answer.objects.filter(pk=answer.pk).update(flagged=True)
        return kept
