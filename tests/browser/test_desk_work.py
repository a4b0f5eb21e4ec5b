"""An editor at gaps, golden questions, work and editions; and their pictures for the guide.

RAGBOOK_SCREENSHOTS=1 pytest tests/browser/test_desk_work.py
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from benchmarks.servers import Server, manage, serving
from tests.browser.test_admin import TOO_WIDE, Device, Editor, Theme, photograph, sitting

pytestmark = [pytest.mark.browser, pytest.mark.server]

CAMERA = re.compile("calibrate", re.I)
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def desk(primer_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(primer_home, tmp_path_factory.mktemp("work")) as server:
        scene = "from tests.browser.work_scene import lay_out; lay_out()"
        manage(server.environment, "shell", "--no-imports", "-c", scene)
        yield server


@pytest.fixture
def editor(chromium: Browser, desk: Server) -> Iterator[Editor]:
    with sitting(chromium, desk) as editor:
        yield editor


def opens(editor: Editor, path: str, name: str | re.Pattern[str]) -> Editor:
    editor.visits(path)
    link = editor.page.locator("#result_list").get_by_role("link", name=name).first
    with editor.page.expect_navigation():
        link.click()
    return editor


PAGES: dict[str, Callable[[Editor], object]] = {
    "gaps": lambda editor: editor.visits("desk/gap/"),
    "gap": lambda editor: opens(editor, "desk/gap/", CAMERA),
    "gap-closed": lambda editor: opens(editor, "desk/gap/?state__exact=closed", "slow down"),
    "golden": lambda editor: editor.visits("desk/goldenquestion/"),
    "golden-wrong": lambda editor: opens(editor, "desk/goldenquestion/", "record every topic"),
    "work": lambda editor: editor.visits("desk/job/"),
    "work-new": lambda editor: editor.visits("desk/job/add/"),
    "work-done": lambda editor: opens(editor, "desk/job/?state__exact=done", "Ingest"),
    "work-running": lambda editor: opens(editor, "desk/job/?state__exact=running", "Audit"),
    "book-settings": lambda editor: opens(editor, "retrieval/book/", "primer"),
    "edition-other": lambda editor: opens(editor, "retrieval/edition/", "Edition 2"),
    "compare": lambda editor: compares(editor),
    "golive": lambda editor: asks_first(editor),
}


def compares(editor: Editor) -> None:
    opens(editor, "retrieval/edition/", "Edition 2").follows("Compare it with another edition")


def asks_first(editor: Editor) -> None:
    opens(editor, "retrieval/edition/", "Edition 2").follows("Make this edition live")


def test_the_issue_of_a_gap_is_copied_by_one_click(chromium: Browser, desk: Server) -> None:
    with sitting(chromium, desk) as editor:
        editor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        opens(editor, "desk/gap/", CAMERA)
        editor.page.get_by_role("button", name="Copy the issue").click()
        expect(editor.page.get_by_role("button", name="Copied")).to_be_visible()
        copied = editor.page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith("# The book does not answer: How ")
        assert "## The nearest sections" in copied


def test_a_gap_is_dismissed_and_opened_again(editor: Editor) -> None:
    opens(editor, "desk/gap/", "Who won the race")
    with editor.page.expect_navigation():
        editor.page.get_by_role("button", name="Not for this book").click()
    expect(editor.page.get_by_text("1 gap: not for this book.")).to_be_visible()
    with editor.page.expect_navigation():
        editor.page.get_by_role("button", name="Open it again").click()
    expect(editor.page.get_by_role("button", name="Not for this book")).to_be_visible()


def test_running_work_is_watched_until_it_ends(editor: Editor, desk: Server) -> None:
    opens(editor, "desk/job/?state__exact=running", "Audit")
    expect(editor.page.get_by_text("Auditing: 320 of 900")).to_be_visible()
    further = "from desk.job import Job; Job.objects.filter(state='running').update({})"
    manage(desk.environment, "shell", "--no-imports", "-c", further.format("done=450"))
    expect(editor.page.get_by_text("Auditing: 450 of 900")).to_be_visible()
    ended = "state='done', log='10:09:00  Done.'"
    manage(desk.environment, "shell", "--no-imports", "-c", further.format(ended))
    expect(editor.page.get_by_text("10:09:00 Done.")).to_be_visible()
    expect(editor.page.get_by_role("button", name="Cancel")).to_have_count(0)
    again = further.replace("state='running'", "kind='audit'")
    back = "state='running', done=320, log='10:04:02  Auditing …'"
    manage(desk.environment, "shell", "--no-imports", "-c", again.format(back))


@pytest.mark.parametrize(("device", "theme"), [("desktop", "light"), ("phone", "dark")])
def test_every_page_fits_can_be_read_and_is_open_to_all(
    chromium: Browser, desk: Server, device: Device, theme: Theme
) -> None:
    with sitting(chromium, desk, device, theme) as editor:
        for name, go in PAGES.items():
            go(editor)
            assert not editor.page.evaluate(TOO_WIDE), name
            found = Axe().run(editor.page, options={"resultTypes": ["violations"]}).response
            bad = [it["id"] for it in found["violations"] if it["impact"] in SERIOUS]
            assert bad == [], name


@pytest.mark.skipif(
    os.environ.get("RAGBOOK_SCREENSHOTS") != "1",
    reason="pictures are made only when RAGBOOK_SCREENSHOTS=1",
)
@pytest.mark.parametrize("name", ["gaps", "gap", "golden", "work-done", "compare"])
def test_picture(editor: Editor, name: str) -> None:
    PAGES[name](editor)
    photograph(editor.page, name, whole=name in ("gap", "work-done"))
