"""Directives that hold code: written on the page or taken from a file of the book."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping

from docutils import nodes

from retrieval.readers.notebook.metadata import language_named, removed_input, tags_in
from retrieval.readers.sphinx.directive import PageDirective
from retrieval.readers.sphinx.page import highlight_language

DIAGRAMS_AND_CONSOLES = {
    "digraph": "dot",
    "doctest": "pycon",
    "graph": "dot",
    "graphviz": "dot",
    "ipython": "ipython",
    "jupyter-execute": "python",
    "jupyter-input": "python",
    "mermaid": "mermaid",
    "plantuml": "plantuml",
    "plot": "python",
    "productionlist": "",
    "prompt": "console",
    "testcode": "python",
    "testoutput": "",
    "uml": "plantuml",
}


class CodeBlock(PageDirective):
    """``code-block``, ``sourcecode`` and ``code``; without a language that of ``highlight``."""

    def run(self) -> list[nodes.Node]:
        text = "\n".join(self.content)
        if "dedent" in self.options:
            text = dedent(text, self.options["dedent"])
        block = self.code(text, self.argument, self.caption())
        if not self.argument:
            del block["language"]
        return [block]


class CodeCell(PageDirective):
    """A cell of a notebook that is written as text, in the language of the notebook's kernel."""

    def run(self) -> list[nodes.Node]:
        if hidden_by := removed_input(tags_in(self.options.get("tags", ""))):
            self.page.drop(hidden_by, self.source_line, " ".join(self.content))
            return []
        language = language_named(self.argument) or self.page.kernel_language
        return [self.code("\n".join(self.content), language, self.caption())]


class Diagram(PageDirective):
    """Source text of a diagram, a console or a test: kept as code in its language."""

    def run(self) -> list[nodes.Node]:
        if not self.content:
            self.page.drop(self.name, self.source_line, self.argument)
            return []
        language = DIAGRAMS_AND_CONSOLES[self.name.lower()]
        return [self.code("\n".join(self.content), language, self.caption())]


class Math(PageDirective):
    """A formula; what stands on the directive's own line belongs to it."""

    def run(self) -> list[nodes.Node]:
        parts = [self.argument, *self.content]
        formula = self.code("\n".join(parts).strip(), "latex")
        if label := self.options.get("label"):
            formula["ids"].append(f"equation-{nodes.make_id(label)}")
            self.state.document.note_explicit_target(formula)
        return [formula]


class Highlight(PageDirective):
    """Sets the language of the literal blocks that follow."""

    def run(self) -> list[nodes.Node]:
        return [highlight_language(language=self.argument)]


class LiteralInclude(PageDirective):
    """A file of the book as code, or the part of it that the options choose."""

    def run(self) -> list[nodes.Node]:
        text = self.page.file_text(self.argument, self.source_line)
        if text is None:
            return []
        try:
            chosen = select_lines(text, self.options)
        except ValueError as error:
            self.page.drop("literalinclude", self.source_line, f"{self.argument}: {error}")
            return []
        if "tab-width" in self.options and self.options["tab-width"].isdigit():
            chosen = chosen.expandtabs(int(self.options["tab-width"]))
        block = self.code(chosen, self.options.get("language", ""), self._label())
        if "language" not in self.options:
            del block["language"]
        return [block]

    def _label(self) -> str:
        if "caption" in self.options and not self.options["caption"]:
            return self.argument
        return self.caption()


def select_lines(text: str, options: Mapping[str, str]) -> str:
    """The lines that ``literalinclude`` shows, in the order in which Sphinx applies its options.

    Raises ``ValueError`` when an option names lines or text that the file does not hold.
    """
    lines = text.splitlines()
    if "pyobject" in options:
        lines = _python_object(text, lines, options["pyobject"])
    lines = lines[_start(lines, options) :]
    lines = lines[: _end(lines, options)]
    if "lines" in options:
        lines = [lines[number] for number in line_numbers(options["lines"], len(lines))]
    chosen = "\n".join(lines)
    if "dedent" in options:
        chosen = dedent(chosen, options["dedent"])
    parts = [options.get("prepend", ""), chosen, options.get("append", "")]
    return "\n".join(part for part in parts if part).strip("\n")


def line_numbers(spec: str, total: int) -> list[int]:
    """``1,3-5,8-`` as indices below ``total``. Raises ``ValueError`` for anything else."""
    numbers: list[int] = []
    for part in spec.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        if not first and not last:
            raise ValueError(f"invalid line numbers {spec!r}")
        start = int(first or 1)
        end = int(last or total) if dash else start
        if start < 1 or end < start:
            raise ValueError(f"invalid line numbers {spec!r}")
        numbers += range(start - 1, min(end, total))
    return numbers


def dedent(text: str, amount: str) -> str:
    """Cuts ``amount`` leading characters from each line, or the common indent when empty."""
    if not amount.strip().isdigit():
        return textwrap.dedent(text)
    return "\n".join(line[int(amount) :] for line in text.split("\n"))


def _start(lines: list[str], options: Mapping[str, str]) -> int:
    if "start-at" in options:
        return _line_with(lines, options["start-at"])
    if "start-after" in options:
        return _line_with(lines, options["start-after"]) + 1
    return 0


def _end(lines: list[str], options: Mapping[str, str]) -> int:
    if "end-at" in options:
        return _line_with(lines, options["end-at"]) + 1
    if "end-before" in options:
        # The line that the part starts with cannot be the one that it ends before.
        return _line_with(lines, options["end-before"], first=1)
    return len(lines)


def _line_with(lines: list[str], text: str, first: int = 0) -> int:
    for number, line in enumerate(lines[first:], start=first):
        if text in line:
            return number
    raise ValueError(f"no line holds {text!r}")


def _python_object(text: str, lines: list[str], name: str) -> list[str]:
    """The lines of a function or class, found by its dotted name in the syntax tree."""
    try:
        scope: ast.AST = ast.parse(text)
    except (SyntaxError, RecursionError) as error:
        raise ValueError("not Python that can be parsed") from error
    for part in name.split("."):
        scope = _definition(scope, part)
    assert isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    first = min([scope.lineno, *(decorator.lineno for decorator in scope.decorator_list)])
    return lines[first - 1 : scope.end_lineno]


def _definition(scope: ast.AST, name: str) -> ast.AST:
    for node in ast.iter_child_nodes(scope):
        if (
            isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            and node.name == name
        ):
            return node
    raise ValueError(f"no function or class {name!r}")
