"""The fitted weights: read, checked, and never against common sense."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured

from chat.grounding.judge import LocalJudge
from chat.grounding.scoring import JudgeWeightsError, Regression, weights
from tests.chat.grounding.conftest import PASSAGES

RISING = {"window", "single", "clauses", "weakest_clause",
          "soft_single", "soft_pair", "soft_lowest", "similarity"}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.RAGBOOK_WEIGHTS = tmp_path
    (tmp_path / "judge").mkdir()
    return tmp_path / "judge"


@pytest.mark.parametrize("regression", [weights().words, weights().contextual])
def test_more_agreement_never_lowers_a_support_and_no_clash_raises_it(
    regression: Regression,
) -> None:
    assert regression.weights
    for name, weight in regression.weights.items():
        assert (weight > 0) == (name in RISING), name


def test_the_file_is_the_one_whose_checksum_is_published() -> None:
    root = Path(configured.RAGBOOK_WEIGHTS)
    lines = (root / "SHA256SUMS").read_text().splitlines()
    digest = hashlib.sha256((root / "judge/judge.json").read_bytes()).hexdigest()
    assert f"{digest}  judge/judge.json" in lines


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        (None, "cannot be used"),
        ("{", "cannot be used"),
        ("[]", "cannot be used"),
        (json.dumps({"format": 1, "version": "x"}), "'words'"),
        (json.dumps({"format": 2, "version": "x"}), "has format 2, not 1"),
    ],
)
def test_weights_that_cannot_be_used_are_said_to_be(
    folder: Path, stored: str | None, message: str
) -> None:
    if stored is not None:
        (folder / "judge.json").write_text(stored)
    with pytest.raises(JudgeWeightsError, match=message):
        LocalJudge(PASSAGES).judge_text("The pump runs at 24 V.")
