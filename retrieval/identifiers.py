"""The words inside identifiers: who looks for a transform broadcaster means `TransformBroadcaster`.

BM25 knows whole words only. Beside each identifier its parts are indexed and searched, as the word
delimiter filters of full text engines do, so that either spelling finds the other and the one that
is written exactly alike still finds most.
"""

from __future__ import annotations

import re
from functools import lru_cache

WORD = re.compile(r"\w+")
BORDER = re.compile(r"_+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
SHORTEST_PART = 2
KNOWN_WORDS = 20_000
"""About the vocabulary of a large book: the parts of this many words stay in memory."""


def with_parts(text: str) -> str:
    """The text followed by the parts of its identifiers.

    >>> with_parts("a StaticTransformBroadcaster on tf2_ros")
    'a StaticTransformBroadcaster on tf2_ros\\nStatic Transform Broadcaster tf2 ros'
    """
    parts = " ".join(filter(None, map(_parts, WORD.findall(text))))
    return f"{text}\n{parts}" if parts else text


@lru_cache(KNOWN_WORDS)
def _parts(word: str) -> str:
    """The parts of a word that is an identifier; "" for nearly all others."""
    parts = [part for part in BORDER.split(word) if len(part) >= SHORTEST_PART]
    return " ".join(parts) if parts != [word] else ""
