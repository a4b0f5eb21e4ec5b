"""The demo as a reader meets it: the real server, the primer's pages, a real browser."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.servers import ROOT, Server, free_port, manage, running, serving
from tests.browser.conftest import PATIENCE_MS, Noise

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.timeout(180)]

IMAGES = ROOT / "docs" / "images"
DEMO_PICTURES: dict[str, dict[str, Any]] = {
    "demo": {"viewport": {"width": 1440, "height": 900}},
    "demo-phone": {"viewport": {"width": 390, "height": 800}, "color_scheme": "dark"},
}
QUESTION = "When should I use a service and when an action?"
FAR = "How does a launch file set the parameters of a node?"


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def demo(
    request: pytest.FixtureRequest, primer_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The demo site on the quoting model; its citations lead to its own pages."""
    folder = tmp_path_factory.mktemp(f"demo-{request.param}")
    with serving(primer_home, folder, request.param, RAGBOOK_DEMO="1") as server:
        base_url = f"{server.http}/book/"
        manage(
            server.environment,
            *("ingest_book", "examples/primer", "--book", "primer", "--base-url", base_url),
        )
        yield server


@pytest.fixture
def page(chromium: Browser, demo: Server) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    noise = Noise()
    noise.watch(page, demo.http.rsplit(":", 1)[-1])
    page.on(
        "console", lambda line: noise.errors.append(line.text) if line.type == "error" else None
    )
    page.goto(f"{demo.http}/book/")
    yield page
    cookies = context.cookies()
    context.close()
    assert noise == Noise()
    assert cookies == []


def ask(page: Page, question: str) -> None:
    page.keyboard.press("Control+i")
    page.get_by_role("textbox", name="Your question").fill(question)
    page.keyboard.press("Enter")


def test_a_question_is_answered_from_the_book_and_its_citation_opens_the_words(page: Page) -> None:
    page.get_by_role("button", name="Ask the book").click()
    page.get_by_role("button", name=QUESTION).click()
    answer = page.locator("ragbook-widget .turn[data-outcome=quoted]")
    expect(answer.locator(".badge")).to_have_text("Quoted from the book")
    expect(answer.locator(".tally")).to_contain_text("proved by the book")
    answer.locator(".chip").first.click()
    card = page.locator("ragbook-widget .card")
    quote = card.locator("blockquote").first.text_content() or ""
    with page.expect_navigation(url=re.compile("/book/.+")):
        card.get_by_role("link", name="Open in the book").click()
    expect(page.locator(":target")).to_contain_text(re.split(r"[`*\n]", quote.strip())[0][:30])
    expect(answer).to_be_visible()  # the thread came along


def test_what_the_book_does_not_tell_is_refused(page: Page) -> None:
    ask(page, "Which pizzeria in Naples bakes the best margherita?")
    refusal = page.locator("ragbook-widget .turn[data-outcome=refused]")
    expect(refusal.locator(".badge")).to_have_text("Not in the book")
    expect(refusal.locator("a").first).to_have_attribute("href", re.compile("/book/"))


def test_feedback_is_kept(page: Page) -> None:
    ask(page, "What is a quality of service profile?")
    with page.expect_response(re.compile("/feedback$")) as kept:
        page.get_by_role("button", name="Helpful", exact=True).click()
    assert kept.value.status == 200
    expect(page.locator("ragbook-widget .rating-note")).to_have_text("Thank you.")


def test_a_shared_conversation_is_read_by_whoever_has_the_link(
    page: Page, demo: Server, chromium: Browser, tmp_path: Path
) -> None:
    allow = "from retrieval.models import Book; Book.objects.update(sharing=True)"
    manage(demo.environment, "shell", "-c", allow)
    page.reload()
    ask(page, QUESTION)
    page.locator("ragbook-widget .turn[data-outcome=quoted]").wait_for()
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_role("textbox", name="Link to this conversation").input_value()
    folder = IMAGES if os.environ.get("RAGBOOK_SCREENSHOTS") == "1" else tmp_path
    stranger = chromium.new_page(viewport={"width": 1000, "height": 760})
    noise = Noise()
    noise.watch(stranger, demo.http.rsplit(":", 1)[-1])
    stranger.goto(link)
    expect(stranger.locator(".asked")).to_contain_text(QUESTION)
    expect(stranger.locator(".tally")).to_contain_text("proved by the book")
    expect(stranger.get_by_role("button", name="Helpful")).to_have_count(0)
    expect(stranger.get_by_role("textbox")).to_have_count(0)
    stranger.locator(".chip").first.click()
    expect(stranger.locator(".card")).to_be_visible()
    stranger.keyboard.press("Escape")
    stranger.screenshot(path=folder / "shared.png")
    page.get_by_role("button", name="Take the link back").click()
    page.get_by_text("The link was taken back.").wait_for()
    stranger.reload()
    expect(stranger.get_by_text("shared no longer")).to_be_visible()
    stranger.close()
    assert noise == Noise()


