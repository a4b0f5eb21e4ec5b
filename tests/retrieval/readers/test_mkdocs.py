"""MkDocs sites: settings, routes, order, anchors, includes, macros, blocks, and the real book."""

from __future__ import annotations

import pickle
import re
from functools import cache
from pathlib import Path
from textwrap import dedent

import pytest

from retrieval.errors import SourceError
from retrieval.passages import Block, Kind
from retrieval.readers import open_source
from retrieval.readers.mkdocs.inline import key_names
from retrieval.readers.mkdocs.pages import is_ignored, title_of_path
from retrieval.readers.mkdocs.site import MkDocsSource
from retrieval.readers.source import Dropped, Page, Selection
from tests.files import write

ALL = Selection()
EXTENSIONS = """
markdown_extensions:
  - abbr
  - admonition
  - attr_list
  - def_list
  - footnotes
  - md_in_html
  - pymdownx.caret
  - pymdownx.details
  - pymdownx.inlinehilite
  - pymdownx.keys
  - pymdownx.mark
  - pymdownx.snippets
  - pymdownx.superfences
  - pymdownx.tabbed
  - pymdownx.tilde
"""

MACROS = """
plugins: [search, macros]
extra: {version: 1.2, tool: {name: ragbook}}
"""


def site(root: Path, pages: dict[str, str], *, config: str = EXTENSIONS) -> Path:
    """A site with these pages below docs/; paths that begin with a slash are the site's own."""
    files = {"/mkdocs.yml": f"site_name: The book\n{dedent(config)}", **pages}
    placed = {
        name.lstrip("/") if name.startswith("/") else f"docs/{name}": dedent(text).lstrip("\n")
        for name, text in files.items()
    }
    return write(root, placed)


def read(root: Path, path: str = "page.md") -> Page:
    return MkDocsSource(root).read(path)


def page(root: Path, source: str, *, config: str = EXTENSIONS, **files: str) -> Page:
    """A single page as it is read, beside it ``files`` by their path in the site."""
    others = {f"/{name}": text for name, text in files.items()}
    return read(site(root, {"page.md": source, **others}, config=config))


def blocks(page: Page) -> list[Block]:
    return [block for section in page.sections for block in section.blocks]


def texts(page: Page) -> list[str]:
    return [block.text for block in blocks(page)]


def labelled(page: Page) -> list[tuple[str, str]]:
    return [(block.label, block.text) for block in blocks(page)]


def anchors(page: Page) -> list[str]:
    return [section.anchor for section in page.sections]


def code(page: Page) -> list[Block]:
    return [block for block in blocks(page) if block.kind is Kind.CODE]


# ── the site ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["mkdocs.yml", "mkdocs.yaml", "docs/en/mkdocs.yml"])
def test_a_site_is_recognised_by_its_settings(tmp_path: Path, name: str) -> None:
    assert not MkDocsSource.recognises(tmp_path)
    folder = (tmp_path / name).parent
    (folder / "docs").mkdir(parents=True)
    (tmp_path / name).write_text("site_name: X", encoding="utf-8")

    assert MkDocsSource.recognises(tmp_path) == name
    assert open_source(tmp_path).source.format == "mkdocs"


def test_title_address_and_language_come_from_the_settings(tmp_path: Path) -> None:
    config = """
        site_url: https://example.org/guide
        theme: {name: material, language: de}
    """
    source = MkDocsSource(site(tmp_path, {"index.md": "A"}, config=config))

    assert (source.title, source.base_url, source.language) == (
        "The book",
        "https://example.org/guide/",
        "de",
    )


def test_without_settings_the_defaults_of_mkdocs_hold(tmp_path: Path) -> None:
    site(tmp_path, {"index.md": "A"})
    (tmp_path / "mkdocs.yml").write_text("", encoding="utf-8")
    source = MkDocsSource(tmp_path)

    assert (source.title, source.base_url, source.language) == (tmp_path.name, "", "en")
    assert source.paths(ALL) == ["index.md"]


def test_nothing_that_the_settings_name_is_run_and_no_environment_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SITE_SECRET", "hidden")
    config = """
        repo_name: !ENV SITE_SECRET
        site_url: !ENV [SITE_SECRET, "https://example.org/"]
        watch: !!python/object/apply:os.system ["touch executed"]
        hooks: !unknown [a, b]
        markdown_extensions:
          - pymdownx.emoji:
              emoji_index: !!python/name:material.extensions.emoji.twemoji
          - pymdownx.snippets:
              base_path: !relative $config_dir
    """
    monkeypatch.chdir(tmp_path)
    source = MkDocsSource(site(tmp_path, {"index.md": "A"}, config=config))

    assert source.base_url == "https://example.org/"
    assert not (tmp_path / "executed").exists()


