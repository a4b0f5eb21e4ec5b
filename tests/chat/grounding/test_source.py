"""Passages made ready: their sentences, rows and code lines with exact places."""

from __future__ import annotations

from chat.grounding.source import prepare
from retrieval.passages import Kind
from tests.chat.grounding.conftest import START, VALVES, passage


def test_sentences_items_rows_and_code_lines_are_segments() -> None:
    source = prepare(passage("valves", VALVES))
    assert [segment.text for segment in source.segments] == [
        "Each bed has its own valve, which opens when the soil is too dry.",
        "| Bed | Valve | Crop |",
        "| North | `valve_1` | Tomatoes |",
        "| South | `valve_2` | Beans |",
        "`open_valve`: Opens the valve for a given number of minutes.",
        "`close_valve`: Closes the valve at once and returns the amount of water used.",
        "Valves are synchronous: a call to `open_valve` blocks until the valve has been closed "
        "again.",
        "Nina Okafor tested the valves in Lagos.",
    ]
    assert all(VALVES[s.start : s.end] == s.text for s in source.segments)


def test_code_lines_come_from_fences_and_inline_code() -> None:
    source = prepare(passage("start", START))
    lines = [line for line, _, _ in source.code_lines]
    assert "source install/setup.bash" in lines
    assert "--dry-run" in lines
    assert all(START[start:end] == line for line, start, end in source.code_lines)


def test_a_code_passage_without_a_fence_is_all_code() -> None:
    source = prepare(passage("code", "import os\n\nprint(os.name)", kind=Kind.CODE))
    assert [segment.is_code for segment in source.segments] == [True, True]


def test_a_passage_is_read_once_for_all_readers() -> None:
    assert prepare(passage("a", VALVES, "Valves")) is prepare(passage("b", VALVES, "Valves"))
