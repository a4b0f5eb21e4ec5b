"""mdBooks: the summary's order, addresses, anchors, includes, listings, and the real book."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from textwrap import dedent

import pytest

from retrieval.errors import SourceError
from retrieval.passages import Block, Kind
from retrieval.readers import open_source
from retrieval.readers.mdbook import includes
from retrieval.readers.mdbook.anchors import heading_id
from retrieval.readers.mdbook.book import MdBookSource
from retrieval.readers.mdbook.summary import Chapter, read_summary
from retrieval.readers.source import Dropped, Page, Selection
from tests.files import write_dedented

ALL = Selection()
CONFIG = """
[book]
title = "Knots"
language = "de"

[output.html]
site-url = "https://example.org/knots"
"""
LOOP = """\
use std::io;

// ANCHOR: loop
fn main() {
    // ANCHOR: body
    loop {}
    // ANCHOR_END: body
}
// ANCHOR_END: loop
"""


Files = dict[str, str]


def book(root: Path, page: str = "", files: Files | None = None) -> Path:
    """A book of one chapter, ``page.md``, and of the files given by their paths."""
    usual = {"book.toml": CONFIG, "src/SUMMARY.md": "- [Page](page.md)", "src/page.md": page}
    return write_dedented(root, usual | (files or {}))


def read(root: Path, page: str, files: Files | None = None) -> Page:
    return MdBookSource(book(root, page, files)).read("page.md")


def blocks(page: Page) -> list[Block]:
    return [block for section in page.sections for block in section.blocks]


def texts(page: Page) -> list[str]:
    return [block.text for block in blocks(page)]


def code(page: Page) -> list[str]:
    return [block.text for block in blocks(page) if block.kind is Kind.CODE]


def anchors(page: Page) -> list[str]:
    return [section.anchor for section in page.sections]


def ids_of(root: Path, *headings: str) -> list[str]:
    """The anchors of a page with these headings."""
    return anchors(read(root, "\n\n".join(f"{heading}\n\ntext" for heading in headings)))


# ── the book ─────────────────────────────────────────────────────────────────────────────────


def test_a_book_is_recognised_by_its_config_or_its_summary(tmp_path: Path) -> None:
    assert MdBookSource.recognises(tmp_path) == ""
    book(tmp_path)
    assert open_source(tmp_path).source.format == "mdbook"
    assert MdBookSource.recognises(tmp_path) == "book.toml"

    (tmp_path / "book.toml").unlink()
    assert MdBookSource.recognises(tmp_path) == "src/SUMMARY.md"


def test_title_address_and_language_come_from_the_config(tmp_path: Path) -> None:
    source = MdBookSource(book(tmp_path))

    assert (source.title, source.base_url, source.language) == (
        "Knots",
        "https://example.org/knots/",
        "de",
    )


def test_a_book_without_settings_has_those_of_mdbook(tmp_path: Path) -> None:
    source = MdBookSource(book(tmp_path / "ropes", files={"book.toml": ""}))

    assert (source.title, source.base_url, source.language) == ("ropes", "", "en")


@pytest.mark.parametrize(
    ("html", "address"),
    [
        ('site-url = "/"', ""),
        ('site-url = "/knots/"', "/knots/"),
        ('cname = "knots.example.org"', "https://knots.example.org/"),
        ('cname = "example.org"\nsite-url = "/knots/"', "https://example.org/knots/"),
        ('cname = "x.org"\nsite-url = "https://example.org/"', "https://example.org/"),
        ("site-url = 3", ""),
    ],
)
def test_the_address_is_put_together_from_host_and_path(
    tmp_path: Path, html: str, address: str
) -> None:
    config = f"[output.html]\n{html}\n"

    assert MdBookSource(book(tmp_path, files={"book.toml": config})).base_url == address


def test_chapters_may_lie_in_another_folder(tmp_path: Path) -> None:
    root = book(
        tmp_path,
        files={
            "book.toml": '[book]\nsrc = "text"\n',
            "text/SUMMARY.md": "[One](one.md)",
            "text/one.md": "Words.",
        },
    )

    assert texts(MdBookSource(root).read("one.md")) == ["Words."]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"book.toml": "[book\n"}, "book.toml cannot be read: .*line 1"),
        ({"book.toml": '[book]\nsrc = "text"\n'}, "has no text/SUMMARY.md"),
        ({"book.toml": '[book]\nsrc = ".."\n'}, "has no ../SUMMARY.md"),
        ({"src/SUMMARY.md": "# Nothing\n\n- [Draft]()"}, "names no chapter"),
    ],
)
def test_a_book_that_cannot_be_read_says_why(tmp_path: Path, files: Files, message: str) -> None:
    (tmp_path / "SUMMARY.md").write_text("[Outside](page.md)", encoding="utf-8")

    with pytest.raises(SourceError, match=message) as refusal:
        MdBookSource(book(tmp_path / "book", "", files))
    assert refusal.value.hint


def test_a_summary_that_is_a_link_out_of_the_book_is_refused(tmp_path: Path) -> None:
    root = book(tmp_path / "book")
    (tmp_path / "secret.md").write_text("- [Page](page.md)", encoding="utf-8")
    (root / "src/SUMMARY.md").unlink()
    (root / "src/SUMMARY.md").symlink_to(tmp_path / "secret.md")

    with pytest.raises(SourceError, match=r"has no src/SUMMARY\.md"):
        MdBookSource(root)


def test_a_language_that_the_book_is_not_in_is_refused(tmp_path: Path) -> None:
    source = MdBookSource(book(tmp_path))

    assert source.paths(Selection(language="de")) == ["page.md"]
    with pytest.raises(SourceError, match=r"has no translation 'ur'.*in 'de'"):
        source.paths(Selection(language="ur"))


def test_a_source_can_be_sent_to_another_process(tmp_path: Path) -> None:
    source = pickle.loads(pickle.dumps(MdBookSource(book(tmp_path, "# Bowline\n\nA loop."))))

    assert texts(source.read("page.md")) == ["A loop."]


# ── the summary ──────────────────────────────────────────────────────────────────────────────


def test_the_summary_gives_the_order_and_drafts_are_left_out() -> None:
    chapters = read_summary(
        dedent("""\
        # Summary

        [Foreword](foreword.md)
        [Preface *twice*](./preface.md)

        # Part of the [ropes](not-a-chapter.md)

        - [Ropes](ropes/README.md)
            - [The `bowline`](ropes/bowline.md)
            - [A draft]()
                - [Under the draft](ropes/under.md)
        ---
        * [Ends](ends%20of.md)
        <!-- - [Old](old.md) -->

        [Ropes again](ropes/README.md)
        [Afterword](<after word.md>)
        """)
    )

    assert chapters == [
        Chapter("foreword.md", "Foreword", 3),
        Chapter("preface.md", "Preface twice", 4),
        Chapter("ropes/README.md", "Ropes", 8),
        Chapter("ropes/bowline.md", "The bowline", 9),
        Chapter("ropes/under.md", "Under the draft", 11),
        Chapter("ends of.md", "Ends", 13),
        Chapter("after word.md", "Afterword", 17),
    ]


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("ch01-02-hello.md", "ch01-02-hello.html"),
        ("README.md", "index.html"),
        ("ropes/ReadMe.md", "ropes/index.html"),
        ("v1.2.md", "v1.2.html"),
        ("ends of.md", "ends%20of.html"),
    ],
)
def test_a_chapter_is_an_html_file_beside_the_others(path: str, url: str) -> None:
    assert Chapter(path, "", 1).url == url


def test_pages_are_selected_by_path(tmp_path: Path) -> None:
    root = book(tmp_path, files={"src/SUMMARY.md": "- [B](b/b.md)\n- [A](a.md)\n- [C](b/c.md)"})
    source = MdBookSource(root)

    assert source.paths(ALL) == ["b/b.md", "a.md", "b/c.md"]
    assert source.paths(Selection(include=("b/**",), exclude=("**/c.md",))) == ["b/b.md"]


def test_a_page_is_called_as_in_the_menu_unless_it_says_otherwise(tmp_path: Path) -> None:
    assert read(tmp_path, "# Something else").title == "Page"
    assert read(tmp_path, "{{#title The knots}}\n# Something else").title == "The knots"


def test_the_first_heading_does_not_repeat_the_title(tmp_path: Path) -> None:
    page = read(tmp_path, "## Page\n\nText.\n\n### Below\n\nMore.")

    assert [section.heading_path for section in page.sections] == [("Page",), ("Page", "Below")]


@pytest.mark.parametrize("path", ["absent.md", "../../outside.md", "https://x.org/y", "x" * 300])
def test_a_chapter_without_a_file_in_the_book_is_an_empty_page_that_says_so(
    tmp_path: Path, path: str
) -> None:
    (tmp_path / "outside.md").write_text("Secret.", encoding="utf-8")
    source = MdBookSource(book(tmp_path / "book", files={"src/SUMMARY.md": f"\n- [Knots]({path})"}))

    page = source.read(*source.paths(ALL))

    assert (page.title, page.sections) == ("Knots", ())
    assert [(dropped.kind, dropped.line) for dropped in page.dropped] == [("missing page", 1)]
    assert "SUMMARY.md names it in line 2" in page.dropped[0].detail


def test_a_chapter_that_is_a_link_out_of_the_book_is_not_read(tmp_path: Path) -> None:
    root = book(tmp_path / "book")
    (tmp_path / "secret.md").write_text("Secret.", encoding="utf-8")
    (root / "src/page.md").unlink()
    (root / "src/page.md").symlink_to(tmp_path / "secret.md")

    assert MdBookSource(root).read("page.md").sections == ()


def test_a_path_that_the_summary_does_not_name_is_refused(tmp_path: Path) -> None:
    source = MdBookSource(book(tmp_path, files={"src/other.md": "Words."}))

    with pytest.raises(SourceError, match=r"other\.md is no chapter of Knots"):
        source.read("other.md")


def test_a_chapter_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (book(tmp_path) / "src/page.md").write_bytes(b"caf\xe9")

    with pytest.raises(SourceError, match=r"page\.md cannot be read.*UTF-8"):
        MdBookSource(tmp_path).read("page.md")


# ── anchors ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("`--passes`: add more  passes", "--passes-add-more--passes"),
        ("Method-call 🐙 expressions \U0001f47c", "method-call--expressions-"),
        ("_-_12345", "_-_12345"),
        ("⚠️ Über <T>", "-über-t"),
        ("中文標題 CJK title", "中文標題-cjk-title"),
        ("हिन्दी की गाँठ", "हिनदी-की-गाँठ"),
        ("שָׁלוֹם", "שָׁלוֹם"),
        ("cafe\u0301", "cafe"),
        ("Ⓐ and ½", "ⓐ-and-½"),
        ("::", "section"),
    ],
)
def test_an_id_keeps_letters_numbers_hyphens_and_underscores(text: str, identifier: str) -> None:
    assert heading_id(text) == identifier


def test_repeated_headings_are_numbered(tmp_path: Path) -> None:
    assert ids_of(tmp_path, "# A", "## B", "## B", "### B-1", "#### B", "Set\n===") == [
        "a",
        "b",
        "b-1",
        "b-1-1",
        "b-2",
        "set",
    ]


def test_terms_of_definition_lists_are_counted_with_the_headings(tmp_path: Path) -> None:
    page = read(tmp_path, "Bight\n: A bend in a rope.\n\n# Bight\n\nText.")

    assert texts(page) == ["Bight", "A bend in a rope.", "Text."]
    assert anchors(page) == ["", "bight-1"]


def test_an_id_of_its_own_is_taken_as_it_stands(tmp_path: Path) -> None:
    page = read(tmp_path, "# A {.big #First .x}\n\na\n\n# B{#first}\n\nb\n\n# first {x=1}\n\nc")

    assert anchors(page) == ["First", "first", "first"]
    assert [section.title for section in page.sections] == ["A", "B", "first"]


def test_braces_that_hold_no_attributes_are_text(tmp_path: Path) -> None:
    page = read(tmp_path, "# Use `{}` and {:?} so\n\na\n\n# `{a}`\n\nb")

    assert anchors(page) == ["use--and--so", "a"]


def test_markup_images_and_tags_of_a_heading_are_no_part_of_its_id(tmp_path: Path) -> None:
    assert ids_of(
        tmp_path,
        '# <a id="old"></a>The *fn* [`main`](x.md)',
        "# List<T> ![of](x.png)<!-- no -->",
        "# AT&amp;T \\_ it’s",
    ) == ["the-fn-main", "list", "att-_-its"]


def test_the_number_of_a_footnote_is_part_of_an_id(tmp_path: Path) -> None:
    page = read(tmp_path, "Text[^x].\n\n# Two[^y] and[^x]\n\n[^x]: X\n\n[^y]: Y")

    assert anchors(page) == ["", "two2-and1"]


def test_dashes_are_no_part_of_an_id_while_punctuation_is_smart(tmp_path: Path) -> None:
    plain = "[output.html]\nsmart-punctuation = false"

    assert anchors(read(tmp_path, "# a--b `--c`\n\ntext")) == ["ab---c"]
    assert anchors(read(tmp_path, "# a--b `--c`\n\ntext", files={"book.toml": plain})) == [
        "a--b---c"
    ]


# ── includes ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("part", "taken"),
    [
        ("", "use std::io;\n\nfn main() {\n    loop {}\n}"),
        (":1", "use std::io;"),
        (":4:6", "fn main() {\n    loop {}"),
        (":6:", "    loop {}\n}"),
        ("::4", "use std::io;\n\nfn main() {"),
        (":loop", "fn main() {\n    loop {}\n}"),
        (":body", "    loop {}"),
    ],
)
def test_an_include_brings_a_file_some_lines_or_an_anchor(
    tmp_path: Path, part: str, taken: str
) -> None:
    page = read(tmp_path, f"```rs\n{{{{#include ../main.rs{part}}}}}\n```", files={"main.rs": LOOP})

    assert code(page) == [taken]
    assert (page.code_blocks, page.dropped) == (1, ())


@pytest.mark.parametrize("part", ["body", "6:6", "5:7"])
def test_rustdoc_include_shows_a_part_and_hides_the_rest(tmp_path: Path, part: str) -> None:
    source = f"```rust,no_run\n{{{{#rustdoc_include ../main.rs:{part}}}}}\n```"

    page = read(tmp_path, source, files={"main.rs": LOOP})

    assert [(block.text, block.language) for block in blocks(page)] == [("    loop {}", "rust")]


def test_playground_is_a_block_of_rust(tmp_path: Path) -> None:
    page = read(
        tmp_path, "{{#playground a.rs editable}}", files={"src/a.rs": "# fn x() {}\nlet a;\n"}
    )

    assert [(block.text, block.language) for block in blocks(page)] == [("let a;", "rust")]
    assert page.code_blocks == 1


def test_an_included_page_may_include_and_its_paths_are_its_own(tmp_path: Path) -> None:
    page = read(
        tmp_path,
        "Before {{#include parts/a.md}}, after.",
        files={"src/parts/a.md": "the {{#include b.md}}", "src/parts/b.md": "bowline\n"},
    )

    assert texts(page) == ["Before the bowline, after."]


def test_an_include_keeps_to_the_quote_or_list_that_it_stands_in(tmp_path: Path) -> None:
    page = read(
        tmp_path,
        "> {{#include a.md}}\n\n1. x\n\n   ```rs\n   {{#include a.md}}\n   ```\n",
        files={"src/a.md": "one\n\ntwo"},
    )

    assert texts(page) == ["one", "two", "1. x", "one\n\ntwo"]


def test_lines_are_those_of_the_page_and_not_of_what_it_includes(tmp_path: Path) -> None:
    page = read(
        tmp_path,
        "{{#include a.md}}\n\n# Second\n\n![x](x.png)\n\n{{#include\n b.md}}\n{{#include c.md}}\n",
        files={"src/a.md": "# First\n\n" + "long\n\n" * 9 + "{{#include d.md}}"},
    )

    assert [(section.title, section.line) for section in page.sections] == [("First", 1)]
    assert [(dropped.kind, dropped.line) for dropped in page.dropped] == [
        ("include", 1),
        ("include", 7),
        ("include", 9),
        ("image", 5),
        ("empty section", 3),
    ]


def test_an_escaped_directive_is_text_and_one_of_another_name_stays(tmp_path: Path) -> None:
    page = read(
        tmp_path,
        "Write `\\{{#include file.rs}}`.\n\n```hbs\n{{#if x}}{{/if}}{{#each y}}{{/each}}\n```",
    )

    assert texts(page) == ["Write `{{#include file.rs}}`.", "{{#if x}}{{/if}}{{#each y}}{{/each}}"]


@pytest.mark.parametrize(
    ("argument", "reason"),
    [
        ("absent.rs", "no file of the book"),
        ("..", "no file of the book"),
        ("../../outside.rs", "no file of the book"),
        ("/etc/hostname", "no file of the book"),
        ("link.rs", "no file of the book"),
        ("x" * 300, "no file of the book"),
        ("page.md", "includes itself"),
        ("latin.rs", "not UTF-8"),
        ("x.rs:absent", "holds no such part"),
        ("x.rs:7:9", "holds no such part"),
    ],
)
def test_an_include_that_cannot_be_had_is_told_with_its_line(
    tmp_path: Path, argument: str, reason: str
) -> None:
    root = tmp_path / "book"
    (tmp_path / "outside.rs").write_text("secret", encoding="utf-8")
    book(
        root, f"Text.\n\n```rust\n{{{{#include {argument}}}}}\n```\n", files={"src/x.rs": "let x;"}
    )
    (root / "src/link.rs").symlink_to(tmp_path / "outside.rs")
    (root / "src/latin.rs").write_bytes(b"\xe9")

    page = MdBookSource(root).read("page.md")

    assert page.dropped == (Dropped("include", 4, f"{argument}: {reason}"),)
    assert texts(page) == ["Text."]


def test_files_that_include_each_other_end(tmp_path: Path) -> None:
    page = read(
        tmp_path,
        "{{#include a.md}}",
        files={"src/a.md": "a {{#include b.md}}", "src/b.md": "b {{#include a.md}}"},
    )

    assert texts(page) == ["a b"]
    assert page.dropped == (Dropped("include", 1, "a.md: includes itself"),)


def test_includes_go_ten_files_deep(tmp_path: Path) -> None:
    files = {f"src/f{n}.md": f"{n} {{{{#include f{n + 1}.md}}}}" for n in range(1, 13)}

    page = read(tmp_path, "{{#include f1.md}}", files)

    assert texts(page) == ["1 2 3 4 5 6 7 8 9 10"]
    assert page.dropped == (Dropped("include", 1, "f11.md: more than 10 files deep"),)


def test_what_a_page_includes_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(includes, "MOST_INCLUDED", 1_000)
    doubled = {f"src/f{n}.md": f"{{{{#include f{n + 1}.md}}}}\n" * 9 for n in range(1, 9)}

    page = read(tmp_path, "{{#include f1.md}}", doubled | {"src/f9.md": "text"})

    assert len(" ".join(texts(page))) < 1_000
    assert all(
        dropped.detail.endswith("more than 1,000 characters on one page")
        for dropped in page.dropped
    )
    assert page.dropped


# ── code ─────────────────────────────────────────────────────────────────────────────────────


def test_hidden_lines_of_rust_are_not_shown(tmp_path: Path) -> None:
    page = read(
        tmp_path,
        """\
        ```rust,should_panic
        # use std::io;
        #[derive(Debug)]
        #
        ## a hash
            # let x = 1;
        #!/bin/sh
        fn main() {}
        ```

        ```python
        # a comment
        ```
        """,
    )

    assert code(page) == ["#[derive(Debug)]\n# a hash\n#!/bin/sh\nfn main() {}", "# a comment"]


def test_other_languages_hide_lines_by_a_prefix(tmp_path: Path) -> None:
    page = read(
        tmp_path,
        "```python\n~import os\nx = 1\n  ~y = 2\n```\n\n```js hidelines=!!\n!!let a;\nlet b;\n```",
        files={"book.toml": '[output.html.code.hidelines]\npython = "~"\n'},
    )

    assert [(block.text, block.language) for block in blocks(page)] == [
        ("x = 1", "python"),
        ("let b;", "js"),
    ]


def test_code_of_hidden_lines_alone_is_told(tmp_path: Path) -> None:
    page = read(tmp_path, "Text.\n\n```rust\n# fn main() {}\n```\n")

    assert (texts(page), page.code_blocks) == (["Text."], 1)
    assert page.dropped == (Dropped("hidden code", 3),)


@pytest.mark.parametrize(
    ("attributes", "label"),
    [
        (
            'number="1-2" file-name="src/main.rs" caption="A loop"',
            "Listing 1-2: A loop (src/main.rs)",
        ),
        (
            'number="1-2" caption="A *new* `Box<T>` &amp; more"',
            "Listing 1-2: A new `Box<T>` & more",
        ),
        ("""number="1-2" caption='Sending `"hi"`'""", 'Listing 1-2: Sending `"hi"`'),
        ('file-name="Cargo.toml"', "Cargo.toml"),
        ('caption="Only this"', "Only this"),
        ("", ""),
    ],
)
def test_a_listing_labels_its_code(tmp_path: Path, attributes: str, label: str) -> None:
    page = read(
        tmp_path, f"<Listing {attributes}>\n\n```rust\nlet v: Vec<T>;\n```\n\n</Listing>\n\nText."
    )

    assert [(block.text, block.label) for block in blocks(page)] == [
        ("let v: Vec<T>;", label),
        ("Text.", ""),
    ]


def test_a_file_name_labels_the_code_that_follows_it(tmp_path: Path) -> None:
    name = '<span class="filename">Filename: src/main.rs</span>'
    page = read(tmp_path, f"{name}\n\n```rust\nlet a;\n```\n\n{name}\n\nText.")

    assert [(block.text, block.label) for block in blocks(page)] == [
        ("let a;", "Filename: src/main.rs"),
        ("Filename: src/main.rs", ""),
        ("Text.", ""),
    ]


# ── what encloses ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["NOTE", "Tip", "important", "WARNING", "CAUTION"])
def test_a_quote_may_be_an_admonition(tmp_path: Path, kind: str) -> None:
    page = read(tmp_path, f"> [!{kind}]  \n> Mind the\n> knot.\n>\n> > Quoted.\n\nAfter.")

    assert [(block.text, block.label) for block in blocks(page)] == [
        ("Mind the knot.", kind.capitalize()),
        ("Quoted.", kind.capitalize()),
        ("After.", ""),
    ]


def test_a_quote_that_names_no_kind_is_a_quote(tmp_path: Path) -> None:
    assert texts(read(tmp_path, "> [!NOTE] here\n\n> [!OTHER]\n> text\n\n> - [!TIP]")) == [
        "[!NOTE] here",
        "[!OTHER] text",
        "- [!TIP]",
    ]


def test_a_quote_with_a_heading_is_an_aside_after_its_section(tmp_path: Path) -> None:
    page = read(
        tmp_path,
        """\
        ## Knots

        Before.

        > ### A word on ropes
        >
        > Aside.

        After.

        ## Ends

        > ## Only an aside
        >
        > Text.

        ## Last

        Text.
        """,
    )

    assert [(s.anchor, s.heading_path[1:], len(s.blocks)) for s in page.sections] == [
        ("knots", ("Knots",), 2),
        ("a-word-on-ropes", ("Knots", "A word on ropes"), 1),
        ("only-an-aside", ("Ends", "Only an aside"), 1),
        ("last", ("Last",), 1),
    ]
    assert page.dropped == ()


def test_html_footnotes_and_tables_are_read(tmp_path: Path) -> None:
    page = read(
        tmp_path,
        """\
        <details>
        <summary>More</summary>

        Press <kbd>x</kbd>[^1]<!-- ignore -->. <img src="a.png" alt="A rope">

        </details>

        <!-- A comment
        in two lines -->

        | a | b |
        |---|---|
        | `x` | y |

        [^1]: A note.
        """,
    )

    assert [(block.text, block.label) for block in blocks(page)] == [
        ("More", ""),
        ("Press x[1].", "More"),
        ("| a | b |\n| --- | --- |\n| `x` | y |", ""),
        ("[1]: A note.", ""),
    ]
    assert page.tables == 1
    assert [(d.kind, d.line, d.detail) for d in page.dropped] == [
        ("comment", 4, ""),
        ("image", 4, "A rope"),
        ("comment", 8, ""),
    ]


# ── the real book ────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def rust_book(real_data: Path) -> list[Page]:
    source = MdBookSource(real_data / "books" / "rust-book")
    return [source.read(path) for path in source.paths(ALL)]


def test_every_page_of_the_real_book_is_read(rust_book: list[Page]) -> None:
    assert len(rust_book) == 111
    assert all(page.sections for page in rust_book)
    assert rust_book[0].url == "title-page.html"
    assert (rust_book[4].title, rust_book[4].sections[0].anchor) == ("Installation", "installation")


def test_no_block_of_the_real_book_is_lost(rust_book: list[Page]) -> None:
    for page in rust_book:
        kinds = [block.kind for block in blocks(page)]
        assert kinds.count(Kind.CODE) == page.code_blocks, page.path
        assert kinds.count(Kind.TABLE) == page.tables, page.path


def test_no_directive_marker_or_hidden_line_of_the_real_book_is_left(rust_book: list[Page]) -> None:
    for page in rust_book:
        for block in blocks(page):
            assert not re.search(r"\{\{#|</?Listing|ANCHOR(_END)?:", block.text), page.path
            is_rust = block.language == "rust"
            assert not (is_rust and re.search(r"^\s*#( |$)", block.text, re.MULTILINE)), page.path


def test_only_files_that_are_not_there_are_missed_in_the_real_book(rust_book: list[Page]) -> None:
    dropped = [item for page in rust_book for item in page.dropped]

    assert {item.kind for item in dropped} == {"comment", "image", "include"}
    missed = [item.detail for item in dropped if item.kind == "include"]
    assert all(re.fullmatch(r"\S+\.html: no file of the book", detail) for detail in missed)
    assert len(missed) == 2


def test_listings_of_the_real_book_label_their_code(rust_book: list[Page]) -> None:
    labels = [block.label for page in rust_book for block in blocks(page)]

    assert "Listing 2-6: Complete guessing game code (src/main.rs)" in labels
    assert sum(label.startswith("Listing ") for label in dict.fromkeys(labels)) == 382