def test_settings_are_inherited_and_merged(tmp_path: Path) -> None:
    base = """
        site_url: https://example.org/
        docs_dir: pages
        theme: {name: material, language: fr}
        markdown_extensions: {attr_list: null}
    """
    child = "INHERIT: shared/base.yml\ndocs_dir: docs\ntheme: {palette: dark}\n"
    source = MkDocsSource(
        site(tmp_path, {"page.md": "# A {#b}\n\nText.", "/shared/base.yml": base}, config=child)
    )

    assert (source.base_url, source.language) == ("https://example.org/", "fr")
    assert anchors(source.read("page.md")) == ["b"]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("nav: [a", r"mkdocs\.yml is no valid YAML"),
        ("INHERIT: base.yml", r"base\.yml cannot be read: No such file"),
        ("INHERIT: ../base.yml", r"base\.yml lies outside"),
        ("INHERIT: mkdocs.yml", r"mkdocs\.yml inherits from itself"),
        ("docs_dir: pages", "has no folder 'pages'"),
        ("docs_dir: ..", "has no folder '..'"),
    ],
)
def test_unusable_settings_are_clear_errors(tmp_path: Path, config: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        MkDocsSource(site(tmp_path, {"index.md": "A"}, config=config))


def test_settings_that_are_no_mapping_are_a_clear_error(tmp_path: Path) -> None:
    (site(tmp_path, {"index.md": "A"}) / "mkdocs.yml").write_text("- a", encoding="utf-8")

    with pytest.raises(SourceError, match="must hold settings such as"):
        MkDocsSource(tmp_path)


def test_a_folder_without_settings_or_pages_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"holds no mkdocs\.yml"):
        MkDocsSource(tmp_path)
    (site(tmp_path, {}) / "docs").mkdir()
    with pytest.raises(SourceError, match="holds no Markdown pages"):
        MkDocsSource(tmp_path).paths(ALL)


def test_a_source_reads_the_same_after_it_was_sent_to_another_process(tmp_path: Path) -> None:
    source = MkDocsSource(site(tmp_path, {"page.md": "# A\n\nText."}))

    assert pickle.loads(pickle.dumps(source)).read("page.md") == source.read("page.md")


# ── addresses, order and titles ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "directory", "plain"),
    [
        ("index.md", "", "index.html"),
        ("README.md", "", "index.html"),
        ("topics.md", "topics/", "topics.html"),
        ("talk/index.md", "talk/", "talk/index.html"),
        ("talk/README.md", "talk/", "talk/index.html"),
        ("talk/two words.md", "talk/two%20words/", "talk/two%20words.html"),
        ("talk/v1.2.md", "talk/v1.2/", "talk/v1.2.html"),
        ("talk/page.markdown", "talk/page/", "talk/page.html"),
    ],
)
def test_a_page_has_the_address_that_mkdocs_gives_it(
    tmp_path: Path, path: str, directory: str, plain: str
) -> None:
    assert read(site(tmp_path, {path: "Text."}), path).url == directory
    site(tmp_path, {}, config="use_directory_urls: false")
    assert read(tmp_path, path).url == plain


def test_the_nav_gives_order_and_titles_and_the_rest_follows(tmp_path: Path) -> None:
    config = """
        nav:
          - Start: index.md
          - Elsewhere: https://example.org/
          - Missing: gone.md
          - Guide:
              - guide/index.md
              - Deep:
                  - Two: guide/./two.md
              - guide/one.md
          - Start again: index.md
        not_in_nav: /spare.md
    """
    pages = {"index.md": "# Home\n\nA", "guide/index.md": "B", "guide/two.md": "# 2\n\nC"}
    rest = {"guide/one.md": "# One\n\nD", "zeta/a.md": "E", "alpha.md": "F", "spare.md": "G"}
    source = MkDocsSource(site(tmp_path, {**pages, **rest}, config=config))
    paths = source.paths(ALL)

    assert paths == [
        *("index.md", "guide/index.md", "guide/two.md", "guide/one.md"),
        *("alpha.md", "spare.md", "zeta/a.md"),
    ]
    assert [source.read(path).title for path in paths[:4]] == ["Start", "Guide", "Two", "One"]


def test_without_a_nav_files_come_before_folders_and_the_index_first(tmp_path: Path) -> None:
    paths = ("b/index.md", "b/a.md", "b/c/x.md", "a.md", "index.md", "c.md", "b-side/z.md")
    source = MkDocsSource(site(tmp_path, dict.fromkeys(paths, "Text.")))

    assert source.paths(ALL) == [
        *("index.md", "a.md", "c.md", "b/index.md", "b/a.md", "b/c/x.md", "b-side/z.md")
    ]


