"""Ingest: a book's source becomes a new edition beside the live one, then goes live in one step.

Nothing a reader sees changes before the last transaction; a failed or killed ingest leaves rows
of an edition that never was ready, which the next ingest of the book removes.
"""

from __future__ import annotations

import fcntl
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from retrieval.chunking import ChunkText, blocks_as_text, chunk_sections, search_text
from retrieval.embeddings import Embedder, embedder
from retrieval.errors import IngestRunning, SourceError
from retrieval.index import index, rebuild
from retrieval.manifest import Manifest, read_manifest
from retrieval.models import Book, Chunk, Edition, Section
from retrieval.passages import Kind, SectionText
from retrieval.readers import Page, Selection, Source, open_source
from retrieval.serving import forget

Progress = Callable[[str, int, int], None]
"""Called with a phase ("Reading", "Embedding", …), how many are done, and how many there are."""

EMBEDDING_BATCH = 256
ROW_BATCH = 500
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What an ingest did. ``changed`` is false when the live edition already held just this.

    ``recognised`` is the file or trait that told the format, empty when the format was named.
    """

    book: str
    edition: int
    changed: bool
    format: str
    recognised: str
    pages: int
    sections: int
    chunks: int
    words: int
    embedded: int
    report: dict[str, Any]
    seconds: float


def ingest(slug: str, location: Path | str, said: Manifest, progress: Progress) -> IngestResult:
    """Ingest the book at ``location``; ``said`` overrides its ``ragbook.json``.

    Raises ``SourceError`` for an unusable source or setting, ``IngestRunning`` when another ingest
    of the same book is at work, ``EmbeddingError`` and ``IndexUnavailable`` from those steps.
    """
    started = perf_counter()
    _check_slug(slug)
    manifest = read_manifest(location).overridden_by(said)
    _check_mode(manifest.mode)
    with _only_one(slug):
        source, recognised = open_source(location, manifest.format or "auto")
        pages = _read(source, manifest, progress)
        book = _book(slug, source, manifest)
        edition, embedded = _edition(book, source, pages, progress)
    return IngestResult(
        book=slug,
        edition=edition.number,
        changed=embedded is not None,
        format=source.format,
        recognised=recognised,
        pages=edition.page_count,
        sections=edition.section_count,
        chunks=edition.chunk_count,
        words=edition.word_count,
        embedded=embedded or 0,
        report=edition.report,
        seconds=perf_counter() - started,
    )


# ── the source ───────────────────────────────────────────────────────────────────────────────


def _read(source: Source, manifest: Manifest, progress: Progress) -> list[Page]:
    selection = Selection(manifest.include, manifest.exclude, manifest.language)
    paths = source.paths(selection)
    if not paths:
        raise SourceError(
            f"No page of {source.root} is selected.",
            "Check --include and --exclude; patterns are matched against page paths such as "
            "'Tutorials/First.rst', and ** crosses folders.",
        )
    pages = []
    for done, path in enumerate(paths):
        progress("Reading", done, len(paths))
        pages.append(source.read(path))
    progress("Reading", len(paths), len(paths))
    return pages


def _check_slug(slug: str) -> None:
    if not SLUG.fullmatch(slug) or len(slug) > 80:
        raise SourceError(f"{slug!r} cannot name a book.", "Use a-z, 0-9 and single hyphens.")


def _check_mode(mode: str) -> None:
    if mode and mode not in Book.Mode.values:
        raise SourceError(f"Unknown mode {mode!r}.", f"Known: {', '.join(Book.Mode.values)}.")


@contextmanager
def _only_one(slug: str) -> Iterator[None]:
    """Hold the book's ingest lock; the system frees it even when the process is killed."""
    folder = settings.RAGBOOK_DATA / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{slug}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise IngestRunning(
                f"Another ingest of {slug} is running.", "Wait until it has finished."
            ) from None
        yield


# ── the rows ─────────────────────────────────────────────────────────────────────────────────


def _book(slug: str, source: Source, manifest: Manifest) -> Book:
    """The book's row as it shall be, not yet saved."""
    book = Book.objects.select_related("live").filter(slug=slug).first() or Book(slug=slug)
    book.title = manifest.title or source.title or book.title or slug
    book.base_url = manifest.base_url or source.base_url or book.base_url
    book.language = manifest.language or source.language or book.language
    book.mode = manifest.mode or book.mode
    book.starter_questions = list(manifest.starter_questions) or book.starter_questions
    book.origins = list(manifest.origins) or book.origins
    return book


def _edition(
    book: Book, source: Source, pages: Sequence[Page], progress: Progress
) -> tuple[Edition, int | None]:
    """The edition that is live afterwards, and how many chunks were embedded (None: unchanged)."""
    sections = [section for page in pages for section in page.sections]
    chunks = list(chunk_sections(sections))
    if not chunks:
        raise SourceError(f"{source.root} holds no text.", "Is this the right folder or format?")
    model = embedder(settings.RAGBOOK_EMBEDDING)
    digest = _digest(sections, chunks, model.name, book.language)
    if book.live and book.live.digest == digest and index().exists(book.live):
        book.save()
        return book.live, None
    vectors, embedded = _vectors(book, chunks, model, progress)
    edition = _store(book, source, pages, sections, chunks, vectors, digest, model, progress)
    _go_live(edition, progress)
    return edition, embedded


