"""What is shown: the one decision that every edge relies on."""

from __future__ import annotations

import pytest

from chat.grounding.gate import Gate
from chat.verdict import Judgement, Verdict


def judged(*verdicts: Verdict) -> list[Judgement]:
    return [Judgement(verdict, 0.5) for verdict in verdicts]


@pytest.mark.parametrize("verdict", list(Verdict))
def test_strict_shows_only_what_is_proved_or_claims_nothing(verdict: Verdict) -> None:
    shown = Gate("strict").shows(Judgement(verdict, 1.0))
    assert shown == (verdict in (Verdict.SUPPORTED, Verdict.NOT_A_CLAIM))


@pytest.mark.parametrize("verdict", list(Verdict))
def test_annotate_shows_everything(verdict: Verdict) -> None:
    assert Gate("annotate").shows(Judgement(verdict, 0.0))


def test_a_mode_with_a_typing_error_does_not_open_the_gate() -> None:
    with pytest.raises(ValueError, match="no such grounding mode: 'stirct'"):
        Gate("stirct")


def test_an_answer_is_as_good_as_its_worst_shown_claim() -> None:
    mixed = judged(Verdict.NOT_A_CLAIM, Verdict.SUPPORTED, Verdict.UNSUPPORTED)
    assert Gate("strict").overall(mixed) is Verdict.SUPPORTED
    assert Gate("annotate").overall(mixed) is Verdict.UNSUPPORTED


def test_an_answer_of_greetings_is_a_refusal() -> None:
    gate = Gate("strict")
    assert gate.refuses(judged(Verdict.NOT_A_CLAIM))
    assert gate.refuses(judged(Verdict.NOT_A_CLAIM, Verdict.UNSUPPORTED))
    assert gate.refuses([])
    assert not gate.refuses(judged(Verdict.SUPPORTED, Verdict.NOT_A_CLAIM))
