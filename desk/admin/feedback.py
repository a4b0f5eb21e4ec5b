"""Readers' thumbs and what they wrote beside them."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from chat.models import Feedback
from desk.admin.base import ReadOnly
from desk.admin.cells import NOTHING, asked_cell, thumb_cell, words
from desk.admin.filters import FeedbackBookFilter
from retrieval.display import visible

COMMENT_CHARS = 140


@admin.register(Feedback)
class FeedbackAdmin(ReadOnly):
    to_book = "answer__book"
    nothing_yet = "No reader has pressed a thumb yet."
    list_display = ["asked", "thumb", "reader_comment"]
    list_filter = ["helpful", FeedbackBookFilter, "created"]
    search_fields = ["comment", "answer__question"]
    search_help_text = "Search in the newest 5,000 comments and their questions."
    newest_by = "created"
    sortable_by = ()
    fields = ["asked_link", "thumb", "whole_comment", "created"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feedback]:
        """Prefetched and not joined: a joined list is sorted as a whole before its first page."""
        return super().get_queryset(request).prefetch_related("answer__conversation__book")

    def name_of(self, row: Feedback) -> str:
        return row.answer.question

    @admin.display(description="Question")
    def asked(self, feedback: Feedback) -> SafeString:
        answer = feedback.answer
        return asked_cell(answer.question, answer.conversation.book, feedback.created)

    @admin.display(description="Answer to")
    def asked_link(self, feedback: Feedback) -> SafeString:
        address = reverse("admin:chat_answer_change", args=[feedback.answer_id])
        return format_html(
            '<a href="{}"><bdi>{}</bdi></a>', address, visible(feedback.answer.question)
        )

    @admin.display(description="Reader")
    def thumb(self, feedback: Feedback) -> SafeString:
        return format_html(
            '<span class="desk-stack">{}{}</span>', thumb_cell(feedback), visible(feedback.reason)
        )

    @admin.display(description="Comment")
    def reader_comment(self, feedback: Feedback) -> SafeString:
        comment = Truncator(visible(feedback.comment)).chars(COMMENT_CHARS)
        return format_html('<bdi class="desk-asked">{}</bdi>', comment)

    @admin.display(description="Comment")
    def whole_comment(self, feedback: Feedback) -> SafeString | str:
        return words("desk-comment", feedback.comment) if feedback.comment else NOTHING
