"""The settings of a Sphinx ``conf.py``, from its literals; the file is never executed."""

from __future__ import annotations

import ast
import logging
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from retrieval.readers.files import BookFiles
from retrieval.readers.sphinx.literals import Namespace

logger = logging.getLogger(__name__)

MARKDOWN_EXTENSIONS = {"myst_parser", "myst_nb"}
NOTEBOOK_EXTENSIONS = {"nbsphinx", "myst_nb"}
MARKDOWN_PARSERS = {"markdown", "myst-nb"}


class Markup(StrEnum):
    """What a page is written in."""

    RST = "reStructuredText"
    MYST = "MyST Markdown"
    NOTEBOOK = "Jupyter notebook"


@dataclass(frozen=True)
class Conf:
    """The settings that change what a reader sees, with Sphinx's own defaults.

    ``macros`` are replaced as ``{NAME}`` in every source text, ``extlinks`` maps a role name to
    its caption pattern (``%s`` stands for the target). ``markups`` tells a page by its suffix,
    ``myst`` holds the settings of MyST without their prefix ("enable_extensions"). A book that is
    ``built_by_mystmd`` and not by Sphinx has other ids.
    """

    project: str = ""
    root_doc: str = "index"
    base_url: str = ""
    language: str = "en"
    version: str = ""
    release: str = ""
    markups: Mapping[str, Markup] = field(default_factory=lambda: {".rst": Markup.RST})
    myst: Mapping[str, Any] = field(default_factory=dict)
    built_by_mystmd: bool = False
    excluded: tuple[str, ...] = ()
    suppressed_warnings: tuple[str, ...] = ()
    prolog: str = ""
    epilog: str = ""
    default_role: str = ""
    highlight_language: str = ""
    primary_domain: str = "py"
    page_suffix: str = ".html"
    function_parentheses: bool = True
    macros: Mapping[str, str] = field(default_factory=dict)
    extlinks: Mapping[str, str] = field(default_factory=dict)

    @property
    def suffixes(self) -> tuple[str, ...]:
        return tuple(self.markups)

    def markup_of(self, path: str) -> Markup:
        """What the page at ``path``, which ends in one of the suffixes, is written in."""
        return next(markup for end, markup in self.markups.items() if path.endswith(end))

    def without_suffix(self, path: str) -> str:
        """The page's name as toctrees and references write it."""
        return path.removesuffix(next((end for end in self.markups if path.endswith(end)), ""))

    def expand(self, text: str) -> str:
        """The source text with its ``{NAME}`` macros replaced; unknown ones stay as written."""
        for name, value in self.macros.items():
            text = text.replace(f"{{{name}}}", value)
        return text


def read_conf(path: Path, files: BookFiles) -> Conf:
    """The settings of a ``conf.py``; what cannot be known without running it has its default."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError) as error:
        logger.warning("%s cannot be parsed and is read as empty: %s", path.name, error)
        return Conf()
    namespace = Namespace(path.parent, files)
    namespace.run(tree.body)
    return conf_of(namespace.values)


def conf_of(values: Mapping[str, Any]) -> Conf:
    """The settings by their names in ``conf.py``; a value of another type has its default."""
    highlight = _text(values, "highlight_language")
    return Conf(
        project=_text(values, "project"),
        root_doc=_text(values, "root_doc") or _text(values, "master_doc") or "index",
        base_url=_text(values, "html_baseurl"),
        language=_text(values, "language") or "en",
        version=_text(values, "version"),
        release=_text(values, "release"),
        markups=_markups(values.get("source_suffix"), set(_texts(values.get("extensions")))),
        myst=_prefixed(values, "myst_"),
        excluded=(
            *_texts(values.get("exclude_patterns")),
            *_texts(values.get("templates_path")),
            *_texts(values.get("html_static_path")),
            *_texts(values.get("html_extra_path")),
        ),
        suppressed_warnings=_texts(values.get("suppress_warnings")),
        prolog=_text(values, "rst_prolog"),
        epilog=_text(values, "rst_epilog"),
        default_role=_text(values, "default_role"),
        highlight_language="" if highlight in {"default", "none"} else highlight,
        primary_domain=_text(values, "primary_domain") or "py",
        page_suffix=_text(values, "html_link_suffix")
        or _text(values, "html_file_suffix")
        or ".html",
        function_parentheses=values.get("add_function_parentheses") is not False,
        macros=_text_values(values.get("macros")),
        extlinks=_captions(values.get("extlinks")),
    )


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple, set)):
        return ()
    return tuple(item for item in value if isinstance(item, str))


def _text_values(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {
        name: text
        for name, text in value.items()
        if isinstance(name, str) and isinstance(text, str)
    }


def _markups(value: object, extensions: Set[str]) -> dict[str, Markup]:
    """Suffixes with their markup: what ``source_suffix`` says and what the extensions add to it.

    A suffix of another markup than these is left out: nobody here can read such pages.
    """
    given = value if isinstance(value, dict) else dict.fromkeys(_suffix_list(value))
    markups = {
        suffix: markup
        for suffix, parser in given.items()
        if isinstance(suffix, str) and (markup := _markup(suffix, parser))
    }
    if extensions & MARKDOWN_EXTENSIONS:
        markups.setdefault(".md", Markup.MYST)
    elif not isinstance(value, dict):
        markups = {suffix: kind for suffix, kind in markups.items() if kind is Markup.RST}
    if extensions & NOTEBOOK_EXTENSIONS:
        markups[".ipynb"] = Markup.NOTEBOOK
    return {".rst": Markup.RST, **markups} if Markup.RST not in markups.values() else markups


def _suffix_list(value: object) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else _texts(value)


def _markup(suffix: str, parser: object) -> Markup | None:
    """The markup of a suffix by the name of its parser; without one, the suffix tells."""
    if suffix == ".ipynb":
        return None
    if parser in MARKDOWN_PARSERS:
        return Markup.MYST
    if parser is None and suffix in {".md", ".markdown", ".myst"}:
        return Markup.MYST
    return Markup.RST if parser in {"restructuredtext", None} else None


def _prefixed(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value
        for name, value in values.items()
        if name.startswith(prefix)
    }


def _captions(value: object) -> dict[str, str]:
    """Extension ``extlinks``: role to (url, caption); without a caption the URL is shown."""
    if not isinstance(value, dict):
        return {}
    return {
        name: link[1] if isinstance(link[1], str) else link[0]
        for name, link in value.items()
        if isinstance(name, str)
        and isinstance(link, (tuple, list))
        and len(link) == 2
        and isinstance(link[0], str)
    }
