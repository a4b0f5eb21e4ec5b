"""Reads books that are built with Docusaurus: Markdown and MDX pages in a docs folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from markdown_it.tree import SyntaxTreeNode

from retrieval.errors import SourceError
from retrieval.readers.docusaurus.anchors import set_heading_anchors
from retrieval.readers.docusaurus.docs import (
    PAGE_SUFFIXES,
    Category,
    Doc,
    find_pages,
    listed_order,
    page_url,
    sidebar,
)
from retrieval.readers.docusaurus.frontmatter import split_front_matter
from retrieval.readers.docusaurus.javascript import Value, config_values
from retrieval.readers.markdown.fences import count_code_blocks
from retrieval.readers.markdown.sections import (
    InlineReader,
    SectionReader,
    inline_tokens,
    markdown_parser,
)
from retrieval.readers.markdown.tables import count_tables
from retrieval.readers.source import Dropped, Page, Selection

CONFIG_FILES = tuple(f"docusaurus.config.{suffix}" for suffix in ("js", "ts", "mjs", "cjs"))
SIDEBARS_FILES = tuple(f"sidebars.{suffix}" for suffix in ("js", "ts", "json", "mjs", "cjs"))
TRANSLATED_DOCS = "docusaurus-plugin-content-docs/current"


class DocusaurusSource:
    """A Docusaurus site, or a bare folder of its pages.

    The title, address, routes, default language and Markdown format are read from the site's
    config as text; nothing is executed. Raises ``SourceError`` if there is no docs folder. A
    selection with a language makes the source that translation until the next call of ``paths``.
    """

    format = "docusaurus"

    def __init__(self, root: Path) -> None:
        self.root = root
        self._config = _read_config(root)
        self._original = self._docs_option("path", "docs")
        self.docs_root = _docs_root(root, self._original)
        self.title = self._text("title") or root.resolve().name
        self.base_url = _base_url(self._text("url"), self._text("baseUrl"))
        self.default_language = self._text("i18n", "defaultLocale") or "en"
        self.language = self.default_language
        self._original_root = self.docs_root

    @classmethod
    def recognises(cls, root: Path) -> str:
        """The config of a Docusaurus site, or ""."""
        return next((name for name in CONFIG_FILES if (root / name).is_file()), "")

    def paths(self, selection: Selection) -> Sequence[str]:
        """The selected pages in reading order; drafts, unlisted pages and partials are left out.

        Raises ``SourceError`` for a language without translation, a folder without pages, and a
        page that cannot be decoded.
        """
        docs = list(self.sidebar(selection).docs())
        return [doc.path for doc in listed_order(docs, _read_first(self.root, SIDEBARS_FILES))]

    def sidebar(self, selection: Selection) -> Category:
        """The selected pages as the tree of folders that Docusaurus shows beside them."""
        self._choose_language(selection.language)
        paths = find_pages(self.docs_root)
        if not paths:
            raise SourceError(
                f"{self.docs_root} holds no Markdown pages.", "Give the folder that holds the book."
            )
        docs = [self.doc(path) for path in paths if selection.takes(path)]
        published = [doc for doc in docs if doc.is_published]
        return sidebar(published, (self.docs_root, self._original_root))

    def read(self, path: str) -> Page:
        """One page as sections. Raises ``SourceError`` if it is missing or cannot be decoded."""
        doc = self.doc(path)
        tree = self.tree(doc)
        title = self.page_title(doc, tree)
        reader = SectionReader(path=path, url=self.url(doc), title=title)
        sections = reader.read(tree)
        return Page(
            path=path,
            url=self.url(doc),
            title=title,
            sections=sections,
            code_blocks=self._code_blocks(doc),
            dropped=(*_front_matter_problem(doc), *reader.dropped),
            tables=count_tables(doc.front_matter.body),
        )

    def doc(self, path: str) -> Doc:
        """The page file at a path, with its front matter."""
        return Doc(path, split_front_matter(_read_page(self.docs_root, path)))

    def url(self, doc: Doc) -> str:
        """The page's address relative to the base URL."""
        language = "" if self.language == self.default_language else self.language
        trailing_slash = self._config.get(("trailingSlash",))
        return page_url(
            (language, self._docs_option("routeBasePath", "docs")),
            doc.slug,
            trailing_slash if isinstance(trailing_slash, bool) else None,
        )

    def tree(self, doc: Doc) -> SyntaxTreeNode:
        """The page's syntax tree; every heading has its id in ``meta["anchor"]``."""
        parser = markdown_parser(mdx=self._is_mdx(doc), indented_code=doc.file.suffix == ".md")
        tokens = parser.parse(doc.front_matter.body, {})
        set_heading_anchors(tokens, html_comments=self._is_version_4)
        return SyntaxTreeNode(tokens)

    def page_title(self, doc: Doc, tree: SyntaxTreeNode) -> str:
        """The front matter's title, else the first heading of level one, else the page's name."""
        stated = doc.front_matter.text("title")
        headings = (node for node in tree.walk() if node.type == "heading" and node.tag == "h1")
        texts = (InlineReader().read(inline_tokens(node)) for node in headings)
        return (stated or next(texts, "") or doc.name).replace("`", "")

    def _is_mdx(self, doc: Doc) -> bool:
        """Docusaurus reads .md as MDX too, unless the page or the site says otherwise."""
        mdx = doc.front_matter.values.get("mdx")
        stated = mdx.get("format") if isinstance(mdx, dict) else None
        default = "mdx" if self._config else "detect"
        syntax = stated or self._text("markdown", "format") or default
        return doc.file.suffix == ".mdx" if syntax == "detect" else syntax != "md"

    @property
    def _is_version_4(self) -> bool:
        """Whether the site has turned on the behaviour of Docusaurus 4."""
        return self._config.get(("future", "v4")) is True

    def _code_blocks(self, doc: Doc) -> int:
        return count_code_blocks(doc.front_matter.body, indented=doc.file.suffix == ".md")

    def _choose_language(self, language: str) -> None:
        self.language = language or self.default_language
        self.docs_root = self._original_root
        if self.language == self.default_language:
            return
        self.docs_root = self.root / "i18n" / language / TRANSLATED_DOCS
        if not self.docs_root.is_dir():
            known = sorted(path.parts[-3] for path in self.root.glob(f"i18n/*/{TRANSLATED_DOCS}"))
            raise SourceError(
                f"{self.root} has no translation {language!r}.",
                f"There is: {', '.join([self.default_language, *known])}.",
            )

    def _text(self, *keys: str) -> str:
        value = self._config.get(keys, "")
        return value if isinstance(value, str) else ""

    def _docs_option(self, key: str, default: str) -> str:
        """An option of the docs plugin, as preset or as plugin."""
        for path, value in self._config.items():
            of_docs = path[0] == "presets" and path[-2:] == ("docs", key)
            if isinstance(value, str) and (of_docs or path == ("plugins", key)):
                return value
        return default


