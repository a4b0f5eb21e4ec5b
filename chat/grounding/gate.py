"""The one place that decides what a reader is shown and what an answer came to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from chat.grounding.case import Case
from chat.grounding.leaning import leans
from chat.markdown import plain
from chat.verdict import Judgement, Verdict

LEANS: Final = "leans_on_withheld"

MODES: Final = ("strict", "annotate")
CODES: Final = ("book", "marked", "proved")

_SHOWN_IN_STRICT: Final = frozenset({Verdict.SUPPORTED, Verdict.NOT_A_CLAIM})
_WORST_FIRST: Final = (
    Verdict.CONTRADICTED,
    Verdict.UNSUPPORTED,
    Verdict.PARTLY,
    Verdict.UNCHECKED,
    Verdict.SUPPORTED,
)


class Gate:
    """What is shown of one answer: in ``strict`` mode only what is proved or claims nothing.

    With ``code="marked"`` a strict book also shows code that the model wrote itself, marked as such
    and counted neither as a claim nor as an answer; with ``code="proved"`` no book in either mode
    shows code that is not proved. Pieces are admitted once each, in the answer's
    order, and what was decided stays. Raises ``ValueError`` for a mode or a rule for code that
    does not exist, so that a typing error in a book's settings cannot open the gate.
    """

    def __init__(self, mode: str, code: str = "book") -> None:
        if mode not in MODES:
            raise ValueError(f"no such grounding mode: {mode!r}")
        if code not in CODES:
            raise ValueError(f"no such rule for code: {code!r}")
        self._strict = mode == "strict"
        self._code = code
        self.begin()

    def begin(self) -> None:
        """Another text begins: nothing in it leans on what was withheld before."""
        self._withheld_last = False
        self._last_shown = ""

    def admit(self, case: Case, judge_text: Callable[[str], Judgement]) -> Case:
        """The next piece with the judgement that stands, now that all before it are decided.

        A sentence that leans on a withheld one would be read as leaning on the last one that was
        shown, so one passage has to prove the two together: ``judge_text`` is asked.
        """
        text = "" if case.is_code else plain(case.piece.tree)
        if self._withheld_last and case.verdict is Verdict.SUPPORTED and leans(text):
            case = replace(case, judgement=self._alone(text, case.judgement, judge_text))
        self._remember(text, case)
        return case

    def shows(self, case: Case) -> bool:
        if self._code == "proved" and case.is_model_code:
            return False
        if not self._strict or case.verdict in _SHOWN_IN_STRICT:
            return True
        return self._code == "marked" and case.is_model_code

    def overall(self, cases: Iterable[Case]) -> Verdict:
        """The verdict on what a reader sees of an answer: that of its worst shown claim.

        ``not_a_claim`` if nothing shown claims anything, which makes the answer a refusal.
        """
        shown = {case.verdict for case in cases if self._vouches_for(case)}
        return next((verdict for verdict in _WORST_FIRST if verdict in shown), Verdict.NOT_A_CLAIM)

    def refuses(self, cases: Iterable[Case]) -> bool:
        """Whether nothing that is shown claims anything: greetings alone are no answer."""
        return self.overall(cases) is Verdict.NOT_A_CLAIM

    def _vouches_for(self, case: Case) -> bool:
        """Whether it is shown as what the book says; a strict book's marked code is not."""
        return self.shows(case) and not (self._strict and case.is_model_code)

    def _alone(
        self, text: str, judgement: Judgement, judge_text: Callable[[str], Judgement]
    ) -> Judgement:
        """The judgement of a leaning sentence that has only what was shown to lean on."""
        if self._last_shown:
            together = judge_text(f"{self._last_shown} {text}")
            if together.verdict is Verdict.SUPPORTED and _in_one_passage(together):
                return judgement
        return replace(judgement, verdict=Verdict.UNSUPPORTED, reasons=(*judgement.reasons, LEANS))

    def _remember(self, text: str, case: Case) -> None:
        if case.verdict is Verdict.NOT_A_CLAIM:
            return
        self._withheld_last = not self.shows(case)
        if not self._withheld_last:
            self._last_shown = text


def _in_one_passage(judgement: Judgement) -> bool:
    return len({item.key for item in judgement.evidence}) == 1
