"""Leaving out of a question what the whole book is about.

A reader of a book on X need not say "in X", but many do. The name is on every page, so it says
nothing about where to look, yet it pulls the question's vector towards passages that happen to
repeat the name.
"""

from __future__ import annotations

import re
from functools import lru_cache

GENERIC = frozenset(
    {"book", "course", "docs", "documentation", "edition", "guide", "handbook", "manual"}
    | {"introduction", "learn", "learning", "primer", "reference", "textbook"}
    | {"tutorial", "tutorials", "a", "an", "and", "by", "for", "of", "the", "to", "with", "your"}
)
LEAST_LEFT = re.compile(r"\w{3}")


def without_subject(question: str, title: str) -> str:
    """The question without "in X" and the like, where X is what the book's title names.

    >>> without_subject("What is a node in ROS2?", "ROS 2 Documentation")
    'What is a node?'
    """
    pattern = _mention(title)
    if pattern is None:
        return question
    shorter = pattern.sub("", question).strip(" ,;")
    return shorter if LEAST_LEFT.search(shorter) else question


@lru_cache(maxsize=256)
def _mention(title: str) -> re.Pattern[str] | None:
    words = [word for word in re.findall(r"\w+", title.lower()) if word not in GENERIC]
    if not words:
        return None
    name = r"[\W_]*".join(re.escape(word) for word in words)
    return re.compile(rf"\s*\b(?:in|with|using|for|on)\s+(?:the\s+)?{name}\b", re.IGNORECASE)
