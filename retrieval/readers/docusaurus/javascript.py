"""As much JavaScript as a book source needs: matched braces, literals and a config object's values.

Nothing is executed. The scanners are tolerant: what they do not understand they pass over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

OPENING = "([{"
CLOSING = ")]}"

Value = str | bool
KeyPath = tuple[str, ...]

_TOKEN = re.compile(
    r"""
      (?P<comment>//[^\n]*|/\*.*?\*/)
    | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)
    | (?P<word>[A-Za-z_$][\w$]*)
    | (?P<mark>[][(){}:,=.;])
    """,
    re.VERBOSE | re.DOTALL,
)
_CONSTANT = re.compile(
    r"""\b(?:const|let|var)\s+([\w$]+)[^=\n]*=\s*(["'`])([^"'`\n]*)\2\s*;?\s*$"""
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\n": ""}


def closing_brace(text: str, start: int, end: int | None = None) -> int | None:
    """The position after the bracket that closes the one at ``start``, or ``None``.

    Brackets inside strings, template literals and comments do not count. A quote without its
    partner on the same line is an apostrophe in JSX text, not a string.
    """
    limit = len(text) if end is None else end
    depth = 0
    position = start
    while position < limit:
        character = text[position]
        if character in OPENING:
            depth += 1
        elif character in CLOSING:
            depth -= 1
            if depth == 0:
                return position + 1
        position = _after(text, position, limit)
    return None


def literal(expression: str) -> str | None:
    """The value of an expression that is one plain string or template literal, else ``None``."""
    match = _TOKEN.fullmatch(expression.strip())
    if match is None or match.lastgroup != "string":
        return None
    quoted = match.group()
    if quoted[0] == "`" and "${" in quoted:
        return None
    return _ESCAPE.sub(_unescape, quoted[1:-1])


def is_comment(expression: str) -> bool:
    """Whether an expression holds nothing but one block comment."""
    stripped = expression.strip()
    return stripped.startswith("/*") and stripped.find("*/") == len(stripped) - 2


def config_values(source: str) -> dict[KeyPath, Value]:
    """The string and boolean values of a config module's objects, by the path of their keys.

    ``presets: [['classic', {docs: {path: 'book'}}]]`` gives ``("presets", "docs", "path")``. Of an
    expression such as ``process.env.URL ?? 'https://…'`` the first string counts; a name declared
    as a string constant stands for its string. The first value of a path wins.
    """
    return _ConfigScan(_constants(source)).read(source)


@dataclass
class _ConfigScan:
    constants: dict[str, str]
    enclosing: list[str] = field(default_factory=list)
    pending: str = ""
    previous: str = ""
    found: dict[KeyPath, Value] = field(default_factory=dict)

    def read(self, source: str) -> dict[KeyPath, Value]:
        for kind, text in _tokens(source):
            if kind == "mark":
                self._mark(text)
            elif self.pending:
                self._value(kind, text)
            if not self.pending or kind == "mark":
                self.previous = text
        return self.found

    def _mark(self, mark: str) -> None:
        if mark == ":" and not self.pending:
            self.pending = literal(self.previous) or self.previous
        elif mark in OPENING:
            self.enclosing.append(self.pending)
            self.pending = ""
        elif mark in CLOSING:
            if self.enclosing:
                self.enclosing.pop()
            self.pending = ""
        elif mark in ",;=":
            self.pending = ""

    def _value(self, kind: str, text: str) -> None:
        value: Value | None = None
        if kind == "string":
            value = literal(text)
        elif text in ("true", "false"):
            value = text == "true"
        elif text in self.constants:
            value = self.constants[text]
        if value is None:
            return
        path = (*(key for key in self.enclosing if key), self.pending)
        self.found.setdefault(path, value)
        self.pending = ""


def _tokens(source: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(source):
        if match.lastgroup and match.lastgroup != "comment":
            yield match.lastgroup, match.group()


def _constants(source: str) -> dict[str, str]:
    declared = (_CONSTANT.search(line) for line in source.splitlines())
    return {match[1]: match[3] for match in declared if match}


def _after(text: str, position: int, limit: int) -> int:
    """The position after the string, template literal, comment or character at ``position``."""
    character = text[position]
    if character in "\"'":
        return _after_string(text, position, limit)
    if character == "`":
        return _after_template(text, position, limit)
    if text.startswith("/*", position):
        close = text.find("*/", position + 2, limit)
        return limit if close < 0 else close + 2
    if text.startswith("//", position) and text[position - 1 : position] in ("", " ", "\n", "\t"):
        close = text.find("\n", position, limit)
        return limit if close < 0 else close
    return position + 1


def _after_string(text: str, start: int, limit: int) -> int:
    position = start + 1
    while position < limit and text[position] != "\n":
        if text[position] == "\\":
            position += 1
        elif text[position] == text[start]:
            return position + 1
        position += 1
    return start + 1


def _after_template(text: str, start: int, limit: int) -> int:
    position = start + 1
    while position < limit:
        if text[position] == "`":
            return position + 1
        if text[position] == "\\":
            position += 1
        elif text.startswith("${", position):
            close = closing_brace(text, position + 1, limit)
            if close is None:
                return limit
            position = close - 1
        position += 1
    return limit


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] == "u" and len(code) > 1:
        return chr(int(code[1:], 16))
    return _ESCAPED.get(code, code)
