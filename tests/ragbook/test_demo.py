"""The demo book's site: every page, every anchor that a citation may name, and the way around."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import include, path
from markdown_it.tree import SyntaxTreeNode

from ragbook import demo
from ragbook.demo_html import HtmlRenderer, highlighted
from retrieval.readers.docusaurus.site import DocusaurusSource
from retrieval.readers.markdown.parser import markdown_parser
from retrieval.readers.source import Selection

urlpatterns = [path("book/", include("ragbook.demo_urls"))]
WORD = re.compile(r"[^\W\d]\w*")

pytestmark = [
    pytest.mark.urls(__name__),
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),  # nothing is collected
]


class Document(HTMLParser):
    """What a test asks of a page: its ids, links, scripts and visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.text += "" if tag in {"span", "code", "em", "strong", "a"} else " "
        self.tags.append((tag, attributes))
        if attributes.get("id"):
            self.ids.append(str(attributes["id"]))
        if tag == "a":
            self.links.append(str(attributes["href"]))

    def handle_data(self, data: str) -> None:
        self.text += data

    def having(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [
            attributes
            for name, attributes in self.tags
            if name == tag and all(attributes.get(key) == value for key, value in wanted.items())
        ]


@pytest.fixture
def book(settings: Any) -> DocusaurusSource:
    return DocusaurusSource(settings.RAGBOOK_DEMO_BOOK)


def visit(client: Client, address: str) -> Document:
    response = client.get(address)
    assert response.status_code == 200, address
    return Document(response.content.decode())


def rendered(source: str) -> str:
    tree = SyntaxTreeNode(markdown_parser().parse(source, {}))
    return str(HtmlRenderer(link=lambda target: target).render(tree))


# ── the primer ───────────────────────────────────────────────────────────────────────────────


def test_every_citation_of_the_primer_resolves(client: Client, book: DocusaurusSource) -> None:
    for page in map(book.read, book.paths(Selection())):
        document = visit(client, f"/book/{page.url}")
        for section in page.sections:
            assert section.url == page.url
            assert not section.anchor or section.anchor in document.ids, (page.path, section.anchor)


def test_no_word_of_the_primer_is_missing_on_its_page(
    client: Client, book: DocusaurusSource
) -> None:
    for page in map(book.read, book.paths(Selection())):
        shown = set(WORD.findall(visit(client, f"/book/{page.url}").text))
        for section in page.sections:
            for block in section.blocks:
                assert set(WORD.findall(block.text)) <= shown, (page.path, block.text)


def test_every_link_of_the_primer_leads_somewhere(client: Client, book: DocusaurusSource) -> None:
    pages = {
        f"/book/{page.url}": visit(client, f"/book/{page.url}")
        for page in map(book.read, book.paths(Selection()))
    }
    for address, document in pages.items():
        for link in document.links:
            parts = urlsplit(urljoin(address, link))
            if parts.netloc or parts.path == "/book/":
                continue
            assert parts.path in pages, (address, link)
            assert not parts.fragment or parts.fragment in pages[parts.path].ids, (address, link)


def test_ids_are_unique_on_every_page(client: Client, book: DocusaurusSource) -> None:
    for page in map(book.read, book.paths(Selection())):
        ids = visit(client, f"/book/{page.url}").ids
        assert len(ids) == len(set(ids)), page.path


def test_the_pages_follow_each_other_in_reading_order(
    client: Client, book: DocusaurusSource
) -> None:
    urls = [f"/book/{book.read(path).url}" for path in book.paths(Selection())]
    for before, after in pairwise(urls):
        assert visit(client, before).having("a", rel="next", href=after)
        assert visit(client, after).having("a", rel="prev", href=before)
    assert not visit(client, urls[0]).having("a", rel="prev")
    assert not visit(client, urls[-1]).having("a", rel="next")


def test_the_navigation_names_categories_and_marks_the_page(client: Client) -> None:
    document = visit(client, "/book/docs/communication/topics")

    current = document.having("a", **{"aria-current": "page"})
    assert [link["href"] for link in current] == ["/book/docs/communication/topics"]
    assert document.text.index("Communication") < document.text.index("The robot model")


def test_the_widget_is_loaded_and_nothing_runs_inline(client: Client) -> None:
    document = visit(client, "/book/docs/communication/topics")

    assert document.having("script", src="/widget.js", type="module", **{"data-book": "primer"})
    assert all(attributes.get("src") for attributes in document.having("script"))
    assert not document.having("style")
    assert not [tag for tag, attributes in document.tags if "style" in attributes]
    assert not [key for _, attributes in document.tags for key in attributes if key[:2] == "on"]


def test_pages_forbid_what_they_do_not_need(client: Client) -> None:
    policy = client.get("/book/docs/communication/topics")["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


# ── addresses ────────────────────────────────────────────────────────────────────────────────


def test_the_books_address_leads_to_its_first_page(client: Client) -> None:
    response = client.get("/book/")

    assert (response.status_code, response["Location"]) == (302, "/book/docs/")


@pytest.mark.parametrize(
    ("asked", "found"),
    [("docs", "docs/"), ("docs/communication/topics/", "docs/communication/topics")],
)
def test_a_slash_too_few_or_too_many_is_corrected(client: Client, asked: str, found: str) -> None:
    response = client.get(f"/book/{asked}")

    assert (response.status_code, response["Location"]) == (302, f"/book/{found}")


def test_an_unknown_page_keeps_the_navigation(client: Client) -> None:
    response = client.get("/book/docs/nowhere")

    assert response.status_code == 404
    document = Document(response.content.decode())
    assert "Page not found" in document.text
    assert "/book/docs/communication/topics" in document.links


def test_pages_are_only_read(client: Client) -> None:
    assert client.post("/book/docs/").status_code == 405


def test_a_page_with_spaces_and_a_category_page_have_their_place(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "docs" / "two words").mkdir(parents=True)
    (tmp_path / "docusaurus.config.js").write_text("export default {title: 'T'}", encoding="utf-8")
    (tmp_path / "docs" / "two words" / "index.md").write_text("# Folder", encoding="utf-8")
    (tmp_path / "docs" / "two words" / "سبق.md").write_text(
        "# Page\n\n[up](./index.md#x) [out](https://x.org) [other](missing.md)", encoding="utf-8"
    )
    book = demo.DemoBook(tmp_path)

    assert [link.address for link in book.links.values()] == [
        "/book/docs/two%20words/",
        "/book/docs/two%20words/%D8%B3%D8%A8%D9%82",
    ]
    assert book.path_at("docs/two words/سبق") == "two words/سبق.md"
    html = book.page("two words/سبق.md").html
    assert 'href="/book/docs/two%20words/#x"' in html
    assert 'href="https://x.org"' in html
    assert 'href="missing.md"' in html


# ── rendering ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("source", "html"),
    [
        (
            "*a* **b** ~~c~~ `d<`",
            "<p><em>a</em> <strong>b</strong> <s>c</s> <code>d&lt;</code></p>",
        ),
        ("a  \nb\nc", "<p>a<br>b\nc</p>"),
        ("# T", "<h1>T</h1>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("3. a", '<ol start="3"><li>a</li></ol>'),
        ("> a", "<blockquote><p>a</p></blockquote>"),
        ("---", "<hr>"),
        ("![alt](x.png)", '<p><em class="image">alt</em></p>'),
        ("$x$ [^1]", '<p><span class="math">x</span> <sup>[1]</sup></p>'),
        ("$$\nx\n$$", '<div class="math">x</div>'),
        ("[^1]: a", '<div class="footnote">[1] <p>a</p></div>'),
        ("<kbd onclick='x()'>A</kbd> <Foo>b</Foo> {'c'}", "<p><kbd>A</kbd> b c</p>"),
        ("<script>alert(1)</script>", ""),
        ("<div style='x'>\n\na\n\n</div>", "<div><p>a</p></div>"),
        ("<Card title='T'>\n\na\n\n</Card>", '<div><p class="title">T</p><p>a</p></div>'),
        ("{'a<'}", "a&lt;"),
        ("[x](javascript:alert)", "<p>[x](javascript:alert)</p>"),
        ("1 < 2 &lt;b&gt;", "<p>1 &lt; 2 &lt;b&gt;</p>"),
        (
            "<details>\n<summary>S</summary>\n\na\n\n</details>",
            "<details><summary><p>S</p></summary><p>a</p></details>",
        ),
        (
            "|a|\n|-|\n|b|",
            '<div class="table" tabindex="0"><table><thead><tr><th>a</th></tr></thead>'
            "<tbody><tr><td>b</td></tr></tbody></table></div>",
        ),
        (
            ":::tip[Use *it*]\na\n:::",
            '<aside class="admonition tip" aria-label="Tip: Use it">'
            '<p class="title">Use <em>it</em></p><p>a</p></aside>',
        ),
        (
            "<Tabs groupId='g'>\n<TabItem value='v' label='L'>\n\na\n\n</TabItem>\n</Tabs>",
            '<div class="tabs" data-group="g"><section class="tab" aria-label="L">'
            '<p class="label">L</p><p>a</p></section></div>',
        ),
    ],
)
def test_markdown_becomes_safe_html(source: str, html: str) -> None:
    assert rendered(source) == html


def test_code_is_highlighted_and_titled() -> None:
    html = rendered('```python title="a.py"\nimport os  # <b>\n```')

    assert "<figcaption>a.py</figcaption>" in html
    assert '<span class="kn">import</span>' in html
    assert "&lt;b&gt;" in html


def test_code_of_an_unknown_language_is_only_escaped() -> None:
    assert highlighted("\n  <a>\n", "nonsense") == "\n  &lt;a&gt;"
