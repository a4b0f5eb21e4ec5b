"""Heading ids as github-slugger makes them, which Docusaurus and GitHub use for their anchors."""

from __future__ import annotations

import unicodedata

KEPT_CATEGORIES = frozenset({"Nd", "Nl", "Pc"})
ENCLOSED_LETTERS = (
    range(0x24B6, 0x24EA),
    range(0x1F130, 0x1F14A),
    range(0x1F150, 0x1F16A),
    range(0x1F170, 0x1F18A),
)


def slug(text: str, *, keep_case: bool = False) -> str:
    """The slug of a heading, without regard to other headings.

    Letters (of every script), marks, digits, ``_`` and ``-`` stay, each space becomes ``-`` and
    everything else goes. Equal to github-slugger 2.0.0 for every code point of Unicode 13, the
    version that its table was generated from.
    """
    cased = text if keep_case else text.lower()
    return "".join(c for c in cased if _is_kept(c)).replace(" ", "-")


class Slugger:
    """Slugs that are unique within one page: a repeated one gets ``-1``, ``-2`` and so on."""

    def __init__(self, *, keep_case: bool = False) -> None:
        self._keep_case = keep_case
        self._occurrences: dict[str, int] = {}

    def slug(self, text: str) -> str:
        base = unique = slug(text, keep_case=self._keep_case)
        while unique in self._occurrences:
            self._occurrences[base] += 1
            unique = f"{base}-{self._occurrences[base]}"
        self._occurrences[unique] = 0
        return unique


def _is_kept(character: str) -> bool:
    if character in " -" or character.isalpha():
        return True
    category = unicodedata.category(character)
    if category[0] == "M" or category in KEPT_CATEGORIES:
        return True
    return any(ord(character) in letters for letters in ENCLOSED_LETTERS)
