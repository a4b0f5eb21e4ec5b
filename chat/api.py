"""The HTTP interface of the answer. Every call parses, calls one verb, and renders."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from ninja import Header, Query, Router, Status

from chat import answering, keeping, limits, proofofwork, reply, sharing, suggesting
from chat.database import db, think
from chat.errors import Unauthorized
from chat.events import AnswerFailed, Event, ends, payload
from chat.keeping import Begun
from chat.models import Share
from chat.requests import address_of, foreign_origin
from chat.schemas import (
    ORDINAL_MAX,
    AnswerOut,
    BookOut,
    ChallengeOut,
    ConversationOut,
    ErrorOut,
    FeedbackIn,
    FeedbackOut,
    Question,
    ShareOut,
    SuggestionsOut,
)
from chat.tokens import share_token_for
from retrieval.models import Book
from retrieval.storable import Storable

log = structlog.get_logger(__name__)
router = Router(tags=["chat"])

ERRORS = dict.fromkeys((400, 401, 403, 404, 409, 413, 415, 422, 429, 503), ErrorOut)


@router.post("chat", response={200: AnswerOut, **ERRORS})
async def chat(request: HttpRequest, question: Question) -> dict[str, Any]:
    """Ask a book and get the whole answer at once."""
    begun = await _begin(request, question)
    async with aclosing(answering.follow(begun.answer, begun.token)) as events:
        async for event in events:
            if ends(event):
                break
    answer = await db(keeping.open_answer, begun.answer, begun.token)
    return reply.answer_json(answer)


@router.post("chat/stream", response={200: None, **ERRORS})
async def chat_stream(request: HttpRequest, question: Question) -> StreamingHttpResponse:
    """Ask a book and get the answer as server-sent events while it is written."""
    begun = await _begin(request, question)
    return _streamed(begun.answer, begun.token, -1)


@router.get("answers/{answer_id}/events", response={200: None, **ERRORS})
async def answer_events(
    request: HttpRequest,
    answer_id: uuid.UUID,
    after: Annotated[int, Query(ge=-1, le=ORDINAL_MAX)] = -1,
    authorization: Header[str] = "",
) -> StreamingHttpResponse:
    """An answer's events beyond sentence ``after``, also of one that is being written."""
    token = _bearer(authorization)
    await db(keeping.open_answer, answer_id, token)
    return _streamed(answer_id, token, after)


@router.post("answers/{answer_id}/stop", response={204: None, **ERRORS})
async def stop_answer(
    request: HttpRequest, answer_id: uuid.UUID, authorization: Header[str] = ""
) -> Status[None]:
    """End an answer that is being written; its sentences stay."""
    await db(keeping.open_answer, answer_id, _bearer(authorization))
    answering.stop(answer_id)
    return Status(204, None)


@router.get("answers/{answer_id}/suggestions", response={200: SuggestionsOut, **ERRORS})
async def suggestions(
    request: HttpRequest, answer_id: uuid.UUID, authorization: Header[str] = ""
) -> dict[str, Any]:
    """Questions to go on with, each of which the book answers."""
    await db(_count_offer, address_of(request))
    return {"questions": await think(suggesting.after, answer_id, _bearer(authorization))}


@router.get("conversations/{conversation_id}", response={200: ConversationOut, **ERRORS})
async def conversation(
    request: HttpRequest, conversation_id: uuid.UUID, authorization: Header[str] = ""
) -> dict[str, Any]:
    """A conversation with its answers, for whoever holds its token."""
    return await db(_conversation_json, conversation_id, _bearer(authorization))


@router.delete("conversations/{conversation_id}", response={204: None, **ERRORS})
async def erase_conversation(
    request: HttpRequest, conversation_id: uuid.UUID, authorization: Header[str] = ""
) -> Status[None]:
    """Erase a conversation with everything that was asked and answered in it."""
    await db(keeping.erase, conversation_id, _bearer(authorization))
    return Status(204, None)


@router.get("conversations/{conversation_id}/share", response={200: ShareOut, **ERRORS})
async def shared_link(
    request: HttpRequest, conversation_id: uuid.UUID, authorization: Header[str] = ""
) -> dict[str, Any]:
    """The conversation's read-only link; empty when it is not shared."""
    found = await db(sharing.shared, conversation_id, _bearer(authorization))
    return _share_json(request, found)


