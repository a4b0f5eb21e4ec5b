"""The text of inline Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from retrieval.readers.docusaurus.javascript import literal
from retrieval.readers.markdown.tags import Tag, TagKind
from retrieval.readers.source import Dropped
from retrieval.readers.superscript import raised


def inline_tokens(node: SyntaxTreeNode) -> list[Token]:
    """The inline tokens of a paragraph, heading, cell or title node."""
    inline = next((child for child in node.children if child.type == "inline"), None)
    return [] if inline is None or inline.token is None else inline.token.children or []


@dataclass
class InlineReader:
    """Turns inline tokens into plain text and notes what does not become text.

    A token is read by the method that is named after its type; others have no text.
    """

    line: int = 1
    dropped: list[Dropped] = field(default_factory=list)

    def read(self, tokens: Sequence[Token]) -> str:
        texts: list[str] = []
        raised_from: int | None = None
        for token in tokens:
            texts.append(self._text(token))
            match _superscript(token):
                case TagKind.OPEN:
                    raised_from = len(texts)
                case TagKind.CLOSE if raised_from is not None:
                    texts[raised_from:] = [raised("".join(texts[raised_from:]))]
                    raised_from = None
        return "".join(texts).strip()

    def _text(self, token: Token) -> str:
        read: Callable[[Token], str] | None = getattr(self, f"read_{token.type}", None)
        return "" if read is None else read(token)

    def read_text(self, token: Token) -> str:
        return token.content

    def read_text_special(self, token: Token) -> str:
        return token.content

    def read_code_inline(self, token: Token) -> str:
        return f"`{token.content}`"

    def read_math_inline(self, token: Token) -> str:
        return f"${token.content}$"

    def read_math_inline_double(self, token: Token) -> str:
        return f"$${token.content}$$"

    def read_footnote_ref(self, token: Token) -> str:
        return f"[{token.meta['label']}]"

    def read_softbreak(self, _: Token) -> str:
        self.line += 1
        return " "

    def read_hardbreak(self, _: Token) -> str:
        self.line += 1
        return "\n"

    def read_image(self, token: Token) -> str:
        self._drop("image", token.content)
        return ""

    def read_comment_inline(self, _: Token) -> str:
        self._drop("comment")
        return ""

    def read_expression_inline(self, token: Token) -> str:
        text = literal(token.content)
        if text is None:
            self._drop("expression", token.content)
        return text or ""

    def read_jsx_inline(self, token: Token) -> str:
        tag: Tag = token.meta["tag"]
        if tag.name == "br":
            return "\n"
        if tag.name == "img":
            self._drop("image", tag.attributes.get("alt", ""))
        elif tag.is_component and tag.kind is TagKind.VOID:
            self._drop(f"jsx:{tag.name}")
        return ""

    def _drop(self, kind: str, detail: str = "") -> None:
        self.dropped.append(Dropped(kind, self.line, detail))


def _superscript(token: Token) -> TagKind | None:
    """Whether the token is a ``sup`` tag, and which."""
    if token.type != "jsx_inline" or token.meta["tag"].name != "sup":
        return None
    kind: TagKind = token.meta["tag"].kind
    return kind
