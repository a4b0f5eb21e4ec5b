"""Word counts of an edition: counted once, kept in the data folder, never believed when damaged."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from retrieval.editions import prune, rollback
from retrieval.lexicon import lexicon_of
from retrieval.models import Edition
from retrieval.wordcounts import word_counts
from tests.books import ingest_quietly, write_book
from tests.retrieval.factories import book_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def edition() -> Edition:
    return book_of("robots", {"a.md": {"Nodes": "A node publishes.", "Topics": "Nodes and nodes."}})


def kept(folder: Path) -> list[Path]:
    return sorted((folder / "words").glob("*"))


def queries(edition: Edition) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        word_counts(edition)
    return len(captured)


def test_a_word_counts_once_for_each_chunk(edition: Edition) -> None:
    counts = word_counts(edition)
    assert counts.chunks == 2
    assert (counts.words["nodes"], counts.words["publishes"]) == (2, 1)
    lexicon = lexicon_of(edition)
    [term] = lexicon.encoder.query("nodes").indices.tolist()
    assert counts.terms[term] == lexicon.terms[term] == 2


def test_the_chunks_are_read_once(edition: Edition, data_folder: Path) -> None:
    first = word_counts(edition)
    assert len(kept(data_folder)) == 1
    assert (queries(edition), word_counts(edition)) == (0, first)


@pytest.mark.parametrize("damage", ["", "{", '{"chunks": 2}', '{"terms": {"x": 1}}'])
def test_a_damaged_file_is_made_again(edition: Edition, data_folder: Path, damage: str) -> None:
    first = word_counts(edition)
    [place] = kept(data_folder)
    place.write_text(damage)
    assert word_counts(edition) == first
    assert queries(edition) == 0


def test_without_a_place_to_keep_them_they_are_counted_every_time(
    edition: Edition, data_folder: Path
) -> None:
    (data_folder / "words").write_text("a file where the folder should be")
    assert word_counts(edition).chunks == 2
    assert queries(edition) == 1


def test_they_are_there_when_an_ingest_ends_and_go_with_their_edition(
    tmp_path: Path, data_folder: Path
) -> None:
    source = write_book(tmp_path / "robots")
    ingest_quietly(source)
    (source / "docs/nodes.md").write_text("# Nodes\n\nNew.\n")
    ingest_quietly(source)
    assert len(kept(data_folder)) == 2
    rollback("robots")
    prune("robots", 2)
    assert len(kept(data_folder)) == 2
    rollback("robots", 2)
    prune("robots", 1)
    assert len(kept(data_folder)) == 1
