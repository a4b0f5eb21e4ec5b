"""Books: what is served, from which edition, and under which settings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget

from desk import embedding
from desk.admin.cells import NOTHING, edition_link
from desk.admin.deeds import Deed, Doing
from desk.budget import use_of
from desk.display import badge, safe_link
from desk.job import Job
from retrieval.editions import prune
from retrieval.errors import RetrievalError
from retrieval.models import PERSONA_CHARS, Book, SectionRule

KEPT = 2
"""Editions that stay when old ones are removed: the newest, to which one can go back."""

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

    persona = forms.CharField(
        label="How answers speak",
        required=False,
        max_length=PERSONA_CHARS,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Such as: Warm and brief, to pupils of fourteen. At most 500 characters.",
    )

    class Meta:
        model = Book
        fields = [
            "title", "language", "published", "mode", "code", "starter_questions", "sharing",
            "base_url",
            "origins", "persona", "daily_tokens", "monthly_tokens", "proof_of_work",
        ]  # fmt: skip
        labels = {
            "slug": "Short name",
            "base_url": "Address of the book",
            "mode": "What readers see",
            "sharing": "Readers may share",
            "code": "Code in answers",
            "daily_tokens": "Tokens a day",
            "monthly_tokens": "Tokens a month",
            "proof_of_work": "Proof of work",
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


class SectionRuleInline(TabularInline):
    """What holds for parts of the book."""

    model = SectionRule
    fields = ["where", "prefix", "rule"]
    extra = 0
    verbose_name = "rule"
    verbose_name_plural = "Rules for parts of the book"


@admin.register(Book)
class BookAdmin(Doing):
    inlines = [SectionRuleInline]
    to_book = "pk"
    nothing_yet = "No book is yours yet. The operator adds a book; an owner gives it to you."
    actions_detail = ["embed"]  # type: ignore[assignment]  # unfold says: of no elements
    form = BookForm
    list_display = ["title", "shown", "mode", "live_edition", "pages", "conversations"]
    list_filter = ["published", "mode", "language"]
    list_select_related = ["live"]
    search_fields = ["title", "slug"]
    search_help_text = "Search in titles and short names."
    readonly_fields = ["slug", "live_edition", "created", "work", "used"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "title",
                    "slug",
                    "language",
                    "published",
                    "live_edition",
                    "work",
                    "created",
                ]
            },
        ),
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
            "Tone",
            {
                "fields": ["persona"],
                "description": (
                    "How the answers speak: friendly or brief, “you” or “we”. It cannot add "
                    "facts or lift a rule: every sentence is checked as before."
                ),
            },
        ),
        (
            "Budget",
            {
                "fields": ["used", "daily_tokens", "monthly_tokens"],
                "description": (
                    "What a language model may read and write for this book, in tokens: about "
                    "four letters each. Every question sets about 22,000 aside until it is "
                    "answered; when too little is left, answers quote the book."
                ),
            },
        ),
        (
            "Against programs",
            {
                "fields": ["proof_of_work"],
                "description": (
                    "A reader waits half a second before their first answer; a program that asks "
                    "by the thousand pays each time. Pages that embed the book need https."
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

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without the work that the visitor may not start."""
        may = request.user.has_perm("desk.add_job")
        return [
            (title, {**shown, "fields": [it for it in shown["fields"] if may or it != "work"]})
            for title, shown in self.fieldsets or []
        ]

    # ── what is done with a book ─────────────────────────────────────────────────────────────

    def deeds(self, request: HttpRequest, row: Book) -> list[Deed]:
        old = _surplus(row) if request.user.has_perm("retrieval.delete_edition") else []
        if not old:
            return []
        warning = (
            f"{_named(old)} will be removed, with what is searched of them, for good. The live "
            f"edition and the {KEPT} newest stay. Answers keep what they cite."
        )
        return [Deed("prune", "Remove old editions", warning)]

    def do_prune(self, request: HttpRequest, row: Book) -> None:
        try:
            pruned = prune(row.slug, KEPT)
        except RetrievalError as error:
            self.refuse(request, error)
        else:
            self.message_user(request, f"{_named(pruned.removed)} removed.")

    @admin.display(description="Work on it")
    def work(self, book: Book) -> SafeString:
        add = reverse("admin:desk_job_add")
        links = ((add, book.pk, kind, label) for kind, label in Job.Kind.choices)
        link = '<a class="desk-deed" href="{}?book={}&amp;kind={}">{}</a>'
        return format_html('<span class="desk-deeds">{}</span>', format_html_join("", link, links))

    @admin.display(description="Used so far")
    def used(self, book: Book) -> SafeString:
        return render_to_string("desk/budget.html", {"uses": use_of(book)})

    # ── what a book says ─────────────────────────────────────────────────────────────────────

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
            "original": book,
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


def _surplus(book: Book) -> list[int]:
    """The numbers of the editions that a pruning removes, the newest first."""
    ready = book.editions.ready().order_by("-number").values_list("pk", "number")
    return [number for pk, number in ready[KEPT:] if pk != book.live_id]


def _named(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"Edition {numbers[0]}"
    *others, last = map(str, sorted(numbers))
    return f"Editions {', '.join(others)} and {last}" if others else "No edition"
