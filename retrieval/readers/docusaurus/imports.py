"""What a page imports: partials and the text of files, put where the page shows them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it.token import Token

from retrieval.readers.docusaurus.mdx import CODE_ELEMENTS, code_info
from retrieval.readers.markdown.tags import Tag

RAW_LOADER = "!!raw-loader!"
SITE_ALIAS = "@site/"
PARTIAL_SUFFIXES = (".md", ".mdx")
MOST_PARTIALS = 500  # of one page, since partials that import others may multiply
RESOLVED_SUFFIXES = ("", ".js", ".jsx", ".ts", ".tsx", ".json")

_IMPORT = re.compile(
    r"""^import\s+(?P<name>[\w$]+)\b[^'"]*?\bfrom\s*(['"])(?P<path>[^'"]+)\2""", re.MULTILINE
)
_PROP = re.compile(r"props\.([\w$]+)")


@dataclass(frozen=True, slots=True)
class Imported:
    """A file under the name that a page gives it; ``is_raw`` if its text is meant, not its page."""

    file: Path
    is_raw: bool


@dataclass
class Importer:
    """Puts imported partials and files into the tokens of pages.

    ``parse`` makes the tokens of a partial of its text and file suffix. Only what lies in one of
    the ``folders`` is read; other imports stay what they are. ``partials`` collects the text of
    each partial as often as it was put in.
    """

    folders: Sequence[Path]
    parse: Callable[[str, str], list[Token]]
    partials: list[str] = field(default_factory=list)

    def expand(
        self, tokens: Sequence[Token], page: Path, above: tuple[Path, ...] = ()
    ) -> list[Token]:
        """The tokens of the file ``page`` with what it imports.

        ``above`` are the files that led to it, so that partials cannot import each other forever.
        """
        imported = dict(self._imports(tokens, page))
        within = (*above, page.resolve())
        return [shown for token in tokens for shown in self._shown(token, imported, within)]

    def _imports(self, tokens: Sequence[Token], page: Path) -> Iterator[tuple[str, Imported]]:
        for token in tokens:
            for match in _IMPORT.finditer(token.content if token.type == "esm" else ""):
                path = match["path"].removeprefix(RAW_LOADER)
                if file := self._file(path, page):
                    yield match["name"], Imported(file, is_raw=path != match["path"])

    def _file(self, path: str, page: Path) -> Path | None:
        """The file behind an import, if there is one in the folders."""
        if path.startswith(SITE_ALIAS):
            target = self.folders[0] / path.removeprefix(SITE_ALIAS)
        elif path.startswith("."):
            target = page.parent / path
        else:
            return None
        spellings = (Path(f"{target}{suffix}").resolve() for suffix in RESOLVED_SUFFIXES)
        return next((file for file in spellings if file.is_file() and self._is_inside(file)), None)

    def _is_inside(self, file: Path) -> bool:
        return any(file.is_relative_to(folder.resolve()) for folder in self.folders)

    def _shown(
        self, token: Token, imported: dict[str, Imported], within: tuple[Path, ...]
    ) -> list[Token]:
        """The token, or what it stands for."""
        if token.type != "jsx_void":
            return [token]
        tag: Tag = token.meta["tag"]
        if tag.name in CODE_ELEMENTS:
            return [_code(token, tag, imported.get(token.content.strip().strip("{}").strip()))]
        partial = imported.get(tag.name)
        if partial is None or not self._is_partial(partial, within):
            return [token]
        tokens = self._partial(partial.file)
        for inner in tokens:
            inner.map = inner.map and token.map
            _fill(inner, tag.attributes)
        return self.expand(tokens, partial.file, within)

    def _is_partial(self, imported: Imported, within: tuple[Path, ...]) -> bool:
        """Whether an import is Markdown to be put in, and neither in itself nor without end."""
        is_markdown = not imported.is_raw and imported.file.suffix in PARTIAL_SUFFIXES
        ends = imported.file not in within and len(self.partials) < MOST_PARTIALS
        return is_markdown and ends

    def _partial(self, file: Path) -> list[Token]:
        source = _read(file)
        self.partials.append(source)
        return self.parse(source, file.suffix)


def _code(token: Token, tag: Tag, imported: Imported | None) -> Token:
    """A code block with an imported file's text; the token itself if that is not known."""
    if imported is None or not imported.is_raw:
        return token
    text = _read(imported.file).strip("\n") + "\n"
    return Token("fence", "", 0, map=token.map, content=text, info=code_info(tag), block=True)


def _fill(token: Token, attributes: dict[str, str]) -> None:
    """Give ``{props.name}`` the value that stands in the partial's tag."""
    for expression in (token, *(token.children or [])):
        match = _PROP.fullmatch(expression.content.strip())
        if match and match[1] in attributes and expression.type.startswith("expression"):
            expression.content = json.dumps(attributes[match[1]], ensure_ascii=False)


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8-sig", errors="replace")
