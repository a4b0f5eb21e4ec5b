"""How the desk shows what it did not write: other people's texts and links, and words in colour."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.utils.html import format_html
from django.utils.safestring import SafeString

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


def safe_link(url: str) -> str:
    """The address if a click on it stays harmless: http, https or relative; empty otherwise."""
    if not url or "\\" in url or any(char <= " " or char == "\x7f" for char in url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme in ("http", "https") and parts.netloc:
        return url
    return "" if parts.scheme or parts.netloc else url


def outward(url: str, label: str) -> SafeString:
    """A link that leaves the desk, in a new tab; only its label when it is not a safe one."""
    address = safe_link(url)
    if not address:
        return format_html("{}", label)
    return format_html(
        '<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>', address, label
    )


def badge(label: str, tone: str, meaning: str = "") -> SafeString:
    """A word with a colour beside it; ``tone`` is good, warn, bad or quiet."""
    return format_html(
        '<span class="desk-badge desk-{}" title="{}">{}</span>', tone, meaning, label
    )
