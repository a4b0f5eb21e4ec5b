"""Findings of an audit as the editor sees them, and how they are done with."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from chat.models import Answer, Audit, Finding
from desk.differences import Difference, differences
from desk.explanations import FINDINGS
from tests.chat.factories import AnswerFactory, SentenceFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),  # nothing is collected
]

OLD = "The queue holds 10 messages. It is never full."
NEW = "The queue holds 20 messages. It is never full."


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("editor"))
    return client


def finding(kind: str = "broken", new_text: str = NEW, old_text: str = OLD) -> Finding:
    """A finding about a flagged answer."""
    answer = AnswerFactory.create(flagged=True)
    gone = not new_text
    return Finding.objects.create(
        audit=Audit.objects.create(book=answer.conversation.book),
        sentence=SentenceFactory.create(answer=answer, text="The queue holds 10 messages."),
        kind=kind, old_verdict="supported", old_support=0.9, old_text=old_text,
        verdict="unsupported", support=0.2, new_text=new_text,
        new_heading_path=[] if gone else ["Topics", "Queues"],
        new_url="" if gone else "https://primer.example.org/docs/topics#queues",
    )  # fmt: skip


def page(editor: Client, model: str, pk: object) -> str:
    reply = editor.get(reverse(f"admin:chat_{model}_change", args=[pk]))
    assert reply.status_code == 200
    return reply.content.decode()


def test_differences_are_told_word_by_word() -> None:
    assert list(differences("Use 10 or more.", "Use 20 or more.")) == [
        Difference("Use ", "same"), Difference("10 ", "gone"), Difference("20 ", "new"),
        Difference("or more.", "same"),
    ]  # fmt: skip
    assert list(differences("", "All new.")) == [Difference("All new.", "new")]
    assert list(differences("All gone.", "")) == [Difference("All gone.", "gone")]
    assert list(differences("", "")) == []


def test_differences_of_long_passages_lose_no_word() -> None:
    old = "\n".join(f"line {n} of a table | {n % 7}" for n in range(400))
    new = old.replace("| 3", "| three").replace("line 17 ", "row 17 ")
    found = list(differences(old, new))
    assert "".join(d.text for d in found if d.change != "new").split() == old.split()
    assert "".join(d.text for d in found if d.change != "gone") == new


def test_every_kind_of_finding_is_explained() -> None:
    assert set(FINDINGS) == set(Finding.Kind.values)


@pytest.mark.parametrize("model", ["answer", "finding"])
def test_the_passage_then_and_now_stands_beside_the_sentence(editor: Client, model: str) -> None:
    shown = finding()
    pk = shown.pk if model == "finding" else shown.sentence.answer_id
    html = page(editor, model, pk)
    assert "Broken" in html
    assert "<del>10 </del><ins>20 </ins>" in html
    assert 'href="https://primer.example.org/docs/topics#queues"' in html
    assert "Topics › Queues" in html


def test_a_passage_that_is_gone_is_told(editor: Client) -> None:
    html = page(editor, "finding", finding(new_text="").pk)
    assert "The passage is gone." in html
    assert f"<del>{OLD}</del>" in html


@pytest.mark.parametrize("model", ["answer", "finding"])
def test_a_hostile_passage_stays_text(editor: Client, model: str) -> None:
    shown = finding(new_text="<script>alert(1)</script> \u202egnp.exe")
    html = page(editor, model, shown.pk if model == "finding" else shown.sentence.answer_id)
    assert "<script>alert(1)" not in html
    assert "[U+202E]gnp.exe" in html


def test_lists_and_runs_open(editor: Client) -> None:
    shown = finding()
    for model, word in {"finding": "Broken", "audit": "0 of 0"}.items():
        reply = editor.get(reverse(f"admin:chat_{model}_changelist"))
        assert word in reply.content.decode()
    assert "local" in page(editor, "audit", shown.audit_id)


def test_an_editor_settles_findings_in_the_list_and_on_their_page(editor: Client) -> None:
    one, other = finding(), finding()
    act = {"action": "settle", "_selected_action": [str(one.pk)]}
    editor.post(reverse("admin:chat_finding_changelist"), act)
    assert list(Finding.objects.open()) == [other]
    editor.post(reverse("admin:chat_finding_change", args=[other.pk]), {"resolved": "on"})
    assert not Finding.objects.open().exists()


def test_taking_the_flag_off_an_answer_settles_its_findings(editor: Client) -> None:
    one, other, third = finding(), finding(), finding()
    act = {"action": "unflag", "_selected_action": [str(one.sentence.answer_id)]}
    editor.post(reverse("admin:chat_answer_changelist"), act)
    editor.post(reverse("admin:chat_answer_change", args=[other.sentence.answer_id]), {})
    assert list(Finding.objects.open()) == [third]
    assert list(Answer.objects.flagged()) == [third.sentence.answer]
