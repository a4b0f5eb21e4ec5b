"""What editors have answered in place of the machine."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.correcting import held_back
from chat.correction import Correction
from desk.admin.base import ReadOnly
from desk.admin.cells import NOTHING, asked_cell, words
from desk.admin.filters import BookFilter
from desk.display import badge
from desk.reviewpage import correction_desk


@admin.register(Correction)
class CorrectionAdmin(ReadOnly):
    """Written on the page of a review, and taken back there by another decision."""

    to_book = "book"
    nothing_yet = (
        "Nobody has written a better answer. Press Correct on the page of a review to write one."
    )
    list_display = ["asked", "standing", "author"]
    list_filter = [BookFilter, "proved"]
    search_fields = ["question", "text"]
    search_help_text = "Search in questions and answers."
    ordering = ["-created", "-pk"]
    sortable_by = ()
    fields = ["whole_question", "answered", "review_link", "created"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Correction]:
        corrections: QuerySet[Correction] = super().get_queryset(request)
        stands = Correction.objects.standing().filter(pk=OuterRef("pk")).order_by()
        related = ("book__live__book", "author", "review")
        rules = "book__live__book__section_rules"
        found = corrections.select_related(*related).prefetch_related("passages", rules)
        return found.annotate(stands=Exists(stands))

    @admin.display(description="Question")
    def asked(self, correction: Correction) -> SafeString:
        return asked_cell(correction.question, correction.book, correction.created)

    @admin.display(description="Question")
    def whole_question(self, correction: Correction) -> SafeString:
        return words("desk-question", correction.question)

    @admin.display(description="Readers")
    def standing(self, correction: Correction) -> SafeString:
        if correction.withdrawn:
            return badge("Taken back", "quiet", "An editor took it back, or wrote a better one.")
        if getattr(correction, "stands", False):
            return _given(correction)
        return badge("Expired", "warn", "A passage has changed; it waits in the review queue.")

    @admin.display(description="Answer")
    def answered(self, correction: Correction) -> SafeString:
        shown: dict[str, Any] = {"page": correction_desk(correction)}
        return render_to_string("desk/correction.html", shown)

    @admin.display(description="Review")
    def review_link(self, correction: Correction) -> SafeString | str:
        review = getattr(correction, "review", None)
        if review is None:
            return NOTHING
        address = reverse("admin:desk_review_change", args=[review.pk])
        return format_html('<a href="{}">Open its review</a>', address)


def _given(correction: Correction) -> SafeString:
    if held_back(correction):
        return badge("Held back", "warn", "A rule of the book excludes a passage of it.")
    return badge("Get it", "good", "Readers who ask this get it.")
