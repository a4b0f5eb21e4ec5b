"""What editors decided becomes examples that the judge is measured by."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from chat.evaluate import read_examples
from desk.reviewing import Said, approve, reject
from tests.desk.cast import editor, reviewed

pytestmark = pytest.mark.django_db


def exported(path: Path, *arguments: str) -> list[dict[str, Any]]:
    call_command("export_reviews", *arguments, out=path, stderr=StringIO())
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_an_approved_answer_and_a_false_alarm_are_labelled(tmp_path: Path) -> None:
    review = reviewed()
    assert review.answer is not None
    withheld = review.answer.sentences.get(shown=False)
    approve(review, editor("edda"), Said(labels={withheld.pk: "supported"}))
    rows = exported(tmp_path / "rows.jsonl")
    assert [(row["sentence"], row["label"], row["type"]) for row in rows] == [
        ("Run `ros2 node list`.", "supported", "agreed"),
        ("It needs release 1847.", "supported", "false_alarm"),
    ]


def test_of_a_rejected_answer_only_what_the_editor_said_is_labelled(tmp_path: Path) -> None:
    review = reviewed()
    assert review.answer is not None
    shown = review.answer.sentences.get(shown=True)
    reject(review, editor("edda"), Said(labels={shown.pk: "unsupported"}))
    (row,) = exported(tmp_path / "rows.jsonl")
    assert (row["sentence"], row["label"], row["type"]) == (
        "Run `ros2 node list`.", "unsupported", "missed",
    )  # fmt: skip


def test_what_waits_and_what_has_no_passages_is_not_exported(tmp_path: Path) -> None:
    reviewed()
    bare = reviewed()
    assert bare.answer is not None
    bare.answer.citations.all().delete()
    approve(bare, editor("edda"))
    assert exported(tmp_path / "rows.jsonl") == []


def test_evaluate_grounding_reads_the_file(tmp_path: Path) -> None:
    review = reviewed()
    approve(review, editor("edda"))
    path = tmp_path / "rows.jsonl"
    exported(path, review.book.slug)
    (example,) = read_examples(path)
    assert (example.label, example.question) == ("supported", "How do I list nodes?")
    out = StringIO()
    call_command("evaluate_grounding", str(path), "--json", stdout=out)
    assert json.loads(out.getvalue())


def test_the_lines_go_to_standard_output_without_a_file() -> None:
    approve(reviewed(), editor("edda"))
    out, told = StringIO(), StringIO()
    call_command("export_reviews", stdout=out, stderr=told)
    assert json.loads(out.getvalue())["label"] == "supported"
    assert told.getvalue() == "1 labelled sentences.\n"


def test_a_wrong_book_and_a_wrong_place_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no book 'nowhere'") as wrong:
        call_command("export_reviews", "nowhere")
    assert wrong.value.returncode == 2
    with pytest.raises(CommandError, match="Cannot write"):
        call_command("export_reviews", out=tmp_path / "missing" / "rows.jsonl")
