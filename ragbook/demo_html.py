"""A page of the demo book as HTML, from the syntax tree that the reader takes sections from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from markdown_it.tree import SyntaxTreeNode
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_by_name
from pygments.util import ClassNotFound

from retrieval.readers.docusaurus.javascript import literal
from retrieval.readers.markdown.inline import InlineReader, inline_tokens
from retrieval.readers.markdown.nodes import (
    code_language,
    code_title,
    component_label,
    directive_label,
    tab_label,
    tag_of,
)
from retrieval.readers.markdown.tags import Tag, TagKind

PLAIN_ELEMENTS = frozenset(
    {"abbr", "b", "br", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "s"}
    | {"samp", "small", "strong", "sub", "sup", "u", "var", "wbr"}
)
EMPTY = SafeString("")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading for the list of what is on the page."""

    level: int
    anchor: str
    text: str


@dataclass
class HtmlRenderer:
    """Renders a page's tree; ``link`` turns a target as written in the source into an address.

    Everything is escaped where it is put into markup. Tags of the source come out only if they are
    plain text elements, and without their attributes. ``headings`` fills while rendering.
    """

    link: Callable[[str], str]
    headings: list[Heading] = field(default_factory=list)

    def render(self, tree: SyntaxTreeNode) -> SafeString:
        """The page's content, without the surrounding document."""
        return self._all(tree.children)

    def _all(self, nodes: Iterable[SyntaxTreeNode]) -> SafeString:
        return _joined(self._node(node) for node in nodes)

    def _node(self, node: SyntaxTreeNode) -> SafeString:
        render: Callable[[SyntaxTreeNode], SafeString] | None
        render = getattr(self, f"render_{node.type}", None)
        return self._all(node.children) if render is None else render(node)

    # text

    def render_heading(self, node: SyntaxTreeNode) -> SafeString:
        content, anchor = self._all(node.children), node.meta.get("anchor", "")
        tag = SafeString(node.tag)
        text = InlineReader().read(inline_tokens(node)).replace("`", "")
        if not anchor:
            return format_html("<{}>{}</{}>", tag, content, tag)
        self.headings.append(Heading(int(node.tag[1]), anchor, text))
        return format_html(
            '<{} id="{}">{} <a class="anchor" href="#{}" aria-label="Link to: {}"></a></{}>',
            *(tag, anchor, content, anchor, text, tag),
        )

    def render_paragraph(self, node: SyntaxTreeNode) -> SafeString:
        content = self._all(node.children)
        is_tight = node.nester_tokens is not None and node.nester_tokens.opening.hidden
        return content if is_tight or not content.strip() else format_html("<p>{}</p>", content)

    def render_inline(self, node: SyntaxTreeNode) -> SafeString:
        return self._all(node.children)

    def render_text(self, node: SyntaxTreeNode) -> SafeString:
        return conditional_escape(node.content)

    def render_softbreak(self, _: SyntaxTreeNode) -> SafeString:
        return SafeString("\n")

    def render_hardbreak(self, _: SyntaxTreeNode) -> SafeString:
        return SafeString("<br>")

    def render_strong(self, node: SyntaxTreeNode) -> SafeString:
        return format_html("<strong>{}</strong>", self._all(node.children))

    def render_em(self, node: SyntaxTreeNode) -> SafeString:
        return format_html("<em>{}</em>", self._all(node.children))

    def render_s(self, node: SyntaxTreeNode) -> SafeString:
        return format_html("<s>{}</s>", self._all(node.children))

    def render_code_inline(self, node: SyntaxTreeNode) -> SafeString:
        return format_html("<code>{}</code>", node.content)

    def render_link(self, node: SyntaxTreeNode) -> SafeString:
        address = self.link(str(node.attrs.get("href", "")))
        return format_html('<a href="{}">{}</a>', address, self._all(node.children))

    def render_image(self, node: SyntaxTreeNode) -> SafeString:
        return format_html('<em class="image">{}</em>', node.content)

    def render_math_inline(self, node: SyntaxTreeNode) -> SafeString:
        return format_html('<span class="math">{}</span>', node.content)

    def render_math_block(self, node: SyntaxTreeNode) -> SafeString:
        return format_html('<div class="math">{}</div>', node.content.strip())

    def render_footnote_ref(self, node: SyntaxTreeNode) -> SafeString:
        return format_html("<sup>[{}]</sup>", node.meta["label"])

    def render_footnote_reference(self, node: SyntaxTreeNode) -> SafeString:
        content = self._all(node.children)
        return format_html('<div class="footnote">[{}] {}</div>', node.meta["label"], content)

    # lists, quotes, tables

    def render_bullet_list(self, node: SyntaxTreeNode) -> SafeString:
        return format_html("<ul>{}</ul>", self._all(node.children))

    def render_ordered_list(self, node: SyntaxTreeNode) -> SafeString:
        start = int(node.attrs.get("start", 1))
        return format_html('<ol start="{}">{}</ol>', start, self._all(node.children))

    def render_list_item(self, node: SyntaxTreeNode) -> SafeString:
        return format_html("<li>{}</li>", self._all(node.children))

    def render_blockquote(self, node: SyntaxTreeNode) -> SafeString:
        return format_html("<blockquote>{}</blockquote>", self._all(node.children))

    def render_hr(self, _: SyntaxTreeNode) -> SafeString:
        return SafeString("<hr>")

    def render_table(self, node: SyntaxTreeNode) -> SafeString:
        rows = [row for row in node.walk() if row.type == "tr"]
        head = _joined(self._row(row) for row in rows[:1])
        body = _joined(self._row(row) for row in rows[1:])
        return format_html(
            '<div class="table" tabindex="0"><table><thead>{}</thead><tbody>{}</tbody></table>'
            "</div>",
            head,
            body,
        )

    def _row(self, row: SyntaxTreeNode) -> SafeString:
        cells = ((SafeString(cell.tag), self._all(cell.children)) for cell in row.children)
        return format_html(
            "<tr>{}</tr>",
            _joined(format_html("<{}>{}</{}>", tag, text, tag) for tag, text in cells),
        )

    # code

    def render_fence(self, node: SyntaxTreeNode) -> SafeString:
        code = highlighted(node.content.removesuffix("\n"), code_language(node.info))
        title = code_title(node.info)
        caption = format_html("<figcaption>{}</figcaption>", title) if title else EMPTY
        return format_html(
            '<figure class="code">{}<pre tabindex="0"><code>{}</code></pre></figure>', caption, code
        )

    def render_code_block(self, node: SyntaxTreeNode) -> SafeString:
        return self.render_fence(node)

    # what encloses

    def render_directive(self, node: SyntaxTreeNode) -> SafeString:
        kind, title = node.meta["name"], self._directive_title(node)
        return format_html(
            '<aside class="admonition {}" aria-label="{}"><p class="title">{}</p>{}</aside>',
            *(kind, directive_label(node), title, self._all(node.children)),
        )

    def _directive_title(self, node: SyntaxTreeNode) -> SafeString:
        titles = [child for child in node.children if child.type == "directive_title"]
        own = self._all(titles[0].children) if titles else EMPTY
        return own or conditional_escape(node.meta["name"].capitalize())

    def render_directive_title(self, _: SyntaxTreeNode) -> SafeString:
        return EMPTY

    def render_jsx(self, node: SyntaxTreeNode) -> SafeString:
        name, content = tag_of(node).name, self._all(node.children)
        if name == "Tabs":
            group = tag_of(node).attributes.get("groupId", "")
            return format_html('<div class="tabs" data-group="{}">{}</div>', group, content)
        if name == "TabItem":
            return self._tab(tab_label(node), content)
        if name in ("details", "summary"):
            return format_html("<{}>{}</{}>", SafeString(name), content, SafeString(name))
        label = component_label(node)
        title = format_html('<p class="title">{}</p>', label) if label else EMPTY
        return format_html("<div>{}{}</div>", title, content)

    def _tab(self, label: str, content: SafeString) -> SafeString:
        return format_html(
            '<section class="tab" aria-label="{}"><p class="label">{}</p>{}</section>',
            *(label, label, content),
        )

    # MDX inside a line, and what has no text

    def render_jsx_inline(self, node: SyntaxTreeNode) -> SafeString:
        tag: Tag = node.meta["tag"]
        if tag.name not in PLAIN_ELEMENTS:
            return EMPTY
        slash = "/" if tag.kind is TagKind.CLOSE else ""
        return format_html("<{}{}>", slash, SafeString(tag.name))

    def render_expression(self, node: SyntaxTreeNode) -> SafeString:
        return conditional_escape(literal(node.content) or "")

    def render_expression_inline(self, node: SyntaxTreeNode) -> SafeString:
        return self.render_expression(node)

    def render_raw_html(self, _: SyntaxTreeNode) -> SafeString:
        return EMPTY


def highlighted(code: str, language: str) -> SafeString:
    """Code with pygments' short class names on its tokens; escaped, also if no lexer knows it."""
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        lexer = TextLexer(stripnl=False, ensurenl=False)
    # pygments escapes what it highlights
    return mark_safe(highlight(code, lexer, HtmlFormatter(nowrap=True)).rstrip("\n"))  # noqa: S308


def _joined(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))
