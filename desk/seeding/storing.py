"""Invented rows into the database: in bulk, with the times that they were given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from django.db import transaction
from django.db.models import DateTimeField, Model

from chat.models import Answer, Citation, Conversation, Feedback, Sentence
from desk.seeding.factories import NOBODY
from desk.seeding.month import Rows
from retrieval.models import Book

AT_ONCE: Final = 1_000


def forget_invented(book: Book) -> int:
    """Remove what was invented for the book before; returns the number of conversations."""
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
    Conversation.objects.bulk_create(rows.conversations, AT_ONCE)
    Answer.objects.bulk_create(rows.answers, AT_ONCE)
    Citation.objects.bulk_create(rows.citations, AT_ONCE)
    Sentence.objects.bulk_create(rows.sentences, AT_ONCE)
    Feedback.objects.bulk_create(rows.feedback, AT_ONCE)


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
