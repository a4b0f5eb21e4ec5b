"""A question asked as a reader asks it, and nothing of it kept: what the book answers today."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from uuid import UUID, uuid4

from django.db import transaction

from chat import answering, keeping
from chat.database import db
from chat.events import ends
from chat.models import Answer, Conversation
from chat.schemas import Question
from chat.tokens import token_for, token_hash
from chat.verdict import Outcome


async def rehearse(question: Question, history: Sequence[Mapping[str, str]] = ()) -> Answer:
    """The answer with its sentences and citations, loaded; its rows are gone again.

    It takes every step of a reader's answer, the editors' corrections and the model's cost among
    them. ``history`` holds earlier turns, oldest first, each with ``role`` and ``content``. Raises
    what ``answering.ask`` raises.
    """
    conversation = await db(_opened, question.book, history)
    token = token_for(conversation)
    asked = question.model_copy(update={"conversation": conversation, "token": token})
    try:
        begun = await answering.ask(asked)
        async with aclosing(answering.follow(begun.answer, begun.token)) as events:
            async for event in events:
                if ends(event):
                    break
        return await db(_loaded, begun.answer)
    finally:
        await asyncio.shield(db(keeping.erase, conversation, token))


@transaction.atomic
def _opened(slug: str, history: Sequence[Mapping[str, str]]) -> UUID:
    """A conversation in which the earlier turns have been."""
    book = keeping.open_book(slug)
    identity = uuid4()
    conversation = Conversation.objects.create(
        id=identity, book=book, token_hash=token_hash(token_for(identity)), rehearsal=True
    )
    asked = [turn["content"] for turn in history if turn["role"] == "user"]
    answered = [turn["content"] for turn in history if turn["role"] == "assistant"]
    for number, (question, text) in enumerate(zip(asked, answered, strict=False)):
        Answer.objects.create(
            conversation=conversation,
            book=book,
            client_id=f"earlier-{number}",
            question=question,
            text=text,
            outcome=Outcome.ANSWERED,
        )
    return identity


def _loaded(answer: UUID) -> Answer:
    return keeping.with_parts().select_related("edition").get(pk=answer)
