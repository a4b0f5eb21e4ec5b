"""Jupyter notebooks and Jupyter Books of both versions."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from retrieval.errors import SourceError
from retrieval.passages import Block, Kind
from retrieval.readers import open_source
from retrieval.readers.notebook.metadata import language_named
from retrieval.readers.notebook.mystmd import slug_of
from retrieval.readers.notebook.outputs import plain_text
from retrieval.readers.notebook.project import NotebookSource
from retrieval.readers.source import Page, Selection
from tests.files import write_dedented as write

EVERYTHING = Selection()
PYTHON = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python"}}


def markdown(source: str, **cell: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source, **cell}


def code(source: str, *outputs: dict[str, Any], tags: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {"tags": list(tags)},
        "source": source,
        "outputs": list(outputs),
    }


def printed(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def returned(**data: str) -> dict[str, Any]:
    """``text_plain="x"`` stands for the output's ``text/plain``."""
    kinds = {name.replace("_", "/", 1): value for name, value in data.items()}
    return {"output_type": "execute_result", "metadata": {}, "execution_count": 1, "data": kinds}


def notebook(*cells: dict[str, Any], metadata: dict[str, Any] | None = None) -> str:
    book = {"nbformat": 4, "nbformat_minor": 4, "metadata": metadata or PYTHON, "cells": cells}
    return json.dumps(book)


def read(tmp_path: Path, *cells: dict[str, Any]) -> Page:
    write(tmp_path, {"page.ipynb": notebook(*cells)})
    return NotebookSource(tmp_path).read("page.ipynb")


def blocks(page: Page) -> list[Block]:
    return [block for section in page.sections for block in section.blocks]


def dropped(page: Page) -> list[str]:
    return [item.kind for item in page.dropped]


def urls(root: Path) -> list[tuple[str, str]]:
    source = NotebookSource(root)
    return [(path, source.read(path).url) for path in source.paths(EVERYTHING)]


def output(text: str) -> Block:
    return Block(Kind.CODE, text, label="Output")


# ── cells ────────────────────────────────────────────────────────────────────────────────────
def test_cells_become_sections_of_prose_and_code(tmp_path: Path) -> None:
    page = read(
        tmp_path,
        markdown("# Title\n\nText with $x$."),
        code("print(1)"),
        markdown("(lab)=\n## Part"),
        markdown("## Part\n\n- item"),
        code("  "),
    )
    assert [(section.anchor, section.line) for section in page.sections] == [
        ("", 1),
        ("lab", 6),
        ("id1", 7),
    ]
    assert blocks(page) == [
        Block(Kind.PROSE, "Text with $x$."),
        Block(Kind.CODE, "print(1)", "python"),
        Block(Kind.PROSE, "- item"),
    ]
    assert (page.title, page.url, page.code_blocks) == ("Title", "page.html", 1)


@pytest.mark.parametrize(
    ("kernel", "language"),
    [("python3", "python"), ("ir", "r"), ("julia-1.10", "julia"), ("ipython3", "python")],
)
def test_the_kernel_names_the_language_of_the_code(
    tmp_path: Path, kernel: str, language: str
) -> None:
    metadata = {"kernelspec": {"name": kernel, "display_name": "K"}}
    write(tmp_path, {"a.ipynb": notebook(code("x"), metadata=metadata)})
    assert blocks(NotebookSource(tmp_path).read("a.ipynb"))[0].language == language
    assert language_named(kernel) == language


def test_references_work_across_cells(tmp_path: Path) -> None:
    page = read(tmp_path, markdown("# T\n\nSee [it][ref] and[^n]."), markdown("[^n]: Note."))
    assert blocks(page)[1].text == "[1] Note."


def test_tags_keep_parts_of_a_cell_off_the_page(tmp_path: Path) -> None:
    page = read(
        tmp_path,
        markdown("# T"),
        code("secret", printed("s"), tags=("remove-cell",)),
        code("setup", printed("shown"), tags=("remove_input",)),
        code("quiet", printed("noise"), tags=("remove-output",)),
        code("folded", printed("too"), tags=("hide-input", "hide-output")),
    )
    assert [block.text for block in blocks(page)] == ["shown", "quiet", "folded", "too"]
    assert dropped(page) == ["remove-cell", "remove-input", "remove-output"]


