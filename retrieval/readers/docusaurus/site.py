"""Reads books that are built with Docusaurus: Markdown and MDX pages in docs folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from retrieval.errors import SourceError
from retrieval.readers.docusaurus.anchors import set_heading_anchors
from retrieval.readers.docusaurus.config import CONFIG_FILES, SiteConfig, read_config
from retrieval.readers.docusaurus.docs import PAGE_SUFFIXES, Doc, find_pages, page_url
from retrieval.readers.docusaurus.frontmatter import split_front_matter
from retrieval.readers.docusaurus.imports import Importer
from retrieval.readers.docusaurus.sidebars import Category, sidebar
from retrieval.readers.docusaurus.versions import TRANSLATED_DOCS, DocsPlugin, DocsVersion
from retrieval.readers.markdown.fences import count_code_blocks
from retrieval.readers.markdown.inline import InlineReader, inline_tokens
from retrieval.readers.markdown.parser import markdown_parser
from retrieval.readers.markdown.sections import SectionReader
from retrieval.readers.markdown.tables import count_tables
from retrieval.readers.source import Dropped, Page, Selection


class DocusaurusSource:
    """A Docusaurus site, or a bare folder of its pages.

    The title, address, docs plugins, routes, versions, default language and Markdown format are
    read from the site's config as text; nothing is executed. The pages of all docs plugins are
    taken; a blog and single pages (``src/pages``) are not. With several plugins the paths of pages
    begin with the plugin's folder. Raises ``SourceError`` if there is no docs folder.

    A selection with a language or a version makes the source that translation or version until
    the next call of ``paths``; without one it is what the site shows at its root.
    """

    format = "docusaurus"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = read_config(root)
        self.title = self.config.title or root.resolve().name
        self.base_url = self.config.base_url
        self.language = self.config.default_language
        self._plugins = _docs_plugins(root, self.config)
        self._versions = self._chosen_versions("")

    @property
    def inputs(self) -> Sequence[Path]:
        """See ``Source``: the site, and what its config puts in other folders."""
        translations = self.root / self.config.translations_folder
        plugins = (place for plugin in self._plugins for place in plugin.places)
        return (self.root, translations, *plugins)

    @classmethod
    def recognises(cls, root: Path) -> str:
        """The config of a Docusaurus site, or ""."""
        return next((name for name in CONFIG_FILES if (root / name).is_file()), "")

    def paths(self, selection: Selection) -> Sequence[str]:
        """The selected pages in reading order, as the built site lists them.

        Drafts, unlisted pages, partials, and pages at the address of another are left out.
        Raises ``SourceError`` for a language without translation, an unknown version, a folder
        without pages, and a page that cannot be decoded.
        """
        return list(dict.fromkeys(doc.path for doc in self.sidebar(selection).docs()))

    def sidebar(self, selection: Selection) -> Category:
        """The selected pages as the groups that Docusaurus shows beside them."""
        self._choose(selection)
        trees = [sidebar(version, self._docs(version, selection)) for version in self._versions]
        return Category("", "", None, tuple(child for tree in trees for child in tree.children))

    def read(self, path: str) -> Page:
        """One page as sections. Raises ``SourceError`` if it is missing or cannot be decoded."""
        doc = self.doc(path)
        importer = self._importer()
        tree = SyntaxTreeNode(self._tokens(doc, importer))
        title = self.page_title(doc, tree)
        reader = SectionReader(path=path, url=self.url(doc), title=title)
        sections = reader.read(tree)
        sources = (doc.front_matter.body, *importer.partials)
        indented = doc.file.suffix == ".md"
        return Page(
            path=path,
            url=self.url(doc),
            title=title,
            sections=sections,
            code_blocks=sum(count_code_blocks(source, indented=indented) for source in sources),
            dropped=(*_front_matter_problem(doc), *reader.dropped),
            tables=sum(map(count_tables, sources)),
        )

    def doc(self, path: str) -> Doc:
        """The page file at a path, with its front matter."""
        found = (version for version in self._versions if path.startswith(version.prefix))
        version = next(found, self._versions[0])
        return Doc(path, split_front_matter(_read_page(version, path)), version)

    def url(self, doc: Doc) -> str:
        """The page's address relative to the base URL."""
        return page_url(doc, self.config.trailing_slash)

    def tree(self, doc: Doc) -> SyntaxTreeNode:
        """The page's syntax tree with what it imports; each heading's id is ``meta["anchor"]``."""
        return SyntaxTreeNode(self._tokens(doc, self._importer()))

    def page_title(self, doc: Doc, tree: SyntaxTreeNode) -> str:
        """The front matter's title, else the first heading of level one, else the page's name."""
        stated = doc.front_matter.text("title")
        headings = (node for node in tree.walk() if node.type == "heading" and node.tag == "h1")
        texts = (InlineReader().read(inline_tokens(node)) for node in headings)
        return (stated or next(texts, "") or doc.name).replace("`", "")

    # pages

    def _docs(self, version: DocsVersion, selection: Selection) -> list[Doc]:
        """The selected pages of a version that the built site lists."""
        paths = find_pages(version)
        if not paths:
            raise SourceError(
                f"{version.roots[-1]} holds no Markdown pages.",
                "Give the folder that holds the book.",
            )
        docs = [self.doc(path) for path in paths if selection.takes(path)]
        return self._reachable([doc for doc in docs if doc.is_published])

    def _reachable(self, docs: Sequence[Doc]) -> list[Doc]:
        """The docs without those whose address opens another one, such as a README beside index.

        Of docs at one address Docusaurus shows the first by id, in the order of dictionaries.
        """
        by_id = sorted(docs, key=lambda doc: (doc.id.casefold(), doc.id.swapcase()), reverse=True)
        opened = {self.url(doc).rstrip("/"): doc for doc in by_id}
        return [doc for doc in docs if opened[self.url(doc).rstrip("/")] is doc]

    def _tokens(self, doc: Doc, importer: Importer) -> list[Token]:
        tokens = self._parse(doc.front_matter.body, doc.file.suffix, self._syntax(doc))
        return importer.expand(tokens, _file(doc.version, doc.path))

    def _importer(self) -> Importer:
        folders = [self.root, *(folder for version in self._versions for folder in version.roots)]
        return Importer(folders, self._parse_partial)

    def _parse_partial(self, source: str, suffix: str) -> list[Token]:
        return self._parse(split_front_matter(source).body, suffix, self.config.markdown_format)

    def _parse(self, source: str, suffix: str, syntax: str) -> list[Token]:
        is_mdx = suffix == ".mdx" if syntax == "detect" else syntax != "md"
        parser = markdown_parser(mdx=is_mdx, indented_code=suffix == ".md")
        tokens = parser.parse(source, {})
        set_heading_anchors(
            tokens,
            html_comments=self.config.is_version_4,
            keep_case=self.config.keeps_anchor_case,
        )
        return tokens

    def _syntax(self, doc: Doc) -> str:
        """Docusaurus reads .md as MDX too, unless the page or the site says otherwise."""
        mdx = doc.front_matter.values.get("mdx")
        stated = mdx.get("format") if isinstance(mdx, dict) else None
        return str(stated or self.config.markdown_format)

    # versions and translations

    def _choose(self, selection: Selection) -> None:
        self.language = selection.language or self.config.default_language
        self._versions = self._chosen_versions(selection.version)
        if self.language != self.config.default_language:
            self._versions = self._translated(self.language)

    def _chosen_versions(self, name: str) -> tuple[DocsVersion, ...]:
        """The version of that name of each docs plugin, the shown one of those without it."""
        named = [plugin.named(name) for plugin in self._plugins]
        if not any(named):
            known = dict.fromkeys(name for plugin in self._plugins for name in plugin.names)
            raise SourceError(
                f"{self.root} has no docs version {name!r}.", f"There is: {', '.join(known)}."
            )
        versions = zip(self._plugins, named, strict=True)
        return tuple(self._existing(found or plugin.shown) for plugin, found in versions)

    def _existing(self, version: DocsVersion) -> DocsVersion:
        folder = version.roots[-1]
        if folder.is_dir():
            return version
        raise SourceError(
            f"{self.root} has no folder {folder.relative_to(self.root).as_posix()!r}.",
            "Give the site's folder, or the folder of its pages.",
        )

    def _translated(self, language: str) -> tuple[DocsVersion, ...]:
        translations = self.config.translations(language)
        folders = [
            plugin.translations(version, translations)
            for plugin, version in zip(self._plugins, self._versions, strict=True)
        ]
        if not any(folder.is_dir() for folder in folders):
            raise SourceError(
                f"{self.root} has no translation {language!r}.",
                f"There is: {', '.join([self.config.default_language, *self._languages()])}.",
            )
        versions = zip(self._versions, folders, strict=True)
        return tuple(version.translated(folder, language) for version, folder in versions)

    def _languages(self) -> list[str]:
        folders = (self.root / self.config.translations_folder).glob(f"*/{TRANSLATED_DOCS}*")
        return sorted({folder.parent.name for folder in folders})


