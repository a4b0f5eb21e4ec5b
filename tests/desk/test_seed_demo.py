"""Invented readers: as many as asked for, the same for the same seed, and never by accident."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from chat.models import Answer, Citation, Conversation, Feedback, Sentence
from chat.verdict import Outcome
from retrieval.models import Edition
from tests.chat.factories import AnswerFactory
from tests.retrieval.factories import BookFactory, ChunkFactory, EditionFactory, SectionFactory

pytestmark = pytest.mark.django_db

TEXT = (
    "A topic carries messages from publishers to subscribers of the robot. "
    "A service answers one request of one client with one reply."
)


@pytest.fixture(autouse=True)
def _not_in_production(settings: Any) -> None:
    settings.DEBUG = True


@pytest.fixture
def edition() -> Edition:
    edition = EditionFactory.create(book__slug="robots")
    for title in ("Topics", "Services", "Actions"):
        section = SectionFactory.create(edition=edition, title=title)
        ChunkFactory.create(section=section, text=f"{title} are explained here. {TEXT}")
    return edition


def seed(*options: str, book: str = "robots") -> str:
    out = StringIO()
    call_command("seed_demo", book, "--answers", "120", *options, stdout=out)
    return out.getvalue()


def what_is_stored() -> list[tuple[Any, ...]]:
    return list(
        Answer.objects.order_by("pk").values_list(
            "pk", "question", "outcome", "text", "input_tokens", "flagged"
        )
    )


def test_a_month_has_every_kind_of_answer(edition: Edition) -> None:
    assert seed() == "120 answers invented for robots.\n"
    assert Answer.objects.count() == 120
    assert set(Answer.objects.values_list("outcome", flat=True)) >= {
        Outcome.ANSWERED, Outcome.QUOTED, Outcome.REFUSED
    }  # fmt: skip
    assert set(Answer.objects.values_list("book", flat=True)) == {edition.book_id}
    assert Feedback.objects.exists()
    assert Conversation.objects.count() < 120
    now = timezone.now()
    for answer in Answer.objects.all():
        assert now - timedelta(days=32) < answer.created <= now + timedelta(hours=1)
        assert answer.finished
        assert answer.finished >= answer.created


def test_evidence_is_what_stands_in_the_passage(edition: Edition) -> None:
    seed()
    passages = {(it.answer_id, it.n): it.text for it in Citation.objects.all()}
    quoted = [
        (passages[sentence.answer_id, item["n"]][item["start"] : item["end"]], item["quote"])
        for sentence in Sentence.objects.all()
        for item in sentence.evidence
    ]
    assert len(quoted) > 100
    assert all(found == quote for found, quote in quoted)


def test_the_same_seed_invents_the_same(edition: Edition) -> None:
    seed("--until", "2026-05-31")
    first = what_is_stored()
    seed("--until", "2026-05-31")
    assert what_is_stored() == first
    seed("--until", "2026-05-31", "--seed", "2")
    assert what_is_stored() != first
    assert Answer.objects.count() == 120


def test_real_readers_are_left_alone(edition: Edition) -> None:
    real = AnswerFactory.create(conversation__book=edition.book)
    seed()
    seed()
    assert Answer.objects.filter(pk=real.pk).exists()
    assert Answer.objects.count() == 121


def test_questions_of_a_file_are_asked(edition: Edition, tmp_path: Path) -> None:
    lines = [
        {"question": "Topics?!", "expect": "answer",
         "gold": [{"path": "guide/topics.md", "anchor": "topics"}]},
        {"question": "Cheese?", "expect": "refuse", "gold": []},
    ]  # fmt: skip
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    seed("--questions", str(path))
    refused = Answer.objects.filter(outcome=Outcome.REFUSED)
    assert set(refused.values_list("question", flat=True)) == {"Cheese?"}
    assert Answer.objects.filter(question="Topics?!").exists()


def test_production_is_left_alone(edition: Edition, settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="looks like production"):
        seed()
    assert not Answer.objects.exists()
    seed("--force")
    assert Answer.objects.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--answers", "0"], "at least 1"),
        (["--days", "0"], "at least 1"),
        (["--until", "tomorrow"], "such as 2026-05-31"),
        (["--until", "2026-13-01"], "such as 2026-05-31"),
        (["--questions", "/nowhere.jsonl"], "No such file"),
    ],
)
def test_what_cannot_be_invented_is_said(edition: Edition, options: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        seed(*options)


def test_a_book_must_be_there_and_have_sentences() -> None:
    with pytest.raises(CommandError, match="There is no book 'robots'"):
        seed()
    BookFactory.create(slug="robots")
    with pytest.raises(CommandError, match="has no edition yet"):
        seed()


def test_a_book_of_headings_alone_says_nothing() -> None:
    EditionFactory.create(book__slug="robots")
    with pytest.raises(CommandError, match="no sentences to answer with"):
        seed()
