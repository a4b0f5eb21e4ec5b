"""What two verdicts make of a sentence: the table of docs/gate.md, each pair in each mode."""

from __future__ import annotations

import pytest

from chat.models import Finding
from chat.standing import became
from chat.verdict import Verdict

STILL, WEAKER = Finding.Kind.STILL_SUPPORTED, Finding.Kind.WEAKER
BROKEN, REPAIRED = Finding.Kind.BROKEN, Finding.Kind.REPAIRED

NOW = (Verdict.SUPPORTED, Verdict.PARTLY, Verdict.UNSUPPORTED, Verdict.CONTRADICTED,
       Verdict.NOT_A_CLAIM)  # fmt: skip
STRICT = {
    Verdict.SUPPORTED: (STILL, BROKEN, BROKEN, BROKEN, BROKEN),
    Verdict.PARTLY: (REPAIRED, None, None, None, None),
    Verdict.UNSUPPORTED: (REPAIRED, None, None, None, None),
    Verdict.CONTRADICTED: (REPAIRED, None, None, None, None),
}
ANNOTATE = {
    **STRICT,
    Verdict.SUPPORTED: (STILL, WEAKER, BROKEN, BROKEN, BROKEN),
    Verdict.PARTLY: (REPAIRED, STILL, BROKEN, BROKEN, BROKEN),
}


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("then", STRICT)
def test_every_pair_of_verdicts_has_its_finding(then: Verdict, strict: bool) -> None:
    table = STRICT if strict else ANNOTATE
    assert tuple(became(then, now, strict=strict) for now in NOW) == table[then]
