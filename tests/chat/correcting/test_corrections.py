"""What an editor wrote is given to everybody who asks the same, for as long as the book says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User

from chat import answering, keeping
from chat.correcting import (
    Draft,
    PassagesGone,
    Unproved,
    candidates,
    correct,
    corrected,
    held_back,
    judged,
    withdraw,
)
from chat.correcting.candidates import candidates_of
from chat.correction import Correction
from chat.database import db
from chat.models import Answer
from chat.reply import answer_json
from chat.schemas import Question
from retrieval.editions import rollback
from retrieval.models import Book, Chunk, SectionRule
from tests.books import ingest_quietly

pytestmark = pytest.mark.django_db(transaction=True)

ASKED = "How do I list all running nodes?"
PARAPHRASE = "How can I list the running nodes?"
PROVED = "Run this command to see the names of all running nodes:\n\n```bash\nros2 node list\n```"
MADE_UP = "The nodes are listed on the seventh page of the almanac."


def passage(words: str = "ros2 node list") -> str:
    chunk = Chunk.objects.filter(text__contains=words).order_by("-edition").first()
    assert chunk is not None
    return chunk.key


def draft(text: str = PROVED, question: str = ASKED, *keys: str) -> Draft:
    return Draft(question, text, keys or (passage(),))


def corrected_by(book: Book, **fields: Any) -> Correction:
    editor, _ = User.objects.get_or_create(username="edda")
    return correct(book, draft(**fields), editor)


async def asked(question: str = PARAPHRASE, **fields: Any) -> dict[str, Any]:
    begun = await answering.ask(Question(book="robots", question=question, **fields))
    async for _ in answering.follow(begun.answer, begun.token):
        pass
    return answer_json(await db(keeping.open_answer, begun.answer, begun.token))


# ── what readers get ─────────────────────────────────────────────────────────────────────────


async def test_a_question_that_means_the_same_gets_the_editors_words(robots: Book) -> None:
    correction = await db(corrected_by, robots)
    answer = await asked()
    assert (answer["by_editors"], answer["outcome"]) == (True, "answered")
    assert answer["text"].startswith("Run this command to see the names")
    assert answer["model"] == "editors"
    assert {sentence["verdict"] for sentence in answer["sentences"]} <= {
        "supported", "not_a_claim",
    }  # fmt: skip
    assert answer["citations"][0]["url"].endswith("#listing-nodes")
    row = await Answer.objects.aget(pk=answer["id"])
    assert (row.correction_id, row.flagged) == (correction.pk, False)


async def test_a_question_that_means_something_else_is_answered_by_the_book(robots: Book) -> None:
    await db(corrected_by, robots)
    assert (await asked("How may a node be named?"))["by_editors"] is False
    assert (await asked("How do I list all running topics?"))["by_editors"] is False


async def test_a_question_that_leans_on_the_one_before_is_not_taken_for_another(
    robots: Book,
) -> None:
    await db(corrected_by, robots, question="How do I list it?")
    first = await asked("What is a topic?")
    again = await asked(
        "How do I list it?", conversation=first["conversation"], token=first["token"]
    )
    assert again["by_editors"] is False


async def test_a_question_about_selected_text_is_answered_from_it(robots: Book) -> None:
    await db(corrected_by, robots)
    answer = await asked(ASKED, selection="A node name may hold letters, digits and underscores.")
    assert answer["by_editors"] is False


async def test_what_only_the_editors_vouch_for_is_shown_with_its_verdict(robots: Book) -> None:
    editor = await User.objects.acreate(username="edda")
    made_up = await db(draft, MADE_UP)
    kept = await db(correct, robots, made_up, editor, confirmed=True)
    answer = await asked()
    assert not kept.proved
    (sentence,) = answer["sentences"]
    assert (sentence["shown"], sentence["verdict"]) == (True, "unsupported")
    assert not await Answer.objects.flagged().filter(pk=answer["id"]).aexists()


# ── what is kept ─────────────────────────────────────────────────────────────────────────────


def test_a_draft_is_judged_sentence_by_sentence(robots: Book) -> None:
    said = judged(robots, draft(f"{MADE_UP} {PROVED}"))
    assert [sentence.proved for sentence in said] == [False, True, True]


def test_what_the_passages_do_not_prove_needs_a_person_to_confirm_it(robots: Book) -> None:
    with pytest.raises(Unproved) as refused:
        corrected_by(robots, text=MADE_UP)
    assert [sentence.proved for sentence in refused.value.said] == [False]
    assert not Correction.objects.exists()


@pytest.mark.parametrize("keys", [(), ("0" * 40,)])
def test_a_correction_needs_passages_of_the_live_edition(
    robots: Book, keys: tuple[str, ...]
) -> None:
    with pytest.raises(PassagesGone):
        judged(robots, Draft(ASKED, PROVED, keys))


def test_the_newest_of_two_corrections_of_a_question_is_given(robots: Book) -> None:
    corrected_by(robots)
    newer = corrected_by(robots)
    found = corrected("robots", ASKED)
    assert found is not None
    assert found.correction == newer


def test_a_correction_is_taken_back_once(robots: Book) -> None:
    correction = corrected_by(robots)
    assert withdraw(correction)
    assert not withdraw(correction)
    assert corrected("robots", ASKED) is None


# ── when the book changes ────────────────────────────────────────────────────────────────────


def test_a_correction_expires_with_its_passage_and_stands_again_after_a_rollback(
    robots: Book, tmp_path: Path
) -> None:
    correction = corrected_by(robots)
    page = tmp_path / "robots/docs/nodes.md"
    page.write_text(page.read_text().replace("one name per line", "two names per line"))
    ingest_quietly(tmp_path / "robots")
    assert corrected("robots", ASKED) is None
    assert list(Correction.objects.expired()) == [correction]
    assert not Correction.objects.standing().exists()

    rollback("robots")
    assert corrected("robots", ASKED) is not None
    assert list(Correction.objects.standing()) == [correction]


def test_a_change_elsewhere_in_the_book_leaves_a_correction_alone(
    robots: Book, tmp_path: Path
) -> None:
    correction = corrected_by(robots)
    page = tmp_path / "robots/docs/topics.md"
    page.write_text(page.read_text().replace("10 messages", "12 messages"))
    ingest_quietly(tmp_path / "robots")
    found = corrected("robots", ASKED)
    assert found is not None
    assert found.correction == correction


def test_a_correction_is_held_back_while_a_rule_excludes_its_section(robots: Book) -> None:
    correction = corrected_by(robots)
    rule = SectionRule.objects.create(book=robots, prefix="nodes.md", where="page", rule="excluded")
    assert corrected("robots", ASKED) is None
    assert held_back(correction)
    with pytest.raises(PassagesGone):
        judged(robots, draft())
    rule.delete()
    assert corrected("robots", ASKED) is not None
    assert not held_back(correction)


def test_corrections_belong_to_their_book(robots: Book, tmp_path: Path) -> None:
    corrected_by(robots)
    other = Book.objects.create(slug="other", title="Other", live=robots.live)
    assert corrected("other", ASKED) is None
    assert candidates_of(other.pk).keys == []


# ── many corrections ─────────────────────────────────────────────────────────────────────────


def test_another_process_sees_a_correction_once_its_second_is_over(robots: Book) -> None:
    assert candidates_of(robots.pk).keys == []
    row = Correction(book=robots, question=ASKED, text=PROVED, proved=True, encoder="bundled")
    row.vector = np.zeros(384, np.float32).tobytes()
    Correction.objects.bulk_create([row])  # sends no signal, as if it came from elsewhere
    assert candidates_of(robots.pk).keys == []
    candidates._checked.clear()
    assert len(candidates_of(robots.pk).keys) == 1


def test_a_question_costs_the_same_queries_with_a_thousand_corrections(
    robots: Book, django_assert_num_queries: Any
) -> None:
    first = corrected_by(robots)
    rows = [
        Correction(
            book=robots,
            question=f"What is part {n}?",
            text=PROVED,
            proved=True,
            encoder=first.encoder,
            vector=bytes(first.vector)[::-1],
        )
        for n in range(1_000)
    ]
    Correction.objects.bulk_create(rows)
    corrected("robots", "What is a parameter?")
    with django_assert_num_queries(0):
        corrected("robots", "What is a parameter?")
    with django_assert_num_queries(3):
        corrected("robots", ASKED)


def test_questions_that_another_encoder_read_are_read_again(robots: Book) -> None:
    correction = corrected_by(robots)
    Correction.objects.filter(pk=correction.pk).update(encoder="older", vector=b"")
    candidates.forget()
    assert corrected("robots", ASKED) is not None
    correction.refresh_from_db()
    assert (correction.encoder, len(correction.vector)) == ("bundled", 384 * 4)
