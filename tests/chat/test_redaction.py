"""What readers tell by mistake is not stored; what is technical is left alone."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest

from chat.keeping import begin
from chat.models import Answer
from chat.redaction import redact
from chat.schemas import FeedbackIn, Question
from tests.retrieval.factories import EditionFactory

# Made up, in pieces, so that no scanner of secrets takes them for real ones.
GITHUB = "ghp_" + "a1B2" * 9
OPENAI = "sk-proj-" + "x9" * 20
AWS = "AKIA" + "Q" * 16
JWT = "eyJhbGciOiJI." + "eyJzdWIiOiIx." + "c2lnbmF0dXJl"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("Write to jane.doe+x@mail.example.org.", "Write to [e-mail address]."),
        ("(Jane@Example.COM)", "([e-mail address])"),
        ("Call +49 30 901820 or not", "Call [telephone number] or not"),
        ("Call +1 (212) 736-5000!", "Call [telephone number]!"),
        (f"Why is {GITHUB} refused?", "Why is [key] refused?"),
        (f"OPENAI_API_KEY={OPENAI}", "OPENAI_API_KEY=[key]"),
        (f"{AWS} fails", "[key] fails"),
        (f"Bearer {JWT} fails", "Bearer [key] fails"),
        (f"My key: {PEM} Help!", "My key: [key] Help!"),
    ],
)
def test_what_is_private_is_taken_out(told: str, kept: str) -> None:
    assert redact(told) == kept


@pytest.mark.parametrize(
    "question",
    [
        "Does 2.14.3+20240501 work with Ubuntu 22.04 and C++17?",
        "Why can 192.168.0.12 not reach 10.0.0.1:11811 or fe80::1ff:fe23:4567:890a?",
        "git checkout 9f2c1b7e4d5a6b8c0d1e2f3a4b5c6d7e8f901234",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "git clone git@github.com:ros2/demos.git fails",
        "ssh ubuntu@robot.example.org says permission denied",
        "scp bag.db3 ros@robot.local:/tmp",
        "pi@raspberrypi.local is not found",
        "apt install ros-humble-desktop=0.10.0-1jammy.20240101.000000",
        "ROS_DOMAIN_ID=42 and ports 7400 + 250 * 42",
        "What does @property do, and std::vector<int>::at?",
        "task-sk-learn-is-a-very-long-package-name",
        "550e8400-e29b-41d4-a716-446655440000",
        "x += 4912345678901 overflows",
    ],
)
def test_what_is_technical_is_left_as_it_is(question: str) -> None:
    assert redact(question) == question


@pytest.mark.data
def test_real_questions_are_left_as_they_are(real_data: Path) -> None:
    lines = (real_data / "questions" / "ros2_dev.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    assert len(questions) > 50
    assert [redact(it) for it in questions] == questions


def test_redacting_twice_changes_nothing_more() -> None:
    once = redact(f"jane@example.org +49 30 901820 {GITHUB}")
    assert redact(once) == once


@pytest.mark.django_db
def test_nothing_private_reaches_the_database() -> None:
    edition = EditionFactory.create()
    asked = Question(
        book=edition.book.slug, question=f"I am jane@example.org, is {GITHUB} wrong?",
        client_id=uuid4().hex,
    )  # fmt: skip
    begin(asked, "192.0.2.1")
    assert Answer.objects.get().question == "I am [e-mail address], is [key] wrong?"
    assert not begin(asked, "192.0.2.1").is_new


def test_comments_are_redacted_too() -> None:
    said = FeedbackIn(token="t", helpful=False, comment="Tell me at jane@example.org")
    assert said.comment == "Tell me at [e-mail address]"
