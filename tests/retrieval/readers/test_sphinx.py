"""Sphinx books as a whole: where they are found, what conf.py says, which pages in what order."""

from __future__ import annotations

import json
import pickle
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from retrieval.errors import SourceError
from retrieval.passages import Kind
from retrieval.readers.files import BookFiles
from retrieval.readers.source import Page, Selection
from retrieval.readers.sphinx.conf import Conf, read_conf
from retrieval.readers.sphinx.outline import ToctreeEntry, plain_title, read_outline
from retrieval.readers.sphinx.project import SphinxSource
from tests.files import write_dedented as write

EVERYTHING = Selection()


def conf(tmp_path: Path, text: str) -> Conf:
    path = write(tmp_path, {"conf.py": text}) / "conf.py"
    return read_conf(path, BookFiles(tmp_path, tmp_path))


def page(title: str, body: str = "") -> str:
    return f"{title}\n{'=' * len(title)}\n\n{dedent(body)}"


def texts(page: Page) -> list[str]:
    return [block.text for section in page.sections for block in section.blocks]


# ── discovery ────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("folder", ["", "docs/", "doc/", "source/", "docs/source/"])
def test_a_book_is_found_where_its_conf_py_is(tmp_path: Path, folder: str) -> None:
    write(tmp_path, {f"{folder}conf.py": "project = 'P'", f"{folder}index.rst": page("Home")})
    assert SphinxSource.recognises(tmp_path)
    source = SphinxSource(tmp_path)
    assert (source.format, source.root, source.title) == ("sphinx", tmp_path, "P")
    assert source.paths(EVERYTHING) == ["index.rst"]


@pytest.mark.parametrize(
    "makefile", [None, "SOURCEDIR     = source\nBUILDDIR = build\n", "SOURCE = source\n"]
)
def test_pages_may_be_in_a_folder_beside_conf_py(tmp_path: Path, makefile: str | None) -> None:
    write(tmp_path, {"conf.py": "", "source/index.rst": page("Home"), "source/a/b.rst": page("B")})
    if makefile is not None:
        write(tmp_path, {"Makefile": makefile})
    assert SphinxSource(tmp_path).paths(EVERYTHING) == ["index.rst", "a/b.rst"]


@pytest.mark.parametrize(
    "files", [{"index.rst": "x"}, {"conf.py": ""}, {"conf.py": "", "index.md": "# x"}]
)
def test_a_folder_without_conf_py_or_pages_is_no_sphinx_book(
    tmp_path: Path, files: dict[str, str]
) -> None:
    write(tmp_path, files)
    assert not SphinxSource.recognises(tmp_path)
    with pytest.raises(SourceError):
        SphinxSource(tmp_path)


def test_a_makefile_cannot_lead_out_of_the_book(tmp_path: Path) -> None:
    write(tmp_path, {"other/index.rst": page("Other")})
    write(
        tmp_path,
        {"book/conf.py": "", "book/page.rst": page("P"), "book/Makefile": "SOURCE = ../other"},
    )
    assert SphinxSource(tmp_path / "book").paths(EVERYTHING) == ["page.rst"]


def test_a_source_can_be_sent_to_another_process(tmp_path: Path) -> None:
    write(tmp_path, {"conf.py": "", "index.rst": page("Home", "See :doc:`a`."), "a.rst": page("A")})
    source = SphinxSource(tmp_path)
    source.read("index.rst")
    copy = pickle.loads(pickle.dumps(source))
    assert copy.read("index.rst") == source.read("index.rst")


# ── pages ────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def library(tmp_path: Path) -> SphinxSource:
    home = """\
        .. toctree::
           :maxdepth: 2
           :caption: Start

           Begin here <start>
           /deep/two
           self
           https://example.org

        .. toctree::
           :glob:
           :reversed:

           parts/*
           missing
        """
    write(
        tmp_path,
        {
            "conf.py": "exclude_patterns = ['**/_*.rst', 'drafts', 'old.rst']\nroot_doc = 'home'",
            "home.rst": page("Home", home),
            "start.rst": page("Start", ".. toctree::\n\n   deep/one\n"),
            "deep/one.rst": page("One", ".. toctree::\n\n   ../home\n   two\n"),
            "deep/two.rst": page("Two"),
            "deep/_part.rst": "part",
            "parts/a.rst": page("A"),
            "parts/b.rst": page("B"),
            "alone.rst": page("Alone"),
            "drafts/x.rst": page("X"),
            "old.rst": page("Old"),
            "_build/y.rst": page("Y"),
            ".hidden/z.rst": page("Z"),
        },
    )
    return SphinxSource(tmp_path)


