"""Sections become chunks that keep what belongs together and can be told apart for ever."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retrieval.chunking import MAX_CHARACTERS, chunk_sections
from retrieval.passages import Block, Kind, SectionText


def section(*blocks: Block, path: str = "a.md", anchor: str = "run") -> SectionText:
    return SectionText(path, "a", anchor, ("Guide", "Run"), blocks)


def prose(text: str, label: str = "") -> Block:
    return Block(Kind.PROSE, text, label=label)


def code(text: str, language: str = "bash") -> Block:
    return Block(Kind.CODE, text, language)


def test_a_short_section_is_one_chunk_with_its_code_fenced() -> None:
    [chunk] = chunk_sections([section(prose("Run this:"), code("ros2 run a b"))])
    assert chunk.text == "Run this:\n\n```bash\nros2 run a b\n```"
    assert chunk.kind is Kind.CODE


def test_a_section_without_text_makes_no_chunk() -> None:
    assert list(chunk_sections([section()])) == []


def test_code_that_holds_a_fence_gets_a_longer_one() -> None:
    [chunk] = chunk_sections([section(code("```\nx\n```", "md"))])
    assert chunk.text.startswith("````md\n```\nx\n```\n````")


def test_a_long_section_splits_at_block_borders() -> None:
    blocks = [prose(f"{n} " + "word " * 120) for n in range(4)]
    chunks = list(chunk_sections([section(*blocks)]))
    assert len(chunks) == 4
    assert all(chunk.text == block.text for chunk, block in zip(chunks, blocks, strict=True))


def test_a_lead_in_moves_with_the_code_it_announces() -> None:
    blocks = [prose("word " * 150), prose("Then run this:"), code("x = 1\n" * 60, "python")]
    first, second = chunk_sections([section(*blocks)])
    assert "Then run this:" not in first.text
    assert second.text.startswith("Then run this:")


def test_a_code_block_longer_than_a_chunk_stays_whole() -> None:
    listing = "\n".join(f"line_{n} = {n}" for n in range(200))
    [chunk] = chunk_sections([section(code(listing, "python"))])
    assert len(listing) > MAX_CHARACTERS
    assert listing in chunk.text


def test_a_label_is_named_once_where_it_begins() -> None:
    [chunk] = chunk_sections([section(prose("One.", "Linux"), prose("Two.", "Linux"))])
    assert chunk.text == "Linux:\nOne.\n\nTwo."


def test_the_key_depends_on_place_and_text_alone() -> None:
    [one] = chunk_sections([section(prose("Text."))])
    [same] = chunk_sections([section(prose("Text."))])
    [elsewhere] = chunk_sections([section(prose("Text."), path="b.md")])
    assert one.key == same.key != elsewhere.key


def test_equal_chunks_of_one_section_have_different_keys() -> None:
    twin = section(prose("Text."))
    first, second = chunk_sections([twin, twin])
    assert first.key != second.key


def test_an_earlier_change_leaves_later_keys_alone() -> None:
    later = section(prose("Later."), anchor="later")
    before = list(chunk_sections([section(prose("Old.")), later]))
    after = list(chunk_sections([section(prose("New.")), later]))
    assert before[0].key != after[0].key
    assert before[1].key == after[1].key


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=3000), max_size=5))
def test_no_word_of_prose_is_lost_and_no_chunk_is_oversized(texts: list[str]) -> None:
    blocks = [prose(text) for text in texts]
    chunks = list(chunk_sections([section(*blocks)])) if any(t.strip() for t in texts) else []
    assert "".join("".join(texts).split()) == "".join("".join(c.text for c in chunks).split())
    assert all(len(chunk.text) <= 2 * MAX_CHARACTERS for chunk in chunks)
