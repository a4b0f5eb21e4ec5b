"""Golden questions: made from answers, kept in files, and asked again of every edition."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from chat import budget, keeping
from chat.database import db
from chat.models import Answer, Conversation, Reservation, Spending
from chat.rehearsing import _opened, rehearse
from chat.schemas import Question
from desk.golden import GoldenQuestion
from desk.promoting import CannotPromote, promote
from retrieval.models import Book, Chunk
from tests.books import ingest_quietly
from tests.chat.factories import (
    AnswerFactory,
    CitationFactory,
    ConversationFactory,
    SentenceFactory,
    evidence,
)
from tests.chat.test_answering import fake_model
from tests.desk.cast import editor
from tests.desk.conftest import address, listing, page, words
from tests.retrieval.factories import book_of

LISTING = "How do I list the names of all running nodes?"
QUOTE = "Run this command to see the names of all running nodes"
AUSTRALIA = "What is the capital of Australia?"


def answered(book: Book, **values: Any) -> Answer:
    """An answer that cites what the book says about listing nodes."""
    answer = AnswerFactory.create(
        conversation=ConversationFactory.create(book=book), edition=book.live, question=LISTING,
        **values,
    )  # fmt: skip
    chunk = Chunk.objects.get(edition=book.live, text__contains=QUOTE)
    CitationFactory.create(answer=answer, chunk_key=chunk.key, text=chunk.text)
    SentenceFactory.create(answer=answer, evidence=[evidence(quote=QUOTE)])
    return answer


def refused(book: Book) -> Answer:
    return AnswerFactory.create(
        conversation=ConversationFactory.create(book=book), edition=book.live,
        question=AUSTRALIA, outcome="refused", verdict="not_a_claim",
    )  # fmt: skip


def golden(book: Book) -> list[GoldenQuestion]:
    author = editor("edda").user
    return [promote(answered(book), author), promote(refused(book), author)]


# ── from an answer ───────────────────────────────────────────────────────────────────────────


def test_an_answer_becomes_golden_with_the_sections_that_it_cites(robots: Book) -> None:
    question, refusal = golden(robots)
    assert question.gold == [
        {"path": "nodes.md", "heading": "Listing nodes", "anchor": "listing-nodes",
         "evidence": QUOTE}
    ]  # fmt: skip
    assert (question.expect, question.gold_groups) == ("answer", [[0]])
    assert (refusal.expect, refusal.gold) == ("refuse", [])
    assert [question.key, refusal.key] == ["golden-001", "golden-002"]


def test_an_answer_becomes_golden_once(robots: Book) -> None:
    answer, author = answered(robots), editor("edda").user
    assert promote(answer, author) == promote(answer, author)
    assert GoldenQuestion.objects.count() == 1


def test_an_answer_whose_passage_is_gone_cannot_become_golden(robots: Book) -> None:
    answer = answered(robots)
    answer.citations.update(chunk_key="f" * 40)
    with pytest.raises(CannotPromote, match="is not in the book any more"):
        promote(answer, editor("edda").user)


def test_an_answer_that_cites_nothing_cannot_become_golden(robots: Book) -> None:
    answer = answered(robots)
    answer.sentences.all().delete()
    with pytest.raises(CannotPromote, match="cites nothing"):
        promote(answer, editor("edda").user)


def test_a_golden_question_outlives_the_conversation(robots: Book) -> None:
    golden(robots)
    Conversation.objects.all().delete()
    assert GoldenQuestion.objects.filter(answer=None).count() == 2


# ── a rehearsal leaves nothing ───────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
async def test_a_rehearsed_answer_is_whole_and_its_rows_are_gone(robots: Book) -> None:
    answer = await rehearse(Question(book="robots", question=LISTING))
    assert answer.outcome == "quoted"
    assert "ros2 node list" in answer.text
    assert any(citation.cited for citation in answer.citations.all())
    assert not await Conversation.objects.aexists()


@pytest.mark.django_db(transaction=True)
async def test_a_rehearsal_follows_on_earlier_turns(robots: Book) -> None:
    turns = [
        {"role": "user", "content": "What carries messages?"},
        {"role": "assistant", "content": "Topics carry messages from publishers to subscribers."},
    ]
    answer = await rehearse(Question(book="robots", question="And how do I echo it?"), turns)
    assert answer.search_query != "And how do I echo it?"
    assert not await Answer.objects.aexists()


@pytest.mark.django_db(transaction=True)
async def test_what_a_rehearsal_uses_counts_against_the_budget(robots: Book, settings: Any) -> None:
    async with fake_model(settings):
        answer = await rehearse(Question(book="robots", question=LISTING))
    assert answer.outcome == "answered"
    spent = await Spending.objects.aget(book=robots)
    assert spent.used == answer.input_tokens + answer.output_tokens > 0
    assert not await Reservation.objects.aexists()


@pytest.mark.django_db(transaction=True)
async def test_a_killed_rehearsal_is_tidied_up_once_it_must_have_ended(
    robots: Book, settings: Any
) -> None:
    killed = await db(_opened, "robots", [{"role": "user", "content": "A"}])
    kept = await db(ConversationFactory.create, book=robots)
    await db(keeping.reap)
    assert await Conversation.objects.filter(pk=killed).aexists()
    await Conversation.objects.aupdate(last_asked=timezone.now() - 2 * budget.lifetime())
    await db(keeping.reap)
    assert [it.pk async for it in Conversation.objects.all()] == [kept.pk]


# ── asked again ──────────────────────────────────────────────────────────────────────────────


def run(command: str, *arguments: Any) -> str:
    output = StringIO()
    call_command(command, *map(str, arguments), stdout=output)
    return output.getvalue()


def change(folder: Path, old: str, new: str) -> None:
    source = folder / "docs/nodes.md"
    source.write_text(source.read_text().replace(old, new))
    ingest_quietly(folder)


def test_what_is_right_is_told_and_remembered(robots: Book) -> None:
    golden(robots)
    told = json.loads(run("evaluate_book", "robots", "--json"))
    assert told["metrics"] == {
        "passed": 1.0, "retrieval_hit": 1.0, "grounded": 1.0, "refusal_right": 1.0,
        "resolves": 1.0, "broken": 0.0,
    }  # fmt: skip
    assert [it["outcome"] for it in told["questions"]] == ["quoted", "refused"]
    kept = GoldenQuestion.objects.select_related("edition")
    assert all(it.passed and it.checked and it.edition == robots.live for it in kept)
    assert Conversation.objects.count() == 2  # those of the readers


def test_an_edition_that_lost_the_section_fails_under_the_threshold(
    robots: Book, tmp_path: Path
) -> None:
    golden(robots)
    before = tmp_path / "before.json"
    before.write_text(run("evaluate_book", "robots", "--json"))
    folder = tmp_path / "robots"
    change(folder, "Run this command to see the names of all running nodes", "Nothing here")
    with pytest.raises(CommandError, match="Threshold missed: broken is 1") as refusal:
        run("evaluate_book", "robots", "--against", before, "--fail-under", "broken=0")
    assert refusal.value.returncode == 1
    question = GoldenQuestion.objects.get(expect="answer")
    assert question.passed is False
    assert {"evidence_gone", "not_retrieved"} <= set(question.faults)
    text = run("evaluate_book", "robots", "--against", before)
    assert "FAIL golden-001" in text
    assert "The words that proved the answer are no longer in the book." in text
    assert "This edition breaks 1 answer: golden-001" in text


def test_a_book_that_answers_what_it_must_refuse_is_told(robots: Book, tmp_path: Path) -> None:
    author = editor("edda").user
    answer = refused(robots)
    Answer.objects.filter(pk=answer.pk).update(question=LISTING)
    answer.refresh_from_db()
    promote(answer, author)
    told = json.loads(run("evaluate_book", "robots", "--json"))
    assert told["questions"][0]["faults"] == ["answered"]
    assert told["metrics"]["refusal_right"] == 0.0


def test_questions_of_a_file_need_no_desk(robots: Book, tmp_path: Path) -> None:
    golden(robots)
    file = tmp_path / "golden.jsonl"
    run("export_golden", "robots", "--output", file)
    GoldenQuestion.objects.all().delete()
    assert "2 of 2 golden questions" in run("evaluate_book", "robots", "--questions", file)
    assert not GoldenQuestion.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope"], "There is no published book 'nope'"),
        (["robots"], "robots has no golden questions"),
        (["robots", "--fail-under", "luck=1"], "There is no metric 'luck'"),
        (["robots", "--fail-under", "passed=much"], "is not METRIC=VALUE"),
        (["robots", "--questions", "/nowhere.jsonl"], "cannot be read"),
        (["robots", "--against", "/nowhere.json"], "does not hold what evaluate_book prints"),
    ],
)
def test_what_cannot_be_used_ends_with_status_2(
    robots: Book, arguments: list[str], said: str
) -> None:
    with pytest.raises(CommandError, match=said) as refusal:
        run("evaluate_book", *arguments)
    assert refusal.value.returncode == 2


# ── files ────────────────────────────────────────────────────────────────────────────────────


def test_a_file_comes_back_as_it_was(robots: Book, tmp_path: Path) -> None:
    golden(robots)
    first = run("export_golden", "robots")
    file = tmp_path / "golden.jsonl"
    file.write_text(first, encoding="utf-8")
    GoldenQuestion.objects.all().delete()
    assert run("import_golden", "robots", file) == "robots: 2 new, 0 replaced.\n"
    assert run("import_golden", "robots", file) == "robots: 0 new, 2 replaced.\n"
    assert run("export_golden", "robots") == first


def test_line_separators_inside_a_question_do_not_break_a_file(
    robots: Book, tmp_path: Path
) -> None:
    GoldenQuestion.objects.create(book=robots, key="odd", question="a\u2028b", expect="refuse")
    file = tmp_path / "golden.jsonl"
    run("export_golden", "robots", "--output", file)
    run("import_golden", "robots", file)
    assert GoldenQuestion.objects.get().question == "a\u2028b"


@pytest.mark.parametrize("command", ["export_golden", "import_golden"])
def test_files_belong_to_books(db: None, command: str, tmp_path: Path) -> None:
    arguments = ["nope", tmp_path / "x.jsonl"] if command == "import_golden" else ["nope"]
    with pytest.raises(CommandError, match="There is no book 'nope'"):
        run(command, *arguments)


# ── at the desk ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def shelf(db: None) -> Book:
    """A book whose rows alone matter."""
    return book_of("robots", {"nodes.md": {"Nodes": "A node.", "Listing nodes": QUOTE}}).book


def test_an_editor_makes_an_answer_golden(shelf: Book, editor_of: Any) -> None:
    client: Client = editor_of(shelf)
    answer = answered(shelf)
    assert "Make it golden" in page(client, address("chat.answer", answer.pk))
    response = client.post(f"/admin/chat/answer/{answer.pk}/do/promote/", follow=True)
    assert "From now on every edition is asked this question." in response.content.decode()
    assert GoldenQuestion.objects.get().author == response.wsgi_request.user


def test_a_refusal_is_promised_in_its_own_words(shelf: Book, editor_of: Any) -> None:
    answer = refused(shelf)
    assert "The book must refuse this" in page(editor_of(shelf), address("chat.answer", answer.pk))


def test_why_an_answer_cannot_be_golden_is_told(shelf: Book, editor_of: Any) -> None:
    answer = answered(shelf)
    answer.sentences.all().delete()
    response = editor_of(shelf).post(f"/admin/chat/answer/{answer.pk}/do/promote/", follow=True)
    assert "It cites nothing of the book" in response.content.decode()


def test_nobody_promotes_by_a_link_or_for_another_book(shelf: Book, editor_of: Any) -> None:
    answer = answered(shelf)
    url = f"/admin/chat/answer/{answer.pk}/do/promote/"
    assert editor_of(shelf).get(url).status_code == 200  # asks first
    assert editor_of(name="stranger").post(url).status_code == 404
    assert not GoldenQuestion.objects.exists()


def test_the_desk_lists_what_is_wrong_first_and_exports(shelf: Book, editor_of: Any) -> None:
    question, refusal = golden(shelf)
    GoldenQuestion.objects.filter(pk=question.pk).update(passed=True, edition=shelf.live)
    GoldenQuestion.objects.filter(pk=refusal.pk).update(passed=False, faults=["answered"])
    client: Client = editor_of(shelf)
    html = page(client, listing("desk.goldenquestion"))
    assert html.index(AUSTRALIA) < html.index(LISTING)
    assert "there was an answer" in words(page(client, address("desk.goldenquestion", refusal.pk)))
    assert QUOTE in page(client, address("desk.goldenquestion", question.pk))
    export = client.post(
        listing("desk.goldenquestion"),
        {"action": "export", "_selected_action": [question.pk, refusal.pk]},
    )
    assert [json.loads(line)["id"] for line in export.content.splitlines()] == [
        "golden-001", "golden-002",
    ]  # fmt: skip
