"""Sites by their sitemap, from real servers on loopback that behave well and badly."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from retrieval.errors import SourceError
from retrieval.ingest import ingest
from retrieval.manifest import Manifest
from retrieval.models import Book
from retrieval.readers import open_source
from retrieval.readers.source import Page, Selection
from retrieval.readers.web import crawl, fetching
from retrieval.readers.web.address import folder_of, is_public, page_path, tidied
from retrieval.readers.web.fetching import Fetcher, NotFetched

ALL = Selection()


@dataclass
class Answer:
    """What the server says at one path; of several each is said once, the last for ever."""

    body: str | bytes = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html"})

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else self.body.encode()


@dataclass
class Site:
    """A server on loopback: what it answers by path, and what it was asked."""

    url: str
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    def at(self, path: str, *answers: Answer | str | bytes) -> Site:
        self.answers[path] = [a if isinstance(a, Answer) else Answer(a) for a in answers]
        return self

    def sitemap(self, *places: str, path: str = "/sitemap.xml") -> Site:
        return self.at(path, Answer(self.urlset(*places), headers={"Content-Type": "text/xml"}))

    def urlset(self, *places: str) -> str:
        locations = (place if "://" in place else self.url + place for place in places)
        urls = "".join(f"<url><loc>{location}</loc></url>" for location in locations)
        return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'


def serve(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            site.agents.add(self.headers["User-Agent"])
            answers = site.answers.get(self.path, [Answer("no", 404)])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            etag = answer.headers.get("ETag")
            status = 304 if etag and self.headers["If-None-Match"] == etag else answer.status
            self.send_response(status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            body = b"" if status == 304 else answer.content()
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    return Handler


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A running site; requests to it are not paced and not repeated late."""
    monkeypatch.setattr(fetching, "PAUSE", 0.0)
    monkeypatch.setattr(fetching, "WAITS", (0.0, 0.0))
    running = Site("")
    with ThreadingHTTPServer(("127.0.0.1", 0), serve(running)) as server:
        running.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield running
        server.shutdown()
        thread.join()


def html(text: str, head: str = "", **headers: str) -> Answer:
    body = (
        f'<html lang="en"><head><title>{text} | Arm</title>{head}</head><main><p>{text}</p></main>'
    )
    return Answer(body, headers={"Content-Type": "text/html; charset=utf-8", **headers})


def book(site: Site, selection: Selection = ALL) -> dict[str, Page]:
    source = open_source(f"{site.url}/").source
    return {path: source.read(path) for path in source.paths(selection)}


def left_out(pages: dict[str, Page]) -> set[tuple[str, str]]:
    return {(item.kind, item.detail) for item in next(iter(pages.values())).dropped}


# ── a well-kept site ─────────────────────────────────────────────────────────────────────────


def test_a_site_is_read_by_its_sitemap(site: Site) -> None:
    site.sitemap("/", "/b.html", "/guide/").at("/", html("Home"))
    site.at("/b.html", html("B")).at("/guide/", html("Guide"))
    source, mark = open_source(f"{site.url}/")
    assert (source.format, source.base_url, mark) == ("html", f"{site.url}/", "its sitemap")
    assert (source.title, source.language) == ("Arm", "en")
    assert source.paths(ALL) == ["index.html", "b.html", "guide/index.html"]
    page = source.read("guide/index.html")
    assert (page.url, page.title, page.sections[0].blocks[0].text) == ("guide/", "Guide", "Guide")
    assert all("ragbook" in agent for agent in site.agents)


def test_only_pages_below_the_address_are_read(site: Site) -> None:
    site.sitemap("/", "/en/a", "/en/b", "/de/a", "https://elsewhere.org/en/a")
    site.at("/en/a", html("A")).at("/en/b", html("B"))
    source = open_source(f"{site.url}/en/").source
    assert source.paths(ALL) == ["a", "b"]
    assert not {"/", "/de/a"}.intersection(site.asked)


