"""The editions of a book: going back to one, removing old ones, clearing what broke off.

An edition that is removed first stops being ready, then loses its index, then its rows. Wherever
that ends, the next ingest or pruning finds an edition that is not ready and finishes the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from retrieval.embeddings import embedder
from retrieval.errors import BookNotFound, EditionNotFound
from retrieval.index import index, restore
from retrieval.locking import only_one
from retrieval.models import Book, Edition
from retrieval.serving import forget
from retrieval.wordcounts import forget_word_counts

DELETED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Pruned:
    """The numbers of a book's editions that were (or would be) removed, and of those that stay."""

    book: str
    removed: tuple[int, ...]
    kept: tuple[int, ...]
    live: int | None


# ── going back ───────────────────────────────────────────────────────────────────────────────


def rollback(slug: str, to: int | None = None) -> Edition:
    """Make an older edition the live one: that of number ``to``, or the one before the live one.

    One row is switched, after a lost index has been built again. Raises ``BookNotFound``,
    ``EditionNotFound`` when there is nothing to go back to, ``IngestRunning``, ``EmbeddingError``
    when the edition's model is not at hand, and ``IndexUnavailable``.
    """
    with only_one(slug):
        edition = _target(_book(slug), to)
        embedder(edition.embedding)
        restore(edition)
        Book.objects.filter(pk=edition.book_id).update(live=edition)
    forget()
    return edition


def _target(book: Book, to: int | None) -> Edition:
    ready = {edition.number: edition for edition in book.editions.ready().select_related("book")}
    live = book.live.number if book.live else 0
    number = max((n for n in ready if n < live), default=None) if to is None else to
    if number in ready and number != live:
        return ready[number]
    others = ", ".join(str(n) for n in sorted(ready.keys() - {live})) or "none"
    raise EditionNotFound(
        f"{book.slug} has no older edition than {live}, which is live."
        if number is None
        else f"Edition {number} of {book.slug} is live already."
        if number == live
        else f"{book.slug} has no edition {number}.",
        f"Editions to go to: {others}.",
    )


# ── removing ─────────────────────────────────────────────────────────────────────────────────


def prune(slug: str, keep: int, *, dry_run: bool = False) -> Pruned:
    """Remove all but the ``keep`` newest editions; the live one always stays.

    Answers keep what they cite: a citation holds a copy of its passage. Raises ``BookNotFound``,
    ``IngestRunning`` and ``IndexUnavailable``.
    """
    with only_one(slug):
        book = _book(slug)
        surplus, kept = _split(book, keep)
        if not dry_run:
            clear_leftovers(book)
            remove(surplus)
    return Pruned(
        book=slug,
        removed=tuple(edition.number for edition in surplus),
        kept=tuple(edition.number for edition in kept),
        live=book.live.number if book.live else None,
    )


def make_room(book: Book, keep: int) -> None:
    """Remove what is too many when one more edition is to make ``keep``. The live one stays.

    Answers that are being written still refer to the edition that was live when they began.
    """
    remove(_split(book, keep - 1)[0])


def clear_leftovers(book: Book) -> None:
    """Remove what a killed or failed ingest or pruning left. Raises ``IndexUnavailable``."""
    remove(list(book.editions.exclude(state=Edition.State.READY)))
    ready = book.editions.ready().values_list("number", flat=True)
    index().sweep(book.slug, frozenset(ready))


def remove(editions: Sequence[Edition]) -> None:
    """Remove editions that are not live, index first. Raises ``IndexUnavailable``."""
    for edition in editions:
        if _retired(edition):
            index().drop(edition)
            forget_word_counts(edition)
            _delete_rows(edition)


def _split(book: Book, keep: int) -> tuple[list[Edition], list[Edition]]:
    """The ready editions that are too many, and those that stay; both newest first."""
    ready = list(book.editions.ready().select_related("book"))
    surplus = [edition for edition in ready[keep:] if edition.pk != book.live_id]
    return surplus, [edition for edition in ready if edition not in surplus]


def _retired(edition: Edition) -> bool:
    """Take the edition out of the ready ones, unless it is live."""
    others = Edition.objects.filter(pk=edition.pk).exclude(pk__in=Book.objects.live_editions())
    with transaction.atomic():
        return bool(others.update(state=Edition.State.RETIRED))


def _delete_rows(edition: Edition) -> None:
    """In batches: a book of 100,000 chunks is neither loaded nor locked as a whole."""
    for rows in (edition.chunks.order_by("pk"), edition.sections.order_by("pk")):
        while keys := list(rows.values_list("pk", flat=True)[:DELETED_AT_ONCE]):
            rows.filter(pk__in=keys).delete()
    edition.delete()


def _book(slug: str) -> Book:
    book = Book.objects.select_related("live").filter(slug=slug).first()
    if book is None:
        raise BookNotFound(f"There is no book {slug!r}.", "Was it ingested?")
    return book
