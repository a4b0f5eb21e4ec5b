"""How texts are shown that other people wrote."""

from __future__ import annotations

import re

# What steers a browser's or a reader's eye without being seen: control characters, bidirectional
# overrides and isolates, zero-width marks and tag characters. Joiners are left to the scripts
# that need them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text with what cannot be seen spelled out, such as ``[U+202E]``; escapes nothing."""
    return _UNSEEN.sub(lambda found: f"[U+{ord(found.group()):04X}]", text)
