"""Directives that bring text from other files of the book."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from docutils import nodes
from docutils.parsers.rst.directives import misc, tables
from docutils.parsers.rst.states import RSTState
from docutils.statemachine import StringList, string2lines

from retrieval.readers.sphinx.directive import AnyOption, PageDirective
from retrieval.readers.sphinx.frames import register_unknown_directives
from retrieval.readers.sphinx.page import page_of
from retrieval.readers.sphinx.roles import register_unknown_roles


class Include(PageDirective):
    """Another file of the book, read in its place; as code with ``literal`` or ``code``."""

    def run(self) -> list[nodes.Node]:
        text = self._clipped()
        if text is None:
            return []
        if "literal" in self.options or "code" in self.options:
            return [self.code(text, self.options.get("code", ""))]
        source = self._source()
        if self._is_circular(source):
            self.page.drop("circular include", self.source_line, self.argument)
            return []
        self.page.included_from[source] = self._here()
        return self._parsed(self.page.conf.expand(text), source)

    def _parsed(self, text: str, source: str) -> list[nodes.Node]:
        parser = self.options.get("parser", "")
        state: object = self.state
        if isinstance(state, RSTState):
            return self._as_markdown(text, source) if parser else self._as_rst(text, source)
        if parser or self.page.insert_markdown is None:
            self.page.drop("include of another markup", self.source_line, self.argument)
        else:
            offset = self.options.get("heading-offset", "")
            self.page.insert_markdown(text, source, int(offset) if offset.isdigit() else 0)
        return []

    def _as_rst(self, text: str, source: str) -> list[nodes.Node]:
        register_unknown_directives(text, self.state.document)
        register_unknown_roles(text, self.state.document)
        self.state_machine.insert_input(string2lines(text, 8, convert_whitespace=True), source)
        return []

    def _as_markdown(self, text: str, source: str) -> list[nodes.Node]:
        """A README in Markdown on a page of reStructuredText: a document of its own."""
        if not self.options["parser"].startswith("myst_parser"):
            self.page.drop("include of another markup", self.source_line, self.argument)
            return []
        from retrieval.readers.sphinx.myst import parse_myst

        return list(parse_myst(text, self.page, source).children)

    def _clipped(self) -> str | None:
        text = self._standard() or self.page.file_text(self.argument, self.source_line)
        if text is None:
            return None
        try:
            return clip(text, self.options)
        except ValueError as error:
            self.page.drop("include", self.source_line, f"{self.argument}: {error}")
            return None

    def _standard(self) -> str | None:
        """``<isonum.txt>`` is one of the substitution lists that come with docutils."""
        name = re.fullmatch(r"<([\w-]+\.txt)>", self.argument)
        path = misc.Include.standard_include_path / name[1] if name else None
        return path.read_text(encoding="utf-8") if path and path.is_file() else None

    def _source(self) -> str:
        """The included file as line numbers name it; unlike any page path."""
        return str(self.page.files.named_on(self.page.path, self.argument))

    def _here(self) -> str:
        source, _line = self.state_machine.get_source_and_line(self.lineno)
        return source or self.page.path

    def _is_circular(self, source: str) -> bool:
        seen: str | None = self._here()
        while seen is not None:
            if seen == source:
                return True
            seen = self.page.included_from.get(seen)
        return source == str(self.page.files.named_on("", self.page.path))


def clip(text: str, options: Mapping[str, str]) -> str:
    """The part of an included text that ``start-line`` … ``end-before`` choose.

    Raises ``ValueError`` when the text does not hold what an option names.
    """
    if "start-line" in options or "end-line" in options:
        start, end = options.get("start-line"), options.get("end-line")
        lines = text.splitlines()
        text = "\n".join(lines[int(start) if start else None : int(end) if end else None])
    if after := options.get("start-after"):
        text = _part(text, after)[1]
    if before := options.get("end-before"):
        text = _part(text, before)[0]
    return text


def _part(text: str, mark: str) -> tuple[str, str]:
    head, found, tail = text.partition(mark)
    if not found:
        raise ValueError(f"no text {mark!r}")
    return head, tail


class CsvTable(tables.CSVTable):
    """A table of comma-separated values, from the page or from a file of the book only."""

    option_spec = AnyOption(tables.CSVTable.option_spec or {})  # type: ignore[assignment]

    def run(self) -> list[Any]:
        page = page_of(self.state.document)
        if "url" in self.options:
            page.drop("csv-table from the network", self.lineno, self.options["url"])
            return []
        if "file" in self.options:
            text = page.file_text(self.options.pop("file"), self.lineno)
            if text is None:
                return []
            self.content = StringList(text.splitlines(), "csv")
        return list(super().run())
