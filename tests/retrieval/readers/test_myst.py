"""MyST Markdown pages of Sphinx books: the same blocks and anchors as reStructuredText gives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from retrieval.errors import SourceError
from retrieval.passages import Block, Kind
from retrieval.readers.source import Selection
from retrieval.readers.sphinx.myst_outline import plain_title, read_myst_outline
from retrieval.readers.sphinx.outline import ToctreeEntry
from retrieval.readers.sphinx.project import SphinxSource
from tests.retrieval.readers.sphinx_book import SphinxBook, anchors, kinds

CONF = """
extensions = ["myst_parser"]
myst_enable_extensions = [
    "amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath", "fieldlist",
    "html_admonition", "html_image", "substitution", "tasklist",
]
myst_substitutions = {"robot": "a **turtle**", "table": {"key": "deep"}, "loop": "{{ loop }}"}
"""


class Book(SphinxBook):
    """A Sphinx book of MyST pages."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, ".md", {"conf.py": CONF, "index.md": "# Home\n"})


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


def prose(text: str, label: str = "") -> Block:
    return Block(Kind.PROSE, text, label=label)


# ── which pages ──────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "conf",
    [
        "extensions = ['myst_parser']",
        "extensions = ['myst_nb', 'sphinx_design']",
        "source_suffix = {'.rst': 'restructuredtext', '.md': 'markdown'}",
        "source_suffix = ['.rst', '.md']\nextensions = ['myst_parser']",
    ],
)
def test_markdown_pages_are_read_when_the_book_says_so(tmp_path: Path, conf: str) -> None:
    book = Book(tmp_path)
    book.write("conf.py", conf)
    book.write("old.rst", "Old\n===\n")
    source = SphinxSource(tmp_path)
    assert source.paths(Selection()) == ["index.md", "old.rst"]
    assert [source.read(path).title for path in source.paths(Selection())] == ["Home", "Old"]


@pytest.mark.parametrize("conf", ["", "source_suffix = ['.rst', '.md']"])
def test_without_a_markdown_parser_the_pages_are_not_the_books(tmp_path: Path, conf: str) -> None:
    book = Book(tmp_path)
    book.write("conf.py", conf)
    with pytest.raises(SourceError, match="no reStructuredText pages") as error:
        SphinxSource(tmp_path)
    assert "myst_parser" in error.value.hint


