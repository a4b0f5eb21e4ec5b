"""What Markdown and MDX become: prose, code, tables, labels, and what is left out of them."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it.tree import SyntaxTreeNode

from retrieval.passages import Block, Kind, SectionText
from retrieval.readers.markdown.fences import count_code_blocks
from retrieval.readers.markdown.parser import markdown_parser
from retrieval.readers.markdown.sections import SectionReader
from retrieval.readers.source import Dropped


class Reading:
    """A source read as one page titled "Page"."""

    def __init__(self, source: str, *, mdx: bool = True, indented_code: bool = False) -> None:
        parser = markdown_parser(mdx=mdx, indented_code=indented_code)
        reader = SectionReader(path="page.md", url="page", title="Page")
        self.sections: tuple[SectionText, ...] = reader.read(
            SyntaxTreeNode(parser.parse(dedent(source).lstrip("\n"), {}))
        )
        self.dropped: list[Dropped] = reader.dropped

    @property
    def blocks(self) -> list[Block]:
        return [block for section in self.sections for block in section.blocks]

    @property
    def texts(self) -> list[str]:
        return [block.text for block in self.blocks]

    @property
    def kinds_dropped(self) -> list[str]:
        return [dropped.kind for dropped in self.dropped]

    def code(self) -> list[Block]:
        return [block for block in self.blocks if block.kind is Kind.CODE]


# ── prose ────────────────────────────────────────────────────────────────────────────────────


def test_inline_markup_is_removed_and_inline_code_kept_between_backticks() -> None:
    page = Reading("Use **the** *`ros2`* ~~old~~ [command line](x.md 'tip'), see <https://x.org>.")

    assert page.texts == ["Use the `ros2` old command line, see https://x.org."]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("an `i8` holds -(2<sup>7</sup>) to 2<sup>7</sup> - 1", "an `i8` holds -(2^7) to 2^7 - 1"),
        ("2<sup>n - 1</sup> values, 10<sup>-9</sup> s", "2^(n - 1) values, 10^-9 s"),
        ("the 1<sup>st</sup> node, Qt<sup>TM</sup>", "the 1st node, QtTM"),
        ("raised<sup>7 and never closed", "raised7 and never closed"),
    ],
)
def test_an_exponent_does_not_join_its_number(source: str, text: str) -> None:
    assert Reading(source, mdx=False).texts == [text]


def test_a_paragraph_is_one_line_and_a_hard_break_starts_another() -> None:
    assert Reading("one\ntwo  \nthree<br/>four").texts == ["one two\nthree\nfour"]


def test_entities_and_escapes_are_read() -> None:
    assert Reading(r"1 &lt; 2 &amp; \*not emphasis\* \{braces\}").texts == [
        "1 < 2 & *not emphasis* {braces}"
    ]


def test_mathematics_is_kept_as_typed() -> None:
    page = Reading(
        r"""
        The pose $T_{a}^{b} = \frac{1}{2}$ and inline $$x_{i}$$.

        $$
        x = \frac{a_{1}}{b}
        $$

        It costs $5 and not $6.
        """
    )

    assert page.texts == [
        r"The pose $T_{a}^{b} = \frac{1}{2}$ and inline $$x_{i}$$.",
        "$$\nx = \\frac{a_{1}}{b}\n$$",
        "It costs $5 and not $6.",
    ]


def test_a_list_is_one_block_with_markers_and_indentation() -> None:
    page = Reading(
        """
        3. first
           more of it

           second paragraph
        4. second
           - inner one
           - inner *two*
             1. deepest
        """
    )

    assert page.texts == [
        "3. first more of it\n   second paragraph\n4. second\n"
        "   - inner one\n   - inner two\n     1. deepest"
    ]


def test_code_inside_a_list_becomes_a_code_block_between_its_items() -> None:
    page = Reading(
        """
        1. Run it:

           ```bash
           colcon build
             --symlink-install
           ```
        2. Source it.
        """
    )

    assert page.blocks == [
        Block(Kind.PROSE, "1. Run it:"),
        Block(Kind.CODE, "colcon build\n  --symlink-install", "bash"),
        Block(Kind.PROSE, "2. Source it."),
    ]


def test_a_footnote_stays_where_it_is_written() -> None:
    page = Reading("Ten times a second.[^rate]\n\n[^rate]: Unless *told* otherwise.\n")

    assert page.texts == ["Ten times a second.[rate]", "[rate]: Unless told otherwise."]


def test_an_image_is_no_text_but_is_reported_with_its_line() -> None:
    page = Reading("Before\n![The graph](graph.png)\nafter\n\n<img src='x.png' alt='X' />\n")

    assert page.texts == ["Before  after"]
    assert page.dropped == [Dropped("image", 2, "The graph"), Dropped("image", 5, "X")]


# ── code ─────────────────────────────────────────────────────────────────────────────────────


def test_a_fence_keeps_its_code_verbatim_with_language_and_title() -> None:
    source = '```python title="talker.py" {1,3}\nimport numpy as np\n\n\tx = {1: "<Tabs>"}\n```'

    assert Reading(source).blocks == [
        Block(Kind.CODE, 'import numpy as np\n\n\tx = {1: "<Tabs>"}', "python", "talker.py")
    ]


@pytest.mark.parametrize(
    ("info", "language"),
    [
        ("python", "python"),
        ("", ""),
        ("{1,3}", ""),
        ('title="a b"', ""),
        ("jsx live", "jsx"),
        ("rust,ignore", "rust"),
    ],
)
def test_the_language_is_the_first_word_of_the_info_string(info: str, language: str) -> None:
    assert Reading(f"```{info}\ncode\n```").code()[0].language == language


def test_longer_and_tilde_fences_may_hold_fences() -> None:
    page = Reading("````md\n```py\nx\n```\n````\n\n~~~sh\n```\n~~~\n")

    assert [block.text for block in page.code()] == ["```py\nx\n```", "```"]


def test_indented_code_is_code_in_markdown_but_text_in_mdx() -> None:
    source = "Text\n\n    indented = 1\n"

    assert Reading(source, indented_code=True).code() == [Block(Kind.CODE, "indented = 1")]
    assert Reading(source).texts == ["Text", "indented = 1"]


@pytest.mark.parametrize(
    "source",
    [
        "> quoted\n>\n> ```py\n> x\n> ```",
        ":::note\n\n```py\nx\n```\n\n:::",
        "<Tabs>\n  <TabItem value='a'>\n\n    ```py\n    x\n    ```\n\n  </TabItem>\n</Tabs>",
        "- item\n\n  :::tip\n\n  ```py\n  x\n  ```\n\n  :::\n",
        "<details>\n<summary>Open</summary>\n\n```py\nx\n```\n\n</details>",
        "<CodeBlock language='py'>{`x`}</CodeBlock>",
        "<pre><code class='language-py'>x</code></pre>",
    ],
)
@pytest.mark.parametrize("indented_code", [True, False])
def test_code_is_found_wherever_it_is_nested(source: str, indented_code: bool) -> None:
    code = Reading(source, indented_code=indented_code).code()

    assert [(block.text, block.language) for block in code] == [("x", "py")]
    assert count_code_blocks(source) == 1


def test_code_from_an_imported_file_is_reported() -> None:
    page = Reading("<CodeBlock language='py'>{source}</CodeBlock>")

    assert (page.blocks, page.kinds_dropped) == ([], ["jsx:CodeBlock"])


# ── tables ───────────────────────────────────────────────────────────────────────────────────


def test_a_table_stays_a_pipe_table() -> None:
    page = Reading("|A|B|\n|:--|-|\n|`x \\| y`| **b**|\n")

    assert page.blocks == [Block(Kind.TABLE, "| A | B |\n| --- | --- |\n| `x \\| y` | b |")]


def test_an_html_table_becomes_a_pipe_table() -> None:
    page = Reading(
        """
        <table className="wide">
          <thead><tr><th>Key</th><th>Meaning</th></tr></thead>
          <tbody>
            <tr>
              <td>`qos`</td>
              <td>quality <b>of</b>
                  service</td>
            </tr>
          </tbody>
        </table>
        """
    )

    assert page.blocks == [
        Block(Kind.TABLE, "| Key | Meaning |\n| --- | --- |\n| `qos` | quality of service |")
    ]


def test_code_inside_an_html_table_is_not_flattened() -> None:
    page = Reading("<table>\n<tr>\n<td>\n\n```py\nx = 1\n```\n\n</td>\n</tr>\n</table>\n")

    assert page.blocks == [Block(Kind.CODE, "x = 1", "py")]


# ── admonitions, tabs, details ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("opening", "label"),
    [
        (":::note", "Note"),
        (":::tip Use this", "Tip: Use this"),
        (":::tip[Use **this**]", "Tip: Use this"),
        (':::warning{title="Careful"}', "Warning: Careful"),
        ("::: danger", "Danger"),
    ],
)
def test_an_admonition_labels_its_blocks(opening: str, label: str) -> None:
    page = Reading(f"{opening}\n\nInside.\n\n- item\n\n:::\n\nOutside.\n")

    assert [(block.text, block.label) for block in page.blocks] == [
        ("Inside.", label),
        ("- item", label),
        ("Outside.", ""),
    ]


def test_admonitions_nest_when_the_outer_one_has_more_colons() -> None:
    page = Reading("::::info Outer\n\nA\n\n:::note Inner\nB\n:::\n\nC\n::::\n\nD\n")

    assert [(block.text, block.label) for block in page.blocks] == [
        ("A", "Info: Outer"),
        ("B", "Info: Outer › Note: Inner"),
        ("C", "Info: Outer"),
        ("D", ""),
    ]


def test_colons_without_an_opening_are_no_text() -> None:
    assert Reading("One\n\n:::\n\nTwo\n").texts == ["One", "Two"]


def test_an_admonition_without_an_end_lasts_until_its_parent_ends() -> None:
    page = Reading("- :::note\n  Inside.\n\nOutside.\n")

    assert [(block.text, block.label) for block in page.blocks] == [
        ("Inside.", "Note"),
        ("Outside.", ""),
    ]


def test_a_tab_labels_its_blocks() -> None:
    page = Reading(
        """
        <Tabs groupId="os" values={[{label: 'Windows', value: 'win'}, {value: 'x', label: 'X'}]}>
        <TabItem value="linux" label="Linux">

        Install it with apt.

        ```bash title="shell"
        apt install ros
        ```

        </TabItem>
        <TabItem value="win">Use the installer.</TabItem>
        <TabItem value="mac">

        Build it.

        </TabItem>
        </Tabs>
        """
    )

    assert [(block.text, block.label) for block in page.blocks] == [
        ("Install it with apt.", "Linux"),
        ("apt install ros", "Linux › shell"),
        ("Use the installer.", "Windows"),
        ("Build it.", "mac"),
    ]


def test_a_summary_is_text_and_labels_what_it_hides() -> None:
    page = Reading("<details>\n<summary>Why <b>twice</b>?</summary>\n\nBecause.\n\n</details>\n")

    assert page.blocks == [
        Block(Kind.PROSE, "Why twice?"),
        Block(Kind.PROSE, "Because.", label="Why twice?"),
    ]


def test_details_that_begin_in_one_line_are_read_as_well() -> None:
    page = Reading("<details><summary>More</summary>\n\nText.\n\n</details>\n", mdx=False)

    assert page.texts == ["More", "Text."]


def test_a_card_keeps_its_text_and_gives_its_title_as_label() -> None:
    page = Reading("<Card\n  title='Start here'\n  icon={<Icon a='>' />}\n>\n\nText.\n\n</Card>\n")

    assert page.blocks == [Block(Kind.PROSE, "Text.", label="Start here")]


def test_an_admonition_component_is_labelled_like_a_directive() -> None:
    page = Reading("<Admonition type='tip' title='Faster'>\n\nText.\n\n</Admonition>\n")

    assert page.blocks == [Block(Kind.PROSE, "Text.", label="Tip: Faster")]


# ── what is no text ──────────────────────────────────────────────────────────────────────────


def test_modules_are_removed_outside_code_only() -> None:
    page = Reading(
        """
        import Tabs from '@theme/Tabs';
        import {
          A,
          B,
        } from './parts'
        export const Sum = ({a}) => {
          const b = a;

          return <b>{b}</b>;
        };

        Text.

        ```python
        import numpy
        export = 1
        ```

        import duties are no module.
        """
    )

    assert page.texts == ["Text.", "import numpy\nexport = 1", "import duties are no module."]
    assert page.dropped == [Dropped("export", 6, "export const Sum = ({a}) => {")]


def test_a_heading_right_after_an_import_is_a_heading() -> None:
    page = Reading("import X from 'x'\n## Title\n\nText.\n")

    assert [section.heading_path for section in page.sections] == [("Page", "Title")]


def test_an_empty_component_is_reported_with_its_line() -> None:
    page = Reading("Text.\n\n<BudgetTable\n  rows={[1, 2]}\n/>\n\nInline <Chip x='1' /> here.\n")

    assert page.texts == ["Text.", "Inline  here."]
    assert page.dropped == [Dropped("jsx:BudgetTable", 3), Dropped("jsx:Chip", 7)]


def test_expressions_are_removed_and_string_literals_are_text() -> None:
    page = Reading("A{' '}b {props.name} {`c`}.\n\n{items.map(x => {\n  return x;\n})}\n\n{'d'}\n")

    assert page.texts == ["A b  c.", "d"]
    assert page.kinds_dropped == ["expression", "expression"]


def test_braces_are_text_in_plain_markdown() -> None:
    assert Reading("Set {DISTRO} first.", mdx=False).texts == ["Set {DISTRO} first."]


def test_comments_are_reported_but_no_text() -> None:
    page = Reading(
        "A <!-- one --> b {/* two */} c\n\n<!--\n\n```py\nx\n```\n\n-->\n\n{/* x\n\ny */}\n"
    )

    assert [text.split() for text in page.texts] == [["A", "b", "c"]]
    assert page.kinds_dropped == ["comment"] * 4


def test_tags_are_removed_and_their_text_is_kept() -> None:
    page = Reading("Press <kbd>Ctrl</kbd>+<kbd>I</kbd> <Highlight color='#fff'>now</Highlight>.")

    assert page.texts == ["Press Ctrl+I now."]


def test_a_block_element_holds_markdown() -> None:
    page = Reading("<div align='center'>\n  <p>One *two*</p>\n\n  - three\n</div>\nfour\n")

    assert page.texts == ["One two", "- three", "four"]


def test_scripts_and_frames_are_reported_as_raw_html() -> None:
    page = Reading("<iframe src='x'></iframe>\n\n<script>\nlet a = '<b>';\n\n</script>\n\nText.\n")

    assert page.texts == ["Text."]
    assert page.dropped == [Dropped("raw html", 1, "iframe"), Dropped("raw html", 3, "script")]


def test_a_placeholder_in_angle_brackets_stays_text() -> None:
    page = Reading("Run ssh <user>@<host> with vector<Point> if 1 < 2.")

    assert page.texts == ["Run ssh <user>@<host> with vector<Point> if 1 < 2."]


def test_a_tag_without_a_partner_is_passed_over() -> None:
    assert Reading("<Tabs>\n\nText.\n\n</TabItem>\n").texts == ["Text."]


# ── sections ─────────────────────────────────────────────────────────────────────────────────


def test_every_heading_of_any_level_begins_a_section() -> None:
    page = Reading("Top.\n\n## A\n\na\n\n#### B\n\nb\n\n### C\n\nc\n\nD\n---\n\nd\n")

    assert [(s.heading_path, s.line) for s in page.sections] == [
        (("Page",), 1),
        (("Page", "A"), 3),
        (("Page", "A", "B"), 7),
        (("Page", "A", "C"), 11),
        (("Page", "D"), 15),
    ]


def test_a_first_heading_that_repeats_the_title_adds_nothing_to_the_path() -> None:
    page = Reading("# Page\n\nTop.\n\n## A\n\na\n\n# Page\n\nAgain.\n\n# Other\n\no\n\n## B\n\nb\n")

    assert [s.heading_path for s in page.sections] == [
        ("Page",),
        ("Page", "A"),
        ("Page",),
        ("Page", "Other"),
        ("Page", "Other", "B"),
    ]


def test_a_title_may_be_repeated_at_any_level_but_not_below_another_heading() -> None:
    page = Reading("## Page\n\na\n\n### Page\n\nb\n\n## Other\n\n### Page\n\nc")

    assert [section.heading_path for section in page.sections] == [
        ("Page",),
        ("Page", "Page"),
        ("Page", "Other", "Page"),
    ]


def test_a_heading_without_anything_under_it_gives_no_section() -> None:
    page = Reading("## Part\n\n### Chapter\n\nText.\n\n## Picture\n\n![x](y.png)\n")

    assert [s.heading_path for s in page.sections] == [("Page", "Part", "Chapter")]
    assert Dropped("empty section", 7, "Picture") in page.dropped


def test_a_heading_inside_a_tab_begins_a_section_and_keeps_the_label() -> None:
    page = Reading("<TabItem label='Linux'>\n\n## Install\n\nText.\n\n</TabItem>\n")

    assert [(s.heading_path, s.blocks) for s in page.sections] == [
        (("Page", "Install"), (Block(Kind.PROSE, "Text.", label="Linux"),))
    ]


# ── properties ───────────────────────────────────────────────────────────────────────────────

FRAGMENTS = [
    *["<", ">", "</", "/>", "<A>", "</A>", "<A/>", "<p>", "</p>", "<table>", "</table>", "<pre>"],
    *["{", "}", "{/*", "*/}", "<!--", "-->", "import", "export", "'", '"', "`", "\\", "[^a]"],
    *["```", "~~~", ":::note", ":::", "-", "1.", "#", "$", "$$", "|", "---"],
    *["\n", "\n\n", "    ", "a"],
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map(" ".join), st.booleans())
def test_no_source_makes_the_parser_fail(source: str, mdx: bool) -> None:
    parser = markdown_parser(mdx=mdx, indented_code=not mdx)

    SectionReader("p", "p", "P").read(SyntaxTreeNode(parser.parse(source, {})))


@given(st.lists(st.sampled_from(["code", "  x", "<A>", "{", ":::", "# h", "", "import a"])))
def test_code_comes_out_as_it_went_in(lines: list[str]) -> None:
    code = "\n".join(["first", *lines, "last"])
    source = f"<Tabs>\n<TabItem value='a'>\n\n````text\n{code}\n````\n\n</TabItem>\n</Tabs>\n"

    assert Reading(source).blocks == [Block(Kind.CODE, code, "text", "a")]
