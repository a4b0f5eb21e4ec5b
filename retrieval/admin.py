"""The editor's view of books: what is served, from which edition, and what an ingest made of it."""

from __future__ import annotations

import re
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Count, F, Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from retrieval.display import badge, outward, safe_link, visible
from retrieval.models import Book, Edition, Section

NOTHING = "–"
MOST_COUNTED = 10_000
TITLE_CHARS = 120

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(?::\d{1,5})?|https?://\[[0-9a-f:]+\](?::\d{1,5})?")


# ── what all pages of the desk share ─────────────────────────────────────────────────────────


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than an editor ever pages, so that a list of millions opens at once."""

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Model]", self.object_list)
        return rows[:MOST_COUNTED].count()

    @property
    def capped(self) -> bool:
        return self.count == MOST_COUNTED


class DeskList(ChangeList):
    """A list that speaks of its full length only when something narrows it."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class Desk(admin.ModelAdmin):  # type: ignore[type-arg]
    """What all lists and pages of the desk share. Rows come from ingests and readers."""

    change_form_template = "admin/desk_form.html"
    list_per_page = 50
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False

    def name_of(self, row: Any) -> str:
        """What the page and its breadcrumbs call the row."""
        return str(row)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeskList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        title = str(self.opts.verbose_name_plural).capitalize()
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> Any:
        if obj is not None:
            name = Truncator(visible(self.name_of(obj))).chars(TITLE_CHARS)
            context.update(title=str(self.opts.verbose_name).capitalize(), subtitle=name)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Write what the editor changed and nothing else: an ingest may have moved the rest."""
        if form.changed_data:
            obj.save(update_fields=form.changed_data)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnly(Desk):
    """Rows to be looked at, never edited by hand."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return list(flatten_fieldsets(self.get_fieldsets(request, obj)))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


# ── books ────────────────────────────────────────────────────────────────────────────────────


class LinesField(forms.CharField):
    """A list of texts, written one a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = (line.strip() for line in (value or "").splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


class BookForm(forms.ModelForm):  # type: ignore[type-arg]
    """The settings that an editor may change between two ingests."""

    starter_questions = LinesField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "class": "vLargeTextField"}),
        help_text="One question a line. The widget offers them before the first question.",
    )
    origins = LinesField(
        label="Sites that may show the widget",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text="One site a line, such as https://docs.example.org. Empty: any site may.",
    )

    class Meta:
        model = Book
        fields = [
            "title", "language", "published", "mode", "starter_questions", "base_url", "origins"
        ]  # fmt: skip
        labels = {
            "slug": "Short name",
            "base_url": "Address of the book",
            "mode": "What readers see",
        }
        help_texts = {
            "slug": "Names the book in the widget and in commands. It never changes.",
            "published": "Readers may ask it. Take the tick away to close the book to questions.",
            "language": "The language's short name, such as en, de or pt-BR.",
        }

    def clean_base_url(self) -> str:
        url = str(self.cleaned_data["base_url"])
        if url and not safe_link(url):
            raise forms.ValidationError("Give an address that begins with https:// or http://.")
        return url

    def clean_origins(self) -> list[str]:
        origins: list[str] = self.cleaned_data["origins"]
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise forms.ValidationError(
                    "“%(origin)s” is not a site: write https://host, without a path.",
                    params={"origin": origin},
                )
        return origins


@admin.register(Book)
class BookAdmin(Desk):
    form = BookForm
    list_display = ["title", "shown", "mode", "live_edition", "pages", "conversations"]
    list_filter = ["published", "mode", "language"]
    list_select_related = ["live"]
    search_fields = ["title", "slug"]
    search_help_text = "Search in titles and short names."
    readonly_fields = ["slug", "live_edition", "created"]
    fieldsets = [
        (None, {"fields": ["title", "slug", "language", "published", "live_edition", "created"]}),
        (
            "Answers",
            {
                "fields": ["mode", "starter_questions"],
                "description": (
                    "A strict book shows only sentences that it proves. An annotated one shows "
                    "every sentence with its verdict."
                ),
            },
        ),
        (
            "Where it stands",
            {
                "fields": ["base_url", "origins"],
                "description": (
                    "Citations link to pages below the address. What the book's own settings "
                    "file (ragbook.json) says comes back with its next ingest."
                ),
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Book]:
        books: QuerySet[Book] = super().get_queryset(request).select_related("live")
        book = Book.objects.filter(pk=OuterRef("pk")).order_by().values("pk")
        return books.annotate(asked=Subquery(book.annotate(n=Count("conversations")).values("n")))

    @admin.display(description="Readers may ask", ordering="published")
    def shown(self, book: Book) -> SafeString:
        if not book.published:
            return badge("Closed", "quiet", "Not published: readers get no answer.")
        if book.live_id is None:
            return badge("No edition yet", "warn", "Nothing was ingested so far.")
        return badge("Open", "good")

    @admin.display(description="Edition readers see", ordering="live__number")
    def live_edition(self, book: Book) -> SafeString | str:
        if book.live is None:
            return "None yet. It appears after the first ingest."
        return _edition_link(book.live, f"Edition {book.live.number}")

    @admin.display(description="Pages", ordering="live__page_count")
    def pages(self, book: Book) -> str:
        return f"{book.live.page_count:,}" if book.live else NOTHING

    @admin.display(description="Conversations", ordering="asked")
    def conversations(self, book: Book) -> str:
        return f"{getattr(book, 'asked', 0):,}"


# ── editions and sections ────────────────────────────────────────────────────────────────────


@admin.register(Edition)
class EditionAdmin(ReadOnly):
    list_display = [
        "edition", "book_title", "state_badge", "page_count", "section_count", "word_count",
        "finished",
    ]  # fmt: skip
    list_filter = ["state", "book"]
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
        return render_to_string("admin/fidelity.html", {"edition": edition, **edition.report})

    @admin.display(description="Sections")
    def sections(self, edition: Edition) -> SafeString:
        address = reverse("admin:retrieval_section_changelist")
        return format_html(
            '<a href="{}?edition__id__exact={}">Read its {} sections</a>',
            address, edition.pk, f"{edition.section_count:,}",
        )  # fmt: skip


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
    list_display = ["heading", "page", "book", "edition_number"]
    list_filter = [LiveFilter, "edition__book"]
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
        return _edition_link(section.edition, edition_name(section.edition))

    @admin.display(description="In the book")
    def in_the_book(self, section: Section) -> SafeString:
        address = f"{section.edition.book.base_url.rstrip('/')}/{section.url}"
        return outward(f"{address}#{section.anchor}" if section.anchor else address, address)

    @admin.display(description="Text")
    def words(self, section: Section) -> SafeString:
        return format_html('<div class="desk-page" dir="auto">{}</div>', visible(section.text))


def edition_name(edition: Edition) -> str:
    """The edition as people speak of it; its book must be loaded."""
    return f"{edition.book.title}, edition {edition.number}"


def _edition_link(edition: Edition, label: str) -> SafeString:
    address = reverse("admin:retrieval_edition_change", args=[edition.pk])
    return format_html('<a href="{}">{}</a>', address, label)
