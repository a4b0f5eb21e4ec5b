"""Editions, and what an ingest made of its source."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from desk.admin.base import ReadOnly
from desk.admin.cells import edition_name
from desk.admin.deeds import Deed, Doing
from desk.admin.filters import BookFilter
from desk.display import badge
from desk.editiondiff import ROWS_A_PAGE, compare, rows
from retrieval.editions import rollback
from retrieval.errors import RetrievalError
from retrieval.models import Edition


@admin.register(Edition)
class EditionAdmin(Doing, ReadOnly):  # type: ignore[misc]
    to_book = "book"
    nothing_yet = "No book has been read in yet."
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
        (None, {"fields": ["book", "number", "state_badge", "compared", "created", "finished"]}),
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

    # ── switching and comparing ──────────────────────────────────────────────────────────────

    def deeds(self, request: HttpRequest, row: Edition) -> list[Deed]:
        ready = row.state == Edition.State.READY and not row.is_live
        if not ready or not request.user.has_perm("retrieval.change_edition"):
            return []
        warning = (
            "From then on readers are answered from this edition. Nothing is lost: the edition "
            "that is live now can be made live again. The next ingest of a changed source goes "
            "live by itself."
        )
        return [Deed("golive", "Make this edition live", warning)]

    def do_golive(self, request: HttpRequest, row: Edition) -> None:
        try:
            rollback(row.book.slug, row.number)
        except RetrievalError as error:
            self.refuse(request, error)
        else:
            self.message_user(request, f"Edition {row.number} is live.")

    def get_urls(self) -> Any:
        view = self.admin_site.admin_view(self.compare_view)
        return [
            path("<int:pk>/compare/", view, name="retrieval_edition_compare"),
            *super().get_urls(),
        ]

    def compare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The sections that came, went and changed since another edition of the book."""
        new = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, new):
            raise Http404
        others = list(new.book.editions.ready().exclude(pk=pk))
        old = _other(others, new, request.GET.get("with", ""))
        comparison = compare(old, new) if old else None
        pages = Paginator(comparison.changes if comparison else (), ROWS_A_PAGE)
        page = pages.get_page(request.GET.get("page"))
        page.object_list = rows(page.object_list)  # type: ignore[assignment, arg-type]
        context = {
            **self.admin_site.each_context(request),
            "title": "What has changed",
            "opts": self.opts,
            "new": new,
            "old": old,
            "others": others,
            "comparison": comparison,
            "page": page,
        }
        return TemplateResponse(request, "desk/compare.html", context)

    # ── what an edition says ─────────────────────────────────────────────────────────────────

    @admin.display(description="What has changed")
    def compared(self, edition: Edition) -> SafeString:
        address = reverse("admin:retrieval_edition_compare", args=[edition.pk])
        return format_html('<a href="{}">Compare it with another edition</a>', address)

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


def _other(others: list[Edition], new: Edition, chosen: str) -> Edition | None:
    """The edition to compare with: the chosen one, else the last before, else any."""
    by_key = {str(edition.pk): edition for edition in others}
    before = (edition for edition in others if edition.number < new.number)
    return by_key.get(chosen) or next(before, None) or next(iter(others), None)
