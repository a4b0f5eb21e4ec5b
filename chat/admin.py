"""The editor's first desk: flagged answers on top, each sentence beside the words that prove it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.models import Answer, Citation, Conversation, Feedback, Sentence


class Kept(admin.ModelAdmin):  # type: ignore[type-arg]
    """What readers and the judge wrote: editors read it and may delete it, nobody rewrites it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class AnswerInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Answer
    fields = ["asked", "outcome", "verdict", "withheld", "flagged", "created"]
    readonly_fields = fields
    extra = 0
    can_delete = False
    ordering = ["created"]

    def has_add_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False

    @admin.display(description="Question")
    def asked(self, answer: Answer) -> SafeString:
        address = reverse("admin:chat_answer_change", args=[answer.pk])
        return format_html('<a href="{}">{}</a>', address, str(answer))


@admin.register(Conversation)
class ConversationAdmin(Kept):
    list_display = ["__str__", "book", "turns", "flagged", "created", "last_asked"]
    list_filter = ["book", "last_asked"]
    list_select_related = ["book"]
    search_fields = ["id", "answers__question"]
    date_hierarchy = "last_asked"
    fields = ["id", "book", "created", "last_asked"]
    readonly_fields = fields
    inlines = [AnswerInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                turn_count=Count("answers"),
                flagged_count=Count("answers", filter=Q(answers__flagged=True)),
            )
        )

    @admin.display(description="Questions", ordering="turn_count")
    def turns(self, conversation: Conversation) -> int:
        return int(getattr(conversation, "turn_count", 0))

    @admin.display(description="Flagged", ordering="flagged_count")
    def flagged(self, conversation: Conversation) -> int:
        return int(getattr(conversation, "flagged_count", 0))


@admin.register(Answer)
class AnswerAdmin(Kept):
    change_form_template = "admin/chat/answer/change_form.html"
    list_display = [
        "question_short", "book", "flagged", "outcome", "verdict", "withheld", "thumb", "created"
    ]  # fmt: skip
    list_filter = ["flagged", "outcome", "verdict", "conversation__book", "feedback__helpful"]
    list_select_related = ["conversation__book", "feedback"]
    search_fields = ["question", "text", "id"]
    date_hierarchy = "created"
    ordering = ["-flagged", "-created"]
    actions = ["flag", "unflag"]
    show_full_result_count = False
    readonly_fields = [
        "question", "selection", "page", "scope", "search_query", "conversation", "edition",
        "outcome", "verdict", "withheld", "answerable", "model", "tokens", "timings", "thumb",
        "error_code", "created",
    ]  # fmt: skip
    fieldsets = [
        ("Asked", {"fields": ["question", "selection", "page", "scope", "conversation"]}),
        ("Result", {"fields": ["flagged", "outcome", "verdict", "withheld", "thumb"]}),
        (
            "How it came about",
            {
                "classes": ["collapse"],
                "fields": [
                    "search_query", "answerable", "edition", "model", "tokens", "timings",
                    "error_code", "created",
                ],
            },
        ),
    ]  # fmt: skip

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        context = {**(extra_context or {}), "desk": desk(object_id)}
        return super().change_view(request, object_id, form_url, context)

    @admin.display(description="Question", ordering="question")
    def question_short(self, answer: Answer) -> str:
        return answer.question[:90]

    @admin.display(description="Book", ordering="conversation__book__title")
    def book(self, answer: Answer) -> str:
        return answer.conversation.book.title

    @admin.display(description="Reader says")
    def thumb(self, answer: Answer) -> str:
        feedback = getattr(answer, "feedback", None)
        if feedback is None:
            return "–"
        said = " · ".join(filter(None, [feedback.reason, feedback.comment]))
        return f"{'👍 helpful' if feedback.helpful else '👎 not helpful'} {said}".strip()

    @admin.display(description="Asked on page")
    def page(self, answer: Answer) -> str:
        return answer.page_url or "–"

    @admin.display(description="Tokens in / out")
    def tokens(self, answer: Answer) -> str:
        return f"{answer.input_tokens} / {answer.output_tokens}"

    @admin.display(description="Search / first sentence / all, ms")
    def timings(self, answer: Answer) -> str:
        times = (answer.retrieve_ms, answer.first_sentence_ms, answer.total_ms)
        return " / ".join("–" if time is None else f"{time:.0f}" for time in times)

    @admin.action(description="Flag the selected answers for review")
    def flag(self, request: HttpRequest, answers: QuerySet[Answer]) -> None:
        self.message_user(request, f"{answers.update(flagged=True)} answers flagged.")

    @admin.action(description="Take the flag off the selected answers")
    def unflag(self, request: HttpRequest, answers: QuerySet[Answer]) -> None:
        self.message_user(request, f"{answers.update(flagged=False)} answers no longer flagged.")


def desk(object_id: str) -> SafeString:
    """Every sentence of an answer with its verdict, beside the passage that was held against it."""
    sentences = list(Sentence.objects.filter(answer_id=object_id).order_by("ordinal"))
    citations = {c.n: c for c in Citation.objects.filter(answer_id=object_id).order_by("n")}
    rows = [(sentence, _beside(sentence, citations)) for sentence in sentences]
    context = {"rows": rows, "citations": list(citations.values())}
    return SafeString(render_to_string("admin/chat/answer/desk.html", context))


def _beside(sentence: Sentence, citations: dict[int, Citation]) -> list[dict[str, Any]]:
    """Each piece of evidence cut into what stands before the quote, the quote, and after it."""
    found = []
    for item in sentence.evidence:
        citation = citations.get(item["n"])
        if citation is not None:
            start, end = item["start"], item["end"]
            text = citation.text
            found.append(
                {
                    "citation": citation,
                    "before": text[max(0, start - 160) : start],
                    "quote": text[start:end],
                    "after": text[end : end + 160],
                }
            )
    return found


@admin.register(Feedback)
class FeedbackAdmin(Kept):
    list_display = ["asked", "helpful", "reason", "comment", "created"]
    list_filter = ["helpful", "reason", "created"]
    list_select_related = ["answer"]
    search_fields = ["comment", "answer__question"]
    fields = ["asked", "helpful", "reason", "comment", "created"]
    readonly_fields = fields

    @admin.display(description="Question")
    def asked(self, feedback: Feedback) -> SafeString:
        address = reverse("admin:chat_answer_change", args=[feedback.answer_id])
        return format_html('<a href="{}">{}</a>', address, str(feedback.answer))
