"""The text of an edition, section by section."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from desk.admin.base import ReadOnly
from desk.admin.cells import edition_link, edition_name
from desk.admin.filters import SectionBookFilter
from desk.display import badge, outward
from retrieval.display import visible
from retrieval.models import Section


class LiveFilter(admin.SimpleListFilter):
    """The sections that readers are answered from, or those of older editions."""

    title = "edition"
    parameter_name = "live"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Seen by readers"), ("no", "Older")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Section]) -> QuerySet[Section]:
        live = {"edition__book__live": F("edition")}
        if self.value() == "yes":
            return queryset.filter(**live)
        return queryset.exclude(**live) if self.value() == "no" else queryset


@admin.register(Section)
class SectionAdmin(ReadOnly):
    to_book = "edition__book"
    nothing_yet = "No book has been read in yet."
    list_display = ["heading", "page", "book", "edition_number"]
    list_filter = [LiveFilter, SectionBookFilter]
    list_select_related = ["edition__book"]
    search_fields = ["path", "title", "text"]
    search_help_text = "Search in headings, page files and text."
    # By the key and not by the relation, which would sort every section by its edition's number.
    ordering = ["edition_id", "ordinal"]
    sortable_by = ()
    fields = ["place", "edition_link", "path", "in_the_book", "words"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Section]:
        return super().get_queryset(request).select_related("edition__book")

    def name_of(self, row: Section) -> str:
        return row.title

    @admin.display(description="Section")
    def heading(self, section: Section) -> str:
        return visible(str(section))

    place = heading

    @admin.display(description="Page")
    def page(self, section: Section) -> str:
        return section.path

    @admin.display(description="Book")
    def book(self, section: Section) -> str:
        return section.edition.book.title

    @admin.display(description="Edition")
    def edition_number(self, section: Section) -> SafeString | str:
        number = section.edition.number
        return badge(f"{number} · live", "good") if section.edition.is_live else str(number)

    @admin.display(description="Edition")
    def edition_link(self, section: Section) -> SafeString:
        return edition_link(section.edition, edition_name(section.edition))

    @admin.display(description="In the book")
    def in_the_book(self, section: Section) -> SafeString:
        address = f"{section.edition.book.base_url.rstrip('/')}/{section.url}"
        return outward(f"{address}#{section.anchor}" if section.anchor else address, address)

    @admin.display(description="Text")
    def words(self, section: Section) -> SafeString:
        return format_html('<div class="desk-page" dir="auto">{}</div>', visible(section.text))