def test_a_readme_beside_an_index_and_excluded_pages_are_left_out(tmp_path: Path) -> None:
    config = """
        exclude_docs: |
          # parts
          _*.md
          /drafts/
          !kept/_this.md
        draft_docs: soon.md
    """
    paths = ("README.md", "index.md", "_part.md", "drafts/a.md", "kept/_this.md", "soon.md")
    hidden = (".hidden/a.md", "templates/a.md", "deep/templates/b.md", "notes.txt")
    source = MkDocsSource(site(tmp_path, dict.fromkeys(paths + hidden, "T."), config=config))

    assert source.paths(ALL) == ["index.md", "deep/templates/b.md", "kept/_this.md"]


@pytest.mark.parametrize(
    ("pattern", "path", "ignored"),
    [
        ("a.md", "deep/a.md", True),
        ("/a.md", "deep/a.md", False),
        ("/a.md", "a.md", True),
        ("deep/*.md", "deep/a.md", True),
        ("deep/*.md", "other/deep/a.md", False),
        ("**/deep/a.md", "other/deep/a.md", True),
        ("deep", "other/deep/a.md", True),
        ("a.md/", "a.md", False),
        ("", "a.md", False),
        ("# a.md", "a.md", False),
    ],
)
def test_patterns_match_as_in_gitignore(pattern: str, path: str, ignored: bool) -> None:
    assert is_ignored(path, [pattern]) is ignored


def test_a_selection_takes_and_leaves_pages_by_pattern(tmp_path: Path) -> None:
    source = MkDocsSource(site(tmp_path, {"a.md": "A", "talk/b.md": "B"}))

    assert source.paths(Selection(include=("talk/**",))) == ["talk/b.md"]
    assert source.paths(Selection(exclude=("talk/**",))) == ["a.md"]


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("---\ntitle: Front\n---\n# Head\n\nText.", "Front"),
        ("Title: Old style\nAuthor: me\n\n# Head\n\nText.", "Old style"),
        ("# Use `x` { #use }\n\nText.", "Use x"),
        ("Head\n====\n\nText.", "Head"),
        ("Text only.", "my first page"),
    ],
)
def test_a_title_is_stated_or_the_first_heading_or_the_files_name(
    tmp_path: Path, source: str, title: str
) -> None:
    found = read(site(tmp_path, {"my-first_page.md": source}), "my-first_page.md").title

    assert found.lower() == title.lower()


@pytest.mark.parametrize(
    ("path", "title"),
    [("index.md", "Home"), ("talk/README.md", "Talk"), ("a-b_c.md", "A b c"), ("APIs.md", "APIs")],
)
def test_a_page_without_a_title_is_called_as_its_file(path: str, title: str) -> None:
    assert title_of_path(path) == title


def test_metadata_lines_are_no_text_and_lines_keep_their_numbers(tmp_path: Path) -> None:
    found = page(tmp_path, "Title: A\n    long one\n\n## B\n\nText.\n")

    assert found.title == "A long one"
    assert [(s.heading_path, s.line, s.blocks[0].text) for s in found.sections] == [
        (("A long one", "B"), 4, "Text.")
    ]


def test_broken_front_matter_is_reported(tmp_path: Path) -> None:
    found = page(tmp_path, "---\ntitle: A: b: c\n---\n# A\n\nText.")

    assert found.dropped == (Dropped("front matter", 2, "mapping values are not allowed here"),)
    assert texts(found) == ["Text."]


# ── safety ───────────────────────────────────────────────────────────────────────────────────


def test_pages_outside_the_book_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("Secret", encoding="utf-8")
    root = site(tmp_path / "book", {"a.md": "A"})
    (root / "docs" / "link.md").symlink_to(tmp_path / "secret.md")
    source = MkDocsSource(root)

    assert source.paths(ALL) == ["a.md"]
    for path in ("link.md", "../mkdocs.yml", "../../secret.md", str(tmp_path / "secret.md")):
        with pytest.raises(SourceError, match="no page"):
            source.read(path)


