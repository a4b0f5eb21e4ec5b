"""Ingest: a book's source becomes a new edition beside the live one, then goes live in one step.

Nothing a reader sees changes before the last transaction; a failed or killed ingest leaves rows
of an edition that never was ready, which the next ingest of the book removes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
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

from retrieval.chunking import ChunkText, chunk_sections, search_text
from retrieval.editions import clear_leftovers, make_room
from retrieval.embeddings import Embedder, embedder
from retrieval.errors import IngestRunning, SourceError
from retrieval.fidelity import report_of
from retrieval.fingerprint import fingerprint
from retrieval.index import index, rebuild
from retrieval.locking import only_one
from retrieval.manifest import Manifest, read_manifest
from retrieval.models import Book, Edition
from retrieval.passages import SectionText
from retrieval.readers import Page, Progress, Selection, Source, open_source
from retrieval.rereading import reread_pages
from retrieval.serving import forget
from retrieval.storing import Draft, known_vectors, store
from retrieval.suspicious import cleaned
from retrieval.wordcounts import word_counts

EMBEDDING_BATCH = 256
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SETTINGS = ("title", "base_url", "language", "mode", "code", "starter_questions", "origins")
"""What an ingest changes of a book that exists, in the transaction in which it goes live."""


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
    of the same book is at work, ``StorageUnavailable`` when the data folder cannot be written, and
    ``EmbeddingError`` and ``IndexUnavailable`` from those steps. Then nothing has changed.
    """
    started = perf_counter()
    _check_slug(slug)
    manifest = read_manifest(location).overridden_by(said)
    _check_choice("mode", manifest.mode, Book.Mode.values)
    _check_choice("rule for code", manifest.code, Book.Code.values)
    with only_one(slug):
        source, recognised = open_source(location, manifest.format or "auto", progress)
        _check_version(source, manifest.version)
        book = _book(slug, source, manifest)
        edition, embedded = _edition(book, source, manifest, progress)
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


def _edition(
    book: Book, source: Source, manifest: Manifest, progress: Progress
) -> tuple[Edition, int | None]:
    """The edition that is live afterwards, and how many chunks were embedded (None: unchanged)."""
    if book.pk:
        clear_leftovers(book)
    root = Path(source.root)
    mark = fingerprint(source.inputs, manifest, settings.RAGBOOK_EMBEDDING, book.language)
    if mark and _serves(book, fingerprint=mark):
        return _unchanged(book), None
    pages = _read(book.slug, source, manifest, progress)
    sections = [cleaned(section) for page in pages for section in page.sections]
    chunks = list(chunk_sections(sections))
    if not chunks:
        raise SourceError(f"{source.root} holds no text.", "Is this the right folder or format?")
    model = embedder(settings.RAGBOOK_EMBEDDING)
    digest = _digest(sections, chunks, model.name, book.language)
    report = report_of(pages, root)
    if _serves(book, digest=digest):
        return _unchanged(book, fingerprint=mark, report=report), None
    vectors, embedded = _vectors(book, chunks, model, progress)
    draft = Draft(
        source_format=source.format,
        fingerprint=mark,
        digest=digest,
        embedding=model.name,
        dimension=model.dimension,
        pages=len(pages),
        sections=sections,
        chunks=chunks,
        vectors=vectors,
        report=report,
    )
    return _live(book, draft, progress), embedded


def _live(book: Book, draft: Draft, progress: Progress) -> Edition:
    """The drafted edition, stored, indexed and switched to."""
    progress("Storing", 0, len(draft.chunks))
    if book.pk:
        make_room(book, settings.RAGBOOK_KEEP_EDITIONS)
    edition = store(book, draft)
    progress("Storing", len(draft.chunks), len(draft.chunks))
    rebuild(edition, lambda done: progress("Indexing", done, edition.chunk_count))
    word_counts(edition)  # kept, so that no reader's question has to wait for the counting
    _go_live(edition)
    return edition


# ── what has not changed ─────────────────────────────────────────────────────────────────────


def _serves(book: Book, **traits: str) -> bool:
    """Whether the live edition has these traits and can be searched."""
    live = book.live
    has_traits = live and all(getattr(live, name) == value for name, value in traits.items())
    return live is not None and bool(has_traits) and index().exists(live)


