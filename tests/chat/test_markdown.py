"""The tree of a piece: everything a reader needs, nothing that could harm one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from chat import markdown
from chat.markdown import Node

INLINE = {
    "text": {"type", "text"},
    "code": {"type", "text"},
    "math": {"type", "text", "display", "mathml"},
}
WRAPPERS = {"emphasis", "strong"}


def text(content: str) -> Node:
    return {"type": "text", "text": content}


def depth(nodes: list[Node]) -> int:
    return max((1 + depth(node.get("children", [])) for node in nodes), default=0)


def assert_inline(nodes: list[Node]) -> None:
    for node in nodes:
        if node["type"] in WRAPPERS:
            assert set(node) == {"type", "children"}
            assert_inline(node["children"])
        else:
            assert set(node) == INLINE[node["type"]]


def test_emphasis_and_code_become_nodes() -> None:
    assert markdown.inline("Run `ros2 run` **now, *please***.") == [
        text("Run "),
        {"type": "code", "text": "ros2 run"},
        text(" "),
        {
            "type": "strong",
            "children": [text("now, "), {"type": "emphasis", "children": [text("please")]}],
        },
        text("."),
    ]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("See [the docs](https://evil.example/?q=secret).", "See the docs."),
        ("Click [here](javascript:alert(1)).", "Click here."),
        ("A ![pixel](https://evil.example/x.png) picture", "A  picture"),
        ("Go to <https://evil.example>", "Go to https://evil.example"),
        ("<img src=x onerror=alert(1)> hi", "<img src=x onerror=alert(1)> hi"),
        ("&lt;script&gt; &amp; more", "<script> & more"),
        ("a \u202egnp.exe\u202c b\u200bc \U000e0041d", "a gnp.exe bc d"),
        ("&#x202e;abc &#0; &zwnj;x", "abc \ufffd \u200cx"),
        ("می\u200cخواهم and a\u200cb", "می\u200cخواهم and ab"),
        ("~~gone~~ kept", "gone kept"),
        ("[^1] First [1] then [2][3], end【4†source】.", "First then, end."),
        (r"\*not bold\* and 2 \* 3", "*not bold* and 2 * 3"),
    ],
)
def test_what_a_reader_sees(source: str, shown: str) -> None:
    assert markdown.plain(markdown.paragraph(markdown.clean(source))) == shown


def test_blocks_say_what_they_are() -> None:
    assert markdown.heading("Title ##", 2)["children"] == [text("Title")]
    assert markdown.item("x", number=None, depth=2)["ordered"] is False
    assert markdown.item("x", number=3, depth=1, joins=True) == {
        "type": "item",
        "ordered": True,
        "number": 3,
        "depth": 1,
        "joins": True,
        "children": [text("x")],
    }
    assert markdown.row(r"| a | `b\|c` |  | [1]")["cells"] == [
        [text("a")],
        [{"type": "code", "text": "b|c"}],
        [],
    ]
    assert markdown.quote("q")["type"] == "quote"
    assert markdown.code("<b>", "html") == {"type": "code", "language": "html", "text": "<b>"}


def test_nesting_and_cells_are_capped() -> None:
    nested = "".join(f"{'*' * (1 + n % 2)}a{n} " for n in range(30))
    nested += "".join(f"z{'*' * (1 + n % 2)}" for n in reversed(range(30)))
    assert depth(markdown.inline(nested)) <= markdown.MAX_INLINE_DEPTH + 1
    assert len(markdown.row("|x" * 200)["cells"]) == markdown.MAX_CELLS


def test_code_spans_survive_being_written_again() -> None:
    for code in ("a", "a ` b", "`x`", "``"):
        written = markdown.to_markdown([{"type": "code", "text": code}])
        assert markdown.inline(written) == [{"type": "code", "text": code}]


HOSTILE = (
    "! [ ] ( ) [a](http://e) ![a](http://e) < > <img> </b> \\ ` `` * ** _ & &lt; &#91; : "
    "http://e ]( ][ x y <http://e> [e]: \u202e $ $$ $x^ \\["
)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(HOSTILE.split()), max_size=24).map("".join))
def test_the_text_of_a_piece_never_holds_a_link_an_image_or_html(source: str) -> None:
    tree = markdown.inline(markdown.clean(source))
    assert_inline(tree)
    full = MarkdownIt("commonmark").parse("x " + markdown.to_markdown(tree))
    kinds: set[Any] = {child.type for token in full for child in token.children or []}
    kinds |= {token.type for token in full}
    assert not kinds & {"link_open", "image", "html_inline", "html_block"}
