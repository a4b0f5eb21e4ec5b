"""A sentence as the reader saw it, and the words that two texts share, marked in either."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from chat.grounding.terms import read_keys, read_words
from chat.markdown import Node
from chat.models import Sentence
from retrieval.display import visible

_INLINE_TAGS = {"emphasis": "em", "strong": "strong", "code": "code", "math": "code"}

Keys = frozenset[str]
NO_KEYS: Keys = frozenset()


def keys_of(texts: Iterable[str]) -> Keys:
    """The words of the texts, as far as they carry content, by their stems."""
    return NO_KEYS.union(*(read_keys(text) for text in texts))


def shared(text: str, keys: Keys) -> SafeString:
    """The text, made visible, with the words marked that are among ``keys``."""
    seen = visible(text)
    return format_html_join("", "{}", ((piece,) for piece in _pieces(seen, keys)))


def _pieces(text: str, keys: Keys) -> Iterator[str]:
    at = 0
    for word in read_words(text) if keys else ():
        if any(term.key in keys for term in word.terms):
            yield text[at : word.start]
            yield format_html('<b class="desk-same">{}</b>', text[word.start : word.end])
            at = word.end
    yield text[at:]


def sentence_html(sentence: Sentence, keys: Keys = NO_KEYS) -> SafeString:
    """The sentence as the reader's widget draws it; its Markdown when it has no tree."""
    drawn = _block_html(sentence.tree, keys) if sentence.tree else SafeString("")
    return drawn or shared(sentence.text, keys)


def _block_html(block: Node, keys: Keys) -> SafeString:
    if block["type"] == "code":
        return format_html(
            '<pre class="desk-code"><code>{}</code></pre>', shared(block["text"], keys)
        )
    if block["type"] == "row":
        cells = ((_inline_html(cell, keys),) for cell in block["cells"])
        return format_html_join(" | ", "{}", cells)
    inline = _inline_html(block["children"], keys)
    if block["type"] == "item" and inline:
        mark = f"{block['number']}." if block["ordered"] else "•"
        return format_html("{} {}", mark, inline)
    return inline


def _inline_html(nodes: Iterable[Node], keys: Keys) -> SafeString:
    return format_html_join("", "{}", ((_node_html(node, keys),) for node in nodes))


def _node_html(node: Node, keys: Keys) -> SafeString:
    nested = "children" in node
    inner = _inline_html(node["children"], keys) if nested else shared(node["text"], keys)
    tag = _INLINE_TAGS.get(node["type"])
    if tag is None:
        return inner
    return format_html("<{0}>{1}</{0}>", SafeString(tag), inner)
