"""RAGBOOK_JUDGE=llm and both: an answer whose doubtful sentences wait for a second judge."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from benchmarks.fake_judges import judges
from benchmarks.fake_model import FakeModel
from chat import answering
from chat.database import db
from chat.events import AnswerSentence, AnswerWithheld, ends
from chat.grounding import modeljudge
from chat.models import Answer
from chat.schemas import Question
from chat.verdict import Outcome
from retrieval.models import Book
from tests.chat.test_answering import LISTING, asked, fake_model, first_sentence

pytestmark = pytest.mark.django_db(transaction=True)

PROVED = "Run `ros2 node list` to see the names of all running nodes."
LOOSE = "One name per line is what the command prints for you."
FIB = "Nodes are restarted by the kernel whenever they get bored."
NUMBER = "The command returns after 45 seconds at the latest."
ORDER = [PROVED, LOOSE, FIB, NUMBER]


@pytest.fixture
async def model(settings: Any) -> AsyncIterator[FakeModel]:
    settings.RAGBOOK_JUDGE = "llm"
    async with fake_model(settings) as server:
        server.mode, server.script = "script", [" ".join(ORDER)]
        yield server


def texts(answer: dict[str, Any]) -> list[str]:
    return [sentence["text"] for sentence in answer["sentences"] if sentence["shown"]]


def verdict_calls(model: FakeModel) -> list[dict[str, Any]]:
    return [call.body for call in model.calls if judges(call.body["messages"])]


def break_off(model: FakeModel) -> None:
    """In the middle of a fifth sentence."""
    model.finish, model.script = "length", [" ".join([*ORDER, "Then the robot"])]


async def local_texts(settings: Any) -> list[str]:
    settings.RAGBOOK_JUDGE = "local"
    _, answer = await asked()
    settings.RAGBOOK_JUDGE = "llm"
    return texts(answer)


async def test_an_honest_judge_shows_what_the_book_says_and_nothing_else(
    robots: Book, model: FakeModel
) -> None:
    events, answer = await asked()
    assert answer["outcome"] == Outcome.ANSWERED
    assert texts(answer) == [PROVED, LOOSE]
    told = [event.ordinal for event in events if isinstance(event, AnswerSentence | AnswerWithheld)]
    assert told == [0, 1, 2, 3]
    for sentence in answer["sentences"][:2]:
        assert sentence["citations"]


async def test_it_is_one_call_for_a_fixed_shape_and_its_tokens_are_counted(
    robots: Book, model: FakeModel
) -> None:
    _, answer = await asked()
    [call] = verdict_calls(model)
    assert call["response_format"]["type"] == "json_schema"
    assert set(call["response_format"]["json_schema"]["schema"]["properties"]) == {"verdicts"}
    read = sum(len(json.dumps(call.body["messages"])) for call in model.calls) // 4
    assert len(model.calls) == 2
    assert answer["usage"]["input_tokens"] > 0.8 * read


@pytest.mark.parametrize("judge", ["lying", "misquoting", "malformed"])
async def test_a_judge_that_cannot_be_believed_changes_nothing(
    robots: Book, model: FakeModel, settings: Any, judge: str
) -> None:
    local = await local_texts(settings)
    model.judge = judge
    events, answer = await asked()
    assert texts(answer) == local
    assert sum(map(ends, events)) == 1


async def test_a_judge_that_takes_too_long_changes_nothing(
    robots: Book, model: FakeModel, settings: Any
) -> None:
    local = await local_texts(settings)
    model.judge_s, settings.RAGBOOK_JUDGE_S = 3_600, 1
    _, answer = await asked()
    assert texts(answer) == local
    assert answer["outcome"] == Outcome.ANSWERED


async def test_sentences_that_were_complete_when_the_model_broke_off_are_still_judged(
    robots: Book, model: FakeModel
) -> None:
    break_off(model)
    events, answer = await asked()
    assert answer["outcome"] == Outcome.FAILED
    assert texts(answer) == [PROVED, LOOSE]
    assert [sentence["ordinal"] for sentence in answer["sentences"]] == [0, 1, 2, 3]
    assert sum(map(ends, events)) == 1


async def test_what_waited_is_judged_locally_when_the_broken_model_does_not_judge_either(
    robots: Book, model: FakeModel, settings: Any
) -> None:
    local = await local_texts(settings)
    break_off(model)
    model.judge = "malformed"
    _, answer = await asked()
    assert texts(answer) == local
    assert len(answer["sentences"]) == len(ORDER)


async def test_what_the_judge_denies_is_withheld_and_the_book_answers_itself(
    robots: Book, model: FakeModel
) -> None:
    model.judge = "denying"
    _, answer = await asked()
    assert answer["withheld"] == len(ORDER)
    assert answer["outcome"] == Outcome.QUOTED
    assert len(verdict_calls(model)) == 1  # the book's own sentences are not asked about


async def test_with_both_a_sure_sentence_does_not_wait(
    robots: Book, model: FakeModel, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RAGBOOK_JUDGE, settings.RAGBOOK_JUDGE_S = "both", 1
    monkeypatch.setattr(modeljudge, "BAND", 0.4)
    model.judge_s = 3_600
    begun = await answering.ask(Question(book="robots", question=LISTING))
    events = answering.follow(begun.answer, begun.token)
    first = await first_sentence(events)
    assert first.text == PROVED
    assert not await db(Answer.objects.filter(pk=begun.answer, outcome="answered").exists)
    await events.aclose()


async def test_stopping_while_the_judge_thinks_ends_its_call_and_shows_nothing_more(
    robots: Book, model: FakeModel
) -> None:
    model.judge_s = 3_600
    begun = await answering.ask(Question(book="robots", question=LISTING))
    events = answering.follow(begun.answer, begun.token)
    async for event in events:
        if event.type == "answer.started":
            while not verdict_calls(model):
                await asyncio.sleep(0.02)
            answering.stop(begun.answer)
        assert event.type != "answer.sentence"
    stored = await db(lambda: Answer.objects.get(pk=begun.answer))
    assert stored.outcome == Outcome.STOPPED
    assert stored.text == ""