def test_cells_hidden_from_nbsphinx_are_left_out(tmp_path: Path) -> None:
    hidden = code("x") | {"metadata": {"nbsphinx": "hidden"}}
    assert blocks(read(tmp_path, markdown("# T"), hidden)) == []


def test_raw_cells_attachments_and_images_are_reported(tmp_path: Path) -> None:
    attached = {"a.png": {"image/png": "aGk="}}
    page = read(
        tmp_path,
        markdown("# T\n\n![alt](attachment:a.png)", attachments=attached),
        {"cell_type": "raw", "metadata": {}, "source": "\\latex"},
    )
    assert dropped(page) == ["attachment", "image", "raw cell"]


# ── outputs ──────────────────────────────────────────────────────────────────────────────────
def test_outputs_follow_their_code_as_labelled_blocks(tmp_path: Path) -> None:
    page = read(
        tmp_path,
        code("f()", printed("a\n"), printed("b\n"), returned(text_plain="'c'")),
        code("g()", {"output_type": "error", "ename": "E", "evalue": "bad", "traceback": []}),
    )
    assert blocks(page) == [
        Block(Kind.CODE, "f()", "python"),
        output("a\nb"),
        output("'c'"),
        Block(Kind.CODE, "g()", "python"),
        output("E: bad"),
    ]
    assert page.code_blocks == 5


def test_outputs_are_free_of_terminal_sequences(tmp_path: Path) -> None:
    page = read(tmp_path, code("x", printed("\x1b[1;31mred\x1b[0m\n 10%\r100%\n")))
    assert blocks(page)[1] == output("red\n100%")
    assert plain_text("\x1b]8;;http://x\x07link\x1b]8;;\x07\r\n") == "link"


@pytest.mark.parametrize("text", ["x" * 50_000, "line\n" * 5_000])
def test_long_outputs_are_cut_and_reported(tmp_path: Path, text: str) -> None:
    page = read(tmp_path, code("x", printed(text)))
    assert len(blocks(page)[1].text) <= 2_002
    assert blocks(page)[1].text.endswith("\n…")
    assert dropped(page) == ["rest of a long output"]


def test_a_simple_html_table_is_a_table(tmp_path: Path) -> None:
    html = (
        "<div><style>td {}</style><table><thead><tr><th></th><th>mass</th></tr></thead>"
        "<tbody><tr><th>robot</th><td>4|5</td></tr></tbody></table></div>"
    )
    page = read(tmp_path, code("df", returned(text_plain="   mass", text_html=html)))
    table = "|  | mass |\n| --- | --- |\n| robot | 4\\|5 |"
    assert blocks(page)[1] == Block(Kind.TABLE, table, label="Output")
    assert page.tables == 1


def test_a_table_with_spans_falls_back_to_its_text(tmp_path: Path) -> None:
    html = "<table><tr><th colspan=2>a</th></tr><tr><td>1</td><td>2</td></tr></table>"
    page = read(tmp_path, code("df", returned(text_plain="a\n1 2", text_html=html)))
    assert blocks(page)[1] == output("a\n1 2")


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        (returned(text_plain="<Figure>", image_png="aGk="), "image"),
        ({**returned(text_plain="Slider()"), "data": {
            "text/plain": "Slider()", "application/vnd.jupyter.widget-view+json": {}}}, "widget"),
        (printed("warning", "stderr"), "stderr"),
        (returned(text_html="<b>only html</b>"), "output"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_reported(tmp_path: Path, result: dict[str, Any], kind: str) -> None:
    page = read(tmp_path, code("x", result))
    assert [block.text for block in blocks(page)] == ["x"]
    assert dropped(page) == [kind]


# ── files ────────────────────────────────────────────────────────────────────────────────────
def test_an_old_notebook_is_upgraded(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "heading", "level": 1, "metadata": {}, "source": ["Old"]},
        {
            "cell_type": "code",
            "input": ["print(1)"],
            "language": "python",
            "metadata": {},
            "collapsed": False,
            "outputs": [{"output_type": "stream", "stream": "stdout", "text": ["1\n"]}],
        },
    ]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    write(tmp_path, {"old.ipynb": json.dumps(old)})
    page = NotebookSource(tmp_path).read("old.ipynb")
    assert page.title == "Old"
    assert [block.text for block in blocks(page)] == ["print(1)", "1"]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"nbformat": 4, "nbformat_minor": 4}', '{"nbformat": 99}', "null"],
)
def test_a_damaged_notebook_is_a_clear_error(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"bad.ipynb": text, "good.ipynb": notebook(markdown("# Good"))})
    source = NotebookSource(tmp_path)
    with pytest.raises(SourceError, match=r"bad\.ipynb is no readable notebook") as error:
        source.read("bad.ipynb")
    assert "Jupyter" in error.value.hint
    assert source.read("good.ipynb").title == "Good"


