"""Editions, and what an ingest made of its source."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from desk.admin.base import ReadOnly
from desk.admin.cells import edition_name
from desk.admin.filters import BookFilter
from desk.display import badge
from retrieval.models import Edition


@admin.register(Edition)
class EditionAdmin(ReadOnly):
    to_book = "book"
    list_display = [
        "edition", "book_title", "state_badge", "page_count", "section_count", "word_count",
        "finished",
    ]  # fmt: skip
    list_filter = ["state", BookFilter]
    list_select_related = ["book"]
    search_fields = ["book__title", "book__slug"]
    search_help_text = "Search in the titles of books."
    ordering = ["-created"]
    fieldsets = [
        (None, {"fields": ["book", "number", "state_badge", "created", "finished"]}),
        ("What the ingest made of it", {"fields": ["fidelity", "sections"]}),
        (
            "For the operator",
            {
                "classes": ["collapse"],
                "fields": ["source_format", "embedding", "dimension", "chunk_count", "digest"],
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        return super().get_queryset(request).select_related("book")

    def name_of(self, row: Edition) -> str:
        return edition_name(row)

    @admin.display(description="Edition", ordering="number")
    def edition(self, edition: Edition) -> str:
        return f"Edition {edition.number}"

    @admin.display(description="Book", ordering="book__title")
    def book_title(self, edition: Edition) -> str:
        return edition.book.title

    @admin.display(description="State", ordering="state")
    def state_badge(self, edition: Edition) -> SafeString:
        if edition.is_live:
            return badge("Live", "good", "Readers are answered from this edition.")
        tone = {"ready": "quiet", "building": "warn", "retired": "bad"}
        return badge(edition.get_state_display(), tone.get(edition.state, "quiet"))

    @admin.display(description="Report")
    def fidelity(self, edition: Edition) -> SafeString:
        return render_to_string("desk/fidelity.html", {"edition": edition, **edition.report})

    @admin.display(description="Sections")
    def sections(self, edition: Edition) -> SafeString:
        address = reverse("admin:retrieval_section_changelist")
        return format_html(
            '<a href="{}?edition__id__exact={}">Read its {} sections</a>',
            address, edition.pk, f"{edition.section_count:,}",
        )  # fmt: skip
