"""What pages bring in from other files: snippets (``--8<--``), ``{* … *}`` and ``{! … !}``.

Source of the rules: pymdown-extensions 13, ``snippets``; mdx_include; and the ``{* … *}`` of
FastAPI's own documentation. Only files inside the book are read, whatever links say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from textwrap import dedent
from typing import NamedTuple

from retrieval.readers.files import BookFiles
from retrieval.readers.markdown.fences import plain_lines
from retrieval.readers.mkdocs.config import Config, Tagged
from retrieval.readers.source import Dropped

# Files that bring in each other twice would else grow without end.
MOST_INCLUDES = 1000
LANGUAGES = {
    ".py": "python",
    ".md": "markdown",
    ".sh": "bash",
    ".js": "javascript",
    ".ts": "typescript",
    ".rs": "rust",
    ".yml": "yaml",
}

_SNIPPET = re.compile(
    r"""(?P<space>[ \t]*)(?P<escape>;*)-+8<-+
        (?:[ \t]+(?P<quote>["'])(?P<target>.+?)(?P=quote))?\s*""",
    re.VERBOSE,
)
_SECTION_MARK = re.compile(
    r"""(?P<escape>(?<!;);*)(?<!-)-+8<-+[ \t]+
        \[[ \t]*(?P<kind>start|end)[ \t]*:[ \t]*(?P<name>[a-z][\w-]*)[ \t]*\]""",
    re.VERBOSE | re.IGNORECASE,
)
_TARGET = re.compile(
    r"(?P<path>.*?)(?::(?P<lines>-?\d*(?::-?\d*)?(?:,-?\d*(?::-?\d*)?)*)|:(?P<section>[a-z][\w-]*))?",
    re.IGNORECASE,
)
_CODE_INCLUDE = re.compile(
    r"(?P<space>[ \t]*)\{\*[ \t]+(?P<path>[^\s*]+)(?P<options>.*?)\*\}[ \t]*"
)
_TEXT_INCLUDE = re.compile(
    r"(?P<space>[ \t]*)\{!>?[ \t]*(?P<path>[^\s!\[]+)(?P<options>[^!]*)!\}[ \t]*"
)
_LINES_OPTION = re.compile(r"\bln\[(?P<lines>[^\]]*)\]|\[ln:(?P<ranges>[^\]]*)\]")
_TITLE_OPTION = re.compile(r"""\btitle\[["']?(?P<title>.*?)["']?\]""")
_NUMBER = re.compile(r"-?\d+")
_REMOTE = re.compile(r"https?://", re.IGNORECASE)


class Line(NamedTuple):
    """A line of a page's text, and the number of the page's own line that it comes from."""

    text: str
    number: int


@dataclass
class Includes:
    """Puts the files that a page names into its text; tells what could not be put in.

    Snippets are looked for in ``folders``; those ``appended`` go to the end of every page.
    """

    files: BookFiles
    folders: Sequence[Path]
    config_folder: Path
    appended: Sequence[str] = ()
    dropped: list[Dropped] = field(default_factory=list)
    _found: int = 0

    def expand(self, text: str) -> list[Line]:
        """The page's lines with everything in them that they include."""
        lines = [Line(line, number) for number, line in enumerate(text.splitlines(), start=1)]
        expanded = self._with_snippets(lines, ())
        for written in self.appended:
            expanded += [Line("", len(lines)), *self._snippet(written, "", len(lines), ())]
        return self._with_code(self._with_texts(expanded))

    # snippets

    def _with_snippets(self, lines: Iterable[Line], opened: tuple[Path, ...]) -> list[Line]:
        """``opened`` are the files that are being put in, the innermost last."""
        expanded: list[Line] = []
        in_block = False
        for line in lines:
            match = _SNIPPET.fullmatch(line.text)
            if match and match["escape"]:
                expanded.append(Line(line.text.replace(";", "", 1), line.number))
            elif match and not match["target"]:
                in_block = not in_block
            elif match and not in_block:
                expanded += self._snippet(match["target"], match["space"], line.number, opened)
            elif in_block:
                space = line.text[: len(line.text) - len(line.text.lstrip())]
                expanded += self._snippet(line.text.strip(), space, line.number, opened)
            elif not (opened and _is_section_mark(line.text)):
                expanded.append(line)
        return expanded

    def _snippet(
        self, written: str, space: str, number: int, opened: tuple[Path, ...]
    ) -> list[Line]:
        if not written or written.startswith(";"):
            return [] if written else [Line("", number)]
        target = _TARGET.fullmatch(written)
        path = target["path"].strip() if target else written
        file = self._find(path, self.folders, number)
        if file is None or target is None:
            return []
        if file in opened:
            self._drop("circular include", number, path)
            return []
        chosen = self._chosen(file, target, number)
        below = self._with_snippets((Line(text, number) for text in chosen), (*opened, file))
        return [Line(space + line.text if line.text else "", number) for line in below]

    def _chosen(self, file: Path, target: re.Match[str], number: int) -> Sequence[str]:
        lines = self._read(file, number)
        if target["lines"]:
            return list(_ranges(lines, _to_the_end(target["lines"]), ":"))
        if not target["section"]:
            return [*lines, ""]
        section = _section(lines, target["section"])
        if section is None:
            self._drop("missing section", number, f"{target['path']}:{target['section']}")
        return dedent("\n".join(section or ())).split("\n")

    # whole lines of other files

    def _with_texts(self, lines: Iterable[Line]) -> list[Line]:
        """``{! file !}``: the file's lines as they are, at the include's indentation."""
        expanded: list[Line] = []
        for line in lines:
            match = _TEXT_INCLUDE.fullmatch(line.text)
            expanded += self._indented(match, line.number) if match else [line]
        return expanded

    def _with_code(self, lines: Sequence[Line]) -> list[Line]:
        """``{* file *}`` outside of code: the file as fenced code."""
        plain = plain_lines("".join(f"{line.text}\n" for line in lines))
        expanded: list[Line] = []
        for line, outside in zip(lines, plain, strict=True):
            match = _CODE_INCLUDE.fullmatch(line.text) if outside == line.text else None
            expanded += self._code(match, line.number) if match else [line]
        return expanded

    def _code(self, match: re.Match[str], number: int) -> list[Line]:
        code = self._indented(match, number)
        if not code:
            return []
        longest = max((len(run) for line in code for run in re.findall("`+", line.text)), default=0)
        fence = match["space"] + "`" * max(3, longest + 1)
        suffix = PurePosixPath(match["path"]).suffix
        title = _TITLE_OPTION.search(match["options"])
        info = LANGUAGES.get(suffix, suffix.removeprefix("."))
        info += f' title="{title["title"]}"' if title else ""
        return [Line(fence + info, number), *code, Line(fence, number)]

    def _indented(self, match: re.Match[str], number: int) -> list[Line]:
        """The lines that a ``{* … *}`` or ``{! … !}`` asks for, at its indentation."""
        file = self._find(match["path"], [self.config_folder, *self.folders], number)
        lines = [] if file is None else self._read(file, number)
        option = _LINES_OPTION.search(match["options"])
        if option and option["lines"]:
            lines = list(_ranges(lines, option["lines"], ":"))
        elif option:
            lines = list(_ranges(lines, option["ranges"], "-"))
        return [Line(match["space"] + text if text else "", number) for text in lines]

    # files

    def _find(self, path: str, folders: Sequence[Path], number: int) -> Path | None:
        if _REMOTE.match(path):
            self._drop("include from the network", number, path)
            return None
        inside = [file for folder in folders if (file := self.files.inside(folder / path))]
        found = next((file for file in inside if _is_file(file)), None)
        self._found += found is not None
        if found is None:
            self._drop("missing include" if inside else "include outside the book", number, path)
        elif self._found > MOST_INCLUDES:
            self._drop("one include too many", number, path)
            return None
        return found

    def _read(self, file: Path, number: int) -> list[str]:
        try:
            return file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError):
            self._drop("unreadable include", number, file.name)
            return []

    def _drop(self, kind: str, line: int, detail: str) -> None:
        self.dropped.append(Dropped(kind, line, detail))


def snippet_folders(config: Config, page_folder: Path) -> list[Path]:
    """Where snippets are looked for: ``base_path``, by default the folder of ``mkdocs.yml``."""
    stated = config.option("pymdownx.snippets", "base_path")
    paths = stated if isinstance(stated, list) else [stated]
    folders = [_snippet_folder(config, path, page_folder) for path in paths if path is not None]
    return folders or [config.folder]


def _snippet_folder(config: Config, path: object, page_folder: Path) -> Path:
    if not isinstance(path, Tagged):
        return config.folder / str(path)
    place, _, below = str(path.value).partition("/")
    places = {"$config_dir": config.folder, "$docs_dir": config.docs_dir}
    return places.get(place, page_folder) / below


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _is_section_mark(line: str) -> bool:
    match = _SECTION_MARK.search(line)
    return match is not None and not match["escape"]


def _section(lines: Iterable[str], name: str) -> list[str] | None:
    """The lines between a section's marks, without the marks of others; ``None`` if it has none."""
    section: list[str] | None = None
    for line in lines:
        mark = _SECTION_MARK.search(line)
        if mark is None or mark["escape"]:
            if section is not None:
                section.append(line)
        elif mark["name"] == name:
            if mark["kind"].lower() == "end":
                break
            section = section or []
    return section


def _to_the_end(ranges: str) -> str:
    """A snippet's ranges with each number alone written as what it means there: ``4`` as ``4:``."""
    return ",".join(part if ":" in part else f"{part}:" for part in ranges.split(","))


def _ranges(lines: Sequence[str], ranges: str, separator: str) -> Iterator[str]:
    """The lines of ``1:3,7:,-2:``: from 1, both ends included, negative ones from the end.

    A number alone is one line.
    """
    for part in ranges.split(","):
        first, ends, last = part.strip().partition(separator)
        yield from lines[_start(first, len(lines)) : _end(last if ends else first, len(lines))]


def _start(number: str, total: int) -> int:
    match = _NUMBER.match(number)
    value = int(match.group()) if match else 1
    return max(0, total + value if value < 0 else value - 1)


def _end(number: str, total: int) -> int:
    match = _NUMBER.match(number)
    value = int(match.group()) if match else total
    return max(0, total + 1 + value if value < 0 else value)
