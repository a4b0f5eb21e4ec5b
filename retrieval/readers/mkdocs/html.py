"""Raw HTML in pages of MkDocs: what stands in it is Markdown only where the element says so.

Source of the rules: Python-Markdown 3.11, ``extensions.md_in_html``.
"""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token


def html_plugin(md: MarkdownIt, *, markdown_inside: bool) -> None:
    """Keep headings from what is no Markdown; with ``markdown_inside`` ``markdown="1"`` counts."""
    md.options["markdown_inside"] = markdown_inside
    md.core.ruler.after("block", "raw_headings", _raw_headings)


def _raw_headings(state: StateCore) -> None:
    """``## Words`` inside a plain ``div`` are words, for MkDocs gives them no id.

    The ids of elements with Markdown inside go to ``env``, since headings may not repeat them.
    """
    open_elements: list[bool] = []
    for token in state.tokens:
        if token.type == "jsx_open":
            open_elements.append(_holds_markdown(state, token))
        elif token.type == "jsx_close":
            open_elements.pop()
        elif token.type.startswith("heading_") and not all(open_elements):
            token.type = token.type.replace("heading", "paragraph")


def _holds_markdown(state: StateCore, opening: Token) -> bool:
    attributes = opening.meta["tag"].attributes
    if not state.md.options["markdown_inside"] or attributes.get("markdown", "0") == "0":
        return False
    if "id" in attributes:
        state.env.setdefault("ids", set()).add(attributes["id"])
    return True
