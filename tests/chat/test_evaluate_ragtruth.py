"""``evaluate_grounding --format ragtruth``: whole answers with the spans that were made up."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from chat.evaluate import judge_responses, read_responses, response_metrics

SOURCES: list[dict[str, Any]] = [
    {
        "source_id": "1",
        "task_type": "QA",
        "source_info": {
            "question": "How does the pump run?",
            "passages": "passage 1:The pump runs at 24 V.\n\npassage 2:It must never run dry.",
        },
    },
    {"source_id": "2", "task_type": "Summary", "source_info": "Tomatoes grow in the north bed."},
    {
        "source_id": "3",
        "task_type": "Data2txt",
        "source_info": {
            "name": "Garden",
            "hours": {"Monday": "8:0-17:0"},
            "reviews": [{"stars": 5}],
        },
    },
]
FAITHFUL = "The pump runs at 24 V. It must never run dry."
MADE_UP = "The pump runs at 24 V. It was built in Lagos by Ada Obi."
RESPONSES: list[dict[str, Any]] = [
    {"id": "a", "source_id": "1", "split": "test", "response": FAITHFUL, "labels": []},
    {
        "id": "b",
        "source_id": "1",
        "split": "test",
        "response": MADE_UP,
        "labels": [{"start": 26, "end": len(MADE_UP), "label_type": "Evident Baseless Info"}],
    },
    {
        "id": "c",
        "source_id": "2",
        "split": "train",
        "response": "Tomatoes grow in the north bed.",
        "labels": [],
    },
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, rows in (("source_info", SOURCES), ("response", RESPONSES)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    return tmp_path


def add_response(folder: Path, **row: Any) -> None:
    with (folder / "response.jsonl").open("a") as file:
        file.write(json.dumps(row) + "\n")


def run(folder: Path, *options: str) -> str:
    out = StringIO()
    call_command("evaluate_grounding", str(folder), "--format", "ragtruth", *options, stdout=out)
    return out.getvalue()


def test_a_question_its_passages_and_the_labelled_spans_are_read(folder: Path) -> None:
    first, second, third = read_responses(folder)
    assert first.question == "How does the pump run?"
    assert [passage.text for passage in first.passages] == [
        "The pump runs at 24 V.",
        "It must never run dry.",
    ]
    assert [first.spans, second.spans] == [(), ((26, len(MADE_UP)),)]
    assert third.passages[0].text == "Tomatoes grow in the north bed."


def test_a_record_is_read_as_named_values(folder: Path) -> None:
    add_response(folder, id="d", source_id="3", response="Open on Monday.", labels=[])
    record = read_responses(folder)[-1].passages[0].text
    assert record.split("\n") == ["name: Garden", "hours Monday: 8:0-17:0", "reviews stars: 5"]


def test_a_sentence_that_overlaps_a_span_is_unsupported(folder: Path) -> None:
    _, made_up, _ = judge_responses(read_responses(folder), None)
    assert [sentence.label for sentence in made_up.sentences] == ["supported", "unsupported"]
    assert [sentence.shown for sentence in made_up.sentences] == [True, False]


def test_a_response_is_as_good_as_its_worst_claim(folder: Path) -> None:
    faithful, made_up, _ = judged = list(judge_responses(read_responses(folder), None))
    assert made_up.support == min(sentence.support for sentence in made_up.sentences)
    assert made_up.support < faithful.support
    metrics = response_metrics(judged)
    assert metrics["responses"] == 3
    assert metrics["response_auroc"] == metrics["response_f1"] == 1.0


def test_the_figures_as_one_json_object(folder: Path) -> None:
    figures = json.loads(run(folder, "--split", "test", "--json"))
    assert figures["responses"] == 2
    assert figures["responses_hallucinated"] == 0.5
    assert figures["n"] == 4
    assert {row["type"] for row in figures["types"]} == {"QA"}


def test_a_missed_floor_of_the_responses_ends_with_status_1(folder: Path) -> None:
    with pytest.raises(CommandError, match="response_f1") as error:
        run(folder, "--fail-under", "response_f1=1.1")
    assert error.value.returncode == 1


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"source_id": "9", "response": "A.", "labels": []}, "no such `source_id`"),
        ({"source_id": "1", "labels": []}, "needs a text in `response`"),
        ({"source_id": "1", "response": "A."}, "a list in `labels`"),
        ({"source_id": "1", "response": "A.", "labels": [{"start": 1}]}, "`start` and `end`"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(
    folder: Path, row: dict[str, Any], message: str
) -> None:
    add_response(folder, **row)
    with pytest.raises(CommandError, match=f"response.jsonl:4: .*{message}") as error:
        run(folder)
    assert error.value.returncode == 2


def test_a_folder_without_the_files_or_the_split(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="holds no responses of split dev"):
        run(folder, "--split", "dev")
    (folder / "source_info.jsonl").unlink()
    with pytest.raises(CommandError, match="cannot read"):
        run(folder)
