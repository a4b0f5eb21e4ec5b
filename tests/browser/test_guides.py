"""Every guide of docs/embed.md, followed to the letter on a really built site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from benchmarks.servers import Server, manage, serving
from tests.browser.built_sites import GENERATORS, PROOF, QUESTION, published, snippets
from tests.browser.conftest import PATIENCE_MS

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.timeout(1800)]


@dataclass(frozen=True)
class Visit:
    """A reader at the first page of a site."""

    generator: str
    page: Page

    @property
    def widget(self) -> Locator:
        return self.page.locator("ragbook-widget")

    def ask(self, question: str) -> Locator:
        self.page.keyboard.press("Control+i")
        self.page.get_by_role("textbox", name="Your question").fill(question)
        self.page.keyboard.press("Enter")
        answer = self.widget.locator(".turn").last
        expect(answer).to_have_attribute("data-outcome", "quoted")
        return answer


@pytest.fixture(scope="module")
def server(primer_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(primer_home, tmp_path_factory.mktemp("guides")) as server:
        yield server


@pytest.fixture(scope="module", params=GENERATORS)
def site(
    request: pytest.FixtureRequest, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """A generator and the address of the site that it built, whose book is ingested."""
    generator = request.param
    folder = tmp_path_factory.mktemp("site") / "book"
    slug = generator.split()[0].lower()
    with published(folder) as publish:
        guide = snippets(generator, server.http, slug)
        site = GENERATORS[generator](folder, guide, publish.address)
        publish.folder = site.built
        where = ("--book", slug, "--base-url", publish.address)
        manage(server.environment, "ingest_book", str(site.source), *where)
        yield generator, publish.address


@pytest.fixture
def visit(chromium: Browser, site: tuple[str, str]) -> Iterator[Visit]:
    """The site must work as before: no script fails, and nobody but it and the server is asked."""
    generator, address = site
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    noise: list[str] = []
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("request", lambda request: noise.append(request.url) if _foreign(request.url) else None)
    page.goto(address)
    yield Visit(generator, page)
    cookies = context.cookies()
    context.close()
    assert (noise, cookies) == ([], [])


def _foreign(url: str) -> bool:
    return urlsplit(url).hostname not in {"localhost", "127.0.0.1", None}


def test_a_question_is_answered_and_its_citation_opens_the_words(visit: Visit) -> None:
    answer = visit.ask(QUESTION)
    expect(answer.locator(".body")).to_contain_text(PROOF)
    answer.locator(".chip").first.click()
    with visit.page.expect_navigation(url=re.compile("nodes")):
        visit.page.get_by_role("link", name="Open in the book").click()
    expect(visit.page.locator(":target")).to_contain_text(PROOF)
    assert "which-nodes-are-running" in visit.page.url
    expect(answer).to_be_visible()  # the thread came along


def test_the_widget_stays_while_the_reader_goes_through_the_site(visit: Visit) -> None:
    visit.page.evaluate("window.stayed = true")
    visit.ask(QUESTION)
    visit.page.get_by_role("link", name="Nodes").first.click()
    visit.page.wait_for_url(re.compile("nodes"))
    expect(visit.page.get_by_role("heading", name="Which nodes are running")).to_be_visible()
    expect(visit.widget).to_have_count(1)
    visit.ask("What does the command print?")
    expect(visit.widget.locator(".turn")).to_have_count(2)
    without_loads = {"Docusaurus", "MkDocs Material"}
    assert bool(visit.page.evaluate("window.stayed")) == (visit.generator in without_loads)


def test_code_of_the_site_can_be_asked_about(visit: Visit) -> None:
    visit.page.get_by_role("link", name="Nodes").first.click()
    visit.page.locator("pre").first.hover()
    visit.page.get_by_role("button", name="Ask about this").click()
    passage = visit.page.get_by_role("group", name="About this passage")
    expect(passage).to_contain_text("ros2 node list")