def test_pages_are_in_toctree_order_then_alphabetical(library: SphinxSource) -> None:
    assert library.paths(EVERYTHING) == [
        "home.rst",
        "start.rst",
        "deep/one.rst",
        "deep/two.rst",
        "parts/a.rst",
        "parts/b.rst",
        "alone.rst",
    ]


def test_a_selection_keeps_the_order(library: SphinxSource) -> None:
    selection = Selection(include=("deep/**", "home.rst"), exclude=("**/one.rst",))
    assert library.paths(selection) == ["home.rst", "deep/two.rst"]


@pytest.mark.parametrize("path", ["nowhere.rst", "old.rst", "../conf.py", "/etc/hostname", ""])
def test_what_is_no_page_of_the_book_cannot_be_read(library: SphinxSource, path: str) -> None:
    with pytest.raises(SourceError):
        library.read(path)


def test_a_page_that_is_not_utf8_is_refused_with_its_name(library: SphinxSource) -> None:
    (library.root / "alone.rst").write_bytes(b"caf\xe9\n")
    with pytest.raises(SourceError, match=r"alone\.rst"):
        library.read("alone.rst")


def test_a_page_address_is_its_path_with_the_html_suffix(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "conf.py": "source_suffix = {'.rst': 'restructuredtext', '.txt': 'restructuredtext'}\n"
            "html_baseurl = 'https://x.org/en/'\nlanguage = 'de'",
            "index.rst": page("Home"),
            "a.b/Page-One.txt": page("One"),
        },
    )
    source = SphinxSource(tmp_path)
    assert (source.base_url, source.language) == ("https://x.org/en/", "de")
    assert source.read("a.b/Page-One.txt").url == "a.b/Page-One.html"


def test_the_title_of_a_book_falls_back_to_its_root_page(tmp_path: Path) -> None:
    write(tmp_path, {"conf.py": "", "index.rst": page("The Book")})
    assert SphinxSource(tmp_path).title == "The Book"


def test_macros_prolog_epilog_and_versions_reach_every_page(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "conf.py": """\
                distro = 'rolling'
                macros = {'DISTRO': distro, 'TITLE': f'{distro} ridley', 'NOW': compute()}
                rst_prolog = '.. |hi| replace:: *hello*'
                rst_epilog = open('subst.txt').read()
                version = '2.1'
                """,
            "subst.txt": ".. |API| replace:: :term:`API`\n",
            "_part.rst": "Included {DISTRO}.",
            "index.rst": "|hi|\n\n"
            + page("On {TITLE}", "ros-{DISTRO} {NOW} |API| |version|\n\n.. include:: _part.rst\n"),
        },
    )
    read = SphinxSource(tmp_path).read("index.rst")
    assert read.title == "On rolling ridley"
    assert read.sections[0].line == 3
    assert texts(read) == ["hello", "ros-rolling {NOW} API 2.1", "Included rolling."]


def test_external_link_roles_show_their_captions(tmp_path: Path) -> None:
    extlinks = {"issue": ("https://x.org/%s", "issue %s"), "bare": ("https://x.org/%s", None)}
    write(
        tmp_path,
        {
            "conf.py": f"extlinks = {extlinks!r}\ndefault_role = 'py:obj'",
            "index.rst": ":issue:`5` :bare:`6` :issue:`this <7>` `Node`",
        },
    )
    assert texts(SphinxSource(tmp_path).read("index.rst")) == [
        "issue 5 https://x.org/6 this `Node`"
    ]


