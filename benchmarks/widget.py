"""What the widget costs a page and its reader: ``python -m benchmarks.widget``.

Headless Chromium, a page of the scripted book of the browser tests, and a stream of sentences at a
set pace. It prints what is transferred before the first answer, when the button is painted, the
longest task while sentences stream, and what memory is left after many answers.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from chat import widget
from tests.browser.scripted import Event, Pause, ScriptedBook, finished, sentence, serving

SENTENCE = "A node exchanges data over topics, calls services and follows the progress of actions."
LONG_TASK_MS = 50
ROUNDS = 5

OBSERVE = """
window.seen = { longest: 0, long: 0, shift: 0, button: 0 };
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) {
    seen.long += 1;
    seen.longest = Math.max(seen.longest, duration);
  }
}).observe({ type: "longtask", buffered: true });
new PerformanceObserver((list) => {
  for (const { value } of list.getEntries()) seen.shift += value;
}).observe({ type: "layout-shift", buffered: true });
new MutationObserver(() => {
  if (seen.button || !document.querySelector("ragbook-widget")) return;
  requestAnimationFrame(() => setTimeout(() => (seen.button = performance.now())));
  seen.button = 1;
}).observe(document, { childList: true, subtree: true });
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=int, default=300, help="of the streamed answer (300)")
    parser.add_argument("--rate", type=int, default=100, help="sentences a second (100)")
    parser.add_argument("--answers", type=int, default=200, help="before memory is read (200)")
    options = parser.parse_args()
    print(f"{'script, gzipped':<34}{_gzipped(widget.script()):>10,} bytes")
    print(f"{'largest language, gzipped':<34}{_largest_language():>10,} bytes")
    with _chromium() as browser:
        _first_paint(browser)
        _streaming(browser, options.sentences, options.rate)
        _memory(browser, options.answers)


def _gzipped(script: bytes) -> int:
    return len(gzip.compress(script, 9))


def _largest_language() -> int:
    words = [name for name in widget.parts() if name.startswith("words/")]
    return max(_gzipped(widget.part(name) or b"") for name in words)


@contextmanager
def _chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def _page(browser: Browser) -> Iterator[tuple[Page, ScriptedBook]]:
    with serving(ScriptedBook()) as book:
        page = browser.new_page()
        page.add_init_script(OBSERVE)
        page.goto(book.page(query="styled=1"), wait_until="networkidle")
        yield page, book
        page.close()


def _first_paint(browser: Browser) -> None:
    """From the page parsed, and from its load event, to the frame with the button; best of some."""
    parsed, loaded, shifts = [], [], []
    for _ in range(ROUNDS):
        with _page(browser) as (page, _book):
            timing = page.evaluate("performance.getEntriesByType('navigation')[0].toJSON()")
            seen = page.evaluate("window.seen")
            parsed.append(seen["button"] - timing["domInteractive"])
            loaded.append(seen["button"] - timing["loadEventEnd"])
            shifts.append(seen["shift"])
    print(f"{'page parsed to button painted':<34}{min(parsed):>10.0f} ms")
    print(f"{'page loaded to button painted':<34}{min(loaded):>10.0f} ms")
    print(f"{'layout shift':<34}{max(shifts):>10.4f}")


def _streaming(browser: Browser, sentences: int, rate: int) -> None:
    with _page(browser) as (page, book):
        steps: list[Event | Pause] = []
        for ordinal in range(sentences):
            steps += [sentence(ordinal, f"{ordinal}. {SENTENCE}"), Pause(f"after {ordinal}")]
        book.plays(*steps, finished())
        page.evaluate("ragbook.ask('What is a node?')")
        page.locator("ragbook-widget .sentence").first.wait_for()
        page.evaluate("Object.assign(seen, { long: 0, longest: 0 })")
        for ordinal in range(sentences):
            book.open(f"after {ordinal}")
            page.wait_for_timeout(1000 / rate)
        page.locator("ragbook-widget .turn[data-outcome=answered]").wait_for()
        seen = page.evaluate("window.seen")
    title = f"tasks > {LONG_TASK_MS} ms, {sentences} sentences at {rate}/s"
    print(f"{title:<34}{seen['long']:>10} (longest {seen['longest']:.0f} ms)")


def _memory(browser: Browser, answers: int) -> None:
    """The heap with the panel open and empty, before and after that many answers."""
    with _page(browser) as (page, book):
        page.evaluate("ragbook.open()")
        session = page.context.new_cdp_session(page)
        _answers(page, book, 10)
        before = _heap(session)
        _answers(page, book, answers)
        grown = _heap(session) - before
    title = f"heap after {answers} answers"
    print(f"{title:<34}{grown / 1024:>+10.0f} KiB on {before / 1024:.0f} KiB")


def _answers(page: Page, book: ScriptedBook, count: int) -> None:
    """Ask and get so many answers, and begin a new conversation."""
    for n in range(count):
        book.plays(*(sentence(ordinal, SENTENCE) for ordinal in range(8)), finished())
        page.evaluate(f"ragbook.ask('Question {n}?')")
        page.locator(f"ragbook-widget .turn[data-outcome=answered] >> nth={n}").wait_for(
            state="attached"
        )
    page.get_by_role("button", name="New conversation").click()


def _heap(session: CDPSession) -> int:
    session.send("HeapProfiler.collectGarbage")
    used: dict[str, Any] = session.send("Runtime.getHeapUsage")
    return int(used["usedSize"])


if __name__ == "__main__":
    main()
