"""Readers' questions and their answers, what waits for an editor on top."""

from __future__ import annotations

import json
from typing import Any, cast
from urllib.parse import urlsplit

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from chat.models import Answer, Finding
from chat.verdict import Outcome
from desk.admin.base import pasted_id
from desk.admin.cells import NOTHING, asked_cell, edition_name, tag, thumb_cell, told, words
from desk.admin.deeds import Deed, Doing
from desk.admin.filters import BookFilter, ThumbFilter
from desk.answerpage import TURNS_SHOWN, answer_desk, turns
from desk.display import outward, safe_link
from desk.explanations import ANSWER_VERDICTS, OUTCOMES, STATES, explain_error, meaning
from desk.promoting import CannotPromote, promote
from retrieval.display import visible

_LASTING = (Outcome.ANSWERED, Outcome.QUOTED, Outcome.REFUSED)


@admin.register(Answer)
class AnswerAdmin(Doing):
    """Readers and the judge wrote these rows. The flag alone is the editor's."""

    to_book = "book"
    nothing_yet = "No reader has asked yet."
    change_form_template = "desk/answer.html"
    list_display = ["asked", "result", "thumb"]
    list_filter = [
        "flagged", BookFilter, "outcome", "verdict", ThumbFilter, "created"
    ]  # fmt: skip
    search_fields = ["question", "text"]
    search_help_text = "Search in the newest 5,000 questions and answers, or paste the id of one."
    newest_by = "created"
    ordering = ["-flagged", "-created"]
    sortable_by = ()
    actions = ["flag", "unflag"]
    readonly_fields = [
        "whole_question", "selected_text", "page", "where", "said", "outcome_told",
        "verdict_told", "left_out", "review_link", "error", "conversation_link", "edition_link",
        "model", "search", "sure", "tokens", "timings", "created", "id",
    ]  # fmt: skip
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "whole_question", "selected_text",
                    "outcome_told", "error", "verdict_told", "left_out", "said",
                    "review_link", "flagged",
                ]
            },
        ),
        (
            "Where and when",
            {"fields": ["conversation_link", "where", "page", "edition_link", "created"]},
        ),
        (
            "For the operator",
            {
                "classes": ["collapse"],
                "fields": ["search", "sure", "model", "tokens", "timings", "id"],
            },
        ),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Answer]:
        """Prefetched and not joined: a joined list is sorted as a whole before its first page."""
        answers: QuerySet[Answer] = super().get_queryset(request)
        return answers.prefetch_related("conversation__book", "edition__book", "feedback")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without the lines that have nothing to say about this answer."""
        silent = _silent(obj) if obj else set()
        if not request.user.has_perm("desk.view_review"):
            silent.add("review_link")
        return [
            (title, {**options, "fields": [f for f in options["fields"] if f not in silent]})
            for title, options in self.fieldsets or []
        ]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "flagged":
            kwargs["label"] = "Flagged for review"
            kwargs["help_text"] = "Take the tick away and save when nothing is left to do."
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        identity = pasted_id(search_term)
        if identity is not None:
            return queryset.filter(pk=identity) | queryset.filter(conversation=identity), False
        return super().get_search_results(request, queryset, search_term)

    def shown_of(self, request: HttpRequest, row: Answer) -> dict[str, Any]:
        others = Answer.objects.filter(conversation=row.conversation_id)
        return super().shown_of(request, row) | {
            "desk": answer_desk(row),
            "turns": turns(others, current=row),
            "turns_shown": TURNS_SHOWN,
        }

    def name_of(self, row: Answer) -> str:
        return row.question

    # ── what was asked ───────────────────────────────────────────────────────────────────────

    @admin.display(description="Question")
    def asked(self, answer: Answer) -> SafeString:
        book = answer.conversation.book
        return asked_cell(answer.question, book, answer.created, flagged=answer.flagged)

    @admin.display(description="Question")
    def whole_question(self, answer: Answer) -> SafeString:
        return words("desk-question", answer.question)

    @admin.display(description="About this text")
    def selected_text(self, answer: Answer) -> SafeString:
        return words("desk-selection", answer.selection)

    @admin.display(description="Asked of")
    def where(self, answer: Answer) -> str:
        whole = "the whole book" if answer.scope == "book" else f"this {answer.scope}"
        return f"{answer.conversation.book.title}, {whole}"

    @admin.display(description="Asked on the page")
    def page(self, answer: Answer) -> SafeString:
        """A link only below the book's own address: the page's address is the reader's word."""
        label = visible(answer.page_url)
        if _same_site(answer.page_url, answer.conversation.book.base_url):
            return outward(answer.page_url, label)
        return format_html("<bdi>{}</bdi>", label)

    @admin.display(description="Review")
    def review_link(self, answer: Answer) -> SafeString:
        review = cast("Any", answer).review
        address = reverse("admin:desk_review_change", args=[review.pk])
        told = tag(meaning(review.state, STATES))
        return format_html(
            '<p class="desk-told">{} <a href="{}">Open its review</a></p>', told, address
        )

    @admin.display(description="Conversation")
    def conversation_link(self, answer: Answer) -> SafeString:
        address = reverse("admin:chat_conversation_change", args=[answer.conversation_id])
        return format_html('<a href="{}">{}</a>', address, answer.conversation)

    # ── what became of it ────────────────────────────────────────────────────────────────────

    @admin.display(description="Result")
    def result(self, answer: Answer) -> SafeString:
        """Outcome, verdict and what was left out, below each other to leave the question room."""
        left_out = f"{answer.withheld} left out" if answer.withheld else ""
        return format_html(
            '<span class="desk-stack">{}{}<span class="desk-quiet">{}</span></span>',
            tag(meaning(answer.outcome, OUTCOMES)),
            tag(meaning(answer.verdict, ANSWER_VERDICTS)),
            left_out,
        )

    @admin.display(description="What became of it")
    def outcome_told(self, answer: Answer) -> SafeString:
        return told(meaning(answer.outcome, OUTCOMES))

    @admin.display(description="What the reader saw")
    def verdict_told(self, answer: Answer) -> SafeString:
        return told(meaning(answer.verdict, ANSWER_VERDICTS))

    @admin.display(description="Left out")
    def left_out(self, answer: Answer) -> str:
        count = ngettext("%d sentence", "%d sentences", answer.withheld) % answer.withheld
        return f"{count}, marked below"

    @admin.display(description="Why it failed")
    def error(self, answer: Answer) -> SafeString:
        code = answer.error_code
        return format_html('<span title="{}">{}</span>', code, explain_error(code))

    @admin.display(description="Reader")
    def thumb(self, answer: Answer) -> SafeString | str:
        feedback = getattr(answer, "feedback", None)
        return thumb_cell(feedback) if feedback else ""

    @admin.display(description="The reader says")
    def said(self, answer: Answer) -> SafeString:
        return format_html(
            "{} {} {}",
            thumb_cell(answer.feedback),
            visible(answer.feedback.reason),
            words("desk-comment", answer.feedback.comment),
        )

    # ── how it came about ────────────────────────────────────────────────────────────────────

    @admin.display(description="Edition")
    def edition_link(self, answer: Answer) -> SafeString | str:
        if answer.edition is None:
            return "An edition that is no longer kept"
        address = reverse("admin:retrieval_edition_change", args=[answer.edition.pk])
        return format_html('<a href="{}">{}</a>', address, edition_name(answer.edition))

    @admin.display(description="Searched for")
    def search(self, answer: Answer) -> SafeString | str:
        return words("desk-search", answer.search_query) if answer.search_query else NOTHING

    @admin.display(description="The search was sure")
    def sure(self, answer: Answer) -> str:
        return NOTHING if answer.answerable is None else f"{answer.answerable:.0%}"

    @admin.display(description="Tokens read and written")
    def tokens(self, answer: Answer) -> str:
        return f"{answer.input_tokens:,} and {answer.output_tokens:,}"

    @admin.display(description="Time")
    def timings(self, answer: Answer) -> str:
        times = {
            "search": answer.retrieve_ms,
            "first sentence": answer.first_sentence_ms,
            "whole answer": answer.total_ms,
        }
        known = [f"{name} {ms / 1000:.2f} s" for name, ms in times.items() if ms is not None]
        return ", ".join(known) or NOTHING

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not obj.flagged:
            Finding.objects.settle([obj.pk])

    def log_change(self, request: HttpRequest, obj: Answer, message: Any) -> LogEntry:
        entry = _log_entry(request, obj, json.dumps(message))
        entry.save()
        return entry

    # ── what an editor does ──────────────────────────────────────────────────────────────────

    @admin.action(description="Flag for review", permissions=["change"])
    def flag(self, request: HttpRequest, answers: QuerySet[Answer]) -> None:
        self._set_flag(request, answers.filter(flagged=False), flagged=True)

    @admin.action(description="Take the flag off", permissions=["change"])
    def unflag(self, request: HttpRequest, answers: QuerySet[Answer]) -> None:
        self._set_flag(request, answers.filter(flagged=True), flagged=False)

    def deeds(self, request: HttpRequest, row: Answer) -> list[Deed]:
        if not request.user.has_perm("desk.add_goldenquestion") or row.outcome not in _LASTING:
            return []
        refused = row.outcome == Outcome.REFUSED
        return [Deed("promote", "The book must refuse this" if refused else "Make it golden")]

    def do_promote(self, request: HttpRequest, row: Answer) -> HttpResponse | None:
        try:
            golden = promote(row, cast("User", request.user))
        except CannotPromote as error:
            self.refuse(request, error)
            return None
        self.message_user(request, "From now on every edition is asked this question.")
        return self.back_to(golden)

    def _set_flag(self, request: HttpRequest, answers: QuerySet[Answer], *, flagged: bool) -> None:
        """Change the flag, note it in each answer's history, and say how many there were."""
        chosen = list(answers)
        if not flagged:
            Finding.objects.settle(answer.pk for answer in chosen)
        done = "Flagged for review." if flagged else "Flag taken off."
        Answer.objects.filter(pk__in=[answer.pk for answer in chosen]).update(flagged=flagged)
        LogEntry.objects.bulk_create(_log_entry(request, answer, done) for answer in chosen)
        count = ngettext("%d answer", "%d answers", len(chosen)) % len(chosen)
        self.message_user(request, f"{count}: {done.lower()}")


def _log_entry(request: HttpRequest, answer: Answer, message: str) -> LogEntry:
    """Who changed an answer; without the question, which must not outlive its conversation."""
    return LogEntry(
        user_id=cast("int", request.user.pk),
        content_type=ContentType.objects.get_for_model(Answer),
        object_id=str(answer.pk),
        object_repr=f"Answer {str(answer.pk)[:8]}",
        action_flag=CHANGE,
        change_message=message,
    )


def _silent(answer: Answer) -> set[str]:
    """The fields of the page that would be empty for this answer."""
    said = {
        "selected_text": answer.selection,
        "page": answer.page_url,
        "error": answer.error_code,
        "left_out": answer.withheld,
        "said": getattr(answer, "feedback", None),
        "model": answer.model,
        "review_link": getattr(answer, "review", None),
    }
    return {name for name, value in said.items() if not value}


def _same_site(url: str, base_url: str) -> bool:
    """Whether the address is a harmless one on the site where the book is published."""
    if not safe_link(url) or not safe_link(base_url):
        return False
    page, book = urlsplit(url), urlsplit(base_url)
    return bool(book.netloc) and (page.scheme, page.netloc) == (book.scheme, book.netloc)
