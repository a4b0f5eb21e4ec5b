"""Parses one MyST Markdown page into the same document tree as reStructuredText.

The parser and the renderer are those of myst-parser without Sphinx. Its own entry point is not
used: it changes docutils' HTML writer for the whole process, imports Python functions that a book
names, computes templates and fetches inventories. Here nothing is computed and nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from typing import Any

from docutils import nodes
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from myst_parser.config.main import (
    MdParserConfig,
    TopmatterReadError,
    merge_file_level,
    read_topmatter,
)
from myst_parser.mdit_to_docutils.base import (
    REGEX_DIRECTIVE_START,
    DocutilsRenderer,
    token_line,
)
from myst_parser.mdit_to_docutils.transforms import PrioritiseExplicitIds, SortFootnotes
from myst_parser.parsers.mdit import create_md_parser
from myst_parser.slugs import SLUG_PRESETS

from retrieval.readers.notebook.metadata import kernel_language
from retrieval.readers.sphinx.document import new_document, number_footnotes, resolve_targets
from retrieval.readers.sphinx.frames import register_if_unknown, register_unknown_directives
from retrieval.readers.sphinx.mystmd_ids import use_mystmd_ids
from retrieval.readers.sphinx.page import OpenPage, cross_reference, page_of
from retrieval.readers.sphinx.roles import (
    register_role_if_unknown,
    register_unknown_roles,
    use_default_role,
)


def parse_myst(text: str, page: OpenPage, source: str = "") -> nodes.document:
    """The document tree of a page, or of the Markdown file ``source`` that a page includes."""
    front_matter = _front_matter(text)
    page.kernel_language = kernel_language(front_matter)
    document = new_document(page, source)
    parser = markdown_parser(document, front_matter)
    with rendering(parser, page):
        parser.render(page.conf.expand(text))
    finish(document)
    return document


def markdown_parser(
    document: nodes.document,
    front_matter: Mapping[str, Any],
    renderer: type[PageRenderer] | None = None,
) -> MarkdownIt:
    """A parser that renders into the document, with the settings of the book and of the page."""
    page = page_of(document)
    # A warning about the markup of a title becomes part of its id.
    document.settings.myst_suppress_warnings = page.conf.suppressed_warnings
    config = merge_file_level(
        _config(page.conf.myst),
        dict(front_matter),
        lambda _kind, message: page.drop("front matter", 1, message),
    )
    parser = create_md_parser(config, renderer or PageRenderer)
    parser.options["document"] = document
    return parser


@contextmanager
def rendering(parser: MarkdownIt, page: OpenPage) -> Iterator[None]:
    """While a page is rendered: what its directives and roles need besides the tree."""
    assert isinstance(parser.renderer, PageRenderer)
    outer, page.insert_markdown = page.insert_markdown, parser.renderer.insert
    yield
    page.insert_markdown = outer


def finish(document: nodes.document) -> None:
    """Gives the rendered tree the ids and numbers that the book's generator gives it."""
    resolve_targets(document)
    if page_of(document).conf.built_by_mystmd:
        use_mystmd_ids(document)
    else:
        PrioritiseExplicitIds(document).apply()
    SortFootnotes(document).apply()
    number_footnotes(document)
    for section in document.findall(nodes.section):
        # docutils counts the line of a title's underline, which Markdown has none of.
        section.line = (section.line or 0) + 1


def _front_matter(text: str) -> Mapping[str, Any]:
    try:
        return read_topmatter(text) or {}
    except TopmatterReadError:
        return {}


def _config(settings: Mapping[str, Any]) -> MdParserConfig:
    """The book's settings; one that myst-parser does not know or take is left at its default."""
    config = MdParserConfig()
    for name, value in settings.items():
        if name == "heading_slug_func" and value not in tuple(SLUG_PRESETS):
            # Any other is the name of a function, which would be imported.
            continue
        with suppress(TypeError, ValueError):
            config = config.copy(**{name: value})
    return config


