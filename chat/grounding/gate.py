"""The one place that decides what a reader is shown and what an answer came to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from chat.verdict import Judgement, Verdict

Mode = Literal["strict", "annotate"]

_SHOWN_IN_STRICT = frozenset({Verdict.SUPPORTED, Verdict.NOT_A_CLAIM})
_WORST_FIRST = (
    Verdict.CONTRADICTED,
    Verdict.UNSUPPORTED,
    Verdict.PARTLY,
    Verdict.UNCHECKED,
    Verdict.SUPPORTED,
)


class Gate:
    """What is shown of a book's answers: in ``strict`` mode only what is proved or claims nothing.

    Raises ``ValueError`` for a mode that does not exist, so that a typing error in a book's
    settings cannot open the gate.
    """

    def __init__(self, mode: str) -> None:
        if mode not in ("strict", "annotate"):
            raise ValueError(f"no such grounding mode: {mode!r}")
        self._strict = mode == "strict"

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
