"""Parses one reStructuredText page with docutils, as Sphinx would, without Sphinx.

Our directives and roles are known to docutils from the start; what a page uses beyond them is
added before it is parsed.
"""

from __future__ import annotations

from docutils import nodes
from docutils.parsers.rst import states
from docutils.statemachine import StringList, string2lines

from retrieval.readers.sphinx.blocks import EPILOG, PROLOG
from retrieval.readers.sphinx.document import (
    TAB_WIDTH,
    new_document,
    number_footnotes,
    resolve_targets,
)
from retrieval.readers.sphinx.frames import register_unknown_directives
from retrieval.readers.sphinx.page import OpenPage
from retrieval.readers.sphinx.roles import (
    register_unknown_roles,
    use_default_role,
)


def parse_rst(text: str, page: OpenPage) -> nodes.document:
    """The document tree of a page, with substitutions and targets resolved."""
    document = new_document(page)
    lines = _lines(page.conf.expand(text), page)
    source = "\n".join(lines)
    register_unknown_directives(source, document)
    register_unknown_roles(source, document)
    use_default_role(page.conf.default_role, document)
    machine = states.RSTStateMachine(state_classes=states.state_classes, initial_state="Body")
    machine.run(lines, document)
    _define_substitutions(document, page)
    resolve_targets(document)
    number_footnotes(document)
    return document


def _lines(text: str, page: OpenPage) -> StringList:
    """The page between the book's prolog and epilog; line numbers stay those of the page."""
    lines = StringList(_split(text), page.path)
    if page.conf.prolog:
        prolog = [*_split(page.conf.prolog), ""]
        page.prolog_lines = len(prolog)
        lines = StringList(prolog, PROLOG) + lines
    if page.conf.epilog:
        lines = lines + StringList(["", *_split(page.conf.epilog)], EPILOG)
    return lines


def _split(text: str) -> list[str]:
    return string2lines(text, TAB_WIDTH, convert_whitespace=True)


def _define_substitutions(document: nodes.document, page: OpenPage) -> None:
    """``|version|`` and ``|release|`` of the book, where the page does not define its own."""
    for name in ("version", "release"):
        value = getattr(page.conf, name)
        if value and name not in document.substitution_defs:
            definition = nodes.substitution_definition("", value, names=[name])
            document.note_substitution_def(definition, name)
