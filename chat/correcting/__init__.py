"""Corrections: how an editor's answer is proved and kept, and to which questions it is given."""

from __future__ import annotations

from chat.correcting.keeping import Draft, PassagesGone, Said, Unproved, correct, judged, withdraw
from chat.correcting.matching import Corrected, corrected
from chat.correcting.passages import held, held_back
from chat.correcting.repeating import EditorsModel

__all__ = [
    "Corrected",
    "Draft",
    "EditorsModel",
    "PassagesGone",
    "Said",
    "Unproved",
    "correct",
    "corrected",
    "held",
    "held_back",
    "judged",
    "withdraw",
]