def test_questions_of_the_open_page_are_offered_and_answered(page: Page, demo: Server) -> None:
    page.goto(f"{demo.http}/book/docs/communication/qos")
    page.get_by_role("button", name="Ask the book").click()
    offered = page.locator("ragbook-widget .hello .starters button")
    expect(offered.first).to_contain_text("What does the book say about")
    offered.first.click()
    answer = page.locator("ragbook-widget .turn[data-outcome=quoted]")
    expect(answer).to_have_count(1)
    follow_up = answer.locator(".next button").first
    expect(follow_up).to_contain_text("?")
    follow_up.click()
    expect(answer).to_have_count(2)  # what is offered is never refused


def test_a_question_about_the_selected_passage(page: Page) -> None:
    page.locator("article p").first.evaluate("node => getSelection().selectAllChildren(node)")
    page.get_by_role("button", name="Ask about this").click()
    expect(page.get_by_role("radio", name="Passage")).to_be_checked()
    page.get_by_role("textbox", name="Your question").fill("What is this about?")
    page.keyboard.press("Enter")
    turn = page.locator("ragbook-widget .turn")
    expect(turn).not_to_have_attribute("data-outcome", "running")
    expect(turn).not_to_have_attribute("data-outcome", "failed")


def test_work_that_the_book_wants_is_done_by_the_browser(page: Page, demo: Server) -> None:
    with sqlite3.connect(demo.home / "ragbook.sqlite3") as rows:
        rows.execute("UPDATE retrieval_book SET proof_of_work = 'always'")
    try:
        with page.expect_response(re.compile("/challenge$")):
            ask(page, QUESTION)
        expect(page.locator("ragbook-widget .turn[data-outcome=quoted]")).to_be_visible()
    finally:
        with sqlite3.connect(demo.home / "ragbook.sqlite3") as rows:
            rows.execute("UPDATE retrieval_book SET proof_of_work = 'off'")


def test_the_reader_chooses_how_far_the_answer_looks(page: Page, demo: Server) -> None:
    """The same question about the same words, asked of each scope: its sources come from there."""
    found: list[set[str]] = []
    page.on("websocket", lambda line: line.on("framereceived", lambda said: note(said, found)))
    here, chapter = "/book/docs/communication/qos", "/book/docs/communication/"
    page.goto(demo.http + here)
    for count, scope in enumerate(["Passage", "Page", "Chapter", "Book"], start=1):
        page.locator("article h1").evaluate("node => getSelection().selectAllChildren(node)")
        page.get_by_role("button", name="Ask about this").click()
        page.get_by_role("radio", name=scope).check()
        page.get_by_role("textbox", name="Your question").fill(FAR)
        page.keyboard.press("Enter")
        expect(page.locator("ragbook-widget .turn:not([data-outcome=running])")).to_have_count(1)
        page.get_by_role("button", name="New conversation").click()
        assert len(found) == count
    of_passage, of_page, of_chapter, of_book = found
    assert of_passage == of_page == {here}
    assert {path for path in of_chapter if not path.startswith(chapter)} == set()
    assert of_chapter - of_page
    assert {path for path in of_book if not path.startswith(chapter)}


def note(frame: str | bytes, found: list[set[str]]) -> None:
    """Keep the pages that an answer's sources stand on."""
    event = json.loads(frame)
    if event["type"] == "answer.sources":
        found.append({urlsplit(source["url"]).path for source in event["citations"]})


