"""What is shown: the one decision that every edge relies on."""

from __future__ import annotations

import pytest

from chat.grounding.case import Case
from chat.grounding.gate import Gate
from chat.grounding.judge import LocalJudge
from chat.sentences import SentenceSplitter
from chat.verdict import Judgement, Verdict
from tests.chat.grounding.conftest import piece_of


def judged(*verdicts: Verdict, markdown: str = "The pump runs.") -> list[Case]:
    return [Case(piece_of(markdown), Judgement(verdict, 0.5)) for verdict in verdicts]


@pytest.mark.parametrize("verdict", list(Verdict))
def test_strict_shows_only_what_is_proved_or_claims_nothing(verdict: Verdict) -> None:
    [case] = judged(verdict)
    assert Gate("strict").shows(case) == (verdict in (Verdict.SUPPORTED, Verdict.NOT_A_CLAIM))


@pytest.mark.parametrize("verdict", list(Verdict))
def test_annotate_shows_everything(verdict: Verdict) -> None:
    [case] = judged(verdict)
    assert Gate("annotate").shows(case)


def test_a_mode_with_a_typing_error_does_not_open_the_gate() -> None:
    with pytest.raises(ValueError, match="no such grounding mode: 'stirct'"):
        Gate("stirct")


def test_a_rule_for_code_with_a_typing_error_does_not_open_the_gate() -> None:
    with pytest.raises(ValueError, match="no such rule for code: 'any'"):
        Gate("strict", "any")


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


# ── sentences that lean on withheld ones ─────────────────────────────────────────────────────

RUNS = "The pump runs at 24 V by default."
FIBS = "The pump was invented by a monk in Siena."
OWN_CODE = "```bash\nros2 run garden invented_node\n```"
VALVES = "Each bed has its own valve, which opens when the soil is too dry."


def admitted(gate: Gate, judge: LocalJudge, markdown: str) -> list[Case]:
    splitter = SentenceSplitter()
    pieces = [*splitter.feed(markdown), *splitter.finish()]
    return [gate.admit(Case(one, judge.judge(one)), judge.judge_text) for one in pieces]


def shown(judge: LocalJudge, markdown: str, mode: str = "strict", code: str = "book") -> list[bool]:
    """Which pieces of an answer the gate shows."""
    gate = Gate(mode, code)
    return [gate.shows(case) for case in admitted(gate, judge, markdown)]


def test_a_proved_sentence_that_leans_on_a_shown_one_is_shown(judge: LocalJudge) -> None:
    assert shown(judge, f"{RUNS} It delivers up to 1,200 litres per hour.") == [True, True]


def test_what_a_withheld_sentence_said_it_about_is_withheld_too(judge: LocalJudge) -> None:
    assert shown(judge, "It delivers up to 1,200 litres per hour.") == [True]
    leaning = f"{FIBS} It delivers up to 1,200 litres per hour."
    assert shown(judge, leaning) == [False, False]


def test_a_leaning_sentence_that_is_proved_with_the_last_shown_one_stays(
    judge: LocalJudge,
) -> None:
    answer = f"{RUNS} {FIBS} It delivers up to 1,200 litres per hour."
    assert shown(judge, answer) == [True, False, True]


def test_a_leaning_sentence_is_not_handed_to_another_subject(judge: LocalJudge) -> None:
    """Shown without the sentence between, "it" would be the valve."""
    answer = f"{VALVES} {FIBS} It publishes the water level on `/tank/level` every 5 seconds."
    assert shown(judge, answer) == [True, False, False]


def test_all_that_leans_falls_with_it_and_what_stands_alone_stays(judge: LocalJudge) -> None:
    answer = f"{FIBS} It runs at 24 V. It delivers up to 1,200 litres per hour. {VALVES}"
    assert shown(judge, answer) == [False, False, False, True]


def test_a_greeting_between_changes_nothing(judge: LocalJudge) -> None:
    answer = f"{FIBS} I hope this helps! It delivers up to 1,200 litres per hour."
    assert shown(judge, answer) == [False, True, False]


def test_the_reason_is_told_and_the_evidence_is_kept(judge: LocalJudge) -> None:
    leaning = admitted(Gate("strict"), judge, f"{FIBS} It delivers up to 1,200 litres per hour.")[1]
    assert leaning.verdict is Verdict.UNSUPPORTED
    assert leaning.judgement.reasons == ("leans_on_withheld",)
    assert leaning.judgement.evidence


def test_where_everything_is_shown_nothing_loses_its_hold(judge: LocalJudge) -> None:
    answer = f"{FIBS} It delivers up to 1,200 litres per hour."
    assert shown(judge, answer, "annotate") == [True, True]


def test_another_text_leans_on_nothing_that_was_withheld_before(judge: LocalJudge) -> None:
    gate = Gate("strict")
    admitted(gate, judge, FIBS)
    gate.begin()
    [rest] = admitted(gate, judge, "It delivers up to 1,200 litres per hour.")
    assert gate.shows(rest)


def test_code_that_is_not_in_the_book_is_withheld_and_with_it_what_explains_it(
    judge: LocalJudge,
) -> None:
    code = f"{OWN_CODE}\n\nThis shows what would be watered."
    assert shown(judge, code) == [False, False]
    assert shown(judge, code, "annotate") == [True, True]


def test_a_strict_book_may_show_code_of_the_model_and_nothing_else_with_it(
    judge: LocalJudge,
) -> None:
    assert shown(judge, f"{FIBS}\n\n{OWN_CODE}", code="marked") == [False, True]


def test_code_of_the_model_is_neither_an_answer_nor_a_stain_on_one(judge: LocalJudge) -> None:
    gate = Gate("strict", "marked")
    code = admitted(gate, judge, OWN_CODE)
    assert code[0].is_model_code
    assert gate.refuses(code)
    assert gate.overall([*code, *admitted(gate, judge, RUNS)]) is Verdict.SUPPORTED
    assert Gate("annotate", "marked").overall(code) is Verdict.UNSUPPORTED


def test_code_of_the_book_is_not_taken_for_the_models(judge: LocalJudge) -> None:
    gate = Gate("strict", "marked")
    [code] = admitted(gate, judge, "```\nros2 service call /pump/stop std_srvs/srv/Trigger\n```")
    assert not code.is_model_code
    assert not gate.refuses([code])


def test_a_sentence_may_be_proved_by_two_passages(judge: LocalJudge) -> None:
    both = (
        "The pump node is written in Python, and a call to `open_valve` blocks until the valve "
        "has been closed again."
    )
    [case] = admitted(Gate("strict"), judge, both)
    judgement = case.judgement
    assert {item.key for item in judgement.evidence} == {"pump", "valves"}
    assert judgement.verdict is Verdict.SUPPORTED
