"""The passages of hits come with one query that costs the same in a book of any length."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from retrieval.loading import passages_of
from tests.retrieval.factories import ChunkFactory, EditionFactory, SectionFactory

pytestmark = pytest.mark.django_db


def test_passages_are_read_by_one_query_without_an_order_and_then_kept() -> None:
    section = SectionFactory.create(edition=EditionFactory.create())
    chunks = [ChunkFactory.create(section=section, text=f"Passage {n}.") for n in range(3)]
    asked = [chunk.pk for chunk in (chunks[2], chunks[0])]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = passages_of(section.edition, asked)
        again = passages_of(section.edition, asked)
    assert [found[pk].text for pk in asked] == ["Passage 2.", "Passage 0."]
    assert again == found
    [query] = queries.captured_queries
    assert "ORDER BY" not in query["sql"], "SQLite would walk through the edition for it"


def test_chunks_of_another_edition_are_left_out() -> None:
    mine, other = ChunkFactory.create(), ChunkFactory.create()
    assert passages_of(mine.edition, [mine.pk, other.pk]).keys() == {mine.pk}
