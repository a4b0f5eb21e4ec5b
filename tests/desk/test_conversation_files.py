"""Conversations leave as files for whoever may take them, and go when their reader wishes it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import AsyncClient, Client

from chat.models import Answer, Conversation, Feedback, Sentence
from chat.tokens import token_for
from desk.conversationfiles import COLUMNS, csv_lines, json_lines, rows
from retrieval.models import Book
from tests.chat.factories import (
    AnswerFactory,
    CitationFactory,
    ConversationFactory,
    FeedbackFactory,
    SentenceFactory,
)
from tests.desk.conftest import listing, page
from tests.retrieval.factories import BookFactory

pytestmark = pytest.mark.django_db

EditorOf = Callable[..., Client]


@pytest.fixture
def answer() -> Answer:
    answer = AnswerFactory.create(
        conversation__book=BookFactory.create(slug="robots"), question="Läuft das, “so”?\nJa?"
    )
    CitationFactory.create(answer=answer, n=1, url="https://a.example.org/#x")
    CitationFactory.create(answer=answer, n=2, url="https://b.example.org/", cited=False)
    FeedbackFactory.create(answer=answer, comment="No!")
    return answer


def exported(*options: str) -> str:
    """What the command prints."""
    out = StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", out)
        call_command("export_conversations", *options)
    return out.getvalue()


# ── the files ────────────────────────────────────────────────────────────────────────────────


def test_json_lines_hold_an_answer_each(answer: Answer) -> None:
    (row,) = map(json.loads, exported("robots").splitlines())
    assert tuple(row) == COLUMNS
    assert row["question"] == "Läuft das, “so”?\nJa?"
    assert row["citations"] == ["https://a.example.org/#x"]
    assert (row["helpful"], row["comment"]) == (False, "No!")
    assert row["conversation"] == str(answer.conversation_id)


def test_csv_reads_back_as_it_was(answer: Answer) -> None:
    names, cells = csv.reader(StringIO(exported("--format", "csv"), newline=""))
    assert tuple(names) == COLUMNS
    row = dict(zip(names, cells, strict=True))
    assert row["question"] == "Läuft das, “so”?\nJa?"
    assert row["citations"] == "https://a.example.org/#x"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_no_cell_is_taken_for_a_formula(text: str) -> None:
    FeedbackFactory.create(answer__question=text, comment=text)
    rows_ = csv.DictReader(
        StringIO("".join(csv_lines(rows(Conversation.objects.all()))), newline="")
    )
    (row,) = rows_
    assert row["question"] == row["comment"] == f"'{text}"
    (line,) = json_lines(rows(Conversation.objects.all()))
    assert json.loads(line)["question"] == text


def test_many_conversations_are_read_in_pages(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr("desk.conversationfiles.AT_ONCE", 2)
    for _ in range(5):
        CitationFactory.create()
    with django_assert_num_queries(10):
        found = [row["conversation"] for row in rows(Conversation.objects.all())]
    assert sorted(found) == sorted(
        str(pk) for pk in Conversation.objects.values_list("pk", flat=True)
    )


def test_one_book_and_the_days_since_are_chosen(answer: Answer) -> None:
    AnswerFactory.create()
    assert len(exported().splitlines()) == 2
    assert len(exported("robots").splitlines()) == 1
    assert exported("robots", "--since", "2999-01-01") == ""


def test_a_file_is_written(answer: Answer, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    assert exported("--output", str(path)) == ""
    assert json.loads(path.read_text(encoding="utf-8"))["book"] == "robots"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["nothing"], "There is no book 'nothing'"),
        (["--since", "yesterday"], "such as 2026-05-31"),
        (["--output", "/nowhere/at/all.csv"], "No such file"),
    ],
)
def test_what_cannot_be_exported_is_said(options: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        exported(*options)


# ── from the list ────────────────────────────────────────────────────────────────────────────


async def download(name: str, action: str, *chosen: Conversation) -> Any:
    client = AsyncClient()
    await client.aforce_login(await User.objects.aget(username=name))
    act = {"action": action, "_selected_action": [str(it.pk) for it in chosen]}
    return await client.post(listing("chat.conversation"), act)


@pytest.mark.django_db(transaction=True)
async def test_an_owner_exports_what_she_chose() -> None:
    chosen, other = [await _asked() for _ in range(2)]
    await _staff("olga", "every_book", "export_conversations")
    reply = await download("olga", "export_csv", chosen)
    assert reply["Content-Disposition"] == 'attachment; filename="conversations.csv"'
    body = b"".join([piece async for piece in reply.streaming_content]).decode()
    assert str(chosen.pk) in body
    assert str(other.pk) not in body
    reply = await download("olga", "export_json_lines", chosen, other)
    lines = b"".join([piece async for piece in reply.streaming_content]).splitlines()
    assert len(lines) == 2


@pytest.mark.django_db(transaction=True)
async def test_an_editor_exports_nothing() -> None:
    chosen = await _asked()
    await _staff("eda", "every_book")
    assert not hasattr(await download("eda", "export_csv", chosen), "streaming_content")


async def _asked() -> Conversation:
    answer = await sync_to_async(AnswerFactory.create)()
    conversation: Conversation = answer.conversation
    return conversation


async def _staff(name: str, *rights: str) -> None:
    """Somebody who may read conversations, and what else is named."""
    person = await User.objects.acreate(username=name, is_staff=True)
    held = Permission.objects.filter(codename__in=["view_conversation", *rights])
    await person.user_permissions.aset([it async for it in held])


# ── one reader is forgotten ──────────────────────────────────────────────────────────────────


@pytest.fixture
def conversation(answer: Answer) -> Conversation:
    SentenceFactory.create(answer=answer)
    AnswerFactory.create()
    return answer.conversation


@pytest.mark.parametrize("sign", ["token", "id", "client id"])
def test_a_reader_is_forgotten_by_token_or_id(
    conversation: Conversation, sign: str, capsys: Any
) -> None:
    named = {
        "token": token_for(conversation.pk), "id": str(conversation.pk),
        "client id": conversation.answers.get().client_id,
    }[sign]  # fmt: skip
    call_command("forget_reader", named)
    assert "1 conversations deleted" in capsys.readouterr().out
    assert Conversation.objects.count() == Answer.objects.count() == 1
    assert not Feedback.objects.exists()
    assert not Sentence.objects.exists()


def test_nobody_is_forgotten_by_a_wrong_sign(conversation: Conversation) -> None:
    with pytest.raises(CommandError, match="Nothing was deleted"):
        call_command("forget_reader", "x" * 64)
    assert Conversation.objects.count() == 2


def test_a_readers_conversations_are_found_by_token(
    owner: Client, conversation: Conversation
) -> None:
    ConversationFactory.create()
    for sign in (token_for(conversation.pk), str(conversation.pk)):
        found = owner.get(listing("chat.conversation"), {"q": sign}).context["cl"].result_list
        assert list(found) == [conversation]


def test_a_token_finds_nothing_in_another_book(
    editor_of: EditorOf, conversation: Conversation
) -> None:
    html = page(editor_of(Book.objects.exclude(slug="robots")[0]), listing("chat.conversation"))
    assert "Läuft das" not in html
