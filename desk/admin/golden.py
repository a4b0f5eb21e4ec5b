"""Golden questions: what every edition must answer, or refuse, rightly."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.widgets import UnfoldAdminTextareaWidget

from desk.admin.base import Desk
from desk.admin.cells import NOTHING, QUESTION_CHARS
from desk.admin.filters import BookFilter
from desk.display import badge
from desk.evaluating import FAULTS
from desk.golden import GoldenQuestion
from desk.goldenfile import as_lines
from retrieval.display import visible


class GoldenForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = GoldenQuestion
        fields = ["question"]
        widgets = {"question": UnfoldAdminTextareaWidget(attrs={"rows": 3})}


@admin.register(GoldenQuestion)
class GoldenAdmin(Desk):
    to_book = "book"
    nothing_yet = (
        "There is no golden question. Press Make it golden on the page of an answer that is right."
    )
    form = GoldenForm
    list_display = ["asked", "result", "held"]
    list_filter = ["passed", "expect", BookFilter]
    search_fields = ["question", "key"]
    search_help_text = "Search in questions and their short names."
    ordering = ["passed", "key"]
    sortable_by = ()
    actions = ["export", "delete_selected"]
    fieldsets = [
        (None, {"fields": ["question", "expect", "book", "key"]}),
        ("What must be found", {"fields": ["places"]}),
        ("How it did", {"fields": ["result", "wrong", "held", "checked", "author", "created"]}),
    ]
    readonly_fields = [
        "expect", "book", "key", "places", "result", "wrong", "held", "checked", "author",
        "created",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[GoldenQuestion]:
        golden: QuerySet[GoldenQuestion] = super().get_queryset(request)
        return golden.select_related("book", "edition", "author")

    def name_of(self, row: GoldenQuestion) -> str:
        return row.question

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("desk.delete_goldenquestion")

    @admin.display(description="Question")
    def asked(self, golden: GoldenQuestion) -> SafeString:
        name = Truncator(visible(" ".join(golden.question.split()))).chars(QUESTION_CHARS)
        return format_html(
            '<bdi class="desk-asked">{}</bdi>'
            '<span class="desk-below"><span>{}</span> <span>{}</span> <span>{}</span></span>',
            name, golden.key, golden.book.title, golden.get_expect_display(),
        )  # fmt: skip

    @admin.display(description="Last time")
    def result(self, golden: GoldenQuestion) -> SafeString:
        if golden.passed is None:
            return badge("Not asked yet", "quiet")
        return badge("Right", "good") if golden.passed else badge("Wrong", "bad")

    @admin.display(description="What was wrong")
    def wrong(self, golden: GoldenQuestion) -> SafeString | str:
        told = ((FAULTS.get(fault, fault),) for fault in golden.faults)
        return format_html_join("", '<span class="desk-line">{}</span>', told) or NOTHING

    @admin.display(description="Asked of")
    def held(self, golden: GoldenQuestion) -> str:
        return f"Edition {golden.edition.number}" if golden.edition else NOTHING

    @admin.display(description="Sections and their words")
    def places(self, golden: GoldenQuestion) -> SafeString | str:
        told = (
            (visible(gold.get("heading") or gold["path"]), gold["path"], visible(gold["evidence"]))
            for gold in golden.gold
        )
        return format_html_join(
            "", '<figure class="desk-gold"><figcaption>{}, {}</figcaption>'
            '<blockquote dir="auto">{}</blockquote></figure>', told,
        ) or NOTHING  # fmt: skip

    @admin.action(description="Export as a question file")
    def export(self, request: HttpRequest, golden: QuerySet[GoldenQuestion]) -> HttpResponse:
        response = HttpResponse(as_lines(golden), content_type="application/jsonl; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="golden.jsonl"'
        return response