def test_includes_that_are_missing_or_leave_the_book_are_reported(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("Secret", encoding="utf-8")
    root = tmp_path / "book"
    source = """
        # Page

        --8<-- "../secret.txt"
        --8<-- "gone.md"
        --8<-- "https://example.org/x.md"
        {* ../secret.txt *}
        {* link.txt *}
        {! /etc/hostname !}
        --8<-- "binary.bin"
        --8<-- "parts.md:none"

        Text.
    """
    site(root, {"page.md": source, "/parts.md": "Part."})
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "binary.bin").write_bytes(b"\xff\xfe\x00")
    found = read(root)

    assert texts(found) == ["Text."]
    assert [(item.kind, item.line, item.detail) for item in found.dropped] == [
        ("include outside the book", 3, "../secret.txt"),
        ("missing include", 4, "gone.md"),
        ("include from the network", 5, "https://example.org/x.md"),
        ("include outside the book", 6, "../secret.txt"),
        ("include outside the book", 7, "link.txt"),
        ("include outside the book", 8, "/etc/hostname"),
        ("unreadable include", 9, "binary.bin"),
        ("missing section", 10, "parts.md:none"),
    ]


def test_a_snippet_that_includes_itself_is_reported_once(tmp_path: Path) -> None:
    found = page(
        tmp_path,
        '--8<-- "a.md"\n',
        **{"a.md": 'A.\n\n--8<-- "b.md"\n', "b.md": 'B.\n\n--8<-- "a.md"\n'},
    )

    assert texts(found) == ["A.", "B."]
    assert found.dropped == (Dropped("circular include", 1, "a.md"),)


def test_includes_that_multiply_come_to_an_end(tmp_path: Path) -> None:
    parts = {f"p{n}.md": f'--8<-- "p{n + 1}.md"\n\n--8<-- "p{n + 1}.md"\n' for n in range(30)}
    found = page(tmp_path, '--8<-- "p0.md"\n\nText.\n', **parts, **{"p30.md": "Part."})

    assert texts(found)[-1] == "Text."
    assert "one include too many" in {item.kind for item in found.dropped}


@pytest.mark.parametrize(
    "line",
    [
        *("# a" + " " * 20_000 + "b", "#" * 20_000 + "x", "[a](" + " " * 20_000),
        *("==a " * 10_000, "++a" * 5_000, "{%" * 20_000, "`" * 20_000),
        *("-" * 20_000, ":" * 20_000, "--8<-- " * 10_000, "{" * 20_000, "> " * 500 + "!!! a"),
    ],
)
def test_a_hostile_line_is_read_in_the_end(tmp_path: Path, line: str) -> None:
    assert page(tmp_path, f"# Page\n\n{line}\n\nText.\n", config=EXTENSIONS + MACROS).title


# ── includes ─────────────────────────────────────────────────────────────────────────────────

PROGRAM = """
import os

# --8<-- [start:main]
def main():
    # --8<-- [start:inner]
    print("hello")
    # --8<-- [end:inner]
# --8<-- [end:main]

last = 1
"""


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("p.py:main", 'def main():\n    print("hello")'),
        ("p.py:inner", 'print("hello")'),
        ("p.py:1:1", "import os"),
        ("p.py::1", "import os"),
        ("p.py:10", "last = 1"),
        ("p.py:-1", "last = 1"),
        ("p.py:1:1,10:10", "import os\nlast = 1"),
        ("p.py", 'import os\n\ndef main():\n    print("hello")\n\nlast = 1'),
    ],
)
def test_a_snippet_brings_a_file_a_section_or_lines(
    tmp_path: Path, target: str, expected: str
) -> None:
    found = page(tmp_path, f'```python\n--8<-- "{target}"\n```\n', **{"p.py": PROGRAM})

    assert [block.text for block in code(found)] == [expected]
    assert found.code_blocks == 1
    assert found.dropped == ()


def test_snippets_are_parsed_where_they_stand_and_lines_stay_those_of_the_page(
    tmp_path: Path,
) -> None:
    source = """
        # Page

        !!! note
            --8<-- "shared.md"

        --8<--
        shared.md
        ; left.md

        other.md
        --8<--

        ## After

        Text.

        ;--8<-- "shown as it is"
    """
    shared = "## Shared { #shared }\n\nOne.\n\nTwo.\n"
    found = page(tmp_path, source, **{"shared.md": shared, "other.md": "Other.\n"})

    assert [(s.title, s.line, [b.text for b in s.blocks]) for s in found.sections] == [
        ("Shared", 4, ["One.", "Two."]),
        ("Shared", 7, ["One.", "Two.", "Other."]),
        ("After", 13, ["Text.", '--8<-- "shown as it is"']),
    ]


def test_snippets_are_looked_for_in_the_base_paths_and_appended_everywhere(tmp_path: Path) -> None:
    config = """
        markdown_extensions:
          - pymdownx.snippets:
              base_path: [!relative $docs_dir/inner, parts, !relative ]
              auto_append: [end.md]
    """
    parts = {"/parts/a.md": "From parts.", "inner/b.md": "From inner.", "/parts/end.md": "End."}
    own = {"deep/page.md": '--8<-- "a.md"\n\n--8<-- "b.md"\n\n--8<-- "c.md"\n', "deep/c.md": "Own."}
    found = read(site(tmp_path, {**parts, **own}, config=config), "deep/page.md")

    assert texts(found) == ["From parts.", "From inner.", "Own.", "End."]


