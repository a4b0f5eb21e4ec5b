"""Invented rows into the database: in bulk, with the times that they were given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import AutoField, DateTimeField, Model, QuerySet

from chat.models import Answer, Citation, Conversation, Feedback, Sentence
from desk.seeding.factories import NOBODY
from desk.seeding.month import Rows
from desk.tally import Tally
from retrieval.models import Book

AT_ONCE: Final = 1_000


def forget_invented(book: Book) -> int:
    """Remove what was invented for the book before; returns the number of conversations."""
    Tally.objects.filter(book=book).delete()  # counted again, with what is invented now
    invented = Conversation.objects.filter(book=book, token_hash=NOBODY)
    answers = Answer.objects.filter(conversation__in=invented)
    for rows in (Feedback.objects, Citation.objects, Sentence.objects):
        rows.filter(answer__in=answers).delete()
    answers.delete()
    return invented.delete()[0]


def store(batches: Iterable[Rows], told: Callable[[int], object]) -> int:
    """Store the batches, each in a transaction; ``told`` hears how many answers there are."""
    stored = 0
    with times_as_given():
        for rows in batches:
            _store(rows)
            stored += len(rows.answers)
            told(stored)
    return stored


@transaction.atomic
def _store(rows: Rows) -> None:
    add = _copied if connection.vendor == "postgresql" else _inserted
    for part in (rows.conversations, rows.answers, rows.citations, rows.sentences, rows.feedback):
        add(part)


def _inserted(rows: Sequence[Any]) -> None:
    if rows:
        QuerySet(type(rows[0])).bulk_create(rows, AT_ONCE)


def _copied(rows: Sequence[Model]) -> None:
    """COPY takes half the time of INSERT, which counts with a million rows."""
    if not rows:
        return
    table = type(rows[0])._meta  # noqa: SLF001 (public, in spite of its name)
    fields = [it for it in table.concrete_fields if not isinstance(it, AutoField)]
    columns = ", ".join(connection.ops.quote_name(str(it.column)) for it in fields)
    name = connection.ops.quote_name(table.db_table)
    with connection.cursor() as cursor, cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
        for row in rows:
            values = ((it, getattr(row, it.attname)) for it in fields)
            copy.write_row([it.get_db_prep_save(value, connection) for it, value in values])


@contextmanager
def times_as_given() -> Iterator[None]:
    """Fields that set themselves to the present keep what they were given."""
    fields = [field for model in (Conversation, Answer, Feedback) for field in _clocks(model)]
    before = [(field, field.auto_now, field.auto_now_add) for field in fields]
    for field in fields:
        field.auto_now = field.auto_now_add = False
    try:
        yield
    finally:
        for field, auto_now, auto_now_add in before:
            field.auto_now, field.auto_now_add = auto_now, auto_now_add


def _clocks(model: type[Model]) -> Iterator[DateTimeField]:  # type: ignore[type-arg]
    for field in model._meta.concrete_fields:  # noqa: SLF001
        if isinstance(field, DateTimeField) and (field.auto_now or field.auto_now_add):
            yield field
