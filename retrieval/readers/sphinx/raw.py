"""The text of raw HTML that stands among Markdown."""

from __future__ import annotations

NOT_TEXT = ["script", "style", "template", "svg", "iframe", "noscript", "video", "audio"]


def html_text(html: str) -> str:
    """What a reader sees of the HTML, on one line; nothing for scripts, styles and media."""
    from bs4 import BeautifulSoup  # most books have no raw HTML and need not wait for it

    soup = BeautifulSoup(html, "lxml")
    for element in soup.find_all(NOT_TEXT):
        element.decompose()
    return " ".join(soup.get_text(" ").split())
