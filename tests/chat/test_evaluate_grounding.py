"""``evaluate_grounding``: figures, thresholds and what a bad file is told."""

from __future__ import annotations

import json
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from chat.evaluate import (
    auroc,
    calibration_error,
    judge_examples,
    read_examples,
    reliability,
    report,
)

PASSAGE = {"text": "The pump runs at 24 V. It must never run dry.", "heading_path": ["Pump"]}
ROWS: list[dict[str, Any]] = [
    {"id": "1", "passages": [PASSAGE], "sentence": "The pump runs at 24 V.", "label": "supported",
     "type": "verbatim"},
    {"id": "2", "passages": [PASSAGE], "sentence": "The pump runs at 12 V.", "label": "unsupported",
     "type": "wrong_number"},
    {"id": "3", "evidence": ["It must never run dry.", "Ever."], "claim": "It must never run dry.",
     "label": 1},
    {"id": "4", "evidence": ["It must never run dry."], "claim": "Roses are red.", "label": 0},
    {"id": "5", "passages": [PASSAGE], "sentence": "Happy to help!", "label": "not_a_claim"},
    {"id": "6", "passages": [PASSAGE], "sentence": "It runs at 24 V in Lagos. It sings.",
     "label": "partly"},
]  # fmt: skip


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    path = tmp_path / "examples.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS)) + "\n\n")
    return path


def run(path: Path, *options: str) -> str:
    out = StringIO()
    call_command("evaluate_grounding", str(path), *options, stdout=out)
    return out.getvalue()


def test_the_figures_as_one_json_object(examples: Path) -> None:
    figures = json.loads(run(examples, "--json"))
    assert figures["n"] == 6
    assert figures["base_rate"] == 0.4
    assert figures["auroc"] == figures["precision"] == figures["recall"] == 1.0
    assert figures["unsupported_shown"] == 0.0
    assert figures["not_a_claim_recall"] == 1.0
    (wrong,) = (row for row in figures["types"] if row["type"] == "wrong_number")
    assert (wrong["label"], wrong["n"], wrong["shown"]) == ("unsupported", 1, 0.0)


def test_the_figures_for_a_person(examples: Path) -> None:
    lines = run(examples).splitlines()
    assert any(line.split() == ["auroc", "1.000"] for line in lines)
    assert any(line.split()[:3] == ["supported", "verbatim", "1"] for line in lines)


def test_a_missed_threshold_exits_with_1(examples: Path) -> None:
    assert run(examples, "--fail-under", "auroc=0.9", "--fail-under", "n=6")
    with pytest.raises(CommandError, match=r"n is 6\.000, not 7") as missed:
        run(examples, "--fail-under", "n=7")
    assert missed.value.returncode == 1


@pytest.mark.parametrize(
    ("threshold", "message"),
    [("auroc", "METRIC=VALUE"), ("auroc=high", "METRIC=VALUE"), ("f1=0.5", "no metric 'f1'")],
)
def test_an_unusable_threshold_exits_with_2(examples: Path, threshold: str, message: str) -> None:
    with pytest.raises(CommandError, match=message) as refused:
        run(examples, "--fail-under", threshold)
    assert refused.value.returncode == 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "bad.jsonl:2: not JSON"),
        ("[1]", "bad.jsonl:2: not a JSON object"),
        ('{"label": 1, "evidence": ["a"]}', "bad.jsonl:2: needs a text in `sentence` or `claim`"),
        ('{"claim": "x", "label": 1}', "bad.jsonl:2: needs `passages`"),
        ('{"claim": "x", "label": 1, "passages": [{}]}', "bad.jsonl:2: needs `passages`"),
        ('{"claim": "x", "label": 1, "evidence": []}', "bad.jsonl:2: needs `passages`|2"),
        ('{"claim": "x", "label": "good", "evidence": ["a"]}', "bad.jsonl:2: `label` must be"),
        ('{"claim": "x", "label": true, "evidence": ["a"]}', "bad.jsonl:2: `label` must be"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(ROWS[0]) + "\n" + line + "\n")
    if message.endswith("|2"):
        assert len(read_examples(path)) == 2
        return
    with pytest.raises(CommandError, match=message) as refused:
        run(path)
    assert refused.value.returncode == 2


def test_a_missing_and_an_empty_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot read"):
        run(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(CommandError, match="holds no examples"):
        run(tmp_path / "empty.jsonl")


def test_auroc_counts_ties_as_half() -> None:
    assert auroc([0.9, 0.8], [0.1]) == 1.0
    assert auroc([0.1], [0.9]) == 0.0
    assert auroc([0.5], [0.5]) == 0.5
    assert auroc([0.9, 0.4], [0.4, 0.1]) == 0.875
    assert auroc([], [0.3]) == 0.5


@pytest.mark.data
def test_things_that_are_not_in_the_passages_are_not_shown() -> None:
    folder = os.environ.get("RAGBOOK_TEST_DATA")
    if not folder:
        pytest.skip("RAGBOOK_TEST_DATA names no folder with test data")
    examples = read_examples(Path(folder) / "grounding" / "ros2_sentences_dev.jsonl")
    judged = list(judge_examples(examples, None))
    shown = {(row["label"], row["type"]): row["shown"] for row in report(judged).types}
    for kind in ("world_true", "invented_api", "injected_instruction", "off_topic", "wrong_number"):
        assert shown["unsupported", kind] == 0.0
    assert shown["supported", "verbatim"] == 1.0
    assert shown["supported", "light_paraphrase"] >= 0.75
    assert report(judged).metrics["not_a_claim_recall"] >= 0.9


def test_calibration_is_the_mean_gap_between_support_and_truth() -> None:
    supports, labels = [0.95, 0.95, 0.05, 0.05], [True, False, False, False]
    bins = reliability(supports, labels)
    assert [(one["from"], one["n"], one["supported"]) for one in bins] == [
        (0.0, 2, 0.0),
        (0.9, 2, 0.5),
    ]
    assert calibration_error(bins) == pytest.approx((0.05 + 0.45) / 2)
    assert calibration_error([]) == 0.0


def test_each_type_of_error_is_told_from_the_supported(examples: Path) -> None:
    types = {
        (row["label"], row["type"]): row for row in json.loads(run(examples, "--json"))["types"]
    }
    assert types["unsupported", "wrong_number"]["auroc"] == 1.0
    assert types["supported", "verbatim"]["auroc"] is None
