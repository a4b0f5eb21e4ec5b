"""How lists are narrowed: by book, and by what the reader said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from chat.models import Answer
from desk.explanations import WHYS
from desk.people import books_of
from desk.review import TO_DO, Review, State, Why, reason


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
        return [("down", "Not helpful"), ("up", "Helpful")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Answer]) -> QuerySet[Answer]:
        if self.value() in ("down", "up"):
            return queryset.filter(feedback__helpful=self.value() == "up")
        return queryset


class StateFilter(admin.SimpleListFilter):
    """What waits, unless something else is asked for."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*State.choices, ("all", "All")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The first choice is no filter to Django; here it is what waits."""
        for number, choice in enumerate(super().choices(changelist)):
            yield {**choice, "display": "Waiting"} if number == 0 else choice

    def queryset(self, request: HttpRequest, queryset: QuerySet[Review]) -> QuerySet[Review]:
        if self.value() in State.values:
            return queryset.filter(state=self.value())
        return queryset if self.value() == "all" else queryset.filter(state__in=TO_DO)


class AssigneeFilter(admin.SimpleListFilter):
    """Whose it is."""

    title = "whose"
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("mine", "Mine"), ("nobody", "Nobody’s"), ("others", "Other editors’")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Review]) -> QuerySet[Review]:
        if self.value() == "mine":
            return queryset.filter(assignee=request.user.pk)
        if self.value() == "others":
            return queryset.exclude(assignee=request.user.pk).exclude(assignee=None)
        return queryset.filter(assignee=None) if self.value() == "nobody" else queryset


class WhyFilter(admin.SimpleListFilter):
    """Why it is in the queue."""

    title = "why"
    parameter_name = "why"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(why, WHYS[why].label) for why in Why.values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Review]) -> QuerySet[Review]:
        value = self.value() or ""
        return queryset.filter(reason(Why(value))) if value in Why.values else queryset
