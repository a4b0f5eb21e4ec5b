"""The one place that decides what a reader is shown and what an answer came to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Literal

from chat.grounding.leaning import leans
from chat.markdown import plain
from chat.sentences import Piece, PieceKind
from chat.verdict import Judgement, Verdict

Mode = Literal["strict", "annotate"]

LEANS = "leans_on_withheld"

_SHOWN_IN_STRICT = frozenset({Verdict.SUPPORTED, Verdict.NOT_A_CLAIM})
_WORST_FIRST = (
    Verdict.CONTRADICTED,
    Verdict.UNSUPPORTED,
    Verdict.PARTLY,
    Verdict.UNCHECKED,
    Verdict.SUPPORTED,
)


class Gate:
    """What is shown of one answer: in ``strict`` mode only what is proved or claims nothing.

    Pieces are admitted once each, in the answer's order, and what was decided stays. Raises
    ``ValueError`` for a mode that does not exist, so that a typing error in a book's settings
    cannot open the gate.
    """

    def __init__(self, mode: str) -> None:
        if mode not in ("strict", "annotate"):
            raise ValueError(f"no such grounding mode: {mode!r}")
        self._strict = mode == "strict"
        self.begin()

    def begin(self) -> None:
        """Another text begins: nothing in it leans on what was withheld before."""
        self._withheld_last = False
        self._last_shown = ""

    def admit(
        self, piece: Piece, judgement: Judgement, judge_text: Callable[[str], Judgement]
    ) -> Judgement:
        """The judgement that stands for the next piece, now that all before it are decided.

        A sentence that leans on a withheld one would be read as leaning on the last one that was
        shown, so one passage has to prove the two together: ``judge_text`` is asked.
        """
        text = "" if piece.kind is PieceKind.CODE else plain(piece.tree)
        if self._withheld_last and judgement.verdict is Verdict.SUPPORTED and leans(text):
            judgement = self._alone(text, judgement, judge_text)
        self._remember(text, judgement)
        return judgement

    def shows(self, judgement: Judgement) -> bool:
        return not self._strict or judgement.verdict in _SHOWN_IN_STRICT

    def overall(self, judgements: Iterable[Judgement]) -> Verdict:
        """The verdict on what a reader sees of an answer: that of its worst shown claim.

        ``not_a_claim`` if nothing shown claims anything, which makes the answer a refusal.
        """
        shown = {judgement.verdict for judgement in judgements if self.shows(judgement)}
        return next((verdict for verdict in _WORST_FIRST if verdict in shown), Verdict.NOT_A_CLAIM)

    def refuses(self, judgements: Iterable[Judgement]) -> bool:
        """Whether nothing that is shown claims anything: greetings alone are no answer."""
        return self.overall(judgements) is Verdict.NOT_A_CLAIM

    def _alone(
        self, text: str, judgement: Judgement, judge_text: Callable[[str], Judgement]
    ) -> Judgement:
        """The judgement of a leaning sentence that has only what was shown to lean on."""
        if self._last_shown:
            together = judge_text(f"{self._last_shown} {text}")
            if together.verdict is Verdict.SUPPORTED and _in_one_passage(together):
                return judgement
        return replace(judgement, verdict=Verdict.UNSUPPORTED, reasons=(*judgement.reasons, LEANS))

    def _remember(self, text: str, judgement: Judgement) -> None:
        if judgement.verdict is Verdict.NOT_A_CLAIM:
            return
        self._withheld_last = not self.shows(judgement)
        if not self._withheld_last:
            self._last_shown = text


def _in_one_passage(judgement: Judgement) -> bool:
    return len({item.key for item in judgement.evidence}) == 1
