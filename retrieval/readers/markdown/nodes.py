"""What the nodes of a Markdown tree say: their lines, languages, titles and labels."""

from __future__ import annotations

import re

from markdown_it.tree import SyntaxTreeNode

from retrieval.readers.markdown.inline import InlineReader, inline_tokens
from retrieval.readers.markdown.tags import Tag

_TITLE = re.compile(r"""\btitle=(?:"([^"]*)"|'([^']*)')""")
_TAB_VALUE = re.compile(r"\{[^{}]*\}")
_TAB_FIELD = r"""\b{name}\s*:\s*(["'`])(.*?)\1"""


def tag_of(node: SyntaxTreeNode) -> Tag:
    """The tag of a JSX or raw HTML node."""
    tag: Tag = node.meta["tag"]
    return tag


def first_line(node: SyntaxTreeNode) -> int:
    """The line of the source, from 1, on which a block begins."""
    return node.map[0] + 1 if node.map else 1


def code_language(info: str) -> str:
    """The language of a fence's info string: ``rust`` of ``rust,ignore`` or ``rust title="x"``."""
    word = re.split(r"[\s,]", info.strip(), maxsplit=1)[0]
    return "" if "=" in word or word.startswith("{") else word


def code_title(info: str) -> str:
    """The title of a fence's info string, or ""."""
    match = _TITLE.search(info)
    return (match[1] or match[2] or "") if match else ""


def directive_label(node: SyntaxTreeNode) -> str:
    """What an admonition is called: "Note", or "Tip: Title"."""
    name = str(node.meta["name"]).capitalize()
    title = directive_title(node)
    return f"{name}: {title}" if title else name


def directive_title(node: SyntaxTreeNode) -> str:
    """The title of an admonition or another container as plain text, or ""."""
    title = next((child for child in node.children if child.type == "directive_title"), None)
    return "" if title is None else InlineReader().read(inline_tokens(title))


def tab_label(node: SyntaxTreeNode) -> str:
    """The label of a ``TabItem``: its own, the one that ``Tabs values`` gives it, or its value."""
    attributes = tag_of(node).attributes
    value = attributes.get("value", "")
    parent = node.parent
    tabs = tag_of(parent).attributes if parent is not None and is_jsx(parent) else {}
    return attributes.get("label") or _tab_labels(tabs.get("values", "")).get(value, value)


def component_label(node: SyntaxTreeNode) -> str:
    """What a JSX component says of its children in an attribute, or ""."""
    tag = tag_of(node)
    if tag.name == "TabItem":
        return tab_label(node)
    if not tag.is_component:
        return ""
    said = tag.attributes.get("label") or tag.attributes.get("title") or ""
    kind = tag.attributes.get("type", "note").capitalize() if tag.name == "Admonition" else ""
    plain = "" if said.startswith("{") else said
    return ": ".join(part for part in (kind, plain) if part)


def summary_of(node: SyntaxTreeNode) -> str:
    """The summary of a ``details`` element, or ""."""
    for child in node.children:
        if is_jsx(child) and tag_of(child).name == "summary":
            return text_of(child)
    return ""


def text_of(node: SyntaxTreeNode) -> str:
    """The inline text of everything below a node."""
    texts = (InlineReader().read(inline_tokens(block)) for block in node.walk())
    return " ".join(text for text in texts if text)


def is_jsx(node: SyntaxTreeNode) -> bool:
    """Whether it is an element of JSX or HTML that encloses others."""
    return node.type == "jsx"


def _tab_labels(values: str) -> dict[str, str]:
    labels = {}
    for entry in _TAB_VALUE.findall(values):
        value = re.search(_TAB_FIELD.format(name="value"), entry)
        label = re.search(_TAB_FIELD.format(name="label"), entry)
        if value and label:
            labels[value[2]] = label[2]
    return labels
