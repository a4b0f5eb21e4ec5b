"""A conversation under a read-only link: made, opened, taken back.

The link shows the conversation as it was when it was shared, and nothing that lets anybody go on
with it. Its token is derived as a conversation's is, so the same link can be shown again; only the
hash is stored.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from chat.errors import Forbidden, NotFound
from chat.keeping import open_conversation, with_parts
from chat.models import Answer, Conversation, Share
from chat.tokens import share_token_for, token_hash
from chat.verdict import Outcome
from retrieval.models import Book


@dataclass(frozen=True, slots=True)
class Shared:
    """What a link shows: the book and the answers asked ``until`` then, oldest first."""

    book: Book
    until: datetime
    answers: Sequence[Answer]


def share(conversation: uuid.UUID, token: str) -> Share:
    """Share the conversation as it is now, under the link it has or a new one.

    Raises ``NotFound``, and ``Forbidden`` when the book's readers may not share.
    """
    opened = open_conversation(conversation, token)
    if not opened.book.sharing:
        raise Forbidden("Conversations with this book are not shared.")
    fresh = uuid.uuid4()
    kept, _ = Share.objects.update_or_create(
        conversation=opened,
        defaults={"until": timezone.now()},
        create_defaults={
            "id": fresh,
            "token_hash": token_hash(share_token_for(fresh)),
            "until": timezone.now(),
        },
    )
    return kept


def shared(conversation: uuid.UUID, token: str) -> Share | None:
    """The conversation's link, if it has one. Raises ``NotFound`` for the conversation."""
    return Share.objects.filter(conversation=open_conversation(conversation, token)).first()


def take_back(conversation: uuid.UUID, token: str) -> None:
    """End the conversation's link, if it has one. Raises ``NotFound`` for the conversation."""
    Share.objects.filter(conversation=open_conversation(conversation, token)).delete()


def open_shared(token: str) -> Shared:
    """What the link's token opens. Raises ``NotFound`` when there is no such link, or no longer."""
    found = Share.objects.select_related("conversation__book").filter(
        token_hash=token_hash(token),
        conversation__book__sharing=True,
        conversation__book__published=True,
    )
    share = found.first()
    if share is None:
        raise NotFound("There is no such conversation, or it is shared no longer.")
    return Shared(share.conversation.book, share.until, _answers(share.conversation, share.until))


def _answers(conversation: Conversation, until: datetime) -> Sequence[Answer]:
    ended = with_parts().standing().exclude(outcome__in=[Outcome.RUNNING, Outcome.FAILED])
    return list(ended.filter(conversation=conversation, created__lte=until).order_by("created"))
