"""Citations of a Sphinx book against the site that Sphinx really builds from it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from bs4 import BeautifulSoup

from retrieval.readers.source import Page, Selection
from retrieval.readers.sphinx.project import SphinxSource

CONF = """\
project = "Traps"
extensions = ["myst_parser", "sphinx_tabs.tabs"]
exclude_patterns = ["parts"]
suppress_warnings = ["myst.strikethrough"]
rst_epilog = ".. |name| replace:: Robot"
myst_enable_extensions = [
    "amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath",
    "fieldlist", "html_admonition", "strikethrough", "substitution", "tasklist",
]
myst_heading_anchors = 3
myst_substitutions = {"robot": "Turtle **bot**", "nested": "{{ robot }} 2"}
"""

INDEX_RST = """\
    Traps
    =====

    .. toctree::
       :glob:

       rst/*
       myst/*

    .. contents:: On this page

    Overview
    --------

    See :doc:`myst/headings` and :ref:`explicit`.
    """

TITLES_RST = """\
    .. _page-label:

    Titles
    ======

    Setup
    -----

    Text [#auto]_ and [CIT2024]_.

    Setup
    -----

    .. _explicit:

    Labelled
    --------

    .. _idle-state:

    中文
    ----

    日本語
    ------

    1. Numbered ``code`` & *emphasis*
    ---------------------------------

    About |name| and :ref:`explicit` and :kbd:`Ctrl`
    ------------------------------------------------

    .. math::
       :label: energy

       E = m c^2

    Energy
    ------

    .. tabs::

       .. group-tab:: Linux

          One.

       .. group-tab:: Windows

          Two.

    .. only:: html

       Only in HTML
       ------------

       Text.

    .. include:: ../parts/shared.rst

    .. glossary::

       node
          A process.

    Term node
    ---------

    .. [#auto] A note.
    .. [CIT2024] A source.

    Überschrift
    ^^^^^^^^^^^

    .. include:: ../parts/readme.md
       :parser: myst_parser.sphinx_
    """

SHARED_RST = """\
    Shared part
    -----------

    .. _shared-label:

    Deeper
    ^^^^^^

    Text.
    """

HEADINGS_MD = """\
    ---
    author: Somebody
    myst:
      substitutions:
        own: "Page value"
    ---

    (top-label)=
    # Headings of `MyST` & *more*

    Text[^one] and[^two] and [a link](other.md#a-part) and {ref}`explicit`.

    ## Start

    ## Start

    (label-a)=
    (label-b)=
    ## Two labels

    (idle)=
    ## Some idle

    ## 中文

    ## 日本語

    ## 1. Numbered

    $$
    a = b
    $$ (my-eq)

    ## My eq

    ```{math}
    :label: second

    c = d
    ```

    ## Second

    {#attr-id}
    ## With an attribute

    ## Link [text](other.md) and {ref}`explicit` and [](other.md)

    ## {{ robot }} and {{ nested }} and {{ own }}

    ## Formula $y^2$ and <br> break and ![image](x.png)

    ### Deep ~~struck~~

    [^one]: First.
    [^two]: Second.
    """

DIRECTIVES_MD = """\
    # Directives

    ````{tabs}
    ```{tab} Linux
    One.
    ```
    ```{tab} Windows
    Two.
    ```
    ````

    :::{note}
    ### Inside a note

    Text.
    :::

    ## Inside a note

    ```{admonition} Titled
    :name: after-all

    Text.
    ```

    ## After all

    ```{eval-rst}
    Evaluated
    =========

    .. _evaluated-label:

    Deeper
    ------

    Text.
    ```

    ```{include} ../parts/readme.md
    :heading-offset: 1
    ```

    ## Evaluated

    ```{code-block} python
    :name: listing
    # Not a heading
    ```

    ## Listing

    (before-comment)=

    % a comment

    ## After a comment

    (before-break)=

    +++

    ## After a break

    Term
    : Definition

    :field: value

    ```{figure-md} figure-label
    ![alt](x.png)

    A caption
    ```

    ## Figure label

    ```{unknown-thing} argument
    Text of it.
    ```

    > ## Quoted heading

    ## Quoted heading
    """

OTHER_MD = """\
    Setext title
    ============

    A part
    ------

    Text.

    # A second title

    ## A part
    """

README_MD = """\
    # Readme

    ## Install

    Text.
    """

FILES = {
    "index.rst": INDEX_RST,
    "rst/titles.rst": TITLES_RST,
    "parts/shared.rst": SHARED_RST,
    "parts/readme.md": README_MD,
    "myst/headings.md": HEADINGS_MD,
    "myst/directives.md": DIRECTIVES_MD,
    "myst/other.md": OTHER_MD,
    "myst/untitled.md": "Only text.\n",
}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("book")
    (root / "conf.py").write_text(CONF, encoding="utf-8")
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def site(book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book as Sphinx builds it, in a process of its own: it changes docutils for good."""
    built = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(book), str(built)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return built


def pages(book: Path) -> list[Page]:
    source = SphinxSource(book)
    return [source.read(path) for path in source.paths(Selection())]


def html(site: Path, page: Page) -> BeautifulSoup:
    return BeautifulSoup((site / page.url).read_text(encoding="utf-8"), "lxml")


def test_every_citation_leads_to_a_place_in_the_built_site(book: Path, site: Path) -> None:
    cited = [(page, section.anchor) for page in pages(book) for section in page.sections]
    lost = [
        f"{page.url}#{anchor}"
        for page, anchor in cited
        if anchor and html(site, page).find(id=anchor) is None
    ]
    assert len(cited) > 50
    assert lost == []


@pytest.mark.parametrize(
    "path", ["rst/titles.rst", "myst/headings.md", "myst/directives.md", "myst/other.md"]
)
def test_every_section_of_the_site_is_a_section_of_the_page(
    book: Path, site: Path, path: str
) -> None:
    page = SphinxSource(book).read(path)
    built = [section["id"] for section in html(site, page).select("section[id]")]
    # The top of a page needs no anchor; a title's own id is that of the top.
    assert [section.anchor for section in page.sections][1:] == built[1:]


def test_pages_read_alike_whatever_markup_was_read_before(book: Path) -> None:
    source = SphinxSource(book)
    paths = list(source.paths(Selection()))
    forwards = {path: source.read(path) for path in paths}
    backwards = {path: source.read(path) for path in reversed(paths)}
    assert forwards == backwards
