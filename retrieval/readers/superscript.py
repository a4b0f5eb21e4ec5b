"""Raised text in a line: an exponent must not become a digit of the number before it."""

from __future__ import annotations

import re

_EXPONENT = re.compile(r"[+\-−–]?(?:\d+(?:[.,]\d+)?|[a-z](?:\s*[+\-−–]\s*\d+)?)")


def raised(text: str) -> str:
    """Raised text as it reads in plain text: an exponent after ``^``, anything else as it is.

    >>> raised("7"), raised("n − 1"), raised("st")
    ('^7', '^(n − 1)', 'st')
    """
    bare = text.strip()
    if not _EXPONENT.fullmatch(bare):
        return text
    return f"^({bare})" if " " in bare else f"^{bare}"