def test_a_follow_up_belongs_to_the_conversation(page: Page) -> None:
    asked: list[str] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framesent", lambda frame: asked.append(str(frame))),
    )
    ask(page, "What is a topic?")
    turns = page.locator("ragbook-widget .turn:not([data-outcome=running])")
    expect(turns).to_have_count(1)
    page.get_by_role("textbox", name="Your question").fill("And a service?")
    page.keyboard.press("Enter")
    expect(turns).to_have_count(2)
    assert '"conversation"' not in asked[0]
    assert '"conversation"' in asked[1]


@pytest.fixture(scope="module")
def paced(
    primer_home: Path, tmp_path_factory: pytest.TempPathFactory, chromium: Browser
) -> Iterator[Server]:
    """The demo site on a model that takes its time."""
    port = free_port()
    pace = ["--port", str(port), "--tokens-per-second", "25"]
    model = subprocess.Popen([sys.executable, "-m", "benchmarks.fake_model", *pace], cwd=ROOT)
    variables = {
        "OPENAI_API_KEY": "test",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1",
        "RAGBOOK_MODEL": "fake",
        "RAGBOOK_DEMO": "1",
    }
    try:
        with serving(
            primer_home, tmp_path_factory.mktemp("paced"), "uvicorn", 0, **variables
        ) as server:
            yield server
    finally:
        model.terminate()
        model.wait(10)


def test_an_answer_goes_on_over_page_changes(chromium: Browser, paced: Server) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{paced.http}/book/")
    ask(page, "What is a node?")
    sentences = page.locator("ragbook-widget .sentence")
    sentences.first.wait_for()
    for name in ("Topics", "Services"):
        page.get_by_role("navigation", name="Contents").get_by_role("link", name=name).click()
        expect(page.locator("ragbook-widget .turn[data-outcome=running]")).to_be_visible()
    turn = page.locator("ragbook-widget .turn")
    expect(turn).to_have_attribute("data-outcome", "answered")
    shown = sentences.all_text_contents()
    stored = page.evaluate(
        """async () => {
          const { thread } = JSON.parse(Object.values({ ...sessionStorage })[0]);
          const url = `/api/v1/conversations/${thread.conversation}`;
          const headers = { Authorization: `Bearer ${thread.token}` };
          const { answers } = await (await fetch(url, { headers })).json();
          return answers[0].sentences.filter(({ shown }) => shown).length;
        }"""
    )
    context.close()
    assert len(shown) == len(set(shown)) == stored


def test_an_answer_is_whole_after_the_server_restarted(chromium: Browser, paced: Server) -> None:
    port, context = free_port(), chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    with running("uvicorn", paced.home, paced.environment, port) as server:
        page.goto(f"{server.http}/book/")
        ask(page, "What is a node?")
        page.locator("ragbook-widget .sentence").first.wait_for()
    expect(page.locator("ragbook-widget .turn[data-outcome=running]")).to_be_visible()
    with running("uvicorn", paced.home, paced.environment, port):
        turn = page.locator("ragbook-widget .turn[data-outcome=answered]")
        expect(turn).to_be_visible(timeout=4 * PATIENCE_MS)
        shown = turn.locator(".sentence").all_text_contents()
    context.close()
    assert len(shown) == len(set(shown)) > 1


def test_the_pictures_of_the_readme_show_a_real_answer(
    chromium: Browser, demo: Server, tmp_path: Path
) -> None:
    """Desktop and phone; they go into docs/images when RAGBOOK_SCREENSHOTS=1."""
    folder = IMAGES if os.environ.get("RAGBOOK_SCREENSHOTS") == "1" else tmp_path
    for name, look in DEMO_PICTURES.items():
        context = chromium.new_context(**look, reduced_motion="reduce")
        page = context.new_page()
        page.goto(f"{demo.http}/book/docs/communication/qos")
        ask(page, "What does transient local mean?")
        answer = page.locator("ragbook-widget .turn[data-outcome=quoted]")
        expect(answer.locator(".tally")).to_contain_text("proved by the book")
        picture = folder / f"{name}.png"
        page.screenshot(path=picture, caret="hide")
        context.close()
        assert picture.stat().st_size > 5_000
