"""Which books a person works on, and what of the desk is therefore theirs to see."""

from __future__ import annotations

from typing import Final, TypeVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db.models import Model, QuerySet

from desk.models import Assignment
from retrieval.models import Book

EDITORS: Final = "Editors"
OWNERS: Final = "Owners"
EVERY_BOOK: Final = "desk.every_book"

Row = TypeVar("Row", bound=Model)
Person = User | AbstractBaseUser | AnonymousUser


def in_reach(rows: QuerySet[Row], person: Person, book: str) -> QuerySet[Row]:
    """The rows of the person's books. ``book`` leads from a row to its book: ``audit__book``."""
    if isinstance(person, User) and person.has_perm(EVERY_BOOK):
        return rows
    return rows.filter(**{f"{book}__in": _own(person)})


def _own(person: Person) -> list[int]:
    """The keys of the person's books, kept with the person as permissions are.

    As values, for which the database has indexes in the order of a list; a subquery makes it sort.
    """
    own: list[int] | None = getattr(person, "_own_books", None)
    if own is None:
        rows = Assignment.objects.filter(editor=person.pk).order_by("book")
        own = list(rows.values_list("book", flat=True))
        person._own_books = own  # type: ignore[union-attr]  # noqa: SLF001
    return own


def books_of(person: Person) -> QuerySet[Book]:
    """The books that the person works on."""
    return in_reach(Book.objects.all(), person, "pk")