def test_code_includes_take_lines_and_a_title_and_ignore_highlights(tmp_path: Path) -> None:
    source = """
        Code:

        {* src/app.py ln[1:2] hl[1] title["app/main.py"] *}

        * Item

            {* src/app.py hl[1:3,5] ln[3,5:6] *}

        {* src/notes.txt *}

        ```text
        {* src/app.py *}
        ```
    """
    lines = "\n".join(f"line{number}" for number in range(1, 8))
    found = page(tmp_path, source, **{"src/app.py": lines, "src/notes.txt": "a ``` b"})

    assert [(block.language, block.label, block.text) for block in code(found)] == [
        ("python", "app/main.py", "line1\nline2"),
        ("python", "", "line3\nline5\nline6"),
        ("txt", "", "a ``` b"),
        ("text", "", "{* src/app.py *}"),
    ]
    assert (found.code_blocks, found.dropped) == (4, ())


def test_text_includes_keep_their_indentation_and_take_lines(tmp_path: Path) -> None:
    source = """
        ```python
        if x:
            {!> src/a.py !}
        {! src/a.py [ln:2] !}
        ```
    """
    found = page(tmp_path, source, **{"src/a.py": "one()\ntwo()\n"})

    assert texts(found) == ["if x:\n    one()\n    two()\ntwo()"]


# ── macros ───────────────────────────────────────────────────────────────────────────────────


def test_macros_are_resolved_from_extra_and_metadata_and_else_reported(tmp_path: Path) -> None:
    source = """
        ---
        who: reader
        ---
        # {{ tool.name }} {{ version }}

        Dear {{- who -}}, this is {{ config.site_name }}{{ today() }}. {# a note #}

        {% for item in items %}
        ## {{ item }}
        {% for inner in item %}{{ inner }}{% endfor %}
        {% endfor %}

        {% set x = 1 %}

        {% raw %}Write {{ name }}.{% endraw %}
    """
    found = page(tmp_path, source, config=MACROS)

    assert found.title == "ragbook 1.2"
    assert texts(found) == ["Dear reader, this is The book.", "Write {{ name }}."]
    assert [(item.kind, item.line, item.detail) for item in found.dropped] == [
        ("macro", 6, "{{ today() }}"),
        ("macro", 8, "{% for item in items %}"),
        ("macro", 13, "{% set x = 1 %}"),
    ]


def test_without_the_plugin_braces_are_text(tmp_path: Path) -> None:
    assert texts(page(tmp_path, "Use `{{ x }}` or {{ y }}.")) == ["Use `{{ x }}` or {{ y }}."]


# ── headings and anchors ─────────────────────────────────────────────────────────────────────


def test_anchors_are_those_that_mkdocs_gives(tmp_path: Path) -> None:
    headings = {
        "# Title": "title",
        "## Title": "title_1",
        "## Title ##": "title_2",
        "## Title_1": "title_3",
        "## With `code` and **bold _nested_**": "with-code-and-bold-nested",
        "## A [link](x.md) and ![alt](x.png)": "a-link-and",
        "## Explicit {#other}": "other",
        "## Explicit with class { #third .x }": "third",
        "## Other": "other_1",
        "## Žlutý kůň & co.": "zluty-kun-co",
        "## 你好": "_1",
        "##No space": "no-space",
        "## Press ++ctrl+c++": "press-ctrlc",
        "## :material-check: Done": "done",
        "## a <user>@host `<b>`": "a-host-b",
        "## Foo -- bar  baz": "foo-bar-baz",
        "Underlined\n----------": "underlined",
        "## Words {{ no }}": "words-no",
        "## A [file](two words.md) and [`run`][package.run]": "a-file-and-run",
        "## Keep \\#": "keep",
    }
    found = page(tmp_path, "\n\n".join(f"{heading}\n\nText." for heading in headings))

    assert anchors(found) == list(headings.values())


