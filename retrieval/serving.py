"""Which books are served, and from which edition: asked for with every question.

The answer is kept for a second, so a hundred readers at once are one query, and an edition that
went live elsewhere is seen a second later. Changes made in this process are seen at once.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, Final

from cachetools import TTLCache, cached
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from retrieval.errors import BookNotFound
from retrieval.models import Book, SectionRule

KEPT_S: Final = 1.0

_kept: TTLCache[str, Book] = TTLCache(maxsize=1_024, ttl=KEPT_S)


@cached(_kept, lock=Lock())
def served_book(slug: str) -> Book:
    """The published book with its live edition and its rules, not to be changed.

    Raises ``BookNotFound``.
    """
    books = Book.objects.served().select_related("live").prefetch_related("section_rules")
    book = books.filter(slug=slug).order_by().first()
    if book is None or book.live is None:
        raise BookNotFound(f"There is no published book {slug!r}.", "Was it ingested?")
    book.live.book = book
    return book


@receiver([post_save, post_delete], sender=Book)
@receiver([post_save, post_delete], sender=SectionRule)
def forget(**_: Any) -> None:
    """Look the books up again; also to be called after an update that sends no signal."""
    _kept.clear()