def test_a_book_without_markdown_never_imports_its_parser(tmp_path: Path) -> None:
    (tmp_path / "conf.py").write_text("")
    (tmp_path / "index.rst").write_text("Home\n====\n\n:doc:`index`\n")
    script = (
        "import sys; from pathlib import Path;"
        "from retrieval.readers.sphinx.project import SphinxSource;"
        "SphinxSource(Path(sys.argv[1])).read('index.rst');"
        "print(*sorted({'myst_parser', 'sphinx', 'nbformat', 'bs4'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == ""


def test_reading_markdown_does_not_import_sphinx_or_change_the_html_writer(tmp_path: Path) -> None:
    Book(tmp_path)
    script = (
        "import sys; from pathlib import Path;"
        "from docutils.writers._html_base import HTMLTranslator as T; before = T.visit_container;"
        "from retrieval.readers.sphinx.project import SphinxSource;"
        "SphinxSource(Path(sys.argv[1])).read('index.md');"
        "print('sphinx' in sys.modules, T.visit_container is before)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["False", "True"]


# ── sections and anchors ─────────────────────────────────────────────────────────────────────
def test_sections_have_the_ids_that_docutils_makes(book: Book) -> None:
    page = book.page("# Title\n\n## Part\n\n## Part\n\n### Über `code`\n\n## 中文\n")
    assert anchors(page) == ["", "part", "id1", "uber-code", "id2"]
    assert page.sections[3].heading_path == ("Title", "Part", "Über code")
    assert [section.line for section in page.sections] == [1, 3, 5, 7, 9]


def test_a_label_is_the_anchor_of_its_section(book: Book) -> None:
    page = book.page("# T\n\n(first)=\n(second)=\n## Part\n\n{#third}\n## Other\n")
    assert anchors(page) == ["", "second", "third"]


def test_a_page_without_a_title_is_named_after_its_file(book: Book) -> None:
    assert book.page("Text.", "notes.md").title == "notes"


def test_a_heading_inside_a_directive_is_text_of_its_section(book: Book) -> None:
    page = book.page("# T\n\n:::{note}\n## Inner\ntext\n:::\n\n:::{strange}\n## Other\n:::\n")
    assert anchors(page) == [""]
    assert [block.text for block in page.sections[0].blocks] == ["Inner", "text", "Other"]


def test_front_matter_and_comments_are_reported_not_read(book: Book) -> None:
    page = book.page(
        "---\nauthor: Me\nmyst: {substitutions: {own: x}}\n---\n# T\n\n% hidden\n\n"
        '<!-- also -->\n\n+++ {"a": 1}\n\nText {{ own }}.\n'
    )
    assert page.sections[0].blocks == (prose("Text x."),)
    assert kinds(page) == ["metadata", "comment", "comment"]


# ── directives ───────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "fence", ["```{note}\nText.\n```", ":::{note}\nText.\n:::", "```{note} Text.\n```"]
)
def test_an_admonition_labels_its_text(book: Book, fence: str) -> None:
    assert book.blocks(f"# T\n\n{fence}\n") == (prose("Text.", "Note"),)


@pytest.mark.parametrize(("outer", "inner"), [("tab-set", "tab-item"), ("tabs", "group-tab")])
def test_tabs_label_what_they_hold(book: Book, outer: str, inner: str) -> None:
    blocks = book.blocks(
        f"# T\n\n::::{{{outer}}}\n:::{{{inner}}} Linux\n:sync: a\n\nOne.\n:::\n"
        f":::{{{inner}}} Windows\n```powershell\ndir\n```\n:::\n::::\n"
    )
    assert blocks == (
        prose("One.", "Linux"),
        Block(Kind.CODE, "dir", "powershell", "Windows"),
    )


def test_code_keeps_its_language_and_caption(book: Book) -> None:
    page = book.page(
        "# T\n\n```{code-block} python\n---\ncaption: talker.py\nlineno-start: 3\n---\n"
        "import numpy\n\n# a comment\n```\n\n```console\n$ ls\n```\n\n    indented\n"
    )
    assert page.sections[0].blocks == (
        Block(Kind.CODE, "import numpy\n\n# a comment", "python", "talker.py"),
        Block(Kind.CODE, "$ ls", "console"),
        Block(Kind.CODE, "indented"),
    )
    assert page.code_blocks == 3


def test_formulas_are_code_and_inline_ones_text(book: Book) -> None:
    blocks = book.blocks(
        "# T\n\nWhere $x^2$.\n\n$$\na = b\n$$ (eq)\n\n```{math}\n:label: two\nc\n```\n\n"
        "\\begin{align}\nd\n\\end{align}\n"
    )
    assert [(block.kind, block.text) for block in blocks] == [
        (Kind.PROSE, "Where $x^2$."),
        (Kind.CODE, "a = b"),
        (Kind.CODE, "c"),
        (Kind.CODE, "\\begin{align}\nd\n\\end{align}"),
    ]


def test_evaluated_rst_is_read_as_rst(book: Book) -> None:
    blocks = book.blocks(
        "# T\n\n```{eval-rst}\n.. tip:: Of :strange:`role` and :doc:`index`.\n\n"
        ".. odd:: words of it\n```\n"
    )
    assert blocks == (prose("Of role and Home.", "Tip"), prose("words of it"))


def test_files_are_included_as_markdown_or_as_code(book: Book) -> None:
    book.write("part.md", "## Included\n\nText {{ robot }}.\n")
    book.write("talker.py", "import rclpy\n\n\ndef main():\n    pass\n")
    page = book.page(
        "# T\n\n```{include} part.md\n:heading-offset: 1\n```\n\n"
        "```{literalinclude} talker.py\n:language: python\n:pyobject: main\n```\n"
    )
    assert anchors(page) == ["", "included"]
    assert page.sections[1].blocks == (
        prose("Text a turtle."),
        Block(Kind.CODE, "def main():\n    pass", "python"),
    )


@pytest.mark.parametrize(
    ("argument", "kind"),
    [
        ("missing.md", "missing file"),
        ("../../../etc/hostname", "file outside the book"),
        ("page.md", "circular include"),
    ],
)
def test_what_cannot_be_included_is_reported(book: Book, argument: str, kind: str) -> None:
    assert kind in kinds(book.page(f"# T\n\n```{{include}} {argument}\n```\n"))


def test_a_readme_in_markdown_is_included_on_a_page_of_rst(book: Book) -> None:
    book.write("README.md", "# Readme\n\n## Install\n\n`pip` it.\n")
    page = book.page(
        "Page\n====\n\n.. include:: README.md\n   :parser: myst_parser.sphinx_\n", "page.rst"
    )
    assert anchors(page) == ["", "readme", "install"]
    assert page.sections[2].blocks == (prose("`pip` it."),)


def test_an_unknown_directive_keeps_its_text(book: Book) -> None:
    page = book.page("# T\n\n```{odd} thing\n---\na: b\n---\nThe text.\n```\n")
    assert page.sections[0].blocks == (prose("The text."),)
    assert kinds(page) == ["directive:odd"]


def test_a_figure_keeps_its_caption(book: Book) -> None:
    page = book.page(
        "# T\n\n```{figure} a.png\n:name: one\nCaption one\n```\n\n"
        "```{figure-md} two\n![alt](b.png)\n\nCaption two\n```\n"
    )
    assert [block.text for block in page.sections[0].blocks] == ["Caption one", "Caption two"]
    assert sorted(kinds(page)) == ["figure", "image"]


def test_a_role_that_a_page_defines_ends_with_it(book: Book) -> None:
    book.write("b.md", "# B\n\n{own}`text`\n")
    page = book.page("# A\n\n```{role} own(code)\n:language: python\n```\n\n{own}`x`\n", "a.md")
    assert page.sections[0].blocks == (prose("`x`"),)
    assert SphinxSource(book.root).read("b.md").sections[0].blocks == (prose("text"),)


def test_the_index_role_shows_its_title(book: Book) -> None:
    assert book.page("# T\n\n## {index}`SciPy <single: SciPy>` x\n").sections[1].anchor == "scipy-x"


# ── text ─────────────────────────────────────────────────────────────────────────────────────
def test_links_without_a_text_show_the_title_of_their_target(book: Book) -> None:
    book.write("other.md", "# Other *page*\n\n(lab)=\n## Labelled\n\n## Second thing\n")
    text = book.text(
        "# T\n\n[](other.md), [](other.md#second-thing), [](#lab), [](lab), {doc}`other`, "
        "{ref}`lab`, {ref}`own <lab>`, [`code`](other.md), <project:other.md>, [](gone.md).\n"
    )
    assert text == (
        "Other page, Second thing, Labelled, Labelled, Other page, Labelled, own, `code`, "
        "Other page, gone.md."
    )


def test_substitutions_are_looked_up_and_never_computed(book: Book) -> None:
    page = book.page("# T\n\n{{ robot }}, {{ table.key }}.{{ 7 * 6 }}{{ gone }}{{ loop }}\n")
    assert page.sections[0].blocks == (prose("a turtle, deep."),)
    assert kinds(page) == ["substitution"] * 3


def test_a_function_that_the_book_names_is_not_imported(book: Book) -> None:
    book.write("evil.py", "raise SystemExit('imported')\n")
    book.write("conf.py", f"{CONF}\nmyst_heading_slug_func = 'evil.slug'\nmyst_heading_anchors = 2")
    assert book.page("# T\n").title == "T"
    assert "evil" not in sys.modules


def test_lists_definitions_fields_and_footnotes_are_text(book: Book) -> None:
    blocks = book.blocks(
        "# T\n\nTerm\n: What it is\n\n:name: value\n\n- [x] done\n  1. first\n\n"
        "Note[^b] and[^1].\n\n[^1]: One.\n[^b]: Two.\n"
    )
    assert [block.text for block in blocks] == [
        "Term: What it is",
        "name: value",
        "- done\n  1. first",
        "Note[2] and[1].",
        "[1] One.",
        "[2] Two.",
    ]


def test_a_term_may_have_several_definitions(book: Book) -> None:
    page = book.page("# T\n\nTerm\n: First\n\n  ```c\n  x\n  ```\n\n: Second\n")
    assert [block.text for block in page.sections[0].blocks] == ["Term: First", "x", "Second"]
    assert page.code_blocks == 1


def test_tables_are_pipe_tables(book: Book) -> None:
    page = book.page("# T\n\n| a | b |\n|---|:-:|\n| `x` | y |\n\n```{list-table}\n* - c\n```\n")
    assert page.sections[0].blocks[0].text == "| a | b |\n| --- | --- |\n| `x` | y |"
    assert page.tables == 2


def test_html_keeps_its_text_and_markdown_inside_is_read(book: Book) -> None:
    page = book.page(
        "# T\n\n<details><summary>More</summary>\n\nThe **text**.\n\n</details>\n\n"
        "Press <kbd>Ctrl</kbd>.<br>Then <img src='x.png'> go.\n\n<script>alert(1)</script>\n"
    )
    assert page.sections[0].blocks == (
        prose("More"),
        prose("The text."),
        prose("Press Ctrl. Then  go."),
    )
    assert kinds(page) == ["raw html", "image", "raw html"]


def test_a_deeply_nested_page_is_a_clear_error(book: Book) -> None:
    fences = "\n".join(f"{':' * (300 - depth)}{{note}}" for depth in range(200))
    with pytest.raises(SourceError, match="nested too deeply"):
        book.page(f"# T\n\n{fences}\ntext\n")
    assert book.text("# T\n\n[](#none)\n") == "#none"


# ── outlines ─────────────────────────────────────────────────────────────────────────────────
def test_the_toctree_gives_the_order_in_every_form(tmp_path: Path) -> None:
    book = Book(tmp_path)
    for name in ("a", "b", "c", "d", "z"):
        book.write(f"{name}.md", f"# {name.upper()}\n")
    book.write(
        "index.md",
        "# Home\n\n```{toctree}\n---\nmaxdepth: 2\n---\nd\nTitle <c.md>\n```\n\n"
        ":::{note}\n```{toctree}\n:glob:\n:reversed:\n\na*\nb*\n```\n:::\n\n"
        "```{eval-rst}\n.. toctree::\n\n   z\n```\n",
    )
    ordered = ["index.md", "d.md", "c.md", "b.md", "a.md", "z.md"]
    assert SphinxSource(tmp_path).paths(Selection()) == ordered


def test_an_outline_knows_titles_labels_and_slugs() -> None:
    outline = read_myst_outline(
        "---\ntitle: Not this\n---\n\n# The *title*\n\n```python\n# no heading\n```\n\n"
        "(A Label)=\n% comment\n## A part\n\nSetext\n------\n\n{#by-attr .cls}\n### A part\n\n"
        "(lost)=\nText.\n\n```{code-block} c\n:caption: main.c\n:name: listing\n# x\n```\n\n"
        "````{list-table} Of things\n:name: tab\n````\n"
    )
    assert outline.title == "The title"
    assert outline.labels == {
        "a label": "A part",
        "by-attr": "A part",
        "listing": "main.c",
        "tab": "Of things",
    }
    assert list(outline.anchors) == ["the-title", "a-part", "setext", "a-part-1"]
    assert read_myst_outline("```{toctree}\na\n").toctree == [ToctreeEntry("a")]


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("A *b* and **c** `d`", "A b and c d"),
        ("[Text](x.md) {#id}", "Text"),
        ("{doc}`Text <x>` {kbd}`Ctrl`", "Text Ctrl"),
        (r"snake_case_name \* 2", "snake_case_name * 2"),
    ],
)
def test_titles_lose_their_markup(written: str, plain: str) -> None:
    assert plain_title(written) == plain
