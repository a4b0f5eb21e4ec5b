"""The promises of the evaluation: figures that can be checked by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from retrieval.errors import BookNotFound, QuestionsError
from retrieval.evaluate import (
    METRICS,
    Evaluation,
    Outcome,
    Question,
    auroc,
    evaluate,
    read_questions,
)
from retrieval.index import rebuild
from tests.retrieval.factories import book_of

PAGES = {
    "nodes.md": {
        "Nodes": "A *node* is a process that performs\n\none task.",
        "Listing": "Run `ros2 node list` to list the running nodes.",
    },
    "bread.md": {"Bread": "| Step | Time |\n| --- | --- |\n| Rest | Two hours |"},
}


def gold(path: str, evidence: str) -> dict[str, str]:
    return {"path": path, "heading": "", "anchor": "", "evidence": evidence}


def line(**fields: Any) -> str:
    known = {"id": "q1", "question": "What is a node?", "expect": "answer", "kind": "fact"}
    return json.dumps({**known, "gold": [gold("nodes.md", "performs one task")], **fields})


def written(folder: Path, *lines: str) -> Path:
    path = folder / "questions.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


# ── question files ───────────────────────────────────────────────────────────────────────────


def test_gold_without_groups_is_one_group_of_alternatives(tmp_path: Path) -> None:
    two = [gold("a.md", "x"), gold("b.md", "y")]
    path = written(tmp_path, line(gold=two), "", line(gold=two, gold_groups=[[0], [1]]))
    questions = read_questions(path)
    assert [question.gold_groups for question in questions] == [[[0, 1]], [[0], [1]]]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("not json", "line 2: Invalid JSON"),
        ('{"id": "q2"}', "line 2: question: Field required"),
        (line(question=""), "line 2: question"),
        (line(expect="maybe"), "line 2: expect"),
        (line(gold_groups=[[5]]), "line 2: .*outside gold"),
        (line(gold=[]), "line 2: .*names no gold"),
        (line(history=[{"role": "system", "content": "x"}]), "line 2: history.0.role"),
        (line(gold=[gold("a.md", "")]), "line 2: gold.0.evidence"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, bad: str, why: str) -> None:
    with pytest.raises(QuestionsError, match=why):
        read_questions(written(tmp_path, line(), bad))


def test_a_missing_an_empty_and_a_binary_file_are_told(tmp_path: Path) -> None:
    binary = tmp_path / "binary.jsonl"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none.jsonl", written(tmp_path, "", " "), binary, tmp_path):
        with pytest.raises(QuestionsError, match=path.name):
            read_questions(path)


# ── the figures ──────────────────────────────────────────────────────────────────────────────


def outcome(
    ranks: tuple[int | None, ...] = (), answerable: float = 0.9, **question: Any
) -> Outcome:
    groups = [[n] for n in range(len(ranks))]
    asked = Question.model_validate(
        {
            "id": "q",
            "question": "?",
            "gold": [gold("a.md", "x") for _ in ranks],
            "gold_groups": groups,
            "expect": "answer" if ranks else "refuse",
            **question,
        }
    )
    return Outcome(asked, answerable, 4.0, ranks, ranks)


def test_recall_is_the_mean_share_of_groups_found_in_time() -> None:
    metrics = Evaluation("b", 1, (outcome((1, 7)), outcome((5,)), outcome((None,)))).metrics
    assert metrics["section_recall@1"] == pytest.approx((0.5 + 0 + 0) / 3)
    assert metrics["section_recall@5"] == pytest.approx((0.5 + 1 + 0) / 3)
    assert metrics["page_recall@10"] == pytest.approx((1 + 1 + 0) / 3)
    assert metrics["mrr"] == pytest.approx((1 + 1 / 5 + 0) / 3)


def test_refusal_is_measured_on_both_sides() -> None:
    outcomes = (
        outcome((1,), answerable=0.9),
        outcome((1,), answerable=0.2),
        outcome(answerable=0.1),
        outcome(answerable=0.6),
    )
    metrics = Evaluation("b", 1, outcomes).metrics
    assert metrics["wrongly_refused"] == 0.5
    assert metrics["refusal_recall"] == 0.5
    assert metrics["refusal_precision"] == 0.5
    assert metrics["answerable_auroc"] == 0.75


def test_a_set_without_unanswerable_questions_has_no_refusal_figures() -> None:
    metrics = Evaluation("b", 1, (outcome((1,)),)).metrics
    assert not {"refusal_recall", "refusal_precision", "answerable_auroc"} & metrics.keys()
    refused = Evaluation("b", 1, (outcome(),)).metrics
    assert "section_recall@5" not in refused
    assert set(metrics) | set(refused) <= {"questions", *METRICS}


def test_figures_are_given_by_kind() -> None:
    outcomes = (outcome((1,), kind="fact"), outcome((None,), kind="typo"), outcome(kind="off"))
    by_kind = Evaluation("b", 1, outcomes).by_kind
    assert by_kind["fact"]["section_recall@1"] == 1
    assert by_kind["typo"]["section_recall@1"] == 0
    assert by_kind["off"]["questions"] == 1


@pytest.mark.parametrize(
    ("positive", "negative", "expected"),
    [([2, 3], [1], 1.0), ([1], [2], 0.0), ([1], [1], 0.5), ([1, 3], [2], 0.5)],
)
def test_auroc_counts_ordered_pairs(
    positive: list[float], negative: list[float], expected: float
) -> None:
    assert auroc(positive, negative) == expected


# ── a run ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_a_hit_is_a_passage_whose_section_holds_the_evidence() -> None:
    rebuild(book_of("robots", PAGES))
    questions = [
        Question.model_validate_json(text)
        for text in (
            line(),  # markup and line ends part evidence and text
            line(id="q2", question="rest two hours", gold=[gold("bread.md", "Rest - Two hours")]),
            line(id="q3", gold=[gold("bread.md", "performs one task")]),  # on no such page
        )
    ]
    evaluation = evaluate("robots", questions)
    assert [o.section_ranks for o in evaluation.outcomes] == [(1,), (1,), (None,)]
    assert [o.page_ranks[0] is not None for o in evaluation.outcomes] == [True, True, True]
    assert evaluation.unfound_evidence == ("q3",)
    assert evaluation.edition == 1


@pytest.mark.django_db
def test_an_unknown_book_is_told() -> None:
    with pytest.raises(BookNotFound):
        evaluate("nowhere", [Question.model_validate_json(line())])


@pytest.mark.data
@pytest.mark.django_db
def test_the_ros_2_documentation_is_searched_as_well_as_promised(real_data: Path) -> None:
    from retrieval.ingest import ingest
    from retrieval.manifest import Manifest

    scope = Manifest(include=("Tutorials/**", "Concepts/**", "How-To-Guides/**"))
    ingest("ros2", real_data / "books" / "ros2_documentation", scope, lambda *_: None)
    metrics = evaluate("ros2", read_questions(real_data / "questions" / "ros2_dev.jsonl")).metrics
    assert metrics["section_recall@5"] >= 0.88
    assert metrics["section_recall@10"] >= 0.96
    assert metrics["page_recall@5"] >= 0.97
    assert metrics["answerable_auroc"] >= 0.95
    assert metrics["refusal_recall"] >= 0.9
    assert metrics["wrongly_refused"] <= 0.08
