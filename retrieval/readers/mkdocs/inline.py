"""The inline syntax of MkDocs for markdown-it: keys, icons, marked text and critic marks.

``++ctrl+c++`` becomes the text "Ctrl+C", and ``:material-check:`` an ``icon``. The signs of
``==marked==``, ``^^inserted^^``, ``H~2~O`` and ``x^2^`` go. Links are read that only MkDocs takes
for links: to files with spaces in their names, and to Python objects (``[run][package.run]``).
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

# What each extension takes away the signs of; both are as long as the group "sign".
PAIRS: Mapping[str, tuple[str, ...]] = {
    "pymdownx.mark": (r"(?<![\w=])(?P<sign>==)(?![\s=]).{1,1000}?(?<![\s=])==(?![\w=])",),
    "pymdownx.caret": (
        r"(?<![\w^])(?P<sign>\^\^)(?![\s^]).{1,1000}?(?<![\s^])\^\^(?![\w^])",
        r"(?<!\^)(?P<sign>\^)[^\s^]+\^(?!\^)",
    ),
    "pymdownx.tilde": (r"(?<!~)(?P<sign>~)[^\s~]+~(?!~)",),
}
SIGN_CHARACTERS = "=^~"
KEY_NAMES = {"del": "Delete", "esc": "Esc", "ins": "Insert", "cmd": "Cmd", "win": "Win"}

_KEYS = re.compile(
    r"""\+\+((?:[\w-]+|"[^"\n]+"|'[^'\n]+')(?:\+(?:[\w-]+|"[^"\n]+"|'[^'\n]+'))*)\+\+"""
)
_ICON = re.compile(r":(?:material|fontawesome|octicons|simple|custom)-[\w-]+:")
_LINK = re.compile(
    r"""(?P<image>!?)\[(?P<text>(?:\\.|[^\[\]\\])*)\]
        (?:\((?=[^()\n ]*[ ])[^()\n]*\)|\[[\w/-]*\.[\w.:/-]+\]|(?<!\[\])\[\])""",
    re.VERBOSE,
)
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).{1,1000}?(?<!`)\1(?!`)", re.DOTALL)


def inline_plugin(md: MarkdownIt, extensions: Container[str]) -> None:
    """Teach a parser icons, and the syntax of those ``extensions`` that are pymdown's."""
    md.inline.ruler.before("text", "icon", _icon)
    md.inline.ruler.after("image", "loose_link", _loose_link)
    if "pymdownx.keys" in extensions:
        md.inline.ruler.before("text", "keys", _keys)
    patterns = [pair for name, pairs in PAIRS.items() if name in extensions for pair in pairs]
    md.options["pairs"] = tuple(re.compile(pattern, re.DOTALL) for pattern in patterns)
    md.inline.ruler.before("text", "sign", _sign)


def _icon(state: StateInline, silent: bool) -> bool:
    match = _ICON.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        state.push("icon", "", 0).content = match.group()
    state.pos = match.end()
    return True


def _loose_link(state: StateInline, silent: bool) -> bool:
    match = _LINK.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent and match["image"]:
        state.push("image", "img", 0).content = match["text"]
    elif not silent:
        state.push("link_open", "a", 1)
        _tokenize(state, *match.span("text"))
        state.push("link_close", "a", -1)
    state.pos = match.end()
    return True


def _tokenize(state: StateInline, start: int, end: int) -> None:
    limit, state.pos, state.posMax = state.posMax, start, end
    state.md.inline.tokenize(state)
    state.posMax = limit


def _keys(state: StateInline, silent: bool) -> bool:
    match = _KEYS.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        state.append_pending(key_names(match[1]))
    state.pos = match.end()
    return True


def key_names(keys: str) -> str:
    """Keys as they are printed on them: "Ctrl+Alt+Delete" for ``ctrl+alt+del``."""
    names = re.findall(r"\"[^\"]+\"|'[^']+'|[\w-]+", keys)
    return "+".join(_key_name(name) for name in names)


def _key_name(name: str) -> str:
    if name[0] in "\"'":
        return name[1:-1]
    return KEY_NAMES.get(name, name.replace("-", " ").title())


def _sign(state: StateInline, silent: bool) -> bool:
    """Pass over one sign of a pair, wherever its partner stands in the same text."""
    del silent
    if state.src[state.pos] not in SIGN_CHARACTERS:
        return False
    length = _signs(state.src, state.md.options["pairs"]).get(state.pos, 0)
    state.pos += length
    return bool(length)


@lru_cache(maxsize=1)
def _signs(text: str, pairs: Sequence[re.Pattern[str]]) -> Mapping[int, int]:
    """Where signs stand in a text, and how long each is; those in code are code."""
    plain = _CODE_SPAN.sub(lambda code: "x" * len(code[0]), text)
    signs: dict[int, int] = {}
    for match in (match for pair in pairs for match in pair.finditer(plain)):
        length = len(match["sign"])
        signs[match.start()] = signs[match.end() - length] = length
    return signs
