"""How an old sentence stands now: by the verdict its reader was told and the one found since."""

from __future__ import annotations

from chat.models import Finding
from chat.verdict import Verdict


def rank(verdict: Verdict, *, strict: bool) -> int:
    """How much of a sentence its reader could take for proved: 2 all, 1 a part, 0 nothing.

    A strict book shows no sentence that is proved in part.
    """
    if verdict is Verdict.SUPPORTED:
        return 2
    return int(verdict is Verdict.PARTLY and not strict)


def became(then: Verdict, now: Verdict, *, strict: bool) -> Finding.Kind | None:
    """What the two verdicts make of the sentence; None where nobody needs to be told.

    A supported sentence that a strict book would not show any more is broken, whatever part of it
    is left. ``docs/gate.md`` has the table.
    """
    before, after = rank(then, strict=strict), rank(now, strict=strict)
    if after > before:
        return Finding.Kind.REPAIRED if now is Verdict.SUPPORTED else None
    if before == 0:
        return None
    if after == before:
        return Finding.Kind.STILL_SUPPORTED
    return Finding.Kind.WEAKER if after else Finding.Kind.BROKEN
