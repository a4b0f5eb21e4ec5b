"""The document tree that a page is parsed into, whatever its markup.

No file outside the book is read, raw markup is off, nothing is executed and nothing is reported
to the terminal.
"""

from __future__ import annotations

from functools import cache
from pkgutil import iter_modules
from typing import Any

from docutils import frontend, languages, nodes, utils
from docutils.parsers.rst import Parser
from docutils.transforms import references

from retrieval.readers.sphinx.directives import register_directives
from retrieval.readers.sphinx.machine import use_lazy_machines
from retrieval.readers.sphinx.page import OpenPage
from retrieval.readers.sphinx.roles import register_roles

TAB_WIDTH = 8

# docutils keeps its directives, its roles and the class of its machines for the whole process.
register_directives()
register_roles()
use_lazy_machines()


def new_document(page: OpenPage, source: str = "") -> nodes.document:
    """An empty document for the page, or for a file that it includes when ``source`` names one."""
    document = utils.new_document(source or page.path, _settings(page))
    document.reporter.attach_observer(lambda message: _note_error(message, page))
    return document


def resolve_targets(document: nodes.document) -> None:
    """Puts substitutions in their places and gives sections the ids of the labels before them."""
    references.Substitutions(document).apply()
    references.PropagateTargets(document).apply()
    for section in document.findall(nodes.section):
        _sort_ids(section)


def number_footnotes(document: nodes.document) -> None:
    references.Footnotes(document).apply()


def _sort_ids(section: nodes.section) -> None:
    """Sphinx's transform ``SortIds``: a numbered id (``id1``) goes behind that of a label."""
    first, *others = section["ids"]
    if others and first.startswith("id"):
        section["ids"] = [*others, first]


def _settings(page: OpenPage) -> Any:
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


def _note_error(message: nodes.system_message, page: OpenPage) -> None:
    """What docutils could not make sense of is left out of the text, so it is reported."""
    if message["level"] >= utils.Reporter.ERROR_LEVEL:
        page.drop("markup error", message.get("line"), message.children[0].astext())