@pytest.mark.parametrize(
    ("toc", "anchor"),
    [
        ("{}", "zu-b-the-x-y_z"),
        ("{separator: _}", "zu_b_the_x-y_z"),
        ("{slugify: !!python/name:markdown.extensions.toc.slugify_unicode }", "zuß-b-the-x-y_z"),
        ("{slugify: !!python/name:pymdownx.slugs.uslugify }", "zuß--b-the-x-y_z"),
        ("{slugify: !!python/name:pymdownx.slugs.slugify }", "Zuß--B-The-X-Y_z"),
        (
            "{slugify: !!python/object/apply:pymdownx.slugs.slugify {kwds: {case: lower}}}",
            "zuß--b-the-x-y_z",
        ),
        (
            "{slugify: !!python/object/apply:pymdownx.slugs.slugify "
            "{kwds: {case: fold, percent_encode: true}}}",
            "zuss--b-the-x-y_z",
        ),
        ("{slugify: !!python/name:our.own.function }", ""),
    ],
)
def test_the_configured_slug_is_made(tmp_path: Path, toc: str, anchor: str) -> None:
    config = f"markdown_extensions:\n  - toc: {toc}\n"

    assert anchors(page(tmp_path, "# Zuß & B: The *X-Y_z*\n\nText.", config=config)) == [anchor]


def test_explicit_ids_need_their_extension(tmp_path: Path) -> None:
    found = page(tmp_path, "# A {#b}\n\nText.", config="")

    assert (anchors(found), found.title) == (["a-b"], "A {#b}")


def test_slugs_do_not_repeat_the_ids_of_other_elements(tmp_path: Path) -> None:
    source = """
        # One

        A paragraph.
        {: #two }

        ## Two

        [](){ #three } Text.

        ## Three

        <div id="four" markdown>Text.</div>

        ## Four

        /// note
            attrs: {id: five}

        Text.
        ///

        ## Five

        <div id="six">Text.</div>

        ## Six

        Text.
    """

    assert anchors(page(tmp_path, source)) == ["one", "two_1", "three_1", "four_1", "five_1", "six"]


def test_what_is_no_heading_for_python_markdown_is_none_here(tmp_path: Path) -> None:
    source = """
        # Page

        Two lines
        of text
        ---
        More.

        <div>

        ## Raw

        </div>
    """
    found = page(tmp_path, source)

    assert [(section.title, section.anchor) for section in found.sections] == [("Page", "page")]
    assert texts(found) == ["Two lines of text", "More.", "Raw"]


def test_a_heading_may_want_a_space(tmp_path: Path) -> None:
    config = "markdown_extensions: [pymdownx.saneheaders]"
    found = page(tmp_path, "# A\n\n#tag\n\n## B\n\nText.", config=config)

    assert [(section.title, section.blocks[0].text) for section in found.sections] == [
        ("A", "#tag"),
        ("B", "Text."),
    ]


# ── blocks ───────────────────────────────────────────────────────────────────────────────────


def test_admonitions_and_details_label_what_is_indented_below_them(tmp_path: Path) -> None:
    source = """
        !!! note
            One.

            Two.
        !!! warning inline end "Take *care*"

            ```bash
            rm -r build
            ```
        !!! tip ""
            No title.

        ??? question
            Folded.

            ???+ "Only a title"
                Inner.

                    indented code
        Outside.
    """
    found = page(tmp_path, source)

    assert labelled(found) == [
        ("Note", "One."),
        ("Note", "Two."),
        ("Warning: Take care", "rm -r build"),
        ("Tip", "No title."),
        ("Question", "Folded."),
        ("Question › Only a title", "Inner."),
        ("Question › Only a title", "indented code"),
        ("", "Outside."),
    ]


def test_generic_blocks_nest_by_their_slashes(tmp_path: Path) -> None:
    source = """
        //// tab | Python 3.10+
            new: true

        /// Note | Technical Details
        Inside `x`.
        ///

        ```cpp
        /// a comment
        ///
        ```

        ////
        //// tab | Older
        Text.
        ////

        /// details | More
            type: tip

        Hidden.
        ///

        /// admonition | Mind this
            type: warning
        Text.
        ///

        /// html | div.wrap
        Plain.
        ///

        /// caption
        A figure.
        ///

        After.
    """

    assert labelled(page(tmp_path, source)) == [
        ("Python 3.10+ › Note: Technical Details", "Inside `x`."),
        ("Python 3.10+", "/// a comment\n///"),
        ("Older", "Text."),
        ("Tip: More", "Hidden."),
        ("Warning: Mind this", "Text."),
        ("", "Plain."),
        ("", "A figure."),
        ("", "After."),
    ]


def test_an_unclosed_block_holds_the_rest_of_its_container(tmp_path: Path) -> None:
    source = """
        * Item

            /// note
            In the item.

        After.
    """

    assert labelled(page(tmp_path, source)) == [
        ("", "- Item"),
        ("Note", "In the item."),
        ("", "After."),
    ]


