"""Invented rows as factory_boy makes them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Final

import factory
from factory import random

from chat.models import Answer, Conversation, Feedback
from chat.verdict import Outcome, Verdict

NOBODY: Final = "invented by seed_demo"
"""In place of a token's hash: no token opens an invented conversation."""

DICE: Final = random.randgen

COMMENTS: Final = (
    "", "", "", "Exactly what I needed.", "Thanks!", "That did it.", "",
)  # fmt: skip
COMPLAINTS: Final = (
    "", "", "That is another command.", "It does not say where to put the file.",
    "Too short.", "The link leads to the wrong place.", "",
)  # fmt: skip


def dice_id() -> uuid.UUID:
    """An id that the seed determines."""
    return uuid.UUID(int=DICE.getrandbits(128), version=4)


class InventedConversation(factory.Factory[Conversation]):
    class Meta:
        model = Conversation

    id = factory.LazyFunction(dice_id)
    token_hash = NOBODY


class InventedAnswer(factory.Factory[Answer]):
    """``outcome`` decides the rest, as it does in life."""

    class Meta:
        model = Answer

    id = factory.LazyFunction(dice_id)
    client_id = factory.LazyAttribute(lambda it: it.id.hex)
    search_query = factory.SelfAttribute("question")
    mode = "strict"
    verdict = factory.LazyAttribute(lambda it: _verdict(it.outcome))
    answerable = factory.LazyAttribute(lambda it: _answerable(it.outcome))
    error_code = factory.LazyAttribute(lambda it: _error(it.outcome))
    model = factory.LazyAttribute(lambda it: "" if it.outcome == Outcome.QUOTED else "gpt-5-nano")
    input_tokens = factory.LazyAttribute(lambda it: _tokens(it.outcome, 2600, 500))
    output_tokens = factory.LazyAttribute(lambda it: _tokens(it.outcome, 150, 45))
    retrieve_ms = factory.LazyFunction(lambda: DICE.lognormvariate(2.2, 0.3))
    first_sentence_ms = factory.LazyAttribute(lambda it: _first_sentence(it.outcome))
    total_ms = factory.LazyAttribute(lambda it: (it.first_sentence_ms or 900) * DICE.uniform(1, 4))
    heartbeat = factory.SelfAttribute("created")
    finished = factory.LazyAttribute(lambda it: it.created + timedelta(milliseconds=it.total_ms))


class InventedFeedback(factory.Factory[Feedback]):
    class Meta:
        model = Feedback

    reason = factory.LazyAttribute(
        lambda it: "" if it.helpful else DICE.choice(["wrong", "incomplete", "unclear"])
    )
    comment = factory.LazyAttribute(lambda it: DICE.choice(COMMENTS if it.helpful else COMPLAINTS))


def _verdict(outcome: Outcome) -> Verdict:
    if outcome in (Outcome.ANSWERED, Outcome.QUOTED, Outcome.STOPPED):
        return Verdict.SUPPORTED
    return Verdict.NOT_A_CLAIM if outcome == Outcome.REFUSED else Verdict.UNCHECKED


def _answerable(outcome: Outcome) -> float:
    return DICE.betavariate(2, 6) if outcome == Outcome.REFUSED else DICE.betavariate(9, 2)


def _error(outcome: Outcome) -> str:
    return DICE.choice(["deadline", "model_unavailable"]) if outcome == Outcome.FAILED else ""


def _tokens(outcome: Outcome, mean: float, spread: float) -> int:
    return 0 if outcome == Outcome.QUOTED else max(1, round(DICE.gauss(mean, spread)))


def _first_sentence(outcome: Outcome) -> float | None:
    if outcome == Outcome.FAILED:
        return None
    return DICE.lognormvariate(4.4 if outcome == Outcome.QUOTED else 6.75, 0.45)
