"""Runs that held stored answers against a later edition."""

from __future__ import annotations

from django.contrib import admin

from chat.models import Audit, Finding
from desk.admin.base import ReadOnly
from desk.admin.filters import BookFilter


@admin.register(Audit)
class AuditAdmin(ReadOnly):
    """Runs of ``audit_grounding``."""

    to_book = "book"
    nothing_yet = "No audit has run yet. The button Audit on the page of a book starts one."
    list_display = ["started", "book", "state", "done", *Finding.Kind.values]
    list_filter = [BookFilter, "state"]
    list_select_related = ["book"]
    sortable_by = ()
    fields = [
        "book", "edition", "state", "judge", "since", "everything", "done", "sentences",
        *Finding.Kind.values, "started", "finished",
    ]  # fmt: skip

    @admin.display(description="Answers")
    def done(self, audit: Audit) -> str:
        return f"{audit.answers:,} of {audit.total:,}"
