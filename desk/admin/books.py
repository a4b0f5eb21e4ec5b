"""Books: what is served, from which edition, and under which settings."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget

from desk import embedding
from desk.admin.base import Desk
from desk.admin.cells import NOTHING, edition_link
from desk.display import badge, safe_link
from retrieval.models import Book

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(?::\d{1,5})?|https?://\[[0-9a-f:]+\](?::\d{1,5})?")


class LinesField(forms.CharField):
    """A list of texts, written one a line."""

    widget = UnfoldAdminTextareaWidget

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
        widget=UnfoldAdminTextareaWidget({"rows": 5}),
        help_text="One question a line. The widget offers them before the first question.",
    )
    origins = LinesField(
        label="Sites that may show the widget",
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text="One site a line, such as https://docs.example.org. Empty: any site may.",
    )

    class Meta:
        model = Book
        fields = [
            "title", "language", "published", "mode", "code", "starter_questions", "sharing",
            "base_url",
            "origins",
        ]  # fmt: skip
        labels = {
            "slug": "Short name",
            "base_url": "Address of the book",
            "mode": "What readers see",
            "sharing": "Readers may share",
            "code": "Code in answers",
        }
        help_texts = {
            "slug": "Names the book in the widget and in commands. It never changes.",
            "published": "Readers may ask it. Take the tick away to close the book to questions.",
            "sharing": "Readers may make a read-only link to their conversation, and take it back.",
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
    to_book = "pk"
    actions_detail = ["embed"]  # type: ignore[assignment]  # unfold says: of no elements
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
                "fields": ["mode", "code", "starter_questions", "sharing"],
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
        return edition_link(book.live, f"Edition {book.live.number}")

    @admin.display(description="Pages", ordering="live__page_count")
    def pages(self, book: Book) -> str:
        return f"{book.live.page_count:,}" if book.live else NOTHING

    @admin.display(description="Conversations", ordering="asked")
    def conversations(self, book: Book) -> str:
        return f"{getattr(book, 'asked', 0):,}"

    @action(  # type: ignore[operator]  # unfold declares what it returns as not callable
        description="Embed this book", url_path="embed", permissions=["view"], icon="code"
    )
    def embed(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The line for the site's pages, and what browsers on each site get."""
        book = self.get_object(request, object_id)
        if book is None:
            raise Http404
        server = request.build_absolute_uri("/").rstrip("/")
        context = {
            **self.admin_site.each_context(request),
            "title": "Embed this book",
            "opts": self.opts,
            "book": book,
            "tag": embedding.tag(server, book),
            "content_policy": embedding.content_policy(server),
            **_replies(book, server, request.GET.get("site", "").strip()),
        }
        return TemplateResponse(request, "desk/embed.html", context)


def _replies(book: Book, server: str, site: str) -> dict[str, Any]:
    """What browsers get on the sites that the settings name, and on one more that is tried."""
    origins, error = embedding.known_origins(book), ""
    try:
        origins += [embedding.origin_of(site)] if site else []
    except ValueError as wrong:
        error = str(wrong)
    replies = [embedding.reply_to(origin, book, server) for origin in dict.fromkeys(origins)]
    return {"replies": replies, "site": site, "error": error}
