"""Parses one notebook into a document tree: its Markdown cells are one MyST page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from docutils import nodes
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from retrieval.readers.notebook.cells import Cell, read_notebook
from retrieval.readers.notebook.metadata import removed_cell, removed_input, removed_output
from retrieval.readers.notebook.outputs import (
    DroppedOutput,
    Output,
    TableOutput,
    TextOutput,
    read_outputs,
)
from retrieval.readers.sphinx.document import new_document
from retrieval.readers.sphinx.myst import PageRenderer, finish, markdown_parser, rendering
from retrieval.readers.sphinx.page import OpenPage, labelled

CODE_CELL = "code_cell"


def parse_notebook(text: str, page: OpenPage) -> nodes.document:
    """The document tree of a notebook as it was saved.

    Lines count through the sources of all cells. Raises ``SourceError`` for a damaged notebook.
    """
    notebook = read_notebook(text, page.path)
    page.kernel_language = notebook.language
    document = new_document(page)
    parser = markdown_parser(document, {}, NotebookRenderer)
    parser.disable("front_matter")
    environment: dict[str, object] = {}
    tokens = list(_tokens(notebook.cells, parser, environment, page))
    with rendering(parser, page):
        parser.renderer.render(tokens, parser.options, environment)
    finish(document)
    return document


def _tokens(
    cells: Iterable[Cell], parser: MarkdownIt, environment: dict[str, object], page: OpenPage
) -> Iterator[Token]:
    line = 0
    for cell in cells:
        if tag := removed_cell(cell.tags):
            page.drop(tag, line + 1, cell.source)
        else:
            yield from _cell_tokens(cell, line, parser, environment, page)
        line += cell.source.count("\n") + 1


def _cell_tokens(
    cell: Cell, line: int, parser: MarkdownIt, environment: dict[str, object], page: OpenPage
) -> Iterator[Token]:
    for name in cell.attachments:
        page.drop("attachment", line + 1, name)
    if cell.kind == "markdown":
        for token in parser.parse(page.conf.expand(cell.source), environment):
            if token.map:
                token.map = [token.map[0] + line, token.map[1] + line]
            yield token
    elif cell.kind == "code":
        yield Token(CODE_CELL, "", 0, map=[line, line], meta={"cell": cell})
    elif cell.source.strip():
        page.drop(f"{cell.kind} cell", line + 1, cell.source)


class NotebookRenderer(PageRenderer):
    """Renders code cells as well: the code, then what it gave under the label "Output"."""

    def render_code_cell(self, token: SyntaxTreeNode) -> None:
        cell: Cell = token.meta["cell"]
        line = token.map[0] if token.map else 0
        if tag := removed_input(cell.tags):
            self._page.drop(tag, line, cell.source)
        elif cell.source.strip():
            self.current_node += self._code(cell.source, self._page.kernel_language, line)
        if tag := removed_output(cell.tags):
            self._page.drop(tag, line)
        else:
            self._outputs(read_outputs(cell.outputs, cell.tags), line)

    def _code(self, text: str, language: str, line: int) -> nodes.literal_block:
        block = nodes.literal_block(text, text, language=language)
        block.source, block.line = self.document["source"], line
        return block

    def _outputs(self, outputs: Iterable[Output], line: int) -> None:
        frame = labelled(label="Output")
        for output in outputs:
            match output:
                case TextOutput(text, cut):
                    frame += self._code(text, "", line)
                    if cut:
                        self._page.drop("rest of a long output", line)
                case TableOutput(head, body):
                    frame += _table(head, body)
                case DroppedOutput(kind, detail):
                    self._page.drop(kind, line, detail)
        if frame.children:
            self.current_node += frame


def _table(head: Sequence[Sequence[str]], body: Sequence[Sequence[str]]) -> nodes.table:
    group = nodes.tgroup()
    for part, rows in ((nodes.thead(), head), (nodes.tbody(), body)):
        part.extend(nodes.row("", *map(_entry, row)) for row in rows)
        group += part
    return nodes.table("", group)


def _entry(text: str) -> nodes.entry:
    return nodes.entry("", nodes.paragraph("", text))
