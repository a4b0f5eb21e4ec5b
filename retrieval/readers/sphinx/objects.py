"""Directives that describe something: functions, classes, options, terms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from docutils import nodes
from docutils.statemachine import StringList

from retrieval.readers.sphinx.directive import PageDirective

STANDARD_OBJECTS = {"cmdoption", "confval", "describe", "envvar", "object", "option"}
SIGNATURE_NAME = re.compile(r"(?:(?:async|class|static|final|abstract)\s+)*([\w.]+)")


class ObjectDescription(PageDirective):
    """The description of a function, a class, an option …: its signature, then its content."""

    def run(self) -> list[nodes.Node]:
        frame = nodes.container()
        names = [self._described(frame, signature) for signature in self._signatures()]
        outer = self.page.object_scope
        if self._kind() == "module":
            self.page.object_scope = self.argument
            self._note_id(frame, f"module-{self.argument}")
        elif names:
            self.page.object_scope = f"{outer}.{names[-1]}".lstrip(".")
        self.state.nested_parse(self.content, self.content_offset, frame)
        if self._kind() != "module":
            self.page.object_scope = outer
        return list(frame.children)

    def _signatures(self) -> list[str]:
        if self._kind() == "module":
            return []
        one_per_line = re.sub(r"\\\n\s*", " ", self.argument)
        return [line.strip() for line in one_per_line.splitlines()]

    def _described(self, frame: nodes.Element, signature: str) -> str:
        """Adds the signature as text. Returns the object's name, under which its members stand."""
        paragraph = nodes.paragraph("", "", nodes.literal("", signature))
        frame += paragraph
        match = SIGNATURE_NAME.match(signature)
        name = match[1] if match else ""
        if name and self._domain() in {"py", "js"}:
            self._note_id(paragraph, f"{self.page.object_scope}.{name}".lstrip("."))
        return name

    def _domain(self) -> str:
        domain, colon, _kind = self.name.lower().partition(":")
        if colon:
            return domain
        return "std" if domain in STANDARD_OBJECTS else self.page.conf.primary_domain

    def _kind(self) -> str:
        return self.name.lower().rpartition(":")[2]

    def _note_id(self, node: nodes.Element, node_id: str) -> None:
        """Sphinx gives Python and JavaScript objects their name as id, which a title may lose."""
        if node_id not in self.state.document.ids:
            node["ids"].append(node_id)
            self.state.document.note_explicit_target(node)


class CurrentModule(PageDirective):
    """Names the module of the objects that follow."""

    def run(self) -> list[nodes.Node]:
        self.page.object_scope = "" if self.argument == "None" else self.argument
        self.page.drop(self.name.lower(), self.source_line, self.argument)
        return []


class Glossary(PageDirective):
    """Terms, one or several above each definition, as a definition list."""

    def run(self) -> list[nodes.Node]:
        glossary = nodes.definition_list()
        for terms, first, last in self._entries():
            item = nodes.definition_list_item()
            item += self._term(terms)
            definition = nodes.definition()
            lines = self.content[first:last]
            lines.trim_left(_common_indent(lines))
            self.state.nested_parse(lines, self.content_offset + first, definition)
            item += definition
            glossary += item
        return [glossary]

    def _entries(self) -> Iterator[tuple[list[str], int, int]]:
        """Terms with the first line of their definition and the one after its last."""
        terms: list[str] = []
        first: int | None = None
        for number, line in enumerate(self.content):
            if not line.strip() or line.startswith(".. "):
                continue
            if line[0].isspace():
                first = number if first is None else first
                continue
            if first is not None:
                yield terms, first, number
                terms, first = [], None
            # What follows " : " is a key for sorting.
            terms.append(line.partition(" : ")[0].strip())
        if terms:
            end = len(self.content)
            yield terms, end if first is None else first, end

    def _term(self, terms: Iterable[str]) -> nodes.term:
        term = nodes.term("", ", ".join(self.plain(text) for text in terms))
        for text in terms:
            node_id = "term-" + re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-")
            if node_id not in self.state.document.ids:
                term["ids"].append(node_id)
                self.state.document.note_explicit_target(term)
        return term


def _common_indent(lines: StringList) -> int:
    return min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
