"""One page of built HTML: its main content, settled step by step, as sections."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup
from bs4.element import Tag

from retrieval.readers.html.code import count_code_blocks, settle_code, strip_code
from retrieval.readers.html.dropping import flatten, take_out
from retrieval.readers.html.elements import plain
from retrieval.readers.html.headings import settle_headings
from retrieval.readers.html.labels import label_admonitions, label_tabs
from retrieval.readers.html.layout import GENERIC, Layout, main_content
from retrieval.readers.html.maths import settle_maths
from retrieval.readers.html.sections import SectionReader
from retrieval.readers.html.tables import count_tables
from retrieval.readers.source import Page

_SEPARATOR = re.compile(r"\s+[|\-–—·•»:]\s+")


def parse(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "lxml")


def read_page(
    text: str, path: str, url: str, layout: Layout = GENERIC, site_name: str = "", title: str = ""
) -> Page:
    """The page whose markup is ``text``; ``title`` is its title when its own is not wanted."""
    page = parse(text)
    content = main_content(page, layout)
    code_blocks, tables = count_code_blocks(content), count_tables(content)
    strip_code(content)
    flatten(content)
    settle_headings(content)
    title = title or _title(page, content, site_name) or path
    label_tabs(content)
    label_admonitions(content)
    settle_maths(content)
    dropped = take_out(content)
    settle_code(page, content)
    reader = SectionReader(path, url, title)
    sections = reader.read(content)
    return Page(path, url, title, sections, code_blocks, (*dropped, *reader.dropped), tables)


def title_parts(title: str) -> list[str]:
    """The parts of a window title: ["Topics", "The book"] of "Topics | The book"."""
    return [part for part in _SEPARATOR.split(title.strip()) if part]


def _title(page: BeautifulSoup, content: Tag, site_name: str) -> str:
    """The first-level heading, else the window title without the site's name."""
    heading = content.find("h1")
    if heading is not None and (text := plain(heading)):
        return text
    window = plain(page.title) if page.title else ""
    parts = title_parts(window)
    if len(parts) > 1 and parts[-1] == site_name:
        return window[: window.rindex(parts[-1])].rstrip(" |-–—·•»:")
    return window
