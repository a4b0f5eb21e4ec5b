"""Parses one reStructuredText page with docutils, as Sphinx would, without Sphinx.

docutils keeps its directives and roles in tables of the process. Ours are added once at import;
what a page uses beyond them is added before it is parsed. No file outside the book is read, raw
markup is off, nothing is executed and nothing is reported to the terminal.
"""

from __future__ import annotations

from functools import cache
from pkgutil import iter_modules
from typing import Any

from docutils import frontend, languages, nodes, utils
from docutils.parsers.rst import Parser, states
from docutils.statemachine import StringList, string2lines
from docutils.transforms import references

from retrieval.errors import SourceError
from retrieval.readers.source import Page
from retrieval.readers.sphinx.blocks import EPILOG, PROLOG, has_code, is_table
from retrieval.readers.sphinx.directives import register_directives
from retrieval.readers.sphinx.frames import register_unknown_directives
from retrieval.readers.sphinx.page import RstPage
from retrieval.readers.sphinx.roles import (
    forget_roles,
    register_roles,
    register_unknown_roles,
    use_default_role,
)
from retrieval.readers.sphinx.sections import read_sections

TAB_WIDTH = 8
TRANSFORMS = (references.Substitutions, references.PropagateTargets, references.Footnotes)

register_directives()
register_roles()


def read_rst(text: str, page: RstPage, url: str) -> Page:
    """One page of sections from its source text.

    Raises ``SourceError`` when the markup is nested more deeply than can be parsed.
    """
    try:
        document = parse(text, page)
        sections = read_sections(document, page, url)
    except RecursionError:
        raise SourceError(f"{page.path} is nested too deeply to be read.") from None
    return Page(
        path=page.path,
        url=url,
        title=sections[0].heading_path[0],
        sections=sections,
        code_blocks=sum(1 for node in document.findall(nodes.Element) if has_code(node)),
        tables=sum(1 for node in document.findall(nodes.table) if is_table(node)),
        dropped=tuple(sorted(page.dropped, key=lambda dropped: dropped.line)),
    )


def parse(text: str, page: RstPage) -> nodes.document:
    """The document tree of a page, with substitutions and targets resolved."""
    document = utils.new_document(page.path, _settings(page))
    document.reporter.attach_observer(lambda message: _note_error(message, page))
    lines = _lines(page.conf.expand(text), page)
    source = "\n".join(lines)
    register_unknown_directives(source, document)
    register_unknown_roles(source, document)
    use_default_role(page.conf.default_role, document)
    machine = states.RSTStateMachine(state_classes=states.state_classes, initial_state="Body")
    machine.run(lines, document)
    _define_substitutions(document, page)
    for transform in TRANSFORMS:
        transform(document).apply()
    forget_roles(page.roles_defined)
    return document


def _lines(text: str, page: RstPage) -> StringList:
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


def _define_substitutions(document: nodes.document, page: RstPage) -> None:
    """``|version|`` and ``|release|`` of the book, where the page does not define its own."""
    for name in ("version", "release"):
        value = getattr(page.conf, name)
        if value and name not in document.substitution_defs:
            definition = nodes.substitution_definition("", value, names=[name])
            document.note_substitution_def(definition, name)


def _settings(page: RstPage) -> Any:
    settings = _base_settings().copy()
    settings.language_code = _language_code(page.conf.language)
    settings.page = page
    return settings


@cache
def _base_settings() -> Any:
    """docutils' defaults without its configuration files, and Sphinx's numbering of ids."""
    settings = frontend.get_default_settings(Parser)
    settings.auto_id_prefix = "id"
    settings.legacy_ids = True
    settings.file_insertion_enabled = False
    settings.raw_enabled = False
    settings.report_level = 5
    settings.halt_level = 5
    settings.warning_stream = False
    settings.syntax_highlight = "none"
    settings.tab_width = TAB_WIDTH
    return settings


@cache
def _language_code(language: str) -> str:
    """The language if docutils has it, for localised directive names; otherwise English.

    docutils imports whatever module of that name there is, so a name from a book is compared with
    docutils' own list before it gets there.
    """
    shipped = {module.name for module in iter_modules(languages.__path__)}
    candidates = utils.normalize_language_tag(language)
    return next((tag for tag in candidates if tag in shipped), "en")


def _note_error(message: nodes.system_message, page: RstPage) -> None:
    """What docutils could not make sense of is left out of the text, so it is reported."""
    if message["level"] >= utils.Reporter.ERROR_LEVEL:
        page.drop("markup error", message.get("line"), message.children[0].astext())
