"""A page of a site that allows nothing but what its policy names, and what it reports of that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from playwright.sync_api import Page

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Site</title><h1>Site</h1>
<script type="module" src="{origin}/widget.js" data-book="primer" {options}></script>"""
POLICY = (
    "default-src 'none'; script-src {host}; connect-src {connect}; "
    "require-trusted-types-for 'script'"
)

WATCH = """
window.violations = [];
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  violations.push([violatedDirective, blockedURI]));
"""


@contextmanager
def strict_site(origin: str, connect: str, options: str = "") -> Iterator[str]:
    """The address of a page with the widget of the server at ``origin``.

    ``connect`` is what the policy's ``connect-src`` names, with HOST for the server; ``options``
    are further attributes of the script tag.
    """
    host = origin.removeprefix("http://")
    policy = POLICY.format(host=host, connect=connect.replace("HOST", host))
    html = PAGE.format(origin=origin, options=options).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(html)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing: a test's output is about the test."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()
        thread.join()


def visit(page: Page, address: str) -> None:
    """Open the page and wait for the widget; ``violations`` tells what broke the policy."""
    page.add_init_script(WATCH)
    page.goto(address)
    page.locator("ragbook-widget").wait_for(state="attached")


def violations(page: Page) -> list[list[str]]:
    """The directive and the address of each break of the page's policy so far."""
    broken: list[list[str]] = page.evaluate("window.violations")
    return broken