def _vectors(
    book: Book, chunks: Sequence[ChunkText], model: Embedder, progress: Progress
) -> tuple[dict[str, bytes], int]:
    """A vector for each chunk key: from an earlier edition where it is known, else embedded."""
    known = _known_vectors(book, {chunk.key for chunk in chunks}, model.name)
    new = [chunk for chunk in chunks if chunk.key not in known]
    for start in range(0, len(new), EMBEDDING_BATCH):
        progress("Embedding", start, len(new))
        batch = new[start : start + EMBEDDING_BATCH]
        texts = [search_text(chunk.section.heading_path, chunk.text) for chunk in batch]
        for chunk, vector in zip(batch, model.embed_passages(texts), strict=True):
            known[chunk.key] = _bytes(vector)
    progress("Embedding", len(new), len(new))
    return known, len(new)


def _known_vectors(book: Book, keys: set[str], model: str) -> dict[str, bytes]:
    if book.live is None or book.live.embedding != model:
        return {}
    rows = book.live.chunks.values_list("key", "vector").iterator(chunk_size=1000)
    return {key: bytes(vector) for key, vector in rows if key in keys}


def _bytes(vector: NDArray[np.float32]) -> bytes:
    return vector.astype("<f4").tobytes()


def _store(
    book: Book,
    source: Source,
    pages: Sequence[Page],
    sections: Sequence[SectionText],
    chunks: Sequence[ChunkText],
    vectors: dict[str, bytes],
    digest: str,
    model: Embedder,
    progress: Progress,
) -> Edition:
    """The new edition's rows, in one transaction, in state building."""
    progress("Storing", 0, len(chunks))
    with transaction.atomic():
        book.save()
        _remove_unfinished(book)
        newest = book.editions.first()
        edition = Edition.objects.create(
            book=book,
            number=newest.number + 1 if newest else 1,
            source_format=source.format,
            digest=digest,
            embedding=model.name,
            dimension=model.dimension,
            page_count=len(pages),
            section_count=len(sections),
            chunk_count=len(chunks),
            word_count=sum(len(chunk.text.split()) for chunk in chunks),
            report=_report(pages),
        )
        rows = _store_sections(edition, sections)
        _store_chunks(edition, chunks, rows, vectors)
    progress("Storing", len(chunks), len(chunks))
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


def _store_chunks(
    edition: Edition,
    chunks: Sequence[ChunkText],
    sections: dict[int, Section],
    vectors: dict[str, bytes],
) -> None:
    Chunk.objects.bulk_create(
        (
            Chunk(
                edition=edition,
                section=sections[id(chunk.section)],
                ordinal=ordinal,
                key=chunk.key,
                kind=chunk.kind,
                text=chunk.text,
                vector=vectors[chunk.key],
            )
            for ordinal, chunk in enumerate(chunks)
        ),
        batch_size=ROW_BATCH,
    )


def _remove_unfinished(book: Book) -> None:
    for edition in book.editions.exclude(state=Edition.State.READY):
        index().drop(edition)
        edition.delete()


def _go_live(edition: Edition, progress: Progress) -> None:
    """Build the index beside the live one, then switch the book to the edition in one step."""
    progress("Indexing", 0, edition.chunk_count)
    rebuild(edition)
    with transaction.atomic():
        edition.state = Edition.State.READY
        edition.finished = timezone.now()
        edition.save(update_fields=["state", "finished"])
        Book.objects.filter(pk=edition.book_id).update(live=edition)
    forget()
    edition.book.live = edition
    progress("Indexing", edition.chunk_count, edition.chunk_count)


# ── what is told about it ────────────────────────────────────────────────────────────────────


def _digest(
    sections: Sequence[SectionText], chunks: Sequence[ChunkText], model: str, language: str
) -> str:
    """Equal for equal content at equal places, embedded by the same model."""
    digest = sha256(f"{model}\0{language}".encode())
    for section in sections:
        digest.update(f"\0{section.path}\0{section.url}\0{section.anchor}".encode())
    for chunk in chunks:
        digest.update(chunk.key.encode())
    return digest.hexdigest()


def _report(pages: Sequence[Page]) -> dict[str, Any]:
    """What went in and what came out, and every kind of construct that did not become text."""
    dropped = Counter(item.kind for page in pages for item in page.dropped)
    kinds = Counter(
        block.kind for page in pages for section in page.sections for block in section.blocks
    )
    return {
        "pages": len(pages),
        "code_blocks_in": sum(page.code_blocks for page in pages),
        "code_blocks_out": kinds[Kind.CODE],
        "tables": kinds[Kind.TABLE],
        "dropped": dict(dropped.most_common()),
    }
