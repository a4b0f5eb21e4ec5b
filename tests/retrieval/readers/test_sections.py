"""The builder of sections that the readers of Markdown and of HTML share."""

from __future__ import annotations

import pytest

from retrieval.passages import Block, Kind
from retrieval.readers.sections import SectionBuilder
from retrieval.readers.source import Dropped


@pytest.fixture
def page() -> SectionBuilder:
    return SectionBuilder("guide/topics.md", "guide/topics", "Topics")


def outline(page: SectionBuilder) -> list[tuple[str, tuple[str, ...], list[str]]]:
    """The sections by anchor, heading path and the texts of their blocks."""
    return [
        (section.anchor, section.heading_path, [block.text for block in section.blocks])
        for section in page.sections
    ]


def test_text_before_any_heading_stands_at_the_top_of_the_page(page: SectionBuilder) -> None:
    page.add(Kind.PROSE, "Nodes talk.")
    page.close_section()
    assert outline(page) == [("", ("Topics",), ["Nodes talk."])]
    assert (page.sections[0].path, page.sections[0].url) == ("guide/topics.md", "guide/topics")


def test_each_heading_is_a_section_below_those_of_lower_levels(page: SectionBuilder) -> None:
    for level, text in [(2, "Publish"), (4, "Rate"), (3, "Queue"), (2, "Subscribe")]:
        page.open_section(level, text, text.lower(), line=level)
        page.add(Kind.PROSE, f"On {text}.")
    page.close_section()
    assert [path[1:] for _, path, _ in outline(page)] == [
        ("Publish",), ("Publish", "Rate"), ("Publish", "Queue"), ("Subscribe",)
    ]  # fmt: skip
    assert [section.line for section in page.sections] == [2, 4, 3, 2]


def test_the_title_once_more_adds_nothing_to_the_heading_path(page: SectionBuilder) -> None:
    tops = [page.at_top]
    for level in (1, 2, 1):
        page.open_section(level, "Topics", f"topics-{level}")
        page.add(Kind.PROSE, "Nodes talk.")
        tops.append(page.at_top)
    page.close_section()
    assert tops == [True, False, False, False]
    assert [path for _, path, _ in outline(page)] == [
        ("Topics",), ("Topics", "Topics"), ("Topics",)
    ]  # fmt: skip


def test_a_heading_with_nothing_under_it_is_reported(page: SectionBuilder) -> None:
    page.open_section(2, "Empty", "empty", line=7)
    page.open_section(2, "Full", "full", line=9)
    page.add(Kind.PROSE, "Text.")
    page.open_section(2, "Last", "last", line=12)
    page.close_section()
    assert [section.title for section in page.sections] == ["Full"]
    assert page.dropped == [
        Dropped("empty section", 7, "Empty"),
        Dropped("empty section", 12, "Last"),
    ]


def test_a_heading_that_deeper_ones_follow_is_not_empty(page: SectionBuilder) -> None:
    page.open_section(2, "Publish", "publish")
    page.open_section(3, "Rate", "rate")
    page.add(Kind.PROSE, "Often.")
    page.close_section()
    assert page.dropped == []
    assert outline(page) == [("rate", ("Topics", "Publish", "Rate"), ["Often."])]


def test_a_page_of_its_title_alone_is_reported(page: SectionBuilder) -> None:
    page.open_section(1, "Topics", "topics", line=3)
    page.close_section()
    assert page.sections == []
    assert page.dropped == [Dropped("empty section", 3, "Topics")]


def test_the_outer_section_goes_on_after_an_inner_one(page: SectionBuilder) -> None:
    page.open_section(2, "Functions", "functions")
    page.add(Kind.PROSE, "Before.")
    with page.inner_section(7, "Node", "node"):
        page.add(Kind.PROSE, "A class.")
        with page.inner_section(7, "Node.spin", "node.spin"):
            page.add(Kind.PROSE, "A method.")
    page.add(Kind.PROSE, "After.")
    page.close_section()
    assert outline(page) == [
        ("functions", ("Topics", "Functions"), ["Before."]),
        ("node", ("Topics", "Functions", "Node"), ["A class."]),
        ("node.spin", ("Topics", "Functions", "Node", "Node.spin"), ["A method."]),
        ("functions", ("Topics", "Functions"), ["After."]),
    ]


def test_blocks_carry_the_labels_of_all_that_encloses_them(page: SectionBuilder) -> None:
    with page.labelled("Linux"), page.labelled(""), page.labelled("Note"):
        page.add(Kind.CODE, "ls", "sh")
    page.add(Kind.PROSE, "Outside.")
    page.close_section()
    assert page.sections[0].blocks == (
        Block(Kind.CODE, "ls", "sh", "Linux › Note"),
        Block(Kind.PROSE, "Outside."),
    )


def test_the_items_of_a_list_are_one_block(page: SectionBuilder) -> None:
    assert page.add_item("- ", "one\ntwo", "  ")
    assert not page.add_item("- ", "", "  ")
    assert page.add_item("- ", "three", "  ")
    page.end_items()
    page.end_items()
    page.close_section()
    assert [block.text for block in page.sections[0].blocks] == ["- one\n  two\n- three"]


def test_blank_text_is_no_block(page: SectionBuilder) -> None:
    page.add(Kind.CODE, " \n")
    assert page.is_empty
    page.close_section()
    assert page.sections == []
