"""Reads the literals of a Sphinx ``conf.py`` from its syntax tree; the file is never executed."""

from __future__ import annotations

import ast
import logging
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from retrieval.readers.files import BookFiles

logger = logging.getLogger(__name__)

LONGEST_VALUE = 200_000
MARKDOWN_EXTENSIONS = {"myst_parser", "myst_nb"}
NOTEBOOK_EXTENSIONS = {"nbsphinx", "myst_nb"}
MARKDOWN_PARSERS = {"markdown", "myst-nb"}
READERS_OF_A_FILE = {"open", "Path"}


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
    namespace = _Namespace(path.parent, files)
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


class _NotLiteralError(Exception):
    """The expression's value is only known by running the file."""


@dataclass(frozen=True)
class _OpenedFile:
    path: str


class _Namespace:
    """Evaluates top-level assignments of literals, known names, f-strings and file reads."""

    def __init__(self, folder: Path, files: BookFiles) -> None:
        self.values: dict[str, Any] = {}
        self._folder = folder
        self._files = files

    def run(self, statements: list[ast.stmt]) -> None:
        for statement in statements:
            try:
                self._statement(statement)
            except (_NotLiteralError, TypeError, ValueError, RecursionError):
                continue

    def _statement(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, value)
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value):
                self.values[name] = self._sum(self.values.get(name), self._value(value))
            case ast.With(items=[ast.withitem(context, ast.Name(id=name))], body=body):
                self.values[name] = self._value(context)
                self.run(body)
            case ast.Try(body=body):
                self.run(body)
            case ast.Expr(value=ast.Call() as call):
                self._list_call(call)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                # A name set to something unknown must not keep its earlier value.
                self.values.pop(name, None)
                self.values[name] = self._value(value)
            case ast.Subscript(value=ast.Name(id=name), slice=key):
                if isinstance(self.values.get(name), dict):
                    self.values[name][self._value(key)] = self._value(value)

    def _list_call(self, call: ast.Call) -> None:
        """``exclude_patterns.append("x")`` and ``.extend([…])``."""
        match call:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="append" | "extend" as verb),
                args=[argument],
            ) if isinstance(self.values.get(name), list):
                value = self._value(argument)
                self.values[name] = [*self.values[name], *([value] if verb == "append" else value)]

    def _value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name) if name in self.values:
                return self.values[name]
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                values = self._known(items)
                return tuple(values) if isinstance(node, ast.Tuple) else values
            case ast.Dict(keys=keys, values=values):
                return self._table(keys, values)
            case _:
                return self._computed(node)

    def _computed(self, node: ast.expr) -> Any:
        match node:
            case ast.JoinedStr(values=parts):
                return self._limited("".join(self._part(part) for part in parts))
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._sum(self._value(left), self._value(right))
            case ast.Subscript(value=value, slice=key):
                return self._item(self._value(value), self._value(key))
            case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
                return {word.arg: self._value(word.value) for word in keywords}
            case ast.Call(func=ast.Name(id=name), args=[path, *_]) if name in READERS_OF_A_FILE:
                return _OpenedFile(str(self._value(path)))
            case ast.Call(func=ast.Attribute(value=opened, attr="read" | "read_text")):
                return self._contents(self._value(opened))
        raise _NotLiteralError

    def _known(self, items: list[ast.expr]) -> list[Any]:
        """The items whose value is known; one computed pattern must not lose the others."""
        values = []
        for item in items:
            try:
                values.append(self._value(item))
            except _NotLiteralError:
                continue
        return values

    def _table(self, keys: list[ast.expr | None], values: list[ast.expr]) -> dict[Any, Any]:
        table: dict[Any, Any] = {}
        for key, value in zip(keys, values, strict=True):
            try:
                if key is None:
                    table |= self._value(value)
                else:
                    table[self._value(key)] = self._value(value)
            except _NotLiteralError:
                continue
        return table

    def _part(self, part: ast.expr) -> str:
        match part:
            case ast.Constant(value=str(text)):
                return text
            case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
                return str(self._value(value))
        raise _NotLiteralError

    def _item(self, container: Any, key: Any) -> Any:
        try:
            return container[key]
        except (LookupError, TypeError):
            raise _NotLiteralError from None

    def _sum(self, left: Any, right: Any) -> Any:
        if type(left) is not type(right) or type(left) not in {str, list, tuple}:
            raise _NotLiteralError
        return self._limited(left + right)

    def _limited(self, value: Any) -> Any:
        """Refuses values that grow by doubling: the file is not trusted with our memory."""
        if len(value) > LONGEST_VALUE:
            raise _NotLiteralError
        return value

    def _contents(self, opened: Any) -> str:
        if not isinstance(opened, _OpenedFile):
            raise _NotLiteralError
        path = self._files.inside(self._folder / opened.path)
        if path is None or not path.is_file():
            raise _NotLiteralError
        return str(self._limited(path.read_text(encoding="utf-8-sig", errors="replace")))
