"""The id that mdBook gives to each heading of a page.

Source of the rules: mdBook 0.5, ``mdbook-html``, ``utils`` and ``html/tree``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import count, pairwise

from markdown_it.token import Token

from retrieval.readers.docusaurus.slugs import ENCLOSED_LETTERS

# Marks that Unicode counts among the alphabetic characters, told by their combining class: vowel
# signs and points, not accents. Exact for Hebrew and the scripts of India, near for all others.
VOWEL_CLASSES = frozenset({0, *range(10, 37), 84, 91, 103, 118, 129, 130, 132})
VARIATION_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))

_HAS_TEXT = frozenset({"text", "text_special", "code_inline"})
_DASHES = re.compile(r"-{2,}")


def set_heading_anchors(tokens: Sequence[Token], *, smart_punctuation: bool) -> None:
    """Put each heading's id into ``meta["anchor"]``: its own in ``meta["id"]``, or one of its text.

    Made ids are unique within the page, and so are those of the terms of definition lists, which
    are counted with them; an id of a heading's own is taken as it stands. ``smart_punctuation``
    turns two or more hyphens of the text into dashes, which an id does not hold.
    """
    used: set[str] = set()
    notes: dict[str, int] = {}
    for opening, inline in pairwise(tokens):
        text = _text(inline.children or [], notes, smart_punctuation)
        if opening.type in ("heading_open", "dt_open"):
            opening.meta["anchor"] = opening.meta.get("id") or _unique(heading_id(text), used)


def heading_id(text: str) -> str:
    """The id of a heading's text, without regard to other headings.

    Letters of every script, numbers, ``_`` and ``-`` stay, each white space becomes ``-`` and
    everything else goes; if nothing stays it is ``section``.
    """
    kept = ("-" if c.isspace() else c for c in text.strip().lower() if c.isspace() or _is_kept(c))
    return "".join(kept) or "section"


def _unique(base: str, used: set[str]) -> str:
    numbered = (f"{base}-{number}" for number in count(1))
    unique = base if base not in used else next(name for name in numbered if name not in used)
    used.add(unique)
    return unique


def _text(tokens: Sequence[Token], notes: dict[str, int], smart_punctuation: bool) -> str:
    """The text of a line as it is printed; ``notes`` numbers the page's footnotes as they come."""
    parts = []
    for token in tokens:
        if token.type == "footnote_ref":
            parts.append(str(notes.setdefault(token.meta["label"], len(notes) + 1)))
        elif token.type == "softbreak":
            parts.append("\n")
        elif token.type in _HAS_TEXT:
            is_prose = smart_punctuation and token.type == "text"
            parts.append(_DASHES.sub("", token.content) if is_prose else token.content)
    return "".join(parts)


def _is_kept(character: str) -> bool:
    if character in "_-" or character.isalnum():
        return True
    if unicodedata.category(character) in ("Mn", "Mc"):
        is_selector = any(ord(character) in selectors for selectors in VARIATION_SELECTORS)
        return unicodedata.combining(character) in VOWEL_CLASSES and not is_selector
    return any(ord(character) in letters for letters in ENCLOSED_LETTERS)