def test_a_folder_of_notebooks_is_in_the_order_of_names(tmp_path: Path) -> None:
    page = notebook(markdown("# N"))
    names = ["10.ipynb", "2.ipynb", "a/b c.ipynb", ".ipynb_checkpoints/2-checkpoint.ipynb"]
    write(tmp_path, dict.fromkeys(names, page))
    assert urls(tmp_path) == [
        ("2.ipynb", "2.html"),
        ("10.ipynb", "10.html"),
        ("a/b c.ipynb", "a/b c.html"),
    ]
    assert open_source(tmp_path).source.format == "notebook"


def test_a_single_notebook_is_a_book(tmp_path: Path) -> None:
    write(tmp_path, {"one.ipynb": notebook(markdown("# One")), "two.ipynb": notebook()})
    source = NotebookSource(tmp_path / "one.ipynb")
    assert (source.title, source.paths(EVERYTHING)) == ("One", ["one.ipynb"])
    assert NotebookSource.recognises(tmp_path / "one.ipynb") == ".ipynb"
    with pytest.raises(SourceError, match="no page"):
        source.read("two.ipynb")


@pytest.mark.parametrize(
    "files", [{"a.md": "# A"}, {"mkdocs.yml": "", "docs/a.ipynb": "{}"}, {"a/b/c.ipynb": "{}"}]
)
def test_other_folders_are_not_taken_for_notebooks(tmp_path: Path, files: dict[str, str]) -> None:
    assert NotebookSource.recognises(write(tmp_path, files)) == ""


def test_a_folder_without_notebooks_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no notebooks"):
        NotebookSource(tmp_path)


def test_a_source_can_be_sent_to_another_process(tmp_path: Path) -> None:
    write(tmp_path, {"a.ipynb": notebook(markdown("# A\n\n[](b.ipynb)")), "b.ipynb": notebook(markdown("# B"))})  # noqa: E501  # fmt: skip
    source = NotebookSource(tmp_path)
    copy = pickle.loads(pickle.dumps(source))
    assert copy.read("a.ipynb") == source.read("a.ipynb")
    assert blocks(copy.read("a.ipynb")) == [Block(Kind.PROSE, "B")]


# ── Jupyter Book 1 ───────────────────────────────────────────────────────────────────────────
def test_a_jupyter_book_follows_its_contents(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "_config.yml": "title: Robots\nhtml: {baseurl: 'https://example.org/b/'}\n"
            "exclude_patterns: [drafts]\nsphinx: {config: {language: de}}\n",
            "_toc.yml": "format: jb-book\nroot: intro\nparts:\n- caption: One\n  chapters:\n"
            "  - file: b\n    sections:\n    - file: sub/c.ipynb\n  - glob: nbs/*\n"
            "- caption: Two\n  chapters:\n  - url: https://example.org\n  - file: gone\n"
            "  - file: a\n",
            "intro.md": "# Intro\n\n:::{note}\nHello {doc}`b`.\n:::\n",
            "a.rst": "A\n=\n",
            "b.md": "# B\n",
            "sub/c.ipynb": notebook(markdown("# C")),
            "nbs/1.ipynb": notebook(markdown("# One")),
            "rest.md": "# Rest\n",
            "drafts/d.md": "# Draft\n",
        },
    )
    source = NotebookSource(tmp_path)
    assert (source.title, source.base_url, source.language) == (
        "Robots",
        "https://example.org/b/",
        "de",
    )
    assert urls(tmp_path) == [
        ("intro.md", "intro.html"),
        ("b.md", "b.html"),
        ("sub/c.ipynb", "sub/c.html"),
        ("nbs/1.ipynb", "nbs/1.html"),
        ("a.rst", "a.html"),
        ("rest.md", "rest.html"),
    ]
    assert blocks(source.read("intro.md")) == [Block(Kind.PROSE, "Hello B.", label="Note")]
    assert NotebookSource.recognises(tmp_path) == "_toc.yml"


