"""The words inside identifiers: who looks for a transform broadcaster means `TransformBroadcaster`.

BM25 knows whole words only. Beside each identifier its parts are indexed and searched, as the word
delimiter filters of full text engines do, so that either spelling finds the other and the one that
is written exactly alike still finds most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

WORD = re.compile(r"\w+")
BORDER = re.compile(r"_+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
SHORTEST_PART = 2


def with_parts(text: str) -> str:
    """The text followed by the parts of its identifiers.

    >>> with_parts("a StaticTransformBroadcaster on tf2_ros")
    'a StaticTransformBroadcaster on tf2_ros\\nStatic Transform Broadcaster tf2 ros'
    """
    parts = " ".join(_parts(text))
    return f"{text}\n{parts}" if parts else text


def _parts(text: str) -> Iterator[str]:
    for word in WORD.findall(text):
        if word.islower() and "_" not in word:
            continue  # nearly all words: no border can be in them
        parts = [part for part in BORDER.split(word) if len(part) >= SHORTEST_PART]
        if parts and parts != [word]:
            yield from parts
