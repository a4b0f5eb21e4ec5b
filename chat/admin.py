"""The editor's first desk: flagged answers on top, each sentence beside the words that prove it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, F, Func, IntegerField, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import ngettext

from chat.desk import TURNS_SHOWN, answer_desk, found, turns
from chat.explanations import ANSWER_VERDICTS, FINDINGS, OUTCOMES, Meaning, explain_error, meaning
from chat.models import Answer, Audit, Citation, Conversation, Feedback, Finding, Sentence
from retrieval.admin import NOTHING, Desk, ReadOnly, edition_name
from retrieval.display import badge, outward, safe_link, visible
from retrieval.models import Book

QUESTION_CHARS = 110
COMMENT_CHARS = 140


class BookFilter(admin.SimpleListFilter):
    """By book, titles only."""

    title = "book"
    parameter_name = "book"
    path = "book"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(pk), title) for pk, title in Book.objects.values_list("pk", "title")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value() or ""
        return queryset.filter(**{self.path: value}) if value.isdecimal() else queryset


class AnswerBookFilter(BookFilter):
    path = "conversation__book"


class FeedbackBookFilter(BookFilter):
    path = "answer__conversation__book"


class FindingBookFilter(BookFilter):
    path = "audit__book"


class ThumbFilter(admin.SimpleListFilter):
    """What the reader said of the answer."""

    title = "reader's thumb"
    parameter_name = "thumb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("down", "Not helpful"), ("up", "Helpful"), ("none", "Nothing said")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Answer]) -> QuerySet[Answer]:
        if self.value() == "none":
            return queryset.filter(feedback__isnull=True)
        if self.value() in ("down", "up"):
            return queryset.filter(feedback__helpful=self.value() == "up")
        return queryset


# ── answers ──────────────────────────────────────────────────────────────────────────────────


@admin.register(Answer)
class AnswerAdmin(Desk):
    """Readers and the judge wrote these rows. The flag alone is the editor's."""

    change_form_template = "admin/chat/answer/change_form.html"
    list_display = ["asked", "result", "thumb"]
    list_filter = [
        "flagged", AnswerBookFilter, "outcome", "verdict", ThumbFilter, "created"
    ]  # fmt: skip
    search_fields = ["question", "text"]
    search_help_text = "Search in questions and answers, or paste the id of one."
    ordering = ["-flagged", "-created"]
    sortable_by = ()
    actions = ["flag", "unflag"]
    readonly_fields = [
        "whole_question", "selected_text", "page", "where", "said", "outcome_told",
        "verdict_told", "left_out", "error", "conversation_link", "edition_link", "model",
        "search", "sure", "tokens", "timings", "created", "id",
    ]  # fmt: skip
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "whole_question", "selected_text",
                    "outcome_told", "error", "verdict_told", "left_out", "said", "flagged",
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
        identity = _identity(search_term)
        if identity is not None:
            return queryset.filter(pk=identity) | queryset.filter(conversation=identity), False
        return super().get_search_results(request, queryset, search_term)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Answer | None = None,
    ) -> Any:
        if obj is not None:
            context["desk"] = answer_desk(obj)
            others = Answer.objects.filter(conversation=obj.conversation_id)
            context["turns"] = turns(others, current=obj)
            context["turns_shown"] = TURNS_SHOWN
        return super().render_change_form(request, context, add, change, form_url, obj)

    def name_of(self, row: Answer) -> str:
        return row.question

    # ── what was asked ───────────────────────────────────────────────────────────────────────

    @admin.display(description="Question")
    def asked(self, answer: Answer) -> SafeString:
        book = answer.conversation.book
        return _asked(answer.question, book, answer.created, flagged=answer.flagged)

    @admin.display(description="Question")
    def whole_question(self, answer: Answer) -> SafeString:
        return _words("desk-question", answer.question)

    @admin.display(description="About this text")
    def selected_text(self, answer: Answer) -> SafeString:
        return _words("desk-selection", answer.selection)

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
            _badge(meaning(answer.outcome, OUTCOMES)),
            _badge(meaning(answer.verdict, ANSWER_VERDICTS)),
            left_out,
        )

    @admin.display(description="What became of it")
    def outcome_told(self, answer: Answer) -> SafeString:
        return _told(meaning(answer.outcome, OUTCOMES))

    @admin.display(description="What the reader saw")
    def verdict_told(self, answer: Answer) -> SafeString:
        return _told(meaning(answer.verdict, ANSWER_VERDICTS))

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
        return _thumb(feedback) if feedback else ""

    @admin.display(description="The reader says")
    def said(self, answer: Answer) -> SafeString:
        return format_html(
            "{} {} {}",
            _thumb(answer.feedback),
            visible(answer.feedback.reason),
            _words("desk-comment", answer.feedback.comment),
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
        return _words("desk-search", answer.search_query) if answer.search_query else NOTHING

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
    }
    return {name for name, value in said.items() if not value}


def _identity(term: str) -> UUID | None:
    try:
        return UUID(term.strip())
    except ValueError:
        return None


def _same_site(url: str, base_url: str) -> bool:
    """Whether the address is a harmless one on the site where the book is published."""
    if not safe_link(url) or not safe_link(base_url):
        return False
    page, book = urlsplit(url), urlsplit(base_url)
    return bool(book.netloc) and (page.scheme, page.netloc) == (book.scheme, book.netloc)


