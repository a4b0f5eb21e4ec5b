"""Reviews for the tests of the desk: answers as streams, thumbs and audits leave them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from chat.models import Answer
from desk.gathering import gather
from desk.review import Review
from desk.reviewing import Editor
from tests.chat.factories import (
    AnswerFactory,
    CitationFactory,
    ConversationFactory,
    SentenceFactory,
)


def editor(name: str) -> Editor:
    user, _ = User.objects.get_or_create(username=name)
    return Editor(user)


def flagged(**values: Any) -> Answer:
    """An answer of which a sentence was withheld."""
    conversation = ConversationFactory.create(**{k: v for k, v in values.items() if k == "book"})
    answer = AnswerFactory.create(
        conversation=conversation, flagged=True, withheld=1, edition=conversation.book.live
    )
    CitationFactory.create(answer=answer)
    SentenceFactory.create(answer=answer)
    SentenceFactory.create(
        answer=answer,
        text="It needs release 1847.",
        verdict="unsupported",
        support=0.1,
        shown=False,
        reasons=["number_missing:1847"],
        evidence=[],
    )
    return answer


def reviewed(answer: Answer | None = None) -> Review:
    """The review that has opened itself for the answer, as somebody reads it."""
    subject = answer or flagged()
    gather()
    return Review.objects.get(answer=subject)


def again(review: Review) -> Review:
    """The same review as somebody else sees it."""
    return Review.objects.get(pk=review.pk)
