"""What the names of a Python file stand for, from its syntax tree; the file is never executed."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.readers.files import BookFiles

LONGEST_VALUE = 200_000
READERS_OF_A_FILE = {"open", "Path"}


class _NotLiteralError(Exception):
    """The expression's value is only known by running the file."""


@dataclass(frozen=True)
class _OpenedFile:
    path: str


class Namespace:
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
