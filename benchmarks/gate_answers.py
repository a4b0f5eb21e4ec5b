"""Scripted models answer through search, judge and gate; each labelled sentence is found again.

To be imported when Django is set up.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from random import Random
from unittest.mock import patch

from benchmarks.fake_judges import judged, judges
from benchmarks.fake_texts import fenced
from benchmarks.gate_scripts import SCRIPTS, Matter, Said, sentences_of, with_orders
from chat import answering
from chat.database import db
from chat.llm import TextModel
from chat.llm.textmodel import JsonSchema, Message, Tokens
from chat.markdown import plain
from chat.models import Sentence
from chat.schemas import Question
from retrieval.models import Book, Chunk

ELSEWHERE = 60
"""Sentences of the whole book from which a script may take what was not found."""


@dataclass(frozen=True)
class Passed:
    """A labelled sentence and whether its reader saw it."""

    kind: str
    label: str
    shown: bool
    text: str


class Speaker(TextModel):
    """Answers by the script ``kind``, and judges as the fake judge ``second`` when asked to."""

    def __init__(
        self, kind: str, question: str, elsewhere: Sequence[str], random: Random, second: str
    ) -> None:
        self.name = kind
        self.said: list[Said] = []
        self.question = question
        self._elsewhere = elsewhere
        self._random = random
        self._second = second

    async def write(
        self,
        messages: list[Message],
        *,
        max_tokens: int | None,  # noqa: ARG002 - always short
        schema: JsonSchema | None = None,  # noqa: ARG002 - told by the messages
    ) -> AsyncGenerator[str | Tokens, None]:
        """The whole answer, or the verdicts, in one piece."""
        if judges(messages):
            yield judged(self._second, messages)
            return
        passages = [text.partition("\n\n")[2] for text in fenced(messages, "passage")]
        matter = Matter(self.question, passages, self._elsewhere)
        self.said = SCRIPTS[self.name](matter, self._random)
        yield " ".join(said.text for said in self.said) or "Hello!"


async def measure(
    slug: str, asked: Sequence[str], *, answers: int, seed: int, second: str
) -> list[Passed]:
    """The labelled sentences of ``answers`` answers of each kind, to the questions in turn.

    An answer that search refuses says nothing and adds nothing.
    """
    book = await db(_sentences, slug)
    passed = []
    for kind in SCRIPTS:
        for number in range(answers):
            random = Random(f"{seed} {slug} {kind} {number}")
            question = asked[number % len(asked)]
            if kind == "injected":
                question = with_orders(question, random)
            elsewhere = random.sample(book, min(ELSEWHERE, len(book)))
            passed += await _passed(slug, Speaker(kind, question, elsewhere, random, second))
    return passed


def _sentences(slug: str) -> list[str]:
    edition = Book.objects.get(slug=slug).live
    texts = Chunk.objects.filter(edition=edition).order_by("pk").values_list("text", flat=True)
    return [sentence for text in texts for sentence in sentences_of(text)]


async def _passed(slug: str, model: Speaker) -> list[Passed]:
    with patch("chat.composing.provider_model", lambda: model):
        begun = await answering.ask(Question(book=slug, question=model.question))
        async with aclosing(answering.follow(begun.answer, begun.token)) as events:
            async for _ in events:
                pass
    labels = {_letters(said.text): said.label for said in model.said}
    return [
        Passed(model.name, labels[_letters(text)], shown, text)
        for text, shown in await db(_rows, begun.answer)
        if _letters(text) in labels  # the others are quotes of the book
    ]


def _rows(answer: uuid.UUID) -> list[tuple[str, bool]]:
    return [(plain(row.tree), row.shown) for row in Sentence.objects.filter(answer=answer)]


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text.lower())
