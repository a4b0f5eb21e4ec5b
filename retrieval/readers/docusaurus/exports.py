"""The value that a JavaScript, TypeScript or JSON module exports, read as text.

Nothing is executed. What cannot be told without running the module (a call, an import, an
environment variable) is ``None``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from retrieval.readers.docusaurus.javascript import CLOSING, OPENING, STRING, literal

Value: TypeAlias = "str | bool | list[Value] | dict[str, Value] | None"
Token = tuple[str, str]

DECLARATIONS = frozenset({"const", "let", "var"})
STATEMENTS = DECLARATIONS | {"class", "export", "function", "import", "module", "return"}
CONSTANTS: dict[str, Value] = {"true": True, "false": False, "null": None}

_TOKEN = re.compile(
    rf"""
      (?P<comment>//[^\n]*|/\*.*?\*/)
    | (?P<string>{STRING})
    | (?P<word>[\w$]+)
    | (?P<mark>\.\.\.|[][(){{}}:,=.;])
    """,
    re.VERBOSE | re.DOTALL,
)
_END: Token = ("end", "")


def exported_value(source: str) -> Value:
    """What a module exports by ``export default`` or ``module.exports``, or a JSON file holds.

    Names declared in the module stand for their values. Of an expression such as
    ``process.env.URL ?? 'https://…'`` or ``require.resolve('./a.js')`` the first known value
    counts; a function counts as the largest object that it returns.
    """
    reader = _Reader(list(_tokens(source)))
    exported = reader.value_at(reader.export())
    return exported or max(reader.returned(), key=len, default=None)


def mapping(value: Value) -> dict[str, Value]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Value) -> list[Value]:
    """The value if it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def texts(value: Value) -> tuple[str, ...]:
    """The strings of an array."""
    return tuple(item for item in items(value) if isinstance(item, str))


@dataclass
class _Reader:
    """A recursive reader of expressions; each method starts at ``position`` and moves it on."""

    tokens: list[Token]
    position: int = 0
    declared: dict[str, int] = field(init=False)
    resolving: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.declared = dict(self._declarations())

    def export(self) -> int:
        """The position of the exported value."""
        words = [text for _, text in self.tokens]
        for opening in (["export", "default"], ["module", ".", "exports", "="]):
            for start in range(len(words)):
                if words[start : start + len(opening)] == opening:
                    return start + len(opening)
        return 0

    def returned(self) -> list[dict[str, Value]]:
        """The objects that the module's functions return."""
        starts = (n + 1 for n, token in enumerate(self.tokens) if token == ("word", "return"))
        return [found for start in starts if (found := mapping(self.value_at(start)))]

    def value_at(self, position: int) -> Value:
        """The value of the expression at a position; the reader stays where it is."""
        before, self.position = self.position, position
        value = self._value()
        self.position = before
        return value

    def _value(self) -> Value:
        found: Value = None
        start = self.position
        while not self._at_end_of_value():
            if self._is("[") and self.position > start:
                self._skip_brackets()
                continue
            value = self._operand()
            found = value if found is None else found
        return found

    def _at_end_of_value(self) -> bool:
        kind, text = self._token()
        if kind == "word":
            return text in STATEMENTS and not self._is(".", ahead=-1)
        return self._at_closing() or self._is(",") or self._is(";")

    def _operand(self) -> Value:
        kind, text = self._token()
        if kind == "mark" and text in OPENING:
            return self._object() if text == "{" else self._list(text)
        self.position += 1
        if kind == "string":
            return literal(text)
        return self._name(text) if kind == "word" else None

    def _name(self, name: str) -> Value:
        """The value of a name and of the members that are asked of it (``site.title``)."""
        value = self._declared(name)
        while self._is(".") and self._token(1)[0] == "word":
            value = mapping(value).get(self._token(1)[1])
            self.position += 2
        return value

    def _declared(self, name: str) -> Value:
        if name in CONSTANTS or name not in self.declared or name in self.resolving:
            return CONSTANTS.get(name)
        self.resolving.add(name)
        value = self.value_at(self.declared[name])
        self.resolving.remove(name)
        return value

    def _list(self, opening: str) -> Value:
        """The values of an array; in parentheses, as of a call, the first that is known."""
        self.position += 1
        values = []
        while not self._closes():
            spread = self._is("...")
            value = self._value()
            values += items(value) if spread else [value]
            self._next_entry()
        if opening == "[":
            return values
        return next((value for value in values if value is not None), None)

    def _object(self) -> Value:
        self.position += 1
        entries: dict[str, Value] = {}
        while not self._closes():
            entries |= self._entry()
            self._next_entry()
        return entries

    def _entry(self) -> dict[str, Value]:
        """One entry of an object; empty for a method and for what is no entry."""
        kind, text = self._token()
        if text == "...":
            return mapping(self._value())
        key = literal(text) if kind == "string" else text
        if kind not in ("string", "word") or key is None:
            return {}
        self.position += 1
        if self._is(":"):
            self.position += 1
            return {key: self._value()}
        is_shorthand = kind == "word" and (self._is(",") or self._is("}"))
        return {key: self._declared(key)} if is_shorthand else {}

    def _closes(self) -> bool:
        """Whether the brackets end here; passes the closing one."""
        closes = self._at_closing()
        self.position += closes
        return closes

    def _at_closing(self) -> bool:
        kind, text = self._token()
        return kind == "end" or (kind == "mark" and text in CLOSING)

    def _next_entry(self) -> None:
        """Go on behind the next comma, but not out of the brackets."""
        while not self._is(",") and not self._at_closing():
            self._skip_brackets()
        if self._is(","):
            self.position += 1

    def _skip_brackets(self) -> None:
        """Pass one token, or everything up to the partner of an opening bracket."""
        depth = 0
        while self._token() != _END:
            kind, text = self._token()
            if kind == "mark":
                depth += (text in OPENING) - (text in CLOSING)
            self.position += 1
            if depth <= 0:
                return

    def _declarations(self) -> Iterator[tuple[str, int]]:
        """Where the value of each declared name begins."""
        for place, (_, text) in enumerate(self.tokens[:-1]):
            name_kind, name = self.tokens[place + 1]
            if text in DECLARATIONS and name_kind == "word":
                yield from ((name, start) for start in self._after_equals(place + 2))

    def _after_equals(self, position: int) -> Iterator[int]:
        for place in range(position, len(self.tokens)):
            if self.tokens[place] == ("mark", "="):
                yield place + 1
            if self.tokens[place][1] in ("=", ";"):
                return

    def _is(self, mark: str, ahead: int = 0) -> bool:
        return self._token(ahead) == ("mark", mark)

    def _token(self, ahead: int = 0) -> Token:
        place = self.position + ahead
        return self.tokens[place] if 0 <= place < len(self.tokens) else _END


def _tokens(source: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(source):
        if match.lastgroup and match.lastgroup != "comment":
            yield match.lastgroup, match.group()
