"""The cast of the chat's tests: conversations of the books that retrieval's factories make."""

from __future__ import annotations

import uuid
from typing import Any

import factory
from factory.django import DjangoModelFactory

from chat.models import Answer, Citation, Conversation, Feedback, Sentence
from chat.tokens import token_for, token_hash
from tests.retrieval.factories import BookFactory


class ConversationFactory(DjangoModelFactory[Conversation]):
    class Meta:
        model = Conversation

    id = factory.LazyFunction(uuid.uuid4)
    book = factory.SubFactory(BookFactory)
    token_hash = factory.LazyAttribute(lambda it: token_hash(token_for(it.id)))


class AnswerFactory(DjangoModelFactory[Answer]):
    class Meta:
        model = Answer

    conversation = factory.SubFactory(ConversationFactory)
    book = factory.SelfAttribute("conversation.book")
    client_id = factory.Sequence("client-{}".format)
    question = "How do I list nodes?"
    outcome = "answered"
    verdict = "supported"
    text = "Run `ros2 node list`."


class CitationFactory(DjangoModelFactory[Citation]):
    class Meta:
        model = Citation

    answer = factory.SubFactory(AnswerFactory)
    n = 1
    chunk_key = "a" * 40
    title = "Nodes"
    heading_path = factory.LazyFunction(lambda: ["Primer", "Nodes"])
    url = "https://primer.example.org/docs/nodes#list"
    text = "Run ros2 node list to see the nodes. It prints one name a line."
    cited = True


class SentenceFactory(DjangoModelFactory[Sentence]):
    class Meta:
        model = Sentence

    answer = factory.SubFactory(AnswerFactory)
    ordinal = factory.Sequence(lambda n: n)
    text = "Run `ros2 node list`."
    tree = factory.LazyFunction(lambda: {"type": "paragraph", "joins": False, "children": []})
    verdict = "supported"
    support = 0.9
    shown = True
    evidence = factory.LazyFunction(lambda: [evidence()])


class FeedbackFactory(DjangoModelFactory[Feedback]):
    class Meta:
        model = Feedback

    answer = factory.SubFactory(AnswerFactory)
    helpful = False
    reason = "wrong"
    comment = "That is another command."


def evidence(n: int = 1, quote: str = "Run ros2 node list to see the nodes.") -> dict[str, Any]:
    return {"n": n, "key": "a" * 40, "start": 0, "end": len(quote), "quote": quote}