# ── conf.py ──────────────────────────────────────────────────────────────────────────────────
def test_conf_py_is_never_executed(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    read = conf(
        tmp_path,
        f"""\
        open({str(trap)!r}, 'w').write('executed')
        import os; os.system('touch {trap}')
        project = __import__('os').system('touch {trap}') or 'x'
        """,
    )
    assert not trap.exists()
    assert read == Conf()


def test_conf_py_values_come_from_literals_names_and_files_of_the_book(tmp_path: Path) -> None:
    write(tmp_path, {"inc/epilog.txt": "EPILOG"})
    read = conf(
        tmp_path,
        """\
        from pathlib import Path
        import time
        name = 'Book'
        project: str = f'{name} {1 + 1}' 'x' if False else 'P'
        project = f'The {name}'
        master_doc = 'start'
        exclude_patterns = ['a', time.strftime('%Y')] + ['b']
        exclude_patterns.append('c')
        exclude_patterns.extend(['d'])
        exclude_patterns += ['e']
        names = {'x': 'one', **{'y': 'two'}}
        macros = dict(FIRST=names['x'], SECOND=names['y'])
        macros['THIRD'] = 'three'
        with open('inc/epilog.txt') as opened:
            rst_epilog = opened.read()
        try:
            rst_prolog = Path('inc/epilog.txt').read_text()
        except OSError:
            pass
        version = time.strftime('%Y')
        source_suffix = ['.rst', '.md']
        add_function_parentheses = False
        highlight_language = 'c++'
        """,
    )
    assert read == Conf(
        project="The Book",
        root_doc="start",
        excluded=("a", "b", "c", "d", "e"),
        macros={"FIRST": "one", "SECOND": "two", "THIRD": "three"},
        epilog="EPILOG",
        prolog="EPILOG",
        function_parentheses=False,
        highlight_language="c++",
    )


def test_a_name_that_becomes_unknown_loses_its_earlier_value(tmp_path: Path) -> None:
    assert conf(tmp_path, "version = '1'\nversion = compute()\n").version == ""


def test_conf_py_reads_no_file_outside_the_book(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("SECRET")
    book = tmp_path / "book"
    book.mkdir()
    assert conf(book, "rst_epilog = open('../secret.txt').read()").epilog == ""


def test_conf_py_cannot_grow_a_value_without_bound(tmp_path: Path) -> None:
    doubling = "project = 'x' * 1\nproject = 'x'\n" + "project += project\n" * 64
    assert len(conf(tmp_path, doubling).project) <= 200_000


@pytest.mark.parametrize("text", ["print 'python 2'", "x = (", "\0"])
def test_a_conf_py_that_cannot_be_parsed_means_defaults(tmp_path: Path, text: str) -> None:
    assert conf(tmp_path, text) == Conf()


def test_a_language_that_docutils_does_not_ship_imports_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"conf.py": "language = 'antigravity'", "index.rst": page("Home", "Text.")})
    assert texts(SphinxSource(tmp_path).read("index.rst")) == ["Text."]


# ── the scan for titles, labels and toctrees ─────────────────────────────────────────────────
def test_the_outline_finds_titles_labels_and_toctrees() -> None:
    outline = read_outline(
        dedent(
            """\
            .. _`First  Label`:

            ====================
             A ``title`` *here*
            ====================

            .. _lost:

            A paragraph.

            .. toctree::
               :glob:

               one
               Two <sub/*>

            .. _part:

            Part
            ----
            """
        )
    )
    assert outline.title == "A title here"
    assert outline.labels == {"first label": "A title here", "part": "Part"}
    assert outline.toctree == [ToctreeEntry("one", True), ToctreeEntry("sub/*", True)]


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("1\\ Overview", "1Overview"),
        (":doc:`The page <x>` and :term:`API`", "The page and API"),
        ("`Link <https://x.org>`__ **bold**", "Link bold"),
        ("snake_case and 2 * 3", "snake_case and 2 * 3"),
    ],
)
def test_a_title_is_shown_without_markup(markup: str, plain: str) -> None:
    assert plain_title(markup) == plain


# ── the real ROS 2 documentation ─────────────────────────────────────────────────────────────
SCOPE = Selection(include=("Tutorials/**", "Concepts/**", "How-To-Guides/**"))
CODE_DIRECTIVE = re.compile(r"\s*\.\. (?:code-block|code|sourcecode|graphviz)::")
LEFTOVERS = re.compile(r"redirect-from|\{DISTRO\w*\}|\|APIs?\||:(?:doc|ref|term):`|\.\. [\w-]+::")


@pytest.fixture(scope="module")
def ros2(real_data: Path) -> SphinxSource:
    return SphinxSource(real_data / "books" / "ros2_documentation")


@pytest.fixture(scope="module")
def ros2_pages(ros2: SphinxSource) -> dict[str, Page]:
    return {path: ros2.read(path) for path in ros2.paths(SCOPE)}


