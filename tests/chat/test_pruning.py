"""Editions may go; what answers cite stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from chat.models import Citation
from retrieval.editions import prune
from retrieval.models import Chunk, Edition
from tests.books import ingest_quietly, write_book
from tests.chat.factories import AnswerFactory, CitationFactory, ConversationFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_answer_keeps_its_citations_when_their_edition_is_pruned(tmp_path: Path) -> None:
    source = write_book(tmp_path)
    ingest_quietly(source)
    old = Edition.objects.select_related("book").get()
    chunk = Chunk.objects.filter(text__contains="ros2 node list").get()
    answer = AnswerFactory.create(
        conversation=ConversationFactory.create(book=old.book), edition=old
    )
    citation = CitationFactory.create(
        answer=answer, chunk=chunk, chunk_key=chunk.key, text=chunk.text
    )
    before = Citation.objects.values().get(pk=citation.pk)
    (source / "docs/nodes.md").write_text("# Nodes\n\nAnother text altogether.\n")
    ingest_quietly(source)

    assert prune("robots", 1).removed == (1,)

    assert not Edition.objects.filter(pk=old.pk).exists()
    assert Citation.objects.values().get(pk=citation.pk) == {**before, "chunk_id": None}
    answer.refresh_from_db()
    assert (answer.edition, answer.text) == (None, "Run `ros2 node list`.")
