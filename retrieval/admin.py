"""The editor's view of books: what is served, from which edition, and what an ingest made of it."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from retrieval.models import Book, Edition, Section


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that an ingest writes: to be looked at, never edited by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["title", "slug", "mode", "live_edition", "pages", "conversations", "published"]
    list_filter = ["published", "mode", "language"]
    list_select_related = ["live"]
    search_fields = ["title", "slug"]
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["live_edition", "created"]
    fieldsets = [
        (None, {"fields": ["title", "slug", "language", "published"]}),
        (
            "Answers",
            {
                "fields": ["mode", "starter_questions"],
                "description": (
                    "A strict book shows only what it proves. An annotated one shows every "
                    "sentence with its verdict."
                ),
            },
        ),
        (
            "Where it stands",
            {
                "fields": ["base_url", "origins"],
                "description": "Citations link below the base URL; origins may embed the widget.",
            },
        ),
        ("Edition", {"fields": ["live_edition", "created"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Book]:
        return super().get_queryset(request).annotate(asked=Count("conversations"))

    @admin.display(description="Live edition")
    def live_edition(self, book: Book) -> SafeString | str:
        if book.live is None:
            return "none yet: run ingest_book"
        address = reverse("admin:retrieval_edition_change", args=[book.live.pk])
        return format_html('<a href="{}">Edition {}</a>', address, book.live.number)

    @admin.display(description="Pages")
    def pages(self, book: Book) -> int:
        return book.live.page_count if book.live else 0

    @admin.display(description="Conversations", ordering="asked")
    def conversations(self, book: Book) -> int:
        return int(getattr(book, "asked", 0))


@admin.register(Edition)
class EditionAdmin(ReadOnly):
    list_display = [
        "book", "number", "state", "live", "page_count", "chunk_count", "word_count", "finished"
    ]  # fmt: skip
    list_filter = ["state", "book", "source_format"]
    list_select_related = ["book"]
    search_fields = ["book__title", "book__slug"]
    date_hierarchy = "created"
    fields = [
        "book", "number", "state", "live", "source_format", "embedding", "page_count",
        "section_count", "chunk_count", "word_count", "fidelity", "created", "finished",
    ]  # fmt: skip
    readonly_fields = fields

    @admin.display(boolean=True, description="Live")
    def live(self, edition: Edition) -> bool:
        return edition.is_live

    @admin.display(description="What the ingest made of it")
    def fidelity(self, edition: Edition) -> SafeString:
        report = dict(edition.report)
        dropped = report.pop("dropped", {})
        rows = [(name.replace("_", " "), count) for name, count in report.items()]
        rows += [(f"not text: {kind}", count) for kind, count in dropped.items()]
        body = format_html_join("", "<tr><th>{}</th><td>{}</td></tr>", rows)
        return format_html("<table>{}</table>", body)


@admin.register(Section)
class SectionAdmin(ReadOnly):
    list_display = ["heading", "path", "edition", "ordinal"]
    list_filter = ["edition__book"]
    list_select_related = ["edition__book"]
    search_fields = ["path", "title", "text"]
    fields = ["edition", "heading", "path", "url", "anchor", "text"]
    readonly_fields = fields
    show_full_result_count = False

    @admin.display(description="Section", ordering="title")
    def heading(self, section: Section) -> str:
        return str(section)