class PageRenderer(DocutilsRenderer):
    """Renders with our directives and roles; what leads to other pages is resolved later."""

    def setup_render(self, options: dict[str, Any], env: MutableMapping[str, Any]) -> None:
        super().setup_render(options, env)
        self._substituting: list[str] = []
        use_default_role(self._page.conf.default_role, self.document)

    @property
    def _page(self) -> OpenPage:
        return page_of(self.document)

    def insert(self, text: str, source: str, heading_offset: int) -> None:
        """Renders the text of another file, ``source``, where the page stands now."""
        outer = self.document["source"]
        self.document["source"] = source
        self.nested_render_text(text, 0, heading_offset=heading_offset)
        self.document["source"] = outer

    # ── directives and roles ─────────────────────────────────────────────────────────────────
    def run_directive(
        self, name: str, first_line: str, content: str, position: int, *args: Any, **options: Any
    ) -> list[nodes.Element]:
        register_if_unknown(name, self.document)
        return super().run_directive(name, first_line, content, position, *args, **options)

    def render_myst_role(self, token: SyntaxTreeNode) -> None:
        register_role_if_unknown(token.meta["name"], self.document)
        super().render_myst_role(token)

    def render_restructuredtext(self, token: SyntaxTreeNode) -> None:
        register_unknown_directives(token.content, self.document)
        register_unknown_roles(token.content, self.document)
        super().render_restructuredtext(token)

    # ── code and formulas ────────────────────────────────────────────────────────────────────
    def create_highlighted_code_block(
        self, text: str, lexer_name: str | None, *_args: Any, **options: Any
    ) -> nodes.Element:
        block = nodes.literal_block(text, text)
        if lexer_name:
            block["language"] = lexer_name
        block.source, block.line = options.get("source"), options.get("line")
        return block

    def render_math_block_label(self, token: SyntaxTreeNode) -> None:
        formula = nodes.math_block(token.content, token.content)
        formula["ids"].append(nodes.make_id(f"equation-{token.info}"))
        self.document.note_explicit_target(formula)
        self.current_node.append(formula)

    # ── links ────────────────────────────────────────────────────────────────────────────────
    def render_link_unknown(self, token: SyntaxTreeNode) -> None:
        self._link(token, self._destination(token))

    def render_link_anchor(self, token: SyntaxTreeNode, target: str) -> None:
        self._link(token, self.md.normalizeLinkText(target))

    def render_link_project(self, token: SyntaxTreeNode) -> None:
        self._link(token, self._destination(token).removeprefix("project:"))

    def render_link_path(self, token: SyntaxTreeNode) -> None:
        self._link(token, self._destination(token).removeprefix("path:"))

    def render_link_inventory(self, token: SyntaxTreeNode) -> None:
        self._link(token, self._destination(token).rpartition("#")[2])

    def _destination(self, token: SyntaxTreeNode) -> str:
        return self.md.normalizeLinkText(str(token.attrGet("href") or ""))

    def _link(self, token: SyntaxTreeNode, target: str) -> None:
        given = token.info != "auto" and bool(token.children)
        link = cross_reference("", "", kind="link", target=target, given=given)
        self.copy_attributes(token, link, ("class", "id"))
        with self.current_node_context(link, append=True):
            if given:
                self.render_children(token)

    # ── substitutions ────────────────────────────────────────────────────────────────────────
    def render_substitution(self, token: SyntaxTreeNode, inline: bool) -> None:
        """Puts in the value of a name; an expression would have to be computed, so it is left out.

        Whatever stands in a value may be Markdown, which may hold further substitutions.
        """
        name, line = token.content.strip(), token_line(token)
        value = _looked_up(name, self.md_config.substitutions)
        if value is None or name in self._substituting:
            self._page.drop("substitution", line, name)
            return
        self._substituting.append(name)
        inline = inline and not REGEX_DIRECTIVE_START.match(value)
        self.nested_render_text(value, line, inline=inline)
        self._substituting.pop()


def _looked_up(name: str, substitutions: Mapping[str, Any]) -> str | None:
    """The value of ``key``, or of ``key.part`` inside a table."""
    if name in substitutions:
        return str(substitutions[name])
    found: Any = substitutions
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return None if found is None or isinstance(found, (Mapping, list)) else str(found)