def test_a_selection_decides_before_pages_are_fetched(site: Site) -> None:
    site.sitemap("/a", "/b", "/c").at("/a", html("A")).at("/b", html("B"))
    assert list(book(site, Selection(include=("b",)))) == ["b"]
    assert "/c" not in site.asked


def test_the_sitemap_may_be_named_by_robots_or_by_the_user(site: Site) -> None:
    site.sitemap("/docs/a", path="/docs/map.xml").at("/docs/a", html("A"))
    assert list(open_source(f"{site.url}/docs/map.xml").source.paths(ALL)) == ["a"]
    site.at("/robots.txt", f"User-agent: *\nSitemap: {site.url}/docs/map.xml")
    assert list(book(site)) == ["docs/a"]


def test_an_index_of_packed_sitemaps_is_followed_once(site: Site) -> None:
    index = (
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<sitemap><loc>{site.url}/part.xml.gz</loc></sitemap>"
        f"<sitemap><loc>{site.url}/sitemap.xml</loc></sitemap></sitemapindex>"
    )
    site.at("/sitemap.xml", Answer(index, headers={"Content-Type": "text/xml"}))
    packed = gzip.compress(site.urlset("/a").encode())
    site.at("/part.xml.gz", Answer(packed, headers={"Content-Type": "application/gzip"}))
    site.at("/a", html("A"))
    assert list(book(site)) == ["a"]
    assert site.asked.count("/sitemap.xml") == 1


def test_unchanged_pages_are_not_sent_again(site: Site) -> None:
    site.sitemap("/a", "/b").at("/a", html("Old", ETag='"1"')).at("/b", html("B"))
    assert book(site)["a"].title == "Old"
    site.at("/a", Answer("changed without a new mark", headers={"ETag": '"1"'}))
    assert book(site)["a"].title == "Old"
    site.at("/a", html("New", ETag='"2"'))
    assert book(site)["a"].title == "New"


def test_a_damaged_memory_is_fetched_anew(site: Site, data_folder: Path) -> None:
    site.sitemap("/a").at("/a", html("A", ETag='"1"'))
    book(site)
    for note in data_folder.glob("sites/*/*.json"):
        note.write_text("{")
    assert book(site)["a"].sections[0].blocks[0].text == "A"


def test_the_servers_charset_is_believed(site: Site) -> None:
    body = "<main><p>žluť</p></main>".encode("iso-8859-2")
    site.sitemap("/a").at("/a", Answer(body, headers={"Content-Type": "text/html;charset=latin2"}))
    assert book(site)["a"].sections[0].blocks[0].text == "žluť"


@pytest.mark.django_db(transaction=True)
def test_an_address_becomes_a_book_and_an_unchanged_site_stays_it(site: Site) -> None:
    site.sitemap("/", "/a").at("/", html("Home", ETag='"1"')).at("/a", html("Arms can be moved."))
    first = ingest("arm", f"{site.url}/", Manifest(), lambda *_: None)
    assert (first.changed, first.pages, first.recognised) == (True, 2, "its sitemap")
    assert Book.objects.get(slug="arm").base_url == f"{site.url}/"
    assert not ingest("arm", f"{site.url}/", Manifest(), lambda *_: None).changed


# ── what is not to be read ───────────────────────────────────────────────────────────────────


def test_pages_that_robots_refuse_are_not_fetched_and_told(site: Site) -> None:
    site.at("/robots.txt", "User-agent: ragbook\nDisallow: /private\n\nUser-agent: *\nDisallow:")
    site.sitemap("/a", "/private/b", "/moved").at("/a", html("A"))
    site.at("/moved", Answer(status=301, headers={"Location": "/private/c"}))
    assert left_out(book(site)) == {
        ("robots.txt page", f"{site.url}/private/b"),
        ("robots.txt page", f"{site.url}/moved"),
    }
    assert not {"/private/b", "/private/c"}.intersection(site.asked)