@router.put("conversations/{conversation_id}/share", response={200: ShareOut, **ERRORS})
async def share(
    request: HttpRequest, conversation_id: uuid.UUID, authorization: Header[str] = ""
) -> dict[str, Any]:
    """Share the conversation as it is now, under a read-only link, if the book allows it."""
    made = await db(sharing.share, conversation_id, _bearer(authorization))
    return _share_json(request, made)


@router.delete("conversations/{conversation_id}/share", response={204: None, **ERRORS})
async def unshare(
    request: HttpRequest, conversation_id: uuid.UUID, authorization: Header[str] = ""
) -> Status[None]:
    """Take the read-only link back."""
    await db(sharing.take_back, conversation_id, _bearer(authorization))
    return Status(204, None)


@router.post("answers/{answer_id}/feedback", response={200: FeedbackOut, **ERRORS})
async def feedback(request: HttpRequest, answer_id: uuid.UUID, feedback: FeedbackIn) -> Any:
    """Say whether an answer helped; a later word replaces an earlier one."""
    return await db(keeping.save_feedback, answer_id, feedback)


@router.get("books/{slug}", response={200: BookOut, **ERRORS})
async def book(
    request: HttpRequest,
    slug: str,
    page_url: Annotated[str, Query(max_length=1_000), Storable] = "",
) -> dict[str, Any]:
    """What the widget needs to know of a book. Questions of the page at ``page_url`` come first."""
    found = await db(_open_book, slug, address_of(request), foreign_origin(request.headers))
    questions = await think(suggesting.for_page, found, page_url) if page_url else []
    return _book_json(found, questions)


@router.get("books/{slug}/challenge", response={200: ChallengeOut, **ERRORS})
async def challenge(request: HttpRequest, response: HttpResponse, slug: str) -> dict[str, Any]:
    """Work to be proved with the first question, for books that answer ``proof_required``."""
    response["Cache-Control"] = "no-store"
    return await db(_challenge, slug, address_of(request), foreign_origin(request.headers))


async def _begin(request: HttpRequest, question: Question) -> Begun:
    origin = foreign_origin(request.headers)
    return await answering.ask(question, address=address_of(request), origin=origin)


def _streamed(answer: uuid.UUID, token: str, after: int) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_sse(answer, token, after), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"
    return response


async def _sse(answer: uuid.UUID, token: str, after: int) -> AsyncIterator[str]:
    """The events as text. Nothing may be raised here: headers are sent, and daphne would hang."""
    try:
        async with aclosing(answering.follow(answer, token, after)) as events:
            async for event in events:
                yield sse_text(event)
    except Exception:
        log.exception("stream_failed")
        yield sse_text(AnswerFailed("internal", reply.FAILURES["internal"], retryable=True))


def sse_text(event: Event) -> str:
    """One server-sent event; sentences carry their ordinal as id."""
    identity = f"id: {event.ordinal}\n" if hasattr(event, "ordinal") else ""
    return f"{identity}event: {event.type}\ndata: {json.dumps(payload(event))}\n\n"


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("Send the conversation's token as a bearer token.")
    return token.strip()


def _share_json(request: HttpRequest, share: Share | None) -> dict[str, str]:
    if share is None:
        return {"url": "", "until": ""}
    path = reverse("shared", args=[share_token_for(share.pk)])
    return {"url": request.build_absolute_uri(path), "until": share.until.isoformat()}


def _open_book(slug: str, address: str, origin: str) -> Book:
    _count_offer(address)
    return keeping.open_book(slug, origin)


def _count_offer(address: str) -> None:
    """Questions are offered only after searches, so they are limited as searches are."""
    limits.spend("offer", address, settings.RAGBOOK_ADDRESS_RATE)


def _challenge(slug: str, address: str, origin: str) -> dict[str, Any]:
    limits.spend("challenge", address, settings.RAGBOOK_ADDRESS_RATE)
    return proofofwork.challenge(keeping.open_book(slug, origin))


def _book_json(book: Book, questions: list[str]) -> dict[str, Any]:
    return {
        "slug": book.slug,
        "title": book.title,
        "language": book.language,
        "mode": book.mode,
        "starter_questions": list(dict.fromkeys([*questions, *book.starter_questions])),
        "sharing": book.sharing,
    }


def _conversation_json(identity: uuid.UUID, token: str) -> dict[str, Any]:
    found = keeping.open_conversation(identity, token)
    answers = keeping.with_parts().standing().filter(conversation=found).order_by("created")
    return {
        "id": str(found.pk),
        "book": found.book.slug,
        "created": found.created.isoformat(),
        "answers": [reply.answer_json(answer) for answer in answers],
    }
