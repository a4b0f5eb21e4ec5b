"""Which days and which book the dashboard speaks of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from desk.people import books_of
from retrieval.models import Book

USUAL_DAYS: Final = 30
MOST_DAYS: Final = 366


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in UTC; ``last`` is one of them."""

    first: date
    last: date

    @classmethod
    def latest(cls, days: int) -> Period:
        """The period of so many days that ends today."""
        today = timezone.localdate()
        return cls(today - timedelta(days=days - 1), today)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        """The period of the same length that ends where this one begins."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time.min, UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time.min, UTC)

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range(self.days))

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


class DayInput(UnfoldAdminTextInputWidget):
    input_type = "date"

    def format_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value


class PeriodForm(forms.Form):
    """The line above the figures. What is left empty means every book and the last 30 days."""

    book = forms.ModelChoiceField(
        Book.objects.none(),
        required=False,
        empty_label="All my books",
        widget=UnfoldAdminSelectWidget,
    )
    first = forms.DateField(label="From", required=False, widget=DayInput)
    last = forms.DateField(label="To", required=False, widget=DayInput)

    def __init__(self, data: Any, person: User | AnonymousUser) -> None:
        usual = Period.latest(USUAL_DAYS)
        super().__init__({"first": usual.first, "last": usual.last, **_given(data)})
        books = self.fields["book"]
        assert isinstance(books, forms.ModelChoiceField)
        books.queryset = books_of(person)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        first, last = values.get("first"), values.get("last")
        if first and last and not 0 < Period(first, last).days <= MOST_DAYS:
            self.add_error("first", "Choose a first day before the last, at most a year of them.")
        return values

    @property
    def period(self) -> Period:
        """The chosen days; the usual ones when what was chosen makes no sense."""
        if not self.is_valid():
            return Period.latest(USUAL_DAYS)
        return Period(self.cleaned_data["first"], self.cleaned_data["last"])

    @property
    def chosen(self) -> Book | None:
        """The chosen book, if it is one of the visitor's."""
        return None if "book" in self.errors else self.cleaned_data["book"]


def _given(data: Any) -> dict[str, Any]:
    return {name: data[name] for name in ("book", "first", "last") if data.get(name)}
