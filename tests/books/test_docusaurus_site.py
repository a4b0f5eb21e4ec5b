"""Citations of Docusaurus sites against the sites themselves, as the generator builds them.

What version 3.10 builds of the site of traps is recorded in ``docusaurus/built.json``. With
``RAGBOOK_TEST_NPM=1`` (``make sites``) the sites are built anew, which takes npm and minutes;
``RAGBOOK_TEST_NPM=record`` writes the record again.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from retrieval.readers.docusaurus.site import DocusaurusSource
from retrieval.readers.source import Page, Selection
from tests.books.built import (
    Built,
    BuiltPage,
    broken_citations,
    read_built,
    read_recorded,
    record,
    wrong_successors,
)
from tests.books.generators import build_docusaurus, install_docusaurus

SOURCES = Path(__file__).parent / "docusaurus"
TRAPS = SOURCES / "traps"
RECORD = SOURCES / "built.json"
PRIMER = Path(__file__).parents[2] / "examples" / "primer"
ADDRESS = "https://traps.example.org/guide/"
NOT_OF_THE_BOOK = ("404", "about", "blog", "manual/made-up", "manual/slugs/unlisted")

VARIANTS = [
    Selection(),
    Selection(version="2.0"),
    Selection(version="First"),
    Selection(version="current"),
    Selection(language="ur"),
    Selection(language="ur", version="2.0"),
    Selection(language="ur", version="1.0"),
    Selection(language="ur", version="current"),
]
every_variant = pytest.mark.parametrize("selection", VARIANTS, ids=str)


def read(site: Path, selection: Selection) -> list[Page]:
    source = DocusaurusSource(site)
    return [source.read(path) for path in source.paths(selection)]


@pytest.fixture(scope="module")
def recorded() -> Built:
    return read_recorded(RECORD)


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which Docusaurus is installed."""
    folder = tmp_path_factory.mktemp("generator")
    install_docusaurus(folder)
    return folder


def build(generator: Path, site: Path) -> Built:
    copied = generator / site.name
    shutil.copytree(site, copied, ignore=shutil.ignore_patterns("node_modules", "build"))
    build_docusaurus(copied, "--no-minify")
    return read_built(copied / "build")


# ── the check itself ─────────────────────────────────────────────────────────────────────────

HTML = """<link rel="canonical" href="https://traps.example.org/guide/two%20words">
<h2 class="anchor" id="one">One <code>a</code><a href="#one">\u200b</a></h2><h3>None</h3>
<a class="pagination-nav__link pagination-nav__link--next" href="/guide/three">Next</a>"""


def test_built_pages_are_read_with_their_headings_and_successors(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(HTML, encoding="utf-8")
    (tmp_path / "redirect.html").write_text("<p>Moved.</p>", encoding="utf-8")
    built = read_built(tmp_path)
    record(built, tmp_path / "built.json")

    assert built == {ADDRESS + "two words": BuiltPage({"one": "One a"}, ADDRESS + "three")}
    assert read_recorded(tmp_path / "built.json") == built


def test_a_citation_that_leads_nowhere_is_told(recorded: Built) -> None:
    damaged = {address: replace(page) for address, page in recorded.items()}
    headings = dict(damaged[ADDRESS + "people/01-team"].headings)
    del damaged[ADDRESS + "manual/top/level"], headings["old-roles"]
    damaged[ADDRESS + "people/01-team"] = BuiltPage(headings, ADDRESS + "people/join")
    damaged[ADDRESS + "manual/"].headings = {"introduction-1": "Else", "whats-new-in-v20": "?"}
    pages = read(TRAPS, Selection())

    assert sorted(broken_citations(damaged, ADDRESS, pages)) == [
        "community/01-team.md: no heading #old-roles",
        "docs/intro.md: #introduction-1 is 'Else', not 'Introduction'",
        "docs/intro.md: #whats-new-in-v20 is '?', not \"What's new in v2.0?\"",
        "docs/slugs/absolute.md: no page at manual/top/level",
    ]


def test_a_page_out_of_order_is_told(recorded: Built) -> None:
    topics, nodes = read(TRAPS, Selection(include=("docs/01-basics/*",)))
    [intro] = read(TRAPS, Selection(include=("docs/intro.md",)))

    assert not list(wrong_successors(recorded, ADDRESS, [topics, nodes, intro]))
    assert list(wrong_successors(recorded, ADDRESS, [topics, intro, nodes])) == [
        f"{topics.path}: followed by {intro.path}, not by {ADDRESS}{nodes.url}"
    ]


# ── as recorded ──────────────────────────────────────────────────────────────────────────────


@every_variant
def test_every_citation_of_the_traps_opens_its_heading(
    recorded: Built, selection: Selection
) -> None:
    pages = read(TRAPS, selection)

    assert pages
    assert not list(broken_citations(recorded, ADDRESS, pages))


def test_no_page_of_the_traps_is_missed(recorded: Built) -> None:
    read_pages = {unquote(page.url) for variant in VARIANTS for page in read(TRAPS, variant)}
    built = {address.removeprefix(ADDRESS) for address in recorded}
    others = {place for place in built if place.removeprefix("ur/").startswith(NOT_OF_THE_BOOK)}

    assert read_pages == built - others


@every_variant
def test_the_pages_of_the_traps_follow_each_other_as_on_the_site(
    recorded: Built, selection: Selection
) -> None:
    assert not list(wrong_successors(recorded, ADDRESS, read(TRAPS, selection)))


# ── as built now ─────────────────────────────────────────────────────────────────────────────


def test_the_record_is_what_the_generator_builds(generator: Path) -> None:
    built = build(generator, TRAPS)
    if os.environ["RAGBOOK_TEST_NPM"] == "record":
        record(built, RECORD)
    assert built == read_recorded(RECORD)


def test_every_citation_of_the_primer_opens_its_heading(generator: Path) -> None:
    built = build(generator, PRIMER)
    pages = read(PRIMER, Selection())

    assert not list(broken_citations(built, "https://primer.example.org/", pages))
    assert not list(wrong_successors(built, "https://primer.example.org/", pages))
