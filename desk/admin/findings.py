"""Sentences whose passages changed in a later edition."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from chat.models import Finding
from desk.admin.base import Desk
from desk.admin.cells import asked_cell, tag
from desk.admin.filters import FindingBookFilter
from desk.answerpage import found
from desk.explanations import FINDINGS, meaning
from retrieval.display import visible


@admin.register(Finding)
class FindingAdmin(Desk):
    """Sentences whose passages changed. Whether something is left to do is the editor's word."""

    to_book = "audit__book"
    nothing_yet = "No audit has found an answer whose passages changed."
    list_display = ["said", "result", "open"]
    list_filter = ["kind", "resolved", FindingBookFilter, "created"]
    search_fields = ["sentence__text"]
    search_help_text = "Search in the sentences of the newest 5,000."
    newest_by = "created"
    ordering = ["resolved", "-created"]
    sortable_by = ()
    actions = ["settle"]
    fields = ["answer_link", "said", "change", "resolved"]
    readonly_fields = ["answer_link", "said", "change"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Finding]:
        findings: QuerySet[Finding] = super().get_queryset(request)
        return findings.prefetch_related("sentence__answer", "audit__book")

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "resolved":
            kwargs["label"] = "Nothing left to do"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def name_of(self, row: Finding) -> str:
        return row.sentence.text

    @admin.display(description="Sentence")
    def said(self, finding: Finding) -> SafeString:
        return asked_cell(finding.sentence.text, finding.audit.book, finding.created)

    @admin.display(description="In the book now")
    def result(self, finding: Finding) -> SafeString:
        return tag(meaning(finding.kind, FINDINGS))

    @admin.display(description="To do", boolean=True)
    def open(self, finding: Finding) -> bool:
        return not finding.resolved

    @admin.display(description="Answer to")
    def answer_link(self, finding: Finding) -> SafeString:
        answer = finding.sentence.answer
        address = reverse("admin:chat_answer_change", args=[answer.pk])
        return format_html('<a href="{}"><bdi>{}</bdi></a>', address, visible(answer.question))

    @admin.display(description="Passage then and now")
    def change(self, finding: Finding) -> SafeString:
        shown = render_to_string("desk/finding.html", {"finding": found(finding)})
        return format_html('<div class="desk">{}</div>', shown)

    @admin.action(description="Nothing left to do", permissions=["change"])
    def settle(self, request: HttpRequest, findings: QuerySet[Finding]) -> None:
        count = findings.filter(resolved=False).update(resolved=True)
        told = ngettext("%d finding", "%d findings", count) % count
        self.message_user(request, f"{told}: nothing left to do.")
