"""How lists are narrowed: by book, and by what the reader said."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from chat.models import Answer
from desk.people import books_of


class BookFilter(admin.SimpleListFilter):
    """By book, titles only."""

    title = "book"
    parameter_name = "book"
    path = "book"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        titles = books_of(request.user).values_list("pk", "title")
        return [(str(pk), title) for pk, title in titles]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value() or ""
        return queryset.filter(**{self.path: value}) if value.isdecimal() else queryset


class FeedbackBookFilter(BookFilter):
    path = "answer__book"


class FindingBookFilter(BookFilter):
    path = "audit__book"


class SectionBookFilter(BookFilter):
    path = "edition__book"


class ThumbFilter(admin.SimpleListFilter):
    """What the reader said of the answer."""

    title = "reader's thumb"
    parameter_name = "thumb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("down", "Not helpful"), ("up", "Helpful"), ("none", "Nothing said")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Answer]) -> QuerySet[Answer]:
        if self.value() == "none":
            return queryset.filter(feedback__isnull=True)
        if self.value() in ("down", "up"):
            return queryset.filter(feedback__helpful=self.value() == "up")
        return queryset
