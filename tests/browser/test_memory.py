"""A long session leaves nothing behind: memory comes back with a new conversation."""

from __future__ import annotations

import pytest
from playwright.sync_api import CDPSession, expect

from tests.browser.conftest import Reader
from tests.browser.scripted import code_block, finished, row, sentence, source, sources, withheld

pytestmark = pytest.mark.browser

ANSWERS = 200
BOUND_BYTES = 400_000
BOUND_NODES = 200

ASK = """count => new Promise((resolve) => {
  let answered = 0;
  const stop = ragbook.on("answer", () => {
    answered += 1;
    if (answered < count) { setTimeout(() => ragbook.ask(`Question ${answered}?`)); return; }
    stop();
    resolve();
  });
  ragbook.ask("The first question?");
})"""


def test_memory_comes_back_after_two_hundred_answers(reader: Reader) -> None:
    session = reader.visit().page.context.new_cdp_session(reader.page)
    converse(reader, 10)
    heap, nodes, listeners = held(session)
    converse(reader, ANSWERS)
    heap_after, nodes_after, listeners_after = held(session)
    assert len(reader.book.asked()) == 10 + ANSWERS
    assert heap_after < heap + BOUND_BYTES
    assert nodes_after < nodes + BOUND_NODES
    assert listeners_after < listeners + BOUND_NODES


def converse(reader: Reader, count: int) -> None:
    """Get so many answers, look at a source of the last, and begin a new conversation."""
    cited = source(1, "Topics", "Publishing", reader.book.page(), "A node publishes.")
    answer = [
        sources(cited),
        sentence(0, "A node publishes what it knows to a topic.", cites={1: "A node publishes."}),
        sentence(1, "Whoever subscribes to the topic hears it.", cites={1: "A node publishes."}),
        sentence(2, code_block("ros2 topic echo /chatter"), cites={1: "A node publishes."}),
        sentence(3, row("reliable", "best_effort"), cites={1: "A node publishes."}),
        withheld(4),
        finished(withheld=1, citations=[cited]),
    ]
    for _ in range(count):
        reader.book.plays(*answer)
    reader.page.evaluate(ASK, count)
    expect(reader.turn("answered")).to_have_count(count)
    reader.panel.locator(".chip").last.click()
    reader.page.get_by_role("dialog", name="Source 1").wait_for()
    reader.page.get_by_role("button", name="New conversation").click()
    expect(reader.turn("answered")).to_have_count(0)
    reader.page.wait_for_load_state("networkidle")


def held(session: CDPSession) -> tuple[int, int, int]:
    """Bytes of the script heap, DOM nodes and listeners, after the garbage is gone."""
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    counters = session.send("Memory.getDOMCounters")
    return int(used), counters["nodes"], counters["jsEventListeners"]