def test_pages_that_are_none_are_left_out_and_told(site: Site, monkeypatch: Any) -> None:
    monkeypatch.setattr(crawl, "LARGEST_PAGE", 2000)
    site.sitemap("/a", "/gone", "/pdf", "/huge", "/hidden", "/away", "/circle", "/moved")
    site.at("/a", html("A")).at("/huge", html("x" * 3000))
    site.at("/pdf", Answer("%PDF", headers={"Content-Type": "application/pdf"}))
    site.at("/hidden", html("H", **{"X-Robots-Tag": "noindex"}))
    site.at("/away", Answer(status=302, headers={"Location": "http://127.0.0.1:9/a"}))
    site.at("/circle", Answer(status=301, headers={"Location": "/circle"}))
    site.at("/moved", Answer(status=301, headers={"Location": "/a"}))
    pages = book(site)
    assert list(pages) == ["a"]
    assert {(kind, place.removeprefix(site.url)) for kind, place in left_out(pages)} == {
        ("status 404 page", "/gone"),
        ("application/pdf page", "/pdf"),
        ("too large page", "/huge"),
        ("noindex page", "/hidden"),
        ("elsewhere page", "/away"),
        ("endless redirect page", "/circle"),
    }


def test_a_public_name_may_not_lead_to_a_private_machine(site: Site) -> None:
    with (
        Fetcher(site.url, private=False) as fetcher,
        pytest.raises(SourceError, match=r"leads to the private machine 127\.0\.0\.1"),
    ):
        fetcher.get(f"{site.url}/", 1000)


@pytest.mark.parametrize(
    ("machine", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("::1", False),
        ("::ffff:192.168.0.1", False),
        ("fe80::1%eth0", False),
    ],
)
def test_private_machines_are_known(machine: str, public: bool) -> None:
    assert is_public(machine) is public


# ── what goes wrong ──────────────────────────────────────────────────────────────────────────


def test_a_busy_server_is_asked_again_when_it_says(site: Site, monkeypatch: Any) -> None:
    monkeypatch.setattr(fetching, "WAITS", (1.0, 2.0, 4.0))
    busy = Answer("", 429, {"Retry-After": "7"})
    dated = Answer("", 503, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})
    site.at("/a", busy, dated, Answer("", 503, {}), html("A"))
    waits: list[float] = []
    with Fetcher(site.url, sleep=waits.append) as fetcher:
        assert fetcher.get(f"{site.url}/a", 1000).status == 200
    assert waits == [7.0, 2.0, 4.0]


def test_requests_keep_the_pause_that_robots_ask_for(site: Site) -> None:
    site.at("/robots.txt", "User-agent: *\nCrawl-delay: 3").sitemap("/a")
    waits: list[float] = []
    with Fetcher(site.url, sleep=waits.append) as fetcher:
        crawl.list_pages(fetcher, f"{site.url}/")
        fetcher.get(f"{site.url}/a", 1000)
        assert fetcher.pause == 3.0
    assert waits
    assert max(waits) <= 3.0


def test_a_server_that_stays_down_stops_the_ingest(site: Site) -> None:
    site.sitemap("/a", "/b").at("/a", html("A")).at("/b", Answer("", 503, {}))
    with pytest.raises(SourceError, match=r"/b does not answer: status 503\. Try again later"):
        book(site)


def test_a_server_that_is_too_slow_stops_the_ingest(site: Site, monkeypatch: Any) -> None:
    monkeypatch.setattr(fetching, "LONGEST", 0.0)
    with Fetcher(site.url) as fetcher, pytest.raises(SourceError, match="not complete after"):
        fetcher.get(site.at("/a", html("A")).url + "/a", 1000)


def test_nobody_listening_is_a_clear_error(site: Site) -> None:
    with pytest.raises(SourceError, match="does not answer"):
        open_source("http://127.0.0.1:9/")


