"""What our directives have in common."""

from __future__ import annotations

from docutils import nodes
from docutils.parsers.rst import Directive

from retrieval.readers.sphinx.page import OpenPage, page_of


class AnyOption(dict[str, object]):
    """An option table that takes every option, so that an unknown one never costs the content."""

    def __bool__(self) -> bool:
        return True

    def __missing__(self, name: str) -> object:
        return _as_written


def _as_written(value: str | None) -> str:
    return value or ""


class PageDirective(Directive):
    """Base of our directives: free options, content, and the page that they stand on."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = AnyOption()  # type: ignore[assignment]

    @property
    def page(self) -> OpenPage:
        return page_of(self.state.document)

    @property
    def source_line(self) -> int:
        """The line in the file that the directive is written in (an included one, maybe)."""
        return self.state_machine.get_source_and_line(self.lineno)[1] or self.lineno

    @property
    def argument(self) -> str:
        return str(self.arguments[0]).strip() if self.arguments else ""

    def code(self, text: str, language: str, label: str = "") -> nodes.literal_block:
        """The code node that the sections are made from."""
        block = nodes.literal_block(text, text, language=language, label=label)
        block.source, block.line = self.state_machine.get_source_and_line(self.lineno)
        self.add_name(block)
        return block

    def caption(self) -> str:
        caption = self.options.get("caption", "")
        return self.plain(caption) if caption else ""

    def plain(self, markup: str) -> str:
        """Inline markup as text."""
        inline, _messages = self.state.inline_text(markup, self.lineno)
        return " ".join(nodes.inline("", "", *inline).astext().split())