def _docs_plugins(root: Path, config: SiteConfig) -> tuple[DocsPlugin, ...]:
    plugins = tuple(DocsPlugin(root, options) for options in config.docs)
    if not config.values and not plugins[0].shown.roots[-1].is_dir():
        return (DocsPlugin(root, {"path": "."}),)
    if len(plugins) == 1:
        return plugins
    return tuple(replace(plugin, prefix=f"{plugin.folder}/") for plugin in plugins)


def _file(version: DocsVersion, path: str) -> Path:
    """The file of a page: the translation's if there is one, else the original's.

    Raises ``SourceError`` for what is no page file or leads out of the folder.
    """
    name = path.removeprefix(version.prefix)
    root = next((root for root in version.roots if (root / name).exists()), version.roots[-1])
    file = root / name
    if file.suffix not in PAGE_SUFFIXES or not file.resolve().is_relative_to(root.resolve()):
        raise SourceError(f"{path} is not a page of {root}.", "Take one that paths() gives.")
    return file


def _read_page(version: DocsVersion, path: str) -> str:
    try:
        text = _file(version, path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path} is not UTF-8 (byte {error.start}).", "Save it as UTF-8, or leave it out."
        ) from None
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise SourceError(
            f"{path} cannot be read: {reason}.", "Leave it out, or repair it."
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _front_matter_problem(doc: Doc) -> tuple[Dropped, ...]:
    front_matter = doc.front_matter
    if not front_matter.problem:
        return ()
    return (Dropped("front matter", front_matter.line, front_matter.problem),)
