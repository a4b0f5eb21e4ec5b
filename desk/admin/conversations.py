"""Conversations, read and deleted as a whole."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, F, Func, IntegerField, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from chat.models import Answer, Citation, Conversation, Feedback, Sentence
from desk.admin.base import ReadOnly, pasted_id
from desk.admin.cells import asked_cell
from desk.admin.filters import BookFilter
from desk.answerpage import TURNS_SHOWN, turns


@admin.register(Conversation)
class ConversationAdmin(ReadOnly):
    """Read as a whole and, by whoever has the right, deleted as a whole."""

    to_book = "book"
    change_form_template = "desk/conversation.html"
    list_display = ["first_question", "turn_count"]
    list_filter = [BookFilter, "last_asked"]
    list_select_related = ["book"]
    search_fields = ["answers__question"]
    search_help_text = "Search in the questions, or paste the id of a conversation."
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
        identity = pasted_id(search_term)
        if identity is not None:
            return queryset.filter(pk=identity), False
        return super().get_search_results(request, queryset, search_term)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Conversation | None = None,
    ) -> Any:
        answers = self.admin_site.get_model_admin(Answer)
        if obj is not None and answers.has_view_permission(request):
            context["turns"] = turns(Answer.objects.filter(conversation=obj))
            context["turns_shown"] = TURNS_SHOWN
        return super().render_change_form(request, context, add, change, form_url, obj)

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

    @admin.display(description="First question")
    def first_question(self, conversation: Conversation) -> SafeString:
        opening = getattr(conversation, "opening", None) or "No question was kept"
        flagged = bool(getattr(conversation, "has_flagged", False))
        return asked_cell(opening, conversation.book, conversation.last_asked, flagged=flagged)

    @admin.display(description="Length")
    def turn_count(self, conversation: Conversation) -> str:
        count = int(getattr(conversation, "turn_count", None) or 0)
        return ngettext("%d question", "%d questions", count) % count


def _count(rows: QuerySet[Answer]) -> QuerySet[Answer, Any]:
    """``COUNT(*)`` of a correlated queryset, as a subquery needs it: without a GROUP BY."""
    number = Func(F("pk"), function="COUNT", output_field=IntegerField())
    return rows.order_by().annotate(n=number).values("n")
