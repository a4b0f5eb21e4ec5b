"""Ingest: a source becomes the live edition in one step, or nothing changes at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retrieval import ingest as ingest_step
from retrieval.errors import EmbeddingError, IngestRunning, SourceError
from retrieval.index import index
from retrieval.locking import only_one
from retrieval.manifest import Manifest
from retrieval.models import Book, Chunk, Edition, Section
from retrieval.search import search
from tests.books import PAGES, ingest_quietly, write_book

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_book(tmp_path / "robots")


def change_page(source: Path) -> None:
    page = source / "docs/parameters.md"
    page.write_text(page.read_text().replace("is lost when the node ends", "survives a restart"))


def book() -> Book:
    return Book.objects.select_related("live").get(slug="robots")


def test_a_first_ingest_makes_the_book_and_its_live_edition(source: Path) -> None:
    result = ingest_quietly(source)
    live = book().live
    assert live is not None
    assert result.changed
    assert (live.number, live.state, live.source_format) == (1, "ready", "docusaurus")
    assert (result.pages, live.page_count) == (3, 3)
    assert result.chunks == Chunk.objects.count() == result.embedded
    assert book().title == "Robots"
    assert book().base_url == "https://robots.example.org/"
    assert result.report["code_blocks_in"] == result.report["code_blocks_out"] == 2


def test_sections_and_chunks_keep_their_place_and_words(source: Path) -> None:
    ingest_quietly(source)
    section = Section.objects.get(title="Listing nodes")
    assert (section.path, section.anchor) == ("nodes.md", "listing-nodes")
    assert section.heading_path == ["Nodes", "Listing nodes"]
    [chunk] = section.chunks.all()
    assert "```bash\nros2 node list\n```" in chunk.text
    vector = np.frombuffer(chunk.vector, dtype="<f4")
    assert vector.shape == (384,)
    assert np.isclose(np.linalg.norm(vector), 1.0, atol=1e-3)


def test_an_unchanged_book_keeps_its_edition_and_embeds_nothing(source: Path) -> None:
    first = ingest_quietly(source)
    second = ingest_quietly(source)
    assert not second.changed
    assert (second.edition, second.embedded, second.chunks) == (1, 0, first.chunks)
    assert Edition.objects.count() == 1


def test_settings_change_without_a_new_edition(source: Path) -> None:
    ingest_quietly(source)
    result = ingest_quietly(
        source, said=Manifest(title="All robots", mode="annotate", code="marked")
    )
    assert not result.changed
    assert (book().title, book().mode, book().code) == ("All robots", "annotate", "marked")


def test_a_changed_page_makes_an_edition_and_embeds_only_what_changed(source: Path) -> None:
    first = ingest_quietly(source)
    change_page(source)
    second = ingest_quietly(source)
    assert (second.edition, second.embedded, second.chunks) == (2, 1, first.chunks)
    assert book().live == Edition.objects.get(number=2)
    assert Edition.objects.get(number=1).chunks.count() == first.chunks


def test_the_new_edition_is_searched_and_the_old_one_stays(source: Path) -> None:
    ingest_quietly(source)
    change_page(source)
    ingest_quietly(source)
    found = search("robots", "Is a parameter kept after a restart?")
    assert {passage.edition for passage in found.passages} == {2}
    assert any("survives a restart" in passage.text for passage in found.passages)


def test_a_failed_ingest_changes_nothing(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ingest_quietly(source)
    change_page(source)

    def broken(*_: Any) -> None:
        raise EmbeddingError("The disk is full.")

    monkeypatch.setattr(ingest_step, "rebuild", broken)
    with pytest.raises(EmbeddingError):
        ingest_quietly(source)
    live = book().live
    assert live is not None
    assert live.number == 1
    assert index().exists(live)
    assert search("robots", "parameters").passages


def test_the_next_ingest_clears_what_a_broken_one_left(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest_quietly(source)
    change_page(source)
    with monkeypatch.context() as patched:
        patched.setattr(ingest_step, "rebuild", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ingest_quietly(source)
    assert Edition.objects.filter(state="building").count() == 1
    assert ingest_quietly(source).edition == 2
    assert list(Edition.objects.values_list("state", flat=True)) == ["ready", "ready"]


def test_two_ingests_of_one_book_do_not_meet(source: Path) -> None:
    with (
        only_one("robots"),
        pytest.raises(IngestRunning, match="Another ingest of robots is running"),
    ):
        ingest_quietly(source)
    assert ingest_quietly(source).changed


def test_the_manifest_beside_the_book_is_followed(source: Path) -> None:
    (source / "ragbook.json").write_text(
        '{"title": "Manifest", "base_url": "https://m.example/", "exclude": ["topics.md"],'
        ' "starter_questions": ["What is a node?"]}'
    )
    result = ingest_quietly(source, said=Manifest(title="Command line"))
    assert book().title == "Command line"
    assert book().base_url == "https://m.example/"
    assert book().starter_questions == ["What is a node?"]
    assert result.pages == 2


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (Manifest(include=("Nothing/**",)), "No page of .* is selected"),
        (Manifest(mode="loose"), "Unknown mode 'loose'. Known: strict, annotate"),
        (Manifest(code="mine"), "Unknown rule for code 'mine'. Known: book, marked"),
        (Manifest(format="scroll"), "Unknown format 'scroll'. Known: "),
    ],
)
def test_unusable_settings_are_named_and_nothing_is_stored(
    source: Path, said: Manifest, complaint: str
) -> None:
    with pytest.raises(SourceError, match=complaint):
        ingest_quietly(source, said=said)
    assert not Book.objects.exists()


def test_unusable_sources_are_named(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(SourceError, match="No known book format was recognised"):
        ingest_quietly(empty)
    with pytest.raises(SourceError, match="does not exist"):
        ingest_quietly(tmp_path / "absent")
    write_book(empty)
    for name in PAGES:
        (empty / name).write_text("---\ntitle: Nothing\n---\n")
    with pytest.raises(SourceError, match="holds no text"):
        ingest_quietly(empty)
    (empty / "docs/nodes.md").write_bytes(b"# \xff\xfe broken")
    with pytest.raises(SourceError, match=r"nodes.md is not UTF-8"):
        ingest_quietly(empty)


@pytest.mark.parametrize("slug", ["", "No Spaces", "-x", "x" * 81, "../etc"])
def test_a_slug_that_cannot_name_a_book_is_refused(source: Path, slug: str) -> None:
    with pytest.raises(SourceError, match="cannot name a book"):
        ingest_quietly(source, slug)