@pytest.mark.data
def test_the_ros2_scope_is_read_whole(ros2: SphinxSource, ros2_pages: dict[str, Page]) -> None:
    # Nine of the 197 files are parts that conf.py excludes (6) or stand above the folders (3).
    assert len(ros2_pages) == 188
    assert len(ros2.paths(EVERYTHING)) == 258
    assert sum(len(page.sections) for page in ros2_pages.values()) == 1717
    assert ros2.title == "ROS 2 documentation"


@pytest.mark.data
def test_no_ros2_code_block_is_lost(ros2_pages: dict[str, Page]) -> None:
    for path, page in ros2_pages.items():
        blocks = [block for section in page.sections for block in section.blocks]
        assert sum(block.kind is Kind.CODE for block in blocks) == page.code_blocks, path
    assert sum(page.code_blocks for page in ros2_pages.values()) == 2335


@pytest.mark.data
def test_every_code_directive_of_ros2_is_a_code_block_with_its_text(
    ros2: SphinxSource, ros2_pages: dict[str, Page]
) -> None:
    total = 0
    for path, page in ros2_pages.items():
        source = (ros2.root / "source" / path).read_text(encoding="utf-8")
        written = Counter(_written_code(_with_macros(source)))
        blocks = [block for section in page.sections for block in section.blocks]
        read = Counter(block.text for block in blocks if block.kind is Kind.CODE)
        assert not written - read, path
        total += written.total()
    assert total == 2233


def _with_macros(source: str) -> str:
    macros = {"DISTRO": "rolling", "DISTRO_TITLE": "Rolling", "REPOS_FILE_BRANCH": "rolling"}
    return re.sub(r"\{(\w+)\}", lambda match: macros.get(match[1], match[0]), source)


def _written_code(source: str) -> Iterator[str]:
    """What stands under the code directives of a page, by indentation alone."""
    lines = source.expandtabs(8).splitlines()
    while lines:
        line = lines.pop(0)
        if not CODE_DIRECTIVE.match(line):
            continue
        content: list[str] = []
        while lines and (not lines[0].strip() or _indent(lines[0]) > _indent(line)):
            content.append(lines.pop(0).rstrip())
        while content and (not content[0] or content[0].lstrip().startswith(":")):
            content.pop(0)
        yield dedent("\n".join(content)).rstrip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


@pytest.mark.data
def test_no_markup_is_left_in_ros2_prose(ros2_pages: dict[str, Page]) -> None:
    for path, page in ros2_pages.items():
        for section in page.sections:
            prose = [block.text for block in section.blocks if block.kind is not Kind.CODE]
            assert not LEFTOVERS.search("\n".join((*prose, *section.heading_path))), path


@pytest.mark.data
def test_ros2_redirects_are_reported(ros2: SphinxSource, ros2_pages: dict[str, Page]) -> None:
    sources = [(ros2.root / "source" / path).read_text(encoding="utf-8") for path in ros2_pages]
    written = sum(source.count(".. redirect-from::") for source in sources)
    reported = [
        d for page in ros2_pages.values() for d in page.dropped if d.kind == "redirect-from"
    ]
    assert len(reported) == written == 123


def _gold(real_data: Path) -> Iterator[dict[str, Any]]:
    questions = real_data / "questions" / "ros2_dev.jsonl"
    for line in questions.read_text(encoding="utf-8").splitlines():
        yield from json.loads(line)["gold"]


@pytest.mark.data
def test_every_gold_evidence_of_ros2_is_in_its_section(
    real_data: Path, ros2_pages: dict[str, Page]
) -> None:
    gold = list(_gold(real_data))
    assert gold
    for item in gold:
        path = tuple(item["heading_path"])
        sections = ros2_pages[item["path"]].sections
        (section,) = (
            section
            for section in sections
            if section.heading_path == path
            and section.anchor == ("" if len(path) == 1 else item["anchor"])
        )
        assert section.line == item["lines"][0]
        text = "\n".join(block.text for block in section.blocks)
        assert _bare(item["evidence"]) in _bare(text), item


def _bare(text: str) -> str:
    """Letters, digits and signs alone: the evidence is source text with its markup."""
    text = re.sub(r":[\w:]+:`([^`<]*?)(?:\s*<[^>]*>)?`", r"\1", text)
    text = re.sub(r"`([^`<]*?)\s*<[^>]*>`_+", r"\1", text)
    return re.sub(r"[\s`*\\|-]+", "", text)