def test_an_article_may_leave_out_what_its_contents_do_not_name(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "_config.yml": "only_build_toc_files: true\n",
            "_toc.yml": "format: jb-article\nroot: main\nsections:\n- file: two\n",
            "main.md": "# Main\n",
            "two.md": "# Two\n",
            "rest.md": "# Rest\n",
        },
    )
    assert [path for path, _url in urls(tmp_path)] == ["main.md", "two.md"]
    assert NotebookSource(tmp_path).title == "Main"


def test_text_notebooks_have_the_language_of_their_kernel(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "_toc.yml": "format: jb-book\nroot: a\n",
            "a.md": "---\nkernelspec: {name: julia-1.9, display_name: J}\n---\n# A\n\n"
            "```{code-cell}\n:tags: [hide-input]\nprintln(1)\n```\n\n+++\n\n"
            "```{code-cell} ipython3\nprint(1)\n```\n\n"
            "```{code-cell}\n:tags: [remove-input]\nx\n```\n",
        },
    )
    page = NotebookSource(tmp_path).read("a.md")
    assert blocks(page) == [
        Block(Kind.CODE, "println(1)", "julia"),
        Block(Kind.CODE, "print(1)", "python"),
    ]
    assert dropped(page) == ["metadata", "remove-input"]


@pytest.mark.parametrize(
    ("toc", "message"),
    [
        ("- file: intro\n", "before 0.11"),
        ("format: jb-book\n", "names no root page"),
        ("root: [", "cannot be read"),
        ("", "names no root page"),
    ],
)
def test_unusable_contents_are_a_clear_error(tmp_path: Path, toc: str, message: str) -> None:
    write(tmp_path, {"_toc.yml": toc, "intro.md": "# I\n"})
    with pytest.raises(SourceError, match=message) as error:
        NotebookSource(tmp_path)
    assert error.value.hint


# ── Jupyter Book 2 ───────────────────────────────────────────────────────────────────────────
MYST_PAGES = {
    "index.md": "# Home\n",
    "01_getting-started.md": "# Start\n\n## 1. Install\n\n(lab)=\n## More\n\n## 1. Install\n",
    "notes/index.md": "---\ntitle: Notes\n---\nText.\n",
    "notes/Data & Tools.ipynb": notebook(markdown("# Data")),
    "notes/2024 report.md": "# Report\n",
    "hidden.md": "# Hidden\n",
}


def test_a_myst_project_follows_its_contents(tmp_path: Path) -> None:
    toc = (
        "version: 1\nproject:\n  title: Project\n  toc:\n  - file: index.md\n  - title: Part\n"
        "    children:\n    - file: 01_getting-started.md\n    - pattern: notes/*\n"
        "  - url: https://example.org\n"
    )
    write(tmp_path, {"myst.yml": toc, **MYST_PAGES})
    assert urls(tmp_path) == [
        ("index.md", ""),
        ("01_getting-started.md", "getting-started"),
        ("notes/index.md", "index-1"),
        ("notes/2024 report.md", "2024-report"),
        ("notes/Data & Tools.ipynb", "data-and-tools"),
    ]
    assert NotebookSource(tmp_path).title == "Project"
    assert NotebookSource(tmp_path).read("notes/index.md").title == "Notes"
    assert NotebookSource.recognises(tmp_path) == "myst.yml"


def test_a_myst_project_has_ids_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, {"myst.yml": "project: {title: P}", **MYST_PAGES})
    page = NotebookSource(tmp_path).read("01_getting-started.md")
    anchors = [section.anchor for section in page.sections]
    assert anchors == ["", "id-1-install", "lab", "id-1-install-1"]


