"""Sphinx's interpreted text roles as the text that the built page shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from docutils import nodes
from docutils.parsers.rst import roles
from docutils.parsers.rst.states import Inliner
from docutils.utils import unescape

from retrieval.readers.sphinx.outline import split_explicit
from retrieval.readers.sphinx.page import cross_reference, directive_names, page_of

RoleResult = tuple[Sequence[nodes.Node], Sequence[nodes.system_message]]
RoleFunction = Callable[..., RoleResult]

VERBATIM = (
    "command confval envvar grammar-token kbd keyword literal mailheader makevar "
    "mimetype newsgroup option productionlist program regexp token"
)
PLAIN = "abbr any cite dfn download eq index manpage term"
OBJECTS = (
    "attr attribute class classmethod concept const data deco decorator directive dir enum "
    "enumerator enum exc exception expr func function identifier label macro member meth method "
    "mod module namespace obj prop property role rst staticmethod struct texpr type union var"
)
CALLABLES = {"func", "function", "meth", "method"}
DOMAINS = ("py", "c", "cpp", "js", "rst", "std")
WRITTEN = re.compile(r":(?P<before>[\w.+-]+(?::[\w.+-]+)*):`|`:(?P<after>[\w.+:-]+):(?=\W|$)")


def register_roles() -> None:
    """Teaches docutils the roles of Sphinx; done once, when the parser is imported."""
    _register(VERBATIM.split(), _verbatim)
    _register(PLAIN.split(), _plain)
    _register([f"std:{name}" for name in VERBATIM.split()], _verbatim)
    for name in OBJECTS.split():
        role = _callable if name in CALLABLES else _object
        _register([name, *(f"{domain}:{name}" for domain in DOMAINS)], role)
    for name in ("doc", "ref", "numref"):
        _register([name, f"std:{name}"], _reference_to(name))
    _register(["guilabel"], _guilabel)
    _register(["menuselection"], _menu)
    _register(["pep"], _numbered("PEP"))
    _register(["rfc"], _numbered("RFC"))
    _register(["cve"], _numbered("CVE"))
    _register(["cwe"], _numbered("CWE"))
    _register(["file", "samp"], _with_placeholders)
    _register(["raw"], _not_text)


def register_unknown_roles(text: str, document: nodes.document) -> None:
    """Gives every role that the text uses and nobody knows a meaning: its own text."""
    for match in WRITTEN.finditer(text):
        register_role_if_unknown(match["before"] or match["after"], document)


def register_role_if_unknown(name: str, document: nodes.document) -> None:
    """Gives the role a meaning, its own text, unless it has one."""
    if roles.role(name, directive_names(document), 0, document.reporter)[0] is None:
        _register([name], _plain)


def use_default_role(name: str, document: nodes.document) -> None:
    """Sets what a bare `` `text` `` means on the next page."""
    language = directive_names(document)
    role = roles.role(name, language, 0, document.reporter)[0] if name else None
    _register([""], role or _plain)


def forget_roles(names: Iterable[str]) -> None:
    """Undoes a page's own ``role`` directives, so that no page depends on those read before."""
    for name in names:
        _register([name], _plain)
    if names:
        register_roles()


def _register(names: Iterable[str], role: Any) -> None:
    for name in names:
        roles.register_local_role(name, role)


def _role(render: Callable[[str], nodes.Node]) -> RoleFunction:
    """A docutils role from the function that turns its text into one node."""

    def role(
        _name: str, _raw: str, text: str, _line: int, _inliner: Inliner, **_custom: Any
    ) -> RoleResult:
        return [render(unescape(text))], []

    return role


def _plain(
    name: str, _raw: str, text: str, _line: int, inliner: Inliner, **_custom: Any
) -> RoleResult:
    """The text itself, or the caption that ``extlinks`` of the book's configuration gives it."""
    caption = page_of(inliner.document).conf.extlinks.get(name)
    title, target = split_explicit(unescape(text))
    if caption and not title:
        title = caption.replace("%s", target).replace("%%", "%")
    return [nodes.inline("", title or target)], []


@_role
def _verbatim(text: str) -> nodes.Node:
    return nodes.literal("", text)


@_role
def _with_placeholders(text: str) -> nodes.Node:
    """``file`` and ``samp`` set what stands in braces in italics and leave the braces out."""
    return nodes.literal("", re.sub(r"(?<!\\)[{}]", "", text))


def _object_name(text: str) -> str:
    """``~pkg.mod.Class`` shows its last part, ``!name`` is a name without a link."""
    text = text.removeprefix("!")
    if text.startswith("~"):
        return re.split(r"\.|::", text[1:])[-1]
    return text.removeprefix(".")


@_role
def _object(text: str) -> nodes.Node:
    title, target = split_explicit(text)
    return nodes.literal("", title or _object_name(target))


def _callable(
    _name: str, _raw: str, text: str, _line: int, inliner: Inliner, **_custom: Any
) -> RoleResult:
    title, target = split_explicit(unescape(text))
    shown = title or _object_name(target)
    with_parentheses = page_of(inliner.document).conf.function_parentheses
    if with_parentheses and not title and not shown.endswith(")"):
        shown += "()"
    return [nodes.literal("", shown)], []


def _reference_to(kind: str) -> RoleFunction:
    @_role
    def reference(text: str) -> nodes.Node:
        title, target = split_explicit(text)
        # Section ids are made of the text as written, so it has to be in the node from the start.
        return cross_reference("", title or target, kind=kind, target=target, given=bool(title))

    return reference


@_role
def _guilabel(text: str) -> nodes.Node:
    return nodes.inline("", _without_accelerators(text))


@_role
def _menu(text: str) -> nodes.Node:
    return nodes.inline("", _without_accelerators(text.replace("-->", "\N{TRIANGULAR BULLET}")))


def _without_accelerators(text: str) -> str:
    return re.sub(r"&(&?)", r"\1", text)


def _numbered(series: str) -> RoleFunction:
    @_role
    def numbered(text: str) -> nodes.Node:
        title, target = split_explicit(text)
        return nodes.inline("", title or f"{series} {target.partition('#')[0]}")

    return numbered


def _not_text(
    _name: str, _raw: str, text: str, line: int, inliner: Inliner, **_custom: Any
) -> RoleResult:
    page_of(inliner.document).drop("raw html", line, unescape(text))
    return [], []
