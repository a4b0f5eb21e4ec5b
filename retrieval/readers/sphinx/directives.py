"""Sphinx's directives for docutils, as far as a reader of the text is concerned.

Every directive ends in one of four ways: its content is text (perhaps under a label), it is code
(``rst_code``), it is reported as dropped, or it is unknown: then its content is text and it is
reported as well. The directives are registered in docutils' own table, once for a process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.parsers.rst.directives import admonitions, body, images, misc, parts, tables

from retrieval.readers.sphinx.code import (
    DIAGRAMS_AND_CONSOLES,
    CodeBlock,
    CodeCell,
    Diagram,
    Highlight,
    LiteralInclude,
    Math,
)
from retrieval.readers.sphinx.directive import AnyOption, PageDirective
from retrieval.readers.sphinx.frames import (
    VERSION_NOTES,
    Centered,
    CodeTab,
    Figure,
    FigureMarkdown,
    Labelled,
    SeeAlso,
    Transparent,
    VersionNote,
)
from retrieval.readers.sphinx.include import CsvTable, Include
from retrieval.readers.sphinx.objects import CurrentModule, Glossary, ObjectDescription
from retrieval.readers.sphinx.page import page_of

NOT_TEXT = (
    "autosummary bibliography codeauthor date default-domain footer header highlightlang "
    "image-sg index meta moduleauthor namespace program py:currentmodule raw redirect-from "
    "sectionauthor sectnum tabularcolumns testcleanup testsetup title toctree todolist "
    "youtube video vimeo cpp:namespace cpp:namespace-push cpp:namespace-pop c:namespace"
)
TRANSPARENT = (
    "acks button-link button-ref card-carousel container cssclass div grid grid-item hlist "
    "ifconfig only panels rst-class tab-set tab-set-code tabs"
)
TITLED = "card collapse details dropdown grid-item-card group-tab tab tab-item tabbed"
OBJECT_DOMAINS = ("py", "c", "cpp", "js", "rst", "std")
OBJECTS = (
    "alias attribute class classmethod cmdoption concept confval data decorator decoratormethod "
    "describe directive:option enum enum-class enum-struct enumerator envvar exception function "
    "macro member method module object option property role staticmethod struct type union var"
)
ADMONITIONS = (
    *("Admonition", "Attention", "Caution", "Danger", "Error", "Hint"),
    *("Important", "Note", "Tip", "Warning"),
)


class NotText(PageDirective):
    """Nothing that a reader of the text would miss: reported, with the start of what it held."""

    def run(self) -> list[nodes.Node]:
        kind = "raw html" if self.name.lower() == "raw" else self.name.lower()
        self.page.drop(kind, self.source_line, " ".join([self.argument, *self.content]))
        return []


class Todo(NotText):
    """A note to the authors, which Sphinx does not show but does give an id of its own."""

    def run(self) -> list[nodes.Node]:
        self.state.document.note_explicit_target(nodes.admonition())
        return super().run()


class Contents(parts.Contents):
    """A table of contents: not text, but docutils has to see it, because it takes an id."""

    def run(self) -> list[Any]:
        line = self.state_machine.get_source_and_line(self.lineno)[1]
        page_of(self.state.document).drop("contents", line, " ".join(self.arguments))
        return list(super().run())


class RoleDefinition(misc.Role):
    """Notes the roles that a page defines, so that they end with the page."""

    def run(self) -> list[nodes.Node]:
        if self.content and (name := re.match(r"[\w.+-]+", self.content[0])):
            page_of(self.state.document).roles_defined.append(name[0])
        return list(super().run())


def register_directives() -> None:
    """Teaches docutils the directives of Sphinx and of its common extensions."""
    for names, directive in (
        (NOT_TEXT.split(), NotText),
        (TRANSPARENT.split(), Transparent),
        (TITLED.split(), Labelled),
        (VERSION_NOTES, VersionNote),
        (DIAGRAMS_AND_CONSOLES, Diagram),
        (("code", "code-block", "sourcecode"), CodeBlock),
        (_object_directives(), ObjectDescription),
        (("currentmodule", "py:currentmodule"), CurrentModule),
    ):
        for name in names:
            directives.register_directive(name, directive)
    _register_single()
    _register_tolerant()


def _register_single() -> None:
    for name, directive in {
        "centered": Centered,
        "code-cell": CodeCell,
        "code-tab": CodeTab,
        "contents": Contents,
        "csv-table": CsvTable,
        "figure": Figure,
        "figure-md": FigureMarkdown,
        "glossary": Glossary,
        "highlight": Highlight,
        "include": Include,
        "literalinclude": LiteralInclude,
        "math": Math,
        "role": RoleDefinition,
        "seealso": SeeAlso,
        "todo": Todo,
    }.items():
        directives.register_directive(name, directive)


def _register_tolerant() -> None:
    """docutils' own directives that would lose their content over an option of a Sphinx theme."""
    own = {name.lower(): getattr(admonitions, name) for name in ADMONITIONS}
    own |= {"image": images.Image, "list-table": tables.ListTable, "table": tables.RSTTable}
    own |= {"parsed-literal": body.ParsedLiteral, "topic": body.Topic, "sidebar": body.Sidebar}
    for name, directive in own.items():
        options = AnyOption(directive.option_spec or {})
        directives.register_directive(
            name, type(directive.__name__, (directive,), {"option_spec": options})
        )


def _object_directives() -> Iterator[str]:
    for name in OBJECTS.split():
        yield name
        yield from (f"{domain}:{name}" for domain in OBJECT_DOMAINS)
