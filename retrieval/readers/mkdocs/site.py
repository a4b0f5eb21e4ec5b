"""Reads books that are built with MkDocs: Markdown pages in a docs folder beside ``mkdocs.yml``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from retrieval.errors import SourceError
from retrieval.readers.asking import asked, file_answer
from retrieval.readers.docusaurus.frontmatter import FrontMatter
from retrieval.readers.files import BookFiles
from retrieval.readers.markdown.fences import count_code_blocks
from retrieval.readers.markdown.inline import InlineReader, inline_tokens
from retrieval.readers.markdown.nodes import first_line
from retrieval.readers.markdown.tables import count_tables
from retrieval.readers.mkdocs.anchors import configured_slugify, set_heading_anchors
from retrieval.readers.mkdocs.config import Config, find_config, read_config
from retrieval.readers.mkdocs.includes import Includes, Line, snippet_folders
from retrieval.readers.mkdocs.macros import expand_macros
from retrieval.readers.mkdocs.metadata import split_metadata
from retrieval.readers.mkdocs.pages import (
    PAGE_SUFFIXES,
    find_pages,
    in_nav_order,
    nav_titles,
    page_url,
    title_of_path,
)
from retrieval.readers.mkdocs.parser import site_parser
from retrieval.readers.mkdocs.sections import MkDocsSectionReader
from retrieval.readers.source import Dropped, Page, Question, Selection

# What holds the lines that are indented below it, as a list item does.
_HOLDERS = re.compile(
    r"""^([ ]*)(?:!!!|\?\?\?\+?|===[!+]*(?=[ ]+["'])|:::(?=[ ]*\w)|:(?=[ ]{1,3}\S)|\[\^[^\]]+\]:)
        [ ]*""",
    re.MULTILINE | re.VERBOSE,
)


class MkDocsSource:
    """A MkDocs site: ``mkdocs.yml`` in its folder, or ``docs/<language>/mkdocs.yml`` in each.

    The settings are read as data; nothing that they name is imported or run. Raises ``SourceError``
    if there are none, they cannot be read, or there is no docs folder. A selection with a language
    makes the source that translation until the next call of ``paths``.
    """

    format = "mkdocs"

    def __init__(self, root: Path) -> None:
        self.root = root
        path = _config_path(root)
        if path is None:
            raise SourceError(f"{root} holds no mkdocs.yml.", "Give the folder that does.")
        self._original = read_config(path, root)
        self.title = self._original.text("site_name") or root.resolve().name
        self.base_url = self._original.base_url
        self._use(self._original, self._original.language)

    @property
    def inputs(self) -> Sequence[Path]:
        """See ``Source``."""
        return (self.root,)

    @classmethod
    def recognises(cls, root: Path) -> str:
        """Where the settings of a MkDocs site are, or ""."""
        path = _config_path(root)
        return path.relative_to(root).as_posix() if path else ""

    def paths(self, selection: Selection) -> Sequence[str]:
        """The selected pages, those of the nav first and in its order.

        Raises ``SourceError`` for a language without translation, and a folder without pages.
        """
        self._choose_language(selection.language)
        text = self._config.text
        pages = find_pages(self._files, text("exclude_docs"), text("draft_docs"))
        if not pages:
            raise SourceError(
                f"{self._config.docs_dir} holds no Markdown pages.",
                "Give the folder that holds the book.",
            )
        return [path for path in in_nav_order(pages, self._nav) if selection.takes(path)]

    def read(self, path: str) -> Page:
        """One page as sections. Raises ``SourceError`` if it is missing or cannot be decoded."""
        files = asked(self._files)
        metadata = split_metadata(self._source(path, files))
        body, macros = self._without_macros(metadata)
        includes = self._includes(path, files)
        lines = includes.expand(body)
        tree = self._tree(lines)
        title = self._page_title(path, metadata, tree)
        reader = MkDocsSectionReader(path=path, url=self._url(path), title=title)
        sections = reader.read(tree)
        text = "\n".join(line.text for line in lines)
        dropped = (*_problem(metadata), *macros, *includes.dropped, *_icons(tree), *reader.dropped)
        page = Page(
            path=path,
            url=reader.url,
            title=title,
            sections=sections,
            code_blocks=count_code_blocks(_HOLDERS.sub(r"\1- ", text), indented=True),
            dropped=tuple(sorted(dropped, key=lambda item: item.line)),
            tables=count_tables(text),
        )
        return files.noted_on(page)

    @property
    def basis(self) -> str:
        """See ``Retraceable``."""
        return repr((self._config, self._url_prefix))

    def answer(self, question: Question) -> str:
        """See ``Retraceable``."""
        return file_answer(self._files, question)

    # which site

    def _use(self, config: Config, language: str, url_prefix: str = "") -> None:
        self._config, self.language, self._url_prefix = config, language, url_prefix
        self._files = BookFiles(self.root, config.docs_dir)
        self._nav = nav_titles(config.values.get("nav"))
        if self._files.inside(config.docs_dir) is None or not config.docs_dir.is_dir():
            raise SourceError(
                f"{self.root} has no folder {config.text('docs_dir', 'docs')!r}.",
                "Give the folder that holds mkdocs.yml and the pages.",
            )

    def _choose_language(self, language: str) -> None:
        if language in ("", self._original.language):
            self._use(self._original, self._original.language)
            return
        known = self._translations()
        if language not in known:
            raise SourceError(
                f"{self.root} has no translation {language!r}.",
                f"There is: {', '.join([self._original.language, *sorted(known)])}.",
            )
        self._use(self._translated(known[language]), language, f"{language}/")

    def _translations(self) -> dict[str, Path]:
        """The folders beside that of the settings that hold the same docs folder, by name."""
        own = self._original.folder
        if own == self.root:
            return {}
        docs = self._original.text("docs_dir", "docs")
        return {
            path.name: path
            for path in own.parent.iterdir()
            if (path / docs).is_dir() and path != own
        }

    def _translated(self, folder: Path) -> Config:
        """A translation's own settings, or the original's for another folder."""
        own = find_config(folder)
        if own:
            return read_config(own, self.root)
        return replace(self._original, folder=folder)

    # a page

    def _source(self, path: str, files: BookFiles) -> str:
        file = PurePosixPath(path)
        if file.suffix not in PAGE_SUFFIXES or file.is_absolute() or ".." in file.parts:
            raise SourceError(f"{path} is no page of {self.title}.", "Take one that paths() gives.")
        return "\n".join(files.page_text(path).splitlines())

    def _without_macros(self, metadata: FrontMatter) -> tuple[str, list[Dropped]]:
        if not self._config.has_macros:
            return metadata.body, []
        known = {"config": self._config.values, **self._config.extra, **metadata.values}
        return expand_macros(metadata.body, known)

    def _includes(self, path: str, files: BookFiles) -> Includes:
        page_folder = (self._config.docs_dir / path).parent
        appended = self._config.option("pymdownx.snippets", "auto_append")
        return Includes(
            files=files,
            folders=snippet_folders(self._config, page_folder),
            config_folder=self._config.folder,
            appended=[str(name) for name in appended] if isinstance(appended, list) else [],
        )

    def _tree(self, lines: Sequence[Line]) -> SyntaxTreeNode:
        """The page's syntax tree; every heading has its id in ``meta["anchor"]``."""
        env: dict[str, Any] = {}
        parser = site_parser(frozenset(self._config.extensions))
        tokens = parser.parse("\n".join(line.text for line in lines), env)
        _renumber(tokens, lines)
        ids = {
            token.meta["id"]
            for token in tokens
            if token.type == "directive_open" and "id" in token.meta
        }
        set_heading_anchors(tokens, configured_slugify(self._config), ids | env.get("ids", set()))
        return SyntaxTreeNode(tokens)

    def _url(self, path: str) -> str:
        return self._url_prefix + page_url(path, directory_urls=self._config.uses_directory_urls)

    def _page_title(self, path: str, metadata: FrontMatter, tree: SyntaxTreeNode) -> str:
        """The title in the nav, else in the metadata, else of the first heading of level one."""
        stated = self._nav.get(path) or metadata.text("title")
        headings = (node for node in tree.walk() if node.type == "heading" and node.tag == "h1")
        texts = (InlineReader().read(inline_tokens(node)) for node in headings)
        return (stated or next(texts, "") or title_of_path(path)).replace("`", "")


def _config_path(root: Path) -> Path | None:
    """The settings in a folder, or in that of a language below its ``docs``, English first."""
    languages = sorted(root.glob("docs/*/"), key=lambda folder: (folder.name != "en", folder.name))
    found = (find_config(folder) for folder in (root, *languages))
    return next((path for path in found if path), None)


def _renumber(tokens: Sequence[Token], lines: Sequence[Line]) -> None:
    """Give tokens the line numbers of the page in place of those of the text with its includes."""
    for token in tokens:
        if token.map:
            token.map = [lines[min(place, len(lines) - 1)].number - 1 for place in token.map]


def _problem(metadata: FrontMatter) -> Iterator[Dropped]:
    if metadata.problem:
        yield Dropped("front matter", metadata.line, metadata.problem)


def _icons(tree: SyntaxTreeNode) -> Iterator[Dropped]:
    for inline in (node for node in tree.walk() if node.type == "inline"):
        for icon in (child for child in inline.children if child.type == "icon"):
            yield Dropped("icon", first_line(inline), icon.content)
