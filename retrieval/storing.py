"""A drafted edition becomes rows: its sections, chunks and vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from retrieval.chunking import ChunkText, blocks_as_text
from retrieval.models import Book, Chunk, Edition, Section
from retrieval.passages import SectionText

ROW_BATCH = 500


@dataclass(frozen=True, slots=True)
class Draft:
    """An edition before it has rows. ``vectors`` holds float32 bytes by chunk key."""

    source_format: str
    fingerprint: str
    digest: str
    embedding: str
    dimension: int
    pages: int
    sections: Sequence[SectionText]
    chunks: Sequence[ChunkText]
    vectors: dict[str, bytes]
    report: dict[str, Any]


def known_vectors(book: Book, keys: set[str], embedding: str) -> dict[str, bytes]:
    """The vectors of chunks that some edition of the book holds, by their keys.

    Nearly all stand in the live edition; an older or a broken off one may hold the others.
    """
    chunks = Chunk.objects.filter(edition__book=book.pk, edition__embedding=embedding)
    rows = chunks.order_by().values_list("key", "vector")
    live = rows.filter(edition=book.live_id).iterator(chunk_size=1000)
    known = {key: bytes(vector) for key, vector in live if key in keys}
    missing = sorted(keys - known.keys())
    for start in range(0, len(missing), ROW_BATCH):
        found = rows.filter(key__in=missing[start : start + ROW_BATCH])
        known.update((key, bytes(vector)) for key, vector in found)
    return known


@transaction.atomic
def store(book: Book, draft: Draft) -> Edition:
    """The edition's rows in state building, in one transaction."""
    if not book.pk:
        book.save()
    newest = book.editions.first()
    edition = Edition.objects.create(
        book=book,
        number=newest.number + 1 if newest else 1,
        source_format=draft.source_format,
        fingerprint=draft.fingerprint,
        digest=draft.digest,
        embedding=draft.embedding,
        dimension=draft.dimension,
        page_count=draft.pages,
        section_count=len(draft.sections),
        chunk_count=len(draft.chunks),
        word_count=sum(len(chunk.text.split()) for chunk in draft.chunks),
        report=draft.report,
    )
    _store_chunks(edition, draft, _store_sections(edition, draft.sections))
    return edition


def _store_sections(edition: Edition, sections: Sequence[SectionText]) -> dict[int, Section]:
    """The section rows by the identity of the section they were made from."""
    rows = [
        Section(
            edition=edition,
            ordinal=ordinal,
            path=section.path,
            url=section.url,
            anchor=section.anchor,
            title=section.title,
            heading_path=list(section.heading_path),
            text="\n\n".join(blocks_as_text(section.blocks)),
        )
        for ordinal, section in enumerate(sections)
    ]
    stored = Section.objects.bulk_create(rows, batch_size=ROW_BATCH)
    return {id(section): row for section, row in zip(sections, stored, strict=True)}


def _store_chunks(edition: Edition, draft: Draft, sections: dict[int, Section]) -> None:
    """The chunk rows, made a batch at a time."""
    for start in range(0, len(draft.chunks), ROW_BATCH):
        Chunk.objects.bulk_create(
            Chunk(
                edition=edition,
                section=sections[id(chunk.section)],
                ordinal=ordinal,
                key=chunk.key,
                kind=chunk.kind,
                text=chunk.text,
                vector=draft.vectors[chunk.key],
            )
            for ordinal, chunk in enumerate(draft.chunks[start : start + ROW_BATCH], start)
        )