def test_content_tabs_label_their_content(tmp_path: Path) -> None:
    source = """
        === "Linux"

            ```bash
            ./run.sh
            ```

        ===+ "Windows"
            * one

                === 'Inner'
                    Deep.
    """

    assert labelled(page(tmp_path, source)) == [
        ("Linux", "./run.sh"),
        ("Windows", "- one"),
        ("Windows › Inner", "Deep."),
    ]


def test_headings_inside_blocks_are_sections(tmp_path: Path) -> None:
    source = """
        # Page

        === "A"

            ## Under a tab

            Text.

        /// note
        ### In a note
        More.
        ///
    """

    assert [(s.heading_path, s.anchor) for s in page(tmp_path, source).sections] == [
        (("Page", "Under a tab"), "under-a-tab"),
        (("Page", "Under a tab", "In a note"), "in-a-note"),
    ]


def test_fences_say_language_and_title_in_either_form(tmp_path: Path) -> None:
    source = """
        ``` { .python .annotate title="main.py" hl_lines="1 2" linenums="1" }
        x = 1  # (1)!
        # (2)
        ```

        1.  A number.

        ``` yaml title="a.yml"
        a: "(1)!"  # (1)!
        ```

        ```hl_lines="1"
        plain
        ```

        `#!python print()` and `#!/bin/sh`
    """
    found = page(tmp_path, source)

    assert [(block.language, block.label, block.text) for block in code(found)] == [
        ("python", "main.py", "x = 1  # (1)\n# (2)"),
        ("yaml", "a.yml", 'a: "(1)!"  # (1)'),
        ("", "", "plain"),
    ]
    assert texts(found)[1] == "1. A number."
    assert texts(found)[-1] == "`print()` and `#!/bin/sh`"


def test_the_colours_of_a_terminal_are_no_text(tmp_path: Path) -> None:
    source = """
        <div class="termy">

        ```console
        $ <font color="#4E9A06">pip</font> install x &lt;y&gt;
        ---> 100%
        ```

        </div>
    """

    assert texts(page(tmp_path, source)) == ["$ pip install x <y>\n---> 100%"]


def test_indented_code_is_code_and_counted(tmp_path: Path) -> None:
    source = """
        Text:

            print(1)

            print(2)

        * item

            in the item

        !!! note

            in the note

        Term
        :   in the definition

            more of it
    """
    found = page(tmp_path, source)

    assert [block.text for block in code(found)] == ["print(1)\n\nprint(2)"]
    assert found.code_blocks == 1


def test_definition_lists_footnotes_and_tables_are_read(tmp_path: Path) -> None:
    source = """
        Node
        :   A *process*.

            It computes.

        Topic
        :   A channel.[^1]

        | key { .wide } | value |
        | --- | --- |
        | a   | b { .x } |

        [^1]: Named.
            And typed.
    """
    found = page(tmp_path, source)

    assert labelled(found) == [
        ("Node", "A process."),
        ("Node", "It computes."),
        ("Topic", "A channel.[1]"),
        ("", "| key | value |\n| --- | --- |\n| a | b |"),
        ("", "[1]: Named. And typed."),
    ]
    assert found.tables == 1


def test_inline_syntax_becomes_its_text(tmp_path: Path) -> None:
    source = """
        Press ++ctrl+alt+del++ or ++"Any Key"++, not C++ and C++.
        See [Start](a.md){ .md-button .md-button--primary }, **bold**{: title="x" } {kept}.
        ==marked== ^^new^^ ~~old~~ H~2~O x^2^, a == b == c, `==code==`, ~/.ssh and ~/x.
        {: .lead }

        See [`run`][package.run], [package.stop][] and [a file](two words.md), not string[][].
    """

    assert texts(page(tmp_path, source)) == [
        "Press Ctrl+Alt+Delete or Any Key, not C++ and C++. See Start, bold {kept}. "
        "marked new old H2O x2, a == b == c, `==code==`, ~/.ssh and ~/x.",
        "See `run`, package.stop and a file, not string[][].",
    ]


@pytest.mark.parametrize(
    ("keys", "names"),
    [("cmd+shift+p", "Cmd+Shift+P"), ("page-up", "Page Up"), ("f1", "F1"), ("'€'", "€")],
)
def test_keys_are_named_as_printed(keys: str, names: str) -> None:
    assert key_names(keys) == names


def test_html_with_markdown_inside_is_read(tmp_path: Path) -> None:
    source = """
        <figure markdown="span">
          ![A robot](robot.png){ width="300" }
          <figcaption>A *robot*.</figcaption>
        </figure>

        <div class="grid cards" markdown>

        -   :material-clock:{ .lg } __Fast__

            ---

            In a minute.

        </div>

        <!-- a comment -->
    """
    found = page(tmp_path, source)

    assert texts(found) == ["A robot.", "- Fast", "  In a minute."]
    assert [(item.kind, item.line, item.detail) for item in found.dropped] == [
        ("image", 2, "A robot"),
        ("icon", 8, ":material-clock:"),
        ("comment", 16, ""),
    ]