def _unchanged(book: Book, **told: Any) -> Edition:
    """The live edition again, with the book's settings and what this ingest found out about it."""
    live = book.live
    assert live is not None
    book.save(update_fields=SETTINGS)
    for name, value in told.items():
        setattr(live, name, value)
    live.save(update_fields=told.keys())
    return live


# ── the source ───────────────────────────────────────────────────────────────────────────────


def _read(slug: str, source: Source, manifest: Manifest, progress: Progress) -> list[Page]:
    selection = Selection(manifest.include, manifest.exclude, manifest.language, manifest.version)
    paths = source.paths(selection)
    if not paths:
        raise SourceError(
            f"No page of {source.root} is selected.",
            "Check --include and --exclude; patterns are matched against page paths such as "
            "'Tutorials/First.rst', and ** crosses folders.",
        )
    try:
        return reread_pages(slug, source, paths, lambda done: progress("Reading", done, len(paths)))
    except OSError as error:
        raise _unreadable(source, error) from error


def _unreadable(source: Source, error: OSError) -> SourceError:
    return SourceError(
        f"{error.filename or source.root} cannot be read: {error.strerror}.",
        "Repair it, or leave it out.",
    )


def _check_slug(slug: str) -> None:
    if not SLUG.fullmatch(slug) or len(slug) > 80:
        raise SourceError(f"{slug!r} cannot name a book.", "Use a-z, 0-9 and single hyphens.")


def _check_version(source: Source, version: str) -> None:
    if version and source.format != "docusaurus":
        raise SourceError(
            f"A book of format {source.format} has no docs versions.",
            "Leave out --docs-version, and version in ragbook.json.",
        )


def _check_choice(what: str, chosen: str, known: Sequence[str]) -> None:
    if chosen and chosen not in known:
        raise SourceError(f"Unknown {what} {chosen!r}.", f"Known: {', '.join(known)}.")


# ── the rows ─────────────────────────────────────────────────────────────────────────────────


def _book(slug: str, source: Source, manifest: Manifest) -> Book:
    """The book's row as it shall be, not yet saved."""
    book = Book.objects.select_related("live").filter(slug=slug).first() or Book(slug=slug)
    book.title = manifest.title or source.title or book.title or slug
    book.base_url = manifest.base_url or source.base_url or book.base_url
    book.language = manifest.language or source.language or book.language
    book.mode = manifest.mode or book.mode
    book.code = manifest.code or book.code
    book.starter_questions = list(manifest.starter_questions) or book.starter_questions
    book.origins = list(manifest.origins) or book.origins
    return book


def _vectors(
    book: Book, chunks: Sequence[ChunkText], model: Embedder, progress: Progress
) -> tuple[dict[str, bytes], int]:
    """A vector for each chunk key: from an earlier edition where it is known, else embedded."""
    known = known_vectors(book, {chunk.key for chunk in chunks}, model.name) if book.pk else {}
    new = [chunk for chunk in chunks if chunk.key not in known]
    for start in range(0, len(new), EMBEDDING_BATCH):
        progress("Embedding", start, len(new))
        batch = new[start : start + EMBEDDING_BATCH]
        texts = [search_text(chunk.section.heading_path, chunk.text) for chunk in batch]
        for chunk, vector in zip(batch, model.embed_passages(texts), strict=True):
            known[chunk.key] = _bytes(vector)
    progress("Embedding", len(new), len(new))
    return known, len(new)


def _bytes(vector: NDArray[np.float32]) -> bytes:
    return vector.astype("<f4").tobytes()


def _go_live(edition: Edition) -> None:
    """Switch the book and its settings to the built edition in one step."""
    book, finished = edition.book, timezone.now()
    building = Edition.objects.filter(pk=edition.pk, state=Edition.State.BUILDING)
    with transaction.atomic():
        if not building.update(state=Edition.State.READY, finished=finished):
            raise IngestRunning(
                f"Another ingest of {book.slug} removed this one's edition.",
                "Wait, then try again.",
            )
        book.live = edition
        book.save(update_fields=[*SETTINGS, "live"])
    forget()
    edition.state, edition.finished = Edition.State.READY, finished


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
