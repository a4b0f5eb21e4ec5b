"""What readers asked is not kept for longer than the operator says."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from chat.models import Answer, Citation, Conversation, Feedback, Sentence
from tests.chat.factories import (
    CitationFactory,
    ConversationFactory,
    FeedbackFactory,
    SentenceFactory,
)

pytestmark = pytest.mark.django_db


def rested(days: int) -> Conversation:
    """A conversation with everything in it, last asked that many days ago."""
    conversation = ConversationFactory.create()
    for part in (SentenceFactory, CitationFactory, FeedbackFactory):
        part(answer__conversation=conversation)
    asked = timezone.now() - timedelta(days=days)
    Conversation.objects.filter(pk=conversation.pk).update(last_asked=asked)
    return conversation


def test_old_conversations_go_with_everything_in_them(settings: Any) -> None:
    settings.RAGBOOK_RETENTION_DAYS = 30
    recent, _ = rested(29), rested(31)
    told = StringIO()
    call_command("forget_conversations", stdout=told)
    assert told.getvalue() == "1 conversations forgotten that rested for 30 days.\n"
    assert list(Conversation.objects.all()) == [recent]
    for kind in (Sentence, Citation, Feedback):
        assert kind.objects.count() == 1
    assert set(Answer.objects.values_list("conversation", flat=True)) == {recent.pk}


def test_the_command_line_may_ask_for_another_age() -> None:
    rested(29)
    call_command("forget_conversations", "--days=7", stdout=StringIO())
    assert not Conversation.objects.exists()


def test_an_age_below_a_day_is_refused() -> None:
    rested(29)
    with pytest.raises(CommandError, match="at least 1") as refused:
        call_command("forget_conversations", "--days=0")
    assert refused.value.returncode == 2
    assert Conversation.objects.count() == 1
