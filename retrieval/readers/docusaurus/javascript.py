"""As much JavaScript as a page needs: matched braces, strings and comments.

Nothing is executed. The scanners are tolerant: what they do not understand they pass over.
"""

from __future__ import annotations

import re

OPENING = "([{"
CLOSING = ")]}"

STRING = r"""(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)"""

_STRING = re.compile(STRING, re.DOTALL)
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
    quoted = expression.strip()
    if not _STRING.fullmatch(quoted) or (quoted[0] == "`" and "${" in quoted):
        return None
    return _ESCAPE.sub(_unescape, quoted[1:-1])


def is_comment(expression: str) -> bool:
    """Whether an expression holds nothing but one block comment."""
    stripped = expression.strip()
    return stripped.startswith("/*") and stripped.find("*/") == len(stripped) - 2


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