def _badge(shown: Meaning) -> SafeString:
    return badge(shown.label, shown.tone, shown.words)


def _told(shown: Meaning) -> SafeString:
    return format_html('<p class="desk-told">{} <span>{}</span></p>', _badge(shown), shown.words)


def _thumb(feedback: Feedback) -> SafeString:
    return badge("Helpful", "good") if feedback.helpful else badge("Not helpful", "bad")


def _asked(question: str, book: Book, when: datetime, *, flagged: bool = False) -> SafeString:
    """A question as lists show it, below it the flag, the book and the time."""
    return format_html(
        '<bdi class="desk-asked">{}</bdi><span class="desk-below">{} <span>{}</span> '
        '<time datetime="{}">{}</time></span>',
        Truncator(visible(" ".join(question.split()))).chars(QUESTION_CHARS),
        badge("Flagged", "bad", "Somebody should look at it.") if flagged else "",
        book.title,
        when.isoformat(),
        date_format(localtime(when), "DATETIME_FORMAT"),
    )


def _words(kind: str, text: str) -> SafeString:
    """A reader's words as they were written, in whatever direction they run."""
    return format_html('<div class="desk-words {}" dir="auto">{}</div>', kind, visible(text))


# ── conversations ────────────────────────────────────────────────────────────────────────────


@admin.register(Conversation)
class ConversationAdmin(ReadOnly):
    """Read as a whole and, by whoever has the right, deleted as a whole."""

    change_form_template = "admin/chat/conversation/change_form.html"
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
        identity = _identity(search_term)
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
        return _asked(opening, conversation.book, conversation.last_asked, flagged=flagged)

    @admin.display(description="Length")
    def turn_count(self, conversation: Conversation) -> str:
        count = int(getattr(conversation, "turn_count", None) or 0)
        return ngettext("%d question", "%d questions", count) % count


def _count(rows: QuerySet[Answer]) -> QuerySet[Answer, Any]:
    """``COUNT(*)`` of a correlated queryset, as a subquery needs it: without a GROUP BY."""
    number = Func(F("pk"), function="COUNT", output_field=IntegerField())
    return rows.order_by().annotate(n=number).values("n")


# ── feedback ─────────────────────────────────────────────────────────────────────────────────


@admin.register(Feedback)
class FeedbackAdmin(ReadOnly):
    list_display = ["asked", "thumb", "reader_comment"]
    list_filter = ["helpful", FeedbackBookFilter, "created"]
    list_select_related = ["answer__conversation__book"]
    search_fields = ["comment", "answer__question"]
    search_help_text = "Search in comments and questions."
    sortable_by = ()
    fields = ["asked_link", "thumb", "whole_comment", "created"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feedback]:
        return super().get_queryset(request).select_related("answer__conversation__book")

    def name_of(self, row: Feedback) -> str:
        return row.answer.question

    @admin.display(description="Question")
    def asked(self, feedback: Feedback) -> SafeString:
        answer = feedback.answer
        return _asked(answer.question, answer.conversation.book, feedback.created)

    @admin.display(description="Answer to")
    def asked_link(self, feedback: Feedback) -> SafeString:
        address = reverse("admin:chat_answer_change", args=[feedback.answer_id])
        return format_html(
            '<a href="{}"><bdi>{}</bdi></a>', address, visible(feedback.answer.question)
        )

    @admin.display(description="Reader")
    def thumb(self, feedback: Feedback) -> SafeString:
        return format_html(
            '<span class="desk-stack">{}{}</span>', _thumb(feedback), visible(feedback.reason)
        )

    @admin.display(description="Comment")
    def reader_comment(self, feedback: Feedback) -> SafeString:
        comment = Truncator(visible(feedback.comment)).chars(COMMENT_CHARS)
        return format_html('<bdi class="desk-asked">{}</bdi>', comment)

    @admin.display(description="Comment")
    def whole_comment(self, feedback: Feedback) -> SafeString | str:
        return _words("desk-comment", feedback.comment) if feedback.comment else NOTHING


# ── audits ───────────────────────────────────────────────────────────────────────────────────


@admin.register(Finding)
class FindingAdmin(Desk):
    """Sentences whose passages changed. Whether something is left to do is the editor's word."""

    list_display = ["said", "result", "open"]
    list_filter = ["kind", "resolved", FindingBookFilter, "created"]
    search_fields = ["sentence__text"]
    search_help_text = "Search in the sentences."
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
        return _asked(finding.sentence.text, finding.audit.book, finding.created)

    @admin.display(description="In the book now")
    def result(self, finding: Finding) -> SafeString:
        return _badge(meaning(finding.kind, FINDINGS))

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
        shown = render_to_string("admin/chat/finding.html", {"finding": found(finding)})
        return format_html('<div class="desk">{}</div>', shown)

    @admin.action(description="Nothing left to do", permissions=["change"])
    def settle(self, request: HttpRequest, findings: QuerySet[Finding]) -> None:
        count = findings.filter(resolved=False).update(resolved=True)
        told = ngettext("%d finding", "%d findings", count) % count
        self.message_user(request, f"{told}: nothing left to do.")


@admin.register(Audit)
class AuditAdmin(ReadOnly):
    """Runs of ``audit_grounding``."""

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
