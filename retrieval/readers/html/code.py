"""Code blocks: their text, language and title out of the markup of each highlighter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

from retrieval.readers.html.elements import LABEL, LANGUAGE, attribute, classes, plain, remove

GUTTERS = (
    ".linenos, .linenodiv, .lineno, .rouge-gutter, .gutter, .blob-num, .hljs-ln-numbers,"
    " .line-numbers-rows, .line-numbers-wrapper, .chroma .ln, .chroma .lnt,"
    " [class*=codeLineNumber_], .lntd:first-child:not(:last-child)"
)
NOT_CODE = ".boring, button, script, style, svg"
TITLES = (
    ".code-block-caption .caption-text, .code-block-caption, span.filename, .filename,"
    " [class*=codeBlockTitle_], .code-title, .code-block-title, figcaption"
)
BADGES = ".lang, button, .copybtn, .md-clipboard, .buttons, script, style, svg"
TABLE_PARTS = frozenset({"tbody", "td", "tr"})
WRAPPERS = frozenset({"code", "div", "figure", "pre", "span", "table", *TABLE_PARTS})
NO_LANGUAGE = {"default", "none", "plaintext", "notranslate", "nohighlight", "undefined", "txt"}
_LANGUAGE_CLASS = re.compile(r"(?:language|lang|highlight)-([\w+#.-]+)")
_LINES_BEFORE = re.compile(r"\A(?:[ \t]*\n)+")


def count_code_blocks(content: Tag) -> int:
    """How many blocks of code the page shows, gutters of line numbers not counted."""
    gutters = {id(gutter) for gutter in content.select(GUTTERS)}
    blocks = (pre for pre in content("pre") if plain(pre) and pre.find_parent("pre") is None)
    return sum(1 for pre in blocks if not any(id(node) in gutters for node in (pre, *pre.parents)))


def strip_code(content: Tag) -> None:
    """Leave nothing in each ``pre`` but its text, and what it says of its language.

    Done first: most elements of a page are the highlighter's, and every later step is faster.
    """
    remove(content.select(GUTTERS))
    for pre in content("pre"):
        if pre.decomposed or pre.find_parent("pre") is not None:  # mdBook puts one into another
            continue
        pre[LANGUAGE] = _language((*pre("code", limit=1), pre))
        remove(pre.select(NOT_CODE))
        pre.string = _LINES_BEFORE.sub("", "".join(_code(pre))).rstrip()


def settle_code(page: BeautifulSoup, content: Tag) -> None:
    """Put a bare ``pre`` that tells language and title in place of each highlighter's markup."""
    for pre in content("pre"):
        wrapper = _wrapper(pre)
        bare = page.new_tag("pre")
        bare[LANGUAGE] = attribute(pre, LANGUAGE) or _language(_up_to(pre, wrapper))
        bare[LABEL] = _title(pre, wrapper)
        bare.string = pre.get_text()
        wrapper.replace_with(bare)


def _wrapper(pre: Tag) -> Tag:
    """The outermost element that is there only for this block."""
    wrapper = pre
    for parent in pre.parents:
        if parent.name not in WRAPPERS or parent.has_attr(LABEL) or not _is_only_for(parent, pre):
            break
        if parent.name not in TABLE_PARTS:
            wrapper = parent
    return wrapper


def _is_only_for(parent: Tag, pre: Tag) -> bool:
    """Whether an element says nothing besides the block, its title and its buttons."""
    return all(not text.strip() or _is_known(text, parent, pre) for text in parent.strings)


def _is_known(text: NavigableString, parent: Tag, pre: Tag) -> bool:
    for outer in text.parents:
        if outer is parent:
            return False
        if outer is pre or outer.css.match(f"{TITLES}, {BADGES}"):
            return True
    return False


def _language(elements: Iterable[Tag]) -> str:
    """The first language that one of the elements names."""
    for element in elements:
        if language := _named(element):
            return "" if language in NO_LANGUAGE else language
    return ""


def _named(element: Tag) -> str:
    if said := attribute(element, "data-lang") or attribute(element, "data-language"):
        return said
    names = classes(element)
    for name in names:
        if match := _LANGUAGE_CLASS.fullmatch(name):
            return match[1]
    if "sourceCode" in names:  # pandoc: the language is the other class
        return next((name for name in names if name != "sourceCode"), "")
    return ""


def _title(pre: Tag, wrapper: Tag) -> str:
    """The caption or file name over the block."""
    if wrapper is pre:
        return ""
    titles = (title for title in wrapper.select(TITLES) if title.find("pre") is None)
    found = next(titles, None)
    if found is None:
        return ""
    remove(found.select(".headerlink, .caption-number"))
    return plain(found)


def _up_to(pre: Tag, wrapper: Tag) -> Iterator[Tag]:
    for parent in pre.parents:
        yield parent
        if parent is wrapper:
            return


def _code(element: Tag) -> Iterator[str]:
    """The text of a block; highlighters end lines with ``br``, a block element or a newline."""
    for child in element.children:
        if isinstance(child, NavigableString):
            yield str(child)
        elif isinstance(child, Tag):
            if child.name == "br":
                yield "\n"
                continue
            text = "".join(_code(child))
            yield text
            if child.name in {"div", "li", "tr"} and not text.endswith("\n"):
                yield "\n"
