"""Figures that a command holds: read, refused where nobody can meet them, and told when missed."""

from __future__ import annotations

import pytest
from django.core.management.base import CommandError

from retrieval.management.bounds import Bound, hold, read_bounds

FIGURES = {"recall": 0.8, "p50_ms": 5.0}


def test_a_bound_is_a_metric_and_a_value() -> None:
    assert read_bounds(["recall=0.8", "p50_ms=10"], FIGURES) == [("recall", 0.8), ("p50_ms", 10.0)]


@pytest.mark.parametrize("text", ["recall", "recall=", "recall=high", "speed=1", "=1", ""])
def test_a_bound_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(CommandError) as refused:
        read_bounds([text], FIGURES)
    assert refused.value.returncode == 2


def test_quality_is_bounded_from_below_and_time_from_above() -> None:
    hold([Bound("recall", 0.8), Bound("p50_ms", 5)], FIGURES, {"p50_ms"})


@pytest.mark.parametrize("bound", [Bound("recall", 0.81), Bound("p50_ms", 4)])
def test_a_missed_bound_is_told_with_the_figure(bound: Bound) -> None:
    with pytest.raises(CommandError, match=f"{bound.metric} is .*, not {bound.value:g}") as told:
        hold([bound], FIGURES, {"p50_ms"})
    assert told.value.returncode == 1


def test_a_figure_that_the_run_does_not_give_is_no_bound() -> None:
    with pytest.raises(CommandError, match="no metric 'mrr' here") as told:
        hold([Bound("mrr", 0.5)], FIGURES)
    assert told.value.returncode == 2