def test_what_has_no_text_is_reported(tmp_path: Path) -> None:
    source = """
        # Page

        [TOC]

        ::: package.Class
            options:
                members: true

        The API.

        *[API]: Application Programming Interface
    """
    found = page(tmp_path, source)

    assert texts(found) == ["The API."]
    assert found.dropped == (
        Dropped("table of contents", 3),
        Dropped("mkdocstrings", 5, "package.Class"),
        Dropped("abbreviation", 11, "API: Application Programming Interface"),
    )


# ── one folder for each language ─────────────────────────────────────────────────────────────


def languages(root: Path) -> Path:
    """A repository as FastAPI's: docs/<language>/docs, settings in English, code beside them."""
    english = "site_name: Book\nsite_url: https://example.org/\nmarkdown_extensions: {attr_list: }"
    german = "INHERIT: ../en/mkdocs.yml\nsite_name: Buch\n"
    files = {
        "docs/en/mkdocs.yml": english,
        "docs/en/docs/index.md": "# Book {#book}\n\n{* ../../docs_src/a.py *}\n",
        "docs/en/docs/more.md": "# More\n\nText.",
        "docs/de/mkdocs.yml": german,
        "docs/de/docs/index.md": "# Buch {#book}\n\n{* ../../docs_src/a.py *}\n",
        "docs/es/docs/index.md": "# Libro {#book}\n\n{* ../../docs_src/a.py *}\n",
        "docs_src/a.py": "print()\n",
    }
    return write(root, files)


@pytest.mark.parametrize("language", ["", "en", "de", "es"])
def test_each_language_has_its_folder_and_shares_the_code(tmp_path: Path, language: str) -> None:
    source = MkDocsSource(languages(tmp_path))
    paths = source.paths(Selection(language=language))
    found = source.read("index.md")

    assert paths == (["index.md", "more.md"] if language in ("", "en") else ["index.md"])
    assert found.url == ("" if language in ("", "en") else f"{language}/")
    assert source.language == (language or "en")
    assert (anchors(found), texts(found), found.dropped) == (["book"], ["print()"], ())


def test_an_unknown_language_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no translation 'fr'\. There is: en, de, es\."):
        MkDocsSource(languages(tmp_path)).paths(Selection(language="fr"))


def test_a_site_in_one_language_has_no_translations(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no translation 'fr'\. There is: en\."):
        MkDocsSource(site(tmp_path, {"index.md": "A"})).paths(Selection(language="fr"))


# ── the real book ────────────────────────────────────────────────────────────────────────────

LEFTOVERS = re.compile(
    r"^[ ]*/{3}|\{\*|\*\}|--8<--|\{!|\{%|\{\{|\{[ ]?[#.:]|^!!! |^=== |^::: |\(\d\)!", re.MULTILINE
)


@cache
def real_book(folder: Path, language: str = "") -> list[Page]:
    source = MkDocsSource(folder / "books" / "fastapi")
    return [source.read(path) for path in source.paths(Selection(language=language))]


@pytest.mark.data
def test_no_code_block_or_table_of_the_real_book_is_lost(real_data: Path) -> None:
    pages = real_book(real_data)

    assert len(pages) == 155
    assert sum(len(code(page)) for page in pages) > 800
    for page in pages:
        tables = [block for block in blocks(page) if block.kind is Kind.TABLE]
        assert (len(code(page)), len(tables)) == (page.code_blocks, page.tables), page.path


@pytest.mark.data
def test_no_directive_is_left_in_the_real_book(real_data: Path) -> None:
    for page in real_book(real_data):
        for block in blocks(page):
            text = re.sub(r"`[^`\n]*`", "", block.text)
            if block.kind is not Kind.CODE:
                assert not LEFTOVERS.search(text), (page.path, block.text)
            assert not re.search(r"\{[*!]>? \.\./", text), (page.path, block.text)


@pytest.mark.data
def test_only_files_that_the_real_book_lacks_are_missing(real_data: Path) -> None:
    missing = {
        item.detail.rpartition(".")[2]
        for page in real_book(real_data)
        for item in page.dropped
        if "include" in item.kind
    }

    assert missing == {"html", "css", "js", "py"}


@pytest.mark.data
def test_the_translations_of_the_real_book_are_read(real_data: Path) -> None:
    german = real_book(real_data, "de")

    assert {page.url for page in german} >= {"de/", "de/tutorial/body/"}
    assert all(code(page) for page in german)
