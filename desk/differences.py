"""What changed between two versions of a passage, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_WORD = re.compile(r"\s*\S+\s*")


@dataclass(frozen=True, slots=True)
class Difference:
    """A run of words that is the same in both versions, gone from the old or new in the new."""

    text: str
    change: Literal["same", "gone", "new"]


def differences(old: str, new: str) -> Iterator[Difference]:
    """The old passage turned into the new one, in reading order."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    for tag, i, i_end, j, j_end in SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            yield Difference("".join(after[j:j_end]), "same")
            continue
        if i < i_end:
            yield Difference("".join(before[i:i_end]), "gone")
        if j < j_end:
            yield Difference("".join(after[j:j_end]), "new")
