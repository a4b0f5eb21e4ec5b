"""What a text from outside must be like before it is used: the one check of both interfaces."""

from __future__ import annotations

import re

from pydantic import AfterValidator

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text itself. Raises ``ValueError``: databases and UTF-8 hold no NUL or lone surrogate."""
    if UNSTORABLE.search(text):
        raise ValueError("must not contain NUL characters or lone surrogates")
    return text


def not_blank(text: str) -> str:
    """The text without the space around it. Raises ``ValueError`` when nothing is left."""
    if not text.strip():
        raise ValueError("must not be empty")
    return text.strip()


Storable = AfterValidator(storable)
NotBlank = AfterValidator(not_blank)