@pytest.mark.parametrize(
    ("answers", "complaint"),
    [
        ({}, r"There is no sitemap at .*/sitemap\.xml.*ingest the folder"),
        ({"/sitemap.xml": Answer("<html>")}, "There is no sitemap"),
        ({"/sitemap.xml": Answer("<urlset>", headers={})}, "is no sitemap"),
        ({"/sitemap.xml": Answer(b"\x1f\x8bxx", headers={})}, "damaged gzip"),
        ({"/sitemap.xml": Answer("<urlset/>", headers={})}, "names no page below"),
        ({"/robots.txt": Answer("", 503, {})}, "does not answer: status 503"),
        (
            {"/robots.txt": Answer("", 301, {"Location": "https://www.example.org/robots.txt"})},
            r"cannot be read: elsewhere: https://www\.example\.org/robots\.txt.*served at",
        ),
    ],
)
def test_a_site_that_cannot_be_listed_is_a_clear_error(
    site: Site, answers: dict[str, Answer], complaint: str
) -> None:
    for path, answer in answers.items():
        site.at(path, answer)
    with pytest.raises(SourceError, match=complaint):
        open_source(f"{site.url}/")


def test_too_many_pages_and_too_large_sitemaps_are_clear_errors(
    site: Site, monkeypatch: Any
) -> None:
    site.sitemap("/a", "/b", "/c")
    monkeypatch.setattr(crawl, "MOST_PAGES", 2)
    with pytest.raises(SourceError, match="names 3 pages; 2 are the most"):
        open_source(site.url)
    monkeypatch.setattr(crawl, "LARGEST", 100)
    with pytest.raises(SourceError, match="is too large"):
        open_source(site.url)


def test_a_sitemap_of_another_address_is_named(site: Site) -> None:
    site.sitemap("https://www.example.org/a")
    with pytest.raises(SourceError, match=r"but 1 elsewhere, such as https://www\.example\.org/a"):
        open_source(site.url)


def test_entities_of_a_sitemap_stay_unread(site: Site, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("/stolen")
    text = (
        f'<!DOCTYPE urlset [<!ENTITY x SYSTEM "file://{secret}">]>'
        f"<urlset><url><loc>{site.url}/a</loc></url><url><loc>{site.url}&x;</loc></url></urlset>"
    )
    site.at("/sitemap.xml", Answer(text, headers={})).at("/a", html("A"))
    book(site)
    assert not any("stolen" in path for path in site.asked)


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("https://", "is no web address"),
        ("https://user:secret@host/", "holds a name or password"),
        ("https://host:port/", "is no address"),
    ],
)
def test_unusable_addresses_are_clear_errors(address: str, complaint: str) -> None:
    with pytest.raises(SourceError, match=complaint):
        open_source(address)


def test_an_address_is_no_other_format() -> None:
    with pytest.raises(SourceError, match="cannot be read as sphinx"):
        open_source("https://docs.example.org/", "sphinx")


# ── addresses ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("address", "folder"),
    [
        ("https://x.org", "https://x.org/"),
        ("https://x.org/docs", "https://x.org/docs/"),
        ("https://x.org/docs/?a=1#b", "https://x.org/docs/"),
        ("https://x.org/docs/index.html", "https://x.org/docs/"),
    ],
)
def test_pages_stand_below_the_folder_of_the_address(address: str, folder: str) -> None:
    assert folder_of(address) == folder


def test_addresses_are_written_as_the_web_wants_them() -> None:
    assert tidied("https://x.org/a b/ü%20#top") == "https://x.org/a%20b/%C3%BC%20"
    assert page_path("https://x.org/a/#top", "https://x.org/") == "a/index.html"


def test_a_page_leads_not_out_of_the_site() -> None:
    with (
        Fetcher("http://127.0.0.1:9") as fetcher,
        pytest.raises(NotFetched, match=r"elsewhere: http://127\.0\.0\.1:10/"),
    ):
        fetcher.get("http://127.0.0.1:10/", 10)
