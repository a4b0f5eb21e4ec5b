"""``audit_grounding --judge llm``: a model judges stored answers, and does no harm by failing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError

from benchmarks.fake_judges import judges
from benchmarks.fake_model import FakeModel
from chat import audit as auditing
from chat import secondopinion
from chat.models import Answer, Audit, Finding, Sentence
from retrieval.models import Book
from tests.chat.test_audit import BOTH, DEPTH, audited, change, kinds, many, run, stop_after, told

pytestmark = pytest.mark.django_db(transaction=True)

LOOSE = "By default 10 messages are the depth of the queue of a publisher."


@pytest.fixture
def source(robots: Book, tmp_path: Path) -> Path:
    return tmp_path / "robots"


@pytest.fixture
def model(settings: Any) -> Iterator[FakeModel]:
    """The fake model's server, in a thread of its own beside the audit."""
    server, loop = FakeModel(), asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result()
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "test", server.base_url
    settings.RAGBOOK_MODEL = "fake"
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
    assert server.errors == []


def by_model(**options: Any) -> Audit:
    return audited(judge="llm", **options)


def test_a_paraphrase_is_settled_by_the_model_with_words_of_the_book(
    source: Path, model: FakeModel
) -> None:
    answer = told(DEPTH)
    Sentence.objects.update(text=LOOSE, tree={})
    change(source, "topics.md", "is 10 messages", "is exactly 10 messages")
    done = by_model()
    assert (done.still_supported, done.asked, done.left_local) == (1, 1, 0)
    assert kinds(answer) == ["still_supported"]
    assert Finding.objects.get().reasons == ["model_judge"]
    assert done.tokens > 100


def test_it_is_one_call_for_an_answer_and_none_where_nothing_changed(
    source: Path, model: FakeModel
) -> None:
    told(DEPTH, BOTH)
    many(2)
    change(source, "topics.md", "is 10 messages", "is 10 waiting messages")
    done = by_model(everything=True)
    assert done.answers == 3
    assert len(model.calls) == done.asked <= 3
    assert all(judges(call.body["messages"]) for call in model.calls)


def test_what_the_model_denies_is_broken_and_its_answer_flagged(
    source: Path, model: FakeModel
) -> None:
    model.judge = "denying"
    answer = told(DEPTH)
    change(source, "topics.md", "is 10 messages", "is 10 waiting messages")
    assert by_model().broken == 1
    answer.refresh_from_db()
    assert answer.flagged
    assert Finding.objects.get().reasons == ["model_judge"]


@pytest.mark.parametrize("judge", ["lying", "misquoting"])
def test_a_proof_without_words_of_the_book_does_not_count(
    source: Path, model: FakeModel, judge: str
) -> None:
    model.judge = judge
    answer = told(DEPTH)
    change(source, "topics.md", " 10 ", " 20 ")
    assert by_model().broken == 1
    assert kinds(answer) == ["broken"]


def test_what_a_model_proves_with_words_that_stood_there_before_is_not_repaired(
    source: Path, model: FakeModel
) -> None:
    """It was withheld by a judge that saw less, not for what the book said."""
    answer = told(DEPTH)
    Sentence.objects.update(text=LOOSE, tree={}, verdict="unsupported", shown=False)
    Answer.objects.update(withheld=1)
    change(source, "topics.md", "| keep last |", "| keep all |")
    assert by_model().repaired == 0
    assert kinds(answer) == []


def test_a_failing_model_leaves_the_local_judgement_and_is_counted(
    source: Path, model: FakeModel, settings: Any
) -> None:
    many(3)
    change(source, "topics.md", "is 10 messages", "is 10 waiting messages")
    local = run("robots", "--all")
    settings.RAGBOOK_MODEL = "fault:500"
    told_of = run("robots", "--all", "--judge", "llm")
    assert told_of.startswith(local.strip())
    assert told_of.endswith("3 were left to the local judge.\n")


def test_a_model_that_hangs_is_not_waited_for(
    source: Path, model: FakeModel, settings: Any
) -> None:
    model.judge_s, settings.RAGBOOK_JUDGE_S = 3_600, 1
    many(4)
    change(source, "topics.md", "is 10 messages", "is 10 waiting messages")
    done = by_model()
    assert (done.answers, done.asked, done.left_local) == (4, 4, 4)
    assert done.still_supported == 4


def test_a_provider_that_is_down_is_not_asked_for_ever(
    source: Path, model: FakeModel, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secondopinion, "GIVE_UP_AFTER", 2)
    monkeypatch.setattr(secondopinion, "CALLS_AT_ONCE", 1)
    monkeypatch.setattr(auditing, "CALLS_AT_ONCE", 1)
    settings.RAGBOOK_MODEL = "fault:401"
    many(5)
    change(source, "topics.md", "is 10 messages", "is 10 waiting messages")
    done = by_model()
    assert (done.asked, done.left_local) == (2, 5)


def test_a_budget_of_tokens_is_kept(source: Path, model: FakeModel, settings: Any) -> None:
    settings.RAGBOOK_JUDGE_TOKENS = 1_000
    many(4)
    change(source, "topics.md", "is 10 messages", "is 10 waiting messages")
    report = json.loads(run("robots", "--judge", "llm", "--max-tokens", "2000", "--json"))
    assert report["asked"] + report["left_local"] == report["answers"] == 4
    assert 1 <= report["asked"] <= 3
    assert 0 < report["tokens"] <= 2_000
    assert report["books"][0]["judge"] == "llm"


def test_no_more_than_some_calls_run_at_once(source: Path, model: FakeModel) -> None:
    model.judge_s = 0.2
    many(secondopinion.CALLS_AT_ONCE + 3)
    change(source, "topics.md", "is 10 messages", "is 10 waiting messages")
    by_model()
    moments = [(call.started, call.ended or call.started) for call in model.calls]
    most = max(sum(begun <= start < end for begun, end in moments) for start, _ in moments)
    assert 1 < most <= secondopinion.CALLS_AT_ONCE


def test_a_broken_off_audit_goes_on_with_its_judge_and_its_spent_tokens(
    source: Path, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(4)
    change(source, "topics.md", "is 10 messages", "is 10 waiting messages")
    monkeypatch.setitem(auditing.BATCHES, "llm", 2)
    with monkeypatch.context() as patch:
        stop_after(1, patch)
        with pytest.raises(KeyboardInterrupt):
            by_model()
    half = Audit.objects.get()
    assert (half.answers, half.asked) == (2, 2)
    done = audited(resume=True)
    assert (done.pk, done.judge, done.answers, done.asked) == (half.pk, "llm", 4, 4)
    assert done.tokens > half.tokens


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--judge", "llm"], "needs a model: set OPENAI_API_KEY"),
        (["--max-tokens", "9000"], "--max-tokens is for --judge llm"),
        (["--judge", "llm", "--max-tokens", "5"], "--max-tokens is at least 8000"),
    ],
)
def test_unusable_input_ends_the_command_with_2(
    source: Path, arguments: list[str], message: str
) -> None:
    with pytest.raises(CommandError, match=message) as failed:
        run("robots", *arguments)
    assert failed.value.returncode == 2
    assert not Audit.objects.exists()
