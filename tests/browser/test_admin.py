"""An editor's morning at the desk of a real server; and the pictures of the editors' guide.

RAGBOOK_SCREENSHOTS=1 pytest tests/browser/test_admin.py
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from benchmarks.servers import Server, manage, serving
from tests.browser.conftest import PATIENCE_MS, Noise
from tests.browser.desk_scene import EDITOR, HOSTILE, PASSWORD, QUESTION

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
Device = Literal["desktop", "phone"]
Theme = Literal["light", "dark"]

pytestmark = [pytest.mark.browser, pytest.mark.server]


class Editor:
    """An editor at a page of the desk."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.server = server

    def visits(self, path: str) -> Editor:
        self.page.goto(f"{self.server.http}/admin/{path}")
        return self

    def logs_in(self) -> Editor:
        self.visits("")
        self.page.get_by_label("Username").fill(EDITOR)
        self.page.get_by_label("Password").fill(PASSWORD)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Log in").click()
        expect(self.page.get_by_role("heading", name="Waiting for you")).to_be_visible()
        return self

    def saves(self) -> Editor:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Save", exact=True).click()
        return self

    def follows(self, name: str) -> Editor:
        with self.page.expect_navigation():
            self.page.locator("#content").get_by_role("link", name=name).first.click()
        return self

    def opens_answer(self, question: str = QUESTION) -> Editor:
        return self.visits("chat/answer/").follows(question)

    @property
    def sentences(self) -> Locator:
        return self.page.get_by_role("article")

    @property
    def flag(self) -> Locator:
        return self.page.get_by_label("Flagged for review")


@pytest.fixture(scope="module")
def desk(primer_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(primer_home, tmp_path_factory.mktemp("desk")) as server:
        scene = "from tests.browser.desk_scene import lay_out; lay_out()"
        manage(server.environment, "shell", "--no-imports", "-c", scene)
        yield server


@contextmanager
def sitting(
    chromium: Browser, desk: Server, device: Device = "desktop", theme: Theme = "light"
) -> Iterator[Editor]:
    """An editor, logged in; the pages must make no noise."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}
        if device == "desktop"
        else {"width": 390, "height": 844},
        color_scheme=theme,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    noise = Noise()
    noise.watch(page, desk.http.rsplit(":", 1)[-1])
    yield Editor(page, desk).logs_in()
    context.close()
    assert noise == Noise()


@pytest.fixture
def editor(chromium: Browser, desk: Server) -> Iterator[Editor]:
    with sitting(chromium, desk) as editor:
        yield editor


def test_a_morning_at_the_desk(editor: Editor) -> None:
    expect(editor.page.get_by_role("heading", name="Waiting for you")).to_be_visible()
    editor.follows("1 review").follows(QUESTION)
    expect(editor.page.get_by_role("heading", name="Why it is here")).to_be_visible()
    editor.opens_answer()
    expect(editor.sentences).to_have_count(3)
    proved, unproved, contradicted = editor.sentences.all()
    expect(proved).to_contain_text("Supported")
    expect(proved.locator("mark")).to_contain_text("to see the names of all running nodes")
    expect(unproved).to_contain_text("Left out")
    expect(unproved).to_contain_text("The number “1847” does not stand in the passages.")
    expect(contradicted).to_contain_text("The book says")
    editor.flag.uncheck()
    editor.saves().visits("")
    expect(editor.page.get_by_text("Nothing. Well done.")).to_be_visible()
    editor.opens_answer().flag.check()
    editor.saves()
    expect(editor.page.locator("#result_list tbody tr").first).to_contain_text(QUESTION)


def test_the_conversation_leads_from_answer_to_answer(editor: Editor) -> None:
    editor.opens_answer().follows("What is a node?")
    expect(editor.page.locator(".desk-question")).to_have_text("What is a node?")
    editor.follows("Conversation")
    expect(editor.page.get_by_text("A node is a program.")).to_be_visible()


def test_a_passage_opens_with_its_quotes_marked(editor: Editor) -> None:
    editor.opens_answer()
    passage = editor.page.locator("details.desk-source").first
    passage.locator("summary").click()
    expect(passage.locator("mark")).to_have_count(2)


def test_hostile_texts_do_nothing(editor: Editor) -> None:
    editor.visits("chat/feedback/").visits("chat/answer/").follows(HOSTILE)
    expect(editor.page.locator(".desk-question")).to_have_text(HOSTILE)
    expect(editor.page.locator(".desk-sentence")).to_have_text(HOSTILE)
    assert editor.page.locator("a[href^='javascript']").count() == 0


PAGES: dict[str, Callable[[Editor], object]] = {
    "index": lambda editor: editor.visits(""),
    "queue": lambda editor: editor.visits("desk/review/"),
    "answers": lambda editor: editor.visits("chat/answer/"),
    "answer": lambda editor: editor.opens_answer(),
    "hostile": lambda editor: editor.opens_answer(HOSTILE),
    "conversation": lambda editor: editor.opens_answer().follows("Conversation"),
    "conversations": lambda editor: editor.visits("chat/conversation/"),
    "feedback": lambda editor: editor.visits("chat/feedback/"),
    "books": lambda editor: editor.visits("retrieval/book/"),
    "book": lambda editor: editor.visits("retrieval/book/").follows("A ROS 2 primer"),
    "edition": lambda editor: editor.visits("retrieval/edition/").follows("Edition 1"),
    "sections": lambda editor: editor.visits("retrieval/section/"),
    "people": lambda editor: editor.visits("auth/user/"),
    "second-step": lambda editor: editor.visits("second-step/"),
}

TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.mark.parametrize(("device", "theme"), [("desktop", "light"), ("phone", "dark")])
def test_every_page_fits_and_axe_finds_nothing_serious(
    chromium: Browser, desk: Server, device: Device, theme: Theme
) -> None:
    with sitting(chromium, desk, device, theme) as editor:
        for name, go in PAGES.items():
            go(editor)
            assert not editor.page.evaluate(TOO_WIDE), name
            found = Axe().run(editor.page).response["violations"]
            serious = [it for it in found if it["impact"] in ("serious", "critical")]
            assert not [(it["id"], it["nodes"][0]["html"]) for it in serious], name


@pytest.fixture(scope="module")
def month(desk: Server) -> Server:
    """The desk after a month of readers."""
    questions = "examples/primer/questions.jsonl"
    manage(desk.environment, "seed_demo", "primer", "--force", "--questions", questions)
    return desk


def photograph(page: Page, name: str, *, whole: bool = False) -> None:
    """A picture for the guide. A whole page is made to fit, so that no bar lies across it."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    picture = IMAGES / f"desk-{name}.png"
    if whole:
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": 1280, "height": height})
    page.screenshot(path=picture, caret="hide")
    assert picture.stat().st_size > 5_000


@pytest.mark.skipif(
    os.environ.get("RAGBOOK_SCREENSHOTS") != "1",
    reason="pictures are made only when RAGBOOK_SCREENSHOTS=1",
)
@pytest.mark.parametrize("name", ["index", "queue", "answer", "book", "people", "second-step"])
def test_picture(month: Server, editor: Editor, name: str) -> None:
    PAGES[name](editor)
    photograph(editor.page, name, whole=name in ("answer", "index"))