def _read_config(root: Path) -> dict[tuple[str, ...], Value]:
    return config_values(_read_first(root, CONFIG_FILES))


def _read_first(root: Path, names: Sequence[str]) -> str:
    """The text of the first of the files that exists, or ""."""
    found = next((root / name for name in names if (root / name).is_file()), None)
    return "" if found is None else found.read_text(encoding="utf-8", errors="replace")


def _docs_root(root: Path, docs_path: str) -> Path:
    docs = root / docs_path
    if docs.is_dir():
        return docs
    if not DocusaurusSource.recognises(root) and find_pages(root):
        return root
    raise SourceError(
        f"{root} has no folder {docs_path!r}.",
        "Give the site's folder, or the folder of its pages.",
    )


def _base_url(url: str, base: str) -> str:
    path = "/".join(part for part in base.split("/") if part)
    address = "/".join(part for part in (url.rstrip("/"), path) if part)
    return f"{address}/" if address else ""


def _read_page(docs_root: Path, path: str) -> str:
    file = docs_root / path
    if file.suffix not in PAGE_SUFFIXES or not file.resolve().is_relative_to(docs_root.resolve()):
        raise SourceError(f"{path} is not a page of {docs_root}.", "Take one that paths() gives.")
    try:
        text = file.read_bytes().decode("utf-8-sig")
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
