"""The ``{{#...}}`` directives of a page, replaced before its Markdown is parsed.

Source of the rules: mdBook 0.5, its ``links`` preprocessor.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from retrieval.readers.files import BookFiles
from retrieval.readers.mdbook.parts import (
    IncludeRefused,
    Lines,
    parse_part,
    take,
    take_with_rest_hidden,
)
from retrieval.readers.source import Dropped

DEEPEST_INCLUDE = 10
# Characters that the includes of one page may bring: a few short files that include each other
# many times over would otherwise fill the memory.
MOST_INCLUDED = 10_000_000
INCLUDES = frozenset({"include", "rustdoc_include", "playground", "playpen"})

_DIRECTIVE = re.compile(
    r"""\\(?P<escaped>\{\{\#.*\}\})
      | \{\{\s*\#(?P<name>[A-Za-z0-9_]+)\s+(?P<argument>[^}]+)\}\}""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Expanded:
    """A page with its directives replaced.

    ``lines`` gives for each line of ``text`` the page's own line, from 1. ``title`` is what
    ``{{#title}}`` calls the page, or "".
    """

    text: str
    lines: tuple[int, ...]
    title: str
    dropped: tuple[Dropped, ...]


def expand(text: str, path: str, files: BookFiles) -> Expanded:
    """Replace the directives of the page at ``path``, relative to the folder of the chapters.

    An include that is missing, lies outside the book's folder or goes round in circles becomes
    nothing and is told. Directives of other names stay: they may be part of an example.
    """
    file = files.source_root / path
    expansion, output = _Expansion(files), _Output()
    expansion.replace(text, (file.resolve(),), output)
    return Expanded(output.text, tuple(output.lines), expansion.title, tuple(expansion.dropped))


@dataclass
class _Output:
    """What has been written so far, and the page's line that each line of it comes from.

    In the text of an included file the page's line stands still.
    """

    line: int = 1
    is_included: bool = False
    lines: list[int] = field(default_factory=lambda: [1])
    _parts: list[str] = field(default_factory=list)
    _last_line: str = ""

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def copy(self, text: str) -> None:
        """Write text that needs no replacement."""
        for _ in range(text.count("\n")):
            self.line += not self.is_included
            self.lines.append(self.line)
        self._write(text)

    def insert(self, text: str, directive: str) -> None:
        """Write what a directive stands for.

        What stands before it on its line leads each further line as well, so that an include
        keeps to the quote or the indentation that it stands in.
        """
        lines = text.splitlines()
        self._write(f"\n{self._last_line}".join(lines))
        self.lines += [self.line] * (len(lines) - 1)
        if not self.is_included:
            self.line += directive.count("\n")

    def _write(self, text: str) -> None:
        _, is_broken, last = text.rpartition("\n")
        self._last_line = last if is_broken else self._last_line + last
        self._parts.append(text)


@dataclass
class _Expansion:
    """What the directives of one page share. ``above`` are the files from the page downwards."""

    files: BookFiles
    title: str = ""
    dropped: list[Dropped] = field(default_factory=list)
    _included: int = 0

    def replace(self, text: str, above: tuple[Path, ...], output: _Output) -> None:
        """Write the text of the last file of ``above`` with its directives replaced."""
        position = 0
        for directive in _DIRECTIVE.finditer(text):
            output.copy(text[position : directive.start()])
            output.insert(self._value(directive, above, output.line), directive.group())
            position = directive.end()
        output.copy(text[position:])

    def _value(self, directive: re.Match[str], above: tuple[Path, ...], line: int) -> str:
        name, argument = directive["name"], (directive["argument"] or "").strip()
        if name == "title":
            self.title = argument
            return ""
        if name not in INCLUDES or not argument:
            return directive["escaped"] or directive.group()
        try:
            return self._include(name, argument, above, line)
        except IncludeRefused as refusal:
            self.dropped.append(Dropped("include", line, f"{argument}: {refusal}"))
            return ""

    def _include(self, name: str, argument: str, above: tuple[Path, ...], line: int) -> str:
        reference, *properties = argument.split()
        target, _, part = reference.partition(":")
        file = self._file(above[-1].parent / target, above)
        text = _content(name, self._read(file), part, properties)
        output = _Output(line, is_included=True)
        self.replace(text, (*above, file), output)
        return output.text

    def _file(self, path: Path, above: tuple[Path, ...]) -> Path:
        file = self.files.file(path)
        if file is None:
            raise IncludeRefused("no file of the book")
        if file in above:
            raise IncludeRefused("includes itself")
        if len(above) > DEEPEST_INCLUDE:
            raise IncludeRefused(f"more than {DEEPEST_INCLUDE} files deep")
        return file

    def _read(self, file: Path) -> str:
        try:
            text = file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise IncludeRefused("not UTF-8") from None
        except OSError as error:
            raise IncludeRefused(error.strerror or "unreadable") from None
        self._included += len(text)
        if self._included > MOST_INCLUDED:
            raise IncludeRefused(f"more than {MOST_INCLUDED:,} characters on one page")
        return text


def _content(name: str, text: str, part: str, properties: Sequence[str]) -> str:
    """What a directive makes of the text of its file."""
    if name == "include":
        return take(text, parse_part(part))
    if name == "rustdoc_include":
        return take_with_rest_hidden(text, parse_part(part))
    return f"```{','.join(('rust', *properties))}\n{take(text, Lines())}\n```"
