"""How the desk shows links it did not write, and words in colour."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.utils.html import format_html
from django.utils.safestring import SafeString


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