def test_without_contents_files_come_before_folders_and_urls_may_keep_them(tmp_path: Path) -> None:
    settings = "project: {title: P, exclude: [hidden.md]}\nsite: {options: {folders: true}}\n"
    write(tmp_path, {"myst.yml": settings, "10.md": "# 10", "9.md": "# 9", **MYST_PAGES})
    assert urls(tmp_path) == [
        ("index.md", ""),
        ("01_getting-started.md", "getting-started"),
        ("9.md", "9"),
        ("10.md", "10"),
        ("notes/index.md", "notes/"),
        ("notes/2024 report.md", "notes/2024-report"),
        ("notes/Data & Tools.ipynb", "notes/data-and-tools"),
    ]


def test_project_settings_may_come_from_other_files_and_the_nearest_win(tmp_path: Path) -> None:
    files = {
        "docs/myst.yml": "extends: [../first.yml, second.yml]\nproject: {title: Own}\n",
        "first.yml": "project: {title: First, toc: [{file: index.md}]}\n",
        "docs/second.yml": (
            "extends: deeper/third.yml\n"
            "project: {title: Second, toc: [{file: index.md}, {file: sub/a.md}]}\n"
        ),
        "docs/deeper/third.yml": "project: {toc: []}\nsite: {options: {folders: true}}\n",
        "docs/index.md": "# Home\n",
        "docs/sub/a.md": "# A\n",
    }
    write(tmp_path, files)
    assert NotebookSource(tmp_path).title == "Own"
    assert urls(tmp_path) == [("index.md", ""), ("sub/a.md", "sub/a")]


def test_settings_at_an_address_are_not_fetched_and_that_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = "extends: https://example.org/shared.yml\nproject: {title: P}\n"
    write(tmp_path, {"myst.yml": settings, "index.md": "# Home\n"})
    assert NotebookSource(tmp_path).title == "P"
    assert "https://example.org/shared.yml, which is not fetched" in caplog.text


@pytest.mark.parametrize("name", ["missing.yml", "../outside.yml", "myst.yml", "loop.yml"])
def test_settings_that_cannot_be_extended_are_a_clear_error(tmp_path: Path, name: str) -> None:
    settings = f"extends: {name}\nproject: {{title: P}}\n"
    write(tmp_path, {"outside.yml": "project: {}", "book/loop.yml": "extends: myst.yml"})
    write(tmp_path / "book", {"myst.yml": settings, "index.md": "# Home\n"})
    with pytest.raises(SourceError, match="which is not in the book or extends it"):
        NotebookSource(tmp_path / "book")


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("01_my_article", "my-article"),
        ("1988-02", "1988-02"),
        ("10001_x", "10001-x"),
        ("README", "readme"),
        ("3", "3"),
        ("long " * 20, "long-" * 10),
    ],
)
def test_slugs_of_file_names(name: str, slug: str) -> None:
    assert slug_of(name) == slug


@pytest.mark.parametrize("described", ["version: 1", "[]", "a: ["])
def test_unusable_project_settings_are_a_clear_error(tmp_path: Path, described: str) -> None:
    write(tmp_path, {"myst.yml": described, "index.md": "# I\n"})
    with pytest.raises(SourceError, match=r"myst\.yml"):
        NotebookSource(tmp_path)


# ── notebooks of a Sphinx book ───────────────────────────────────────────────────────────────
def test_a_sphinx_book_may_have_notebooks_among_its_pages(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "conf.py": "extensions = ['nbsphinx']",
            "index.rst": "Home\n====\n\n.. toctree::\n\n   nb\n\n:doc:`nb`\n",
            "nb.ipynb": notebook(markdown("# A notebook"), code("x = 1")),
        },
    )
    source = open_source(tmp_path).source
    assert (source.format, source.paths(EVERYTHING)) == ("sphinx", ["index.rst", "nb.ipynb"])
    assert blocks(source.read("nb.ipynb")) == [Block(Kind.CODE, "x = 1", "python")]
    assert blocks(source.read("index.rst")) == [Block(Kind.PROSE, "A notebook")]
