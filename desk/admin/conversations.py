"""Conversations, read and deleted as a whole."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, F, Func, IntegerField, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from chat.keeping import of_reader
from chat.models import Answer, Citation, Conversation, Feedback, Sentence
from desk.admin.base import ReadOnly
from desk.admin.cells import asked_cell
from desk.admin.filters import BookFilter
from desk.answerpage import TURNS_SHOWN, turns
from desk.conversationfiles import FORMATS, rows, streamed

SHORTEST_SIGN = 16
"""Ids and tokens are longer than the words that one searches for."""


@admin.register(Conversation)
class ConversationAdmin(ReadOnly):
    """Read as a whole and, by whoever has the right, deleted as a whole."""

    to_book = "book"
    nothing_yet = "No reader has asked yet."
    change_form_template = "desk/conversation.html"
    list_display = ["first_question", "turn_count"]
    list_filter = [BookFilter, "last_asked"]
    list_select_related = ["book"]
    search_fields = ["answers__question"]
    search_help_text = (
        "Search in the questions of the newest 5,000, or paste a reader's token or an id."
    )
    newest_by = "last_asked"
    actions = ["export_csv", "export_json_lines"]
    sortable_by = ()
    fields = ["book", "created", "last_asked", "id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        """With subqueries, which are worked out for the rows of one page only."""
        answers = Answer.objects.filter(conversation=OuterRef("pk"))
        conversations: QuerySet[Conversation] = super().get_queryset(request)
        return conversations.select_related("book").annotate(
            opening=Subquery(answers.order_by("created").values("question")[:1]),
            turn_count=Subquery(_count(answers)),
            has_flagged=Exists(answers.filter(flagged=True)),
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if len(search_term) >= SHORTEST_SIGN and " " not in search_term:
            named = queryset.filter(pk__in=of_reader(search_term).values("pk"))
            if named.exists():
                return named, False
        return super().get_search_results(request, queryset, search_term)

    def shown_of(self, request: HttpRequest, row: Conversation) -> dict[str, Any]:
        shown = super().shown_of(request, row)
        if self.admin_site.get_model_admin(Answer).has_view_permission(request):
            shown["turns"] = turns(Answer.objects.filter(conversation=row))
            shown["turns_shown"] = TURNS_SHOWN
        return shown

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """A conversation goes with all that is in it; counted, since a list would be endless."""
        conversations = [conversation.pk for conversation in objs]
        answers = Answer.objects.filter(conversation__in=conversations)
        counts = {
            "conversations": len(conversations),
            "answers": answers.count(),
            "sentences": Sentence.objects.filter(answer__in=answers).count(),
            "citations": Citation.objects.filter(answer__in=answers).count(),
            "feedback": Feedback.objects.filter(answer__in=answers).count(),
        }
        return [str(conversation) for conversation in objs], counts, set(), []

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("desk.export_conversations")

    @admin.action(description="Export as CSV, for a spreadsheet", permissions=["export"])
    def export_csv(self, _: HttpRequest, chosen: QuerySet[Conversation]) -> StreamingHttpResponse:
        return _file("csv", chosen)

    @admin.action(description="Export as JSON Lines, for a program", permissions=["export"])
    def export_json_lines(
        self, _: HttpRequest, chosen: QuerySet[Conversation]
    ) -> StreamingHttpResponse:
        return _file("jsonl", chosen)

    @admin.display(description="First question")
    def first_question(self, conversation: Conversation) -> SafeString:
        opening = getattr(conversation, "opening", None) or "No question was kept"
        flagged = bool(getattr(conversation, "has_flagged", False))
        return asked_cell(opening, conversation.book, conversation.last_asked, flagged=flagged)

    @admin.display(description="Length")
    def turn_count(self, conversation: Conversation) -> str:
        count = int(getattr(conversation, "turn_count", None) or 0)
        return ngettext("%d question", "%d questions", count) % count


def _file(name: str, chosen: QuerySet[Conversation]) -> StreamingHttpResponse:
    """A download that is written while it is read."""
    kind, lines = FORMATS[name]
    conversations = Conversation.objects.filter(pk__in=chosen.order_by().values("pk"))
    return StreamingHttpResponse(
        streamed(lines(rows(conversations))),
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="conversations.{name}"'},
    )


def _count(rows: QuerySet[Answer]) -> QuerySet[Answer, Any]:
    """``COUNT(*)`` of a correlated queryset, as a subquery needs it: without a GROUP BY."""
    number = Func(F("pk"), function="COUNT", output_field=IntegerField())
    return rows.order_by().annotate(n=number).values("n")
