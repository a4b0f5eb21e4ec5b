"""Tags of HTML and JSX: where they end and where their partners are."""

from __future__ import annotations

import pytest

from retrieval.readers.markdown.tags import TagKind, matching_close, scan_tag


@pytest.mark.parametrize(
    ("source", "kind", "name", "attributes"),
    [
        ("<Tabs>", TagKind.OPEN, "Tabs", {}),
        ("</Tabs >", TagKind.CLOSE, "Tabs", {}),
        ("<br>", TagKind.VOID, "br", {}),
        ("<Chip/>", TagKind.VOID, "Chip", {}),
        ("<>", TagKind.OPEN, "", {}),
        ("</>", TagKind.CLOSE, "", {}),
        ("<motion.div a>", TagKind.OPEN, "motion.div", {"a": ""}),
        ("<A b='1' c=\"2 &amp; 3\" d=4>", TagKind.OPEN, "A", {"b": "1", "c": "2 & 3", "d": "4"}),
        ("<A b={'x'} c={x > 1} {...d} />", TagKind.VOID, "A", {"b": "x", "c": "{x > 1}"}),
        (
            "<A\n  b='>'\n  c={<B d='/>' />}\n>",
            TagKind.OPEN,
            "A",
            {"b": ">", "c": "{<B d='/>' />}"},
        ),
    ],
)
def test_a_tag_is_read_with_its_attributes(
    source: str, kind: TagKind, name: str, attributes: dict[str, str]
) -> None:
    tag = scan_tag(f"x{source}y", 1)

    assert tag is not None
    assert (tag.kind, tag.name, tag.end) == (kind, name, len(source) + 1)
    assert {key: value for key, value in tag.attributes.items() if key} == attributes


@pytest.mark.parametrize(
    "source",
    [
        "< a>",
        "<5 ms",
        "<a@b.c>",
        "<https://x.org>",
        "<A b='>",
        "<A b={>",
        "<A {...b>",
        "<A b=>",
        "<",
    ],
)
def test_what_is_no_tag_is_none(source: str) -> None:
    assert scan_tag(source, 0) is None


@pytest.mark.parametrize(
    "content",
    [
        "text",
        "<A>inner</A>",
        "<A/> <B></B>",
        "`</A>` and ``</A> ` </A>``",
        "\n```html\n</A>\n```\n",
        "\n- ~~~\n  </A>\n  ~~~\n",
        "<!-- </A> -->",
        "{'</A>'} {/* </A> */}",
        "a { b ` c \\<",
    ],
)
def test_a_tag_is_closed_by_its_own_partner(content: str) -> None:
    source = f"<A>{content}</A></A>"
    opening = scan_tag(source, 0)
    assert opening is not None
    close = matching_close(source, opening)

    assert close is not None
    assert close.start == len(content) + 3


@pytest.mark.parametrize("source", ["<A>text", "<A><A></A>", "<A>\n```\n</A>", "<A></B>"])
def test_a_tag_without_a_partner_has_none(source: str) -> None:
    opening = scan_tag(source, 0)
    assert opening is not None

    assert matching_close(source, opening) is None


@pytest.mark.parametrize(
    ("source", "kind", "is_phrasing"),
    [
        ("<br>", TagKind.VOID, True),
        ("<BR>", TagKind.VOID, True),
        ("<code>", TagKind.OPEN, True),
        ("<Link to='/x'>", TagKind.OPEN, False),
        ("<Input>", TagKind.OPEN, False),
        ("<Code>", TagKind.OPEN, False),
    ],
)
def test_a_component_is_no_element_of_a_similar_name(
    source: str, kind: TagKind, is_phrasing: bool
) -> None:
    tag = scan_tag(source, 0)
    assert tag is not None

    assert (tag.kind, tag.is_phrasing) == (kind, is_phrasing)
