"""Gaps: what readers ask and the book does not answer."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import ngettext

from chat.models import Answer
from desk.admin.base import ReadOnly
from desk.admin.cells import NOTHING, QUESTION_CHARS
from desk.admin.deeds import Deed, Doing
from desk.admin.filters import BookFilter
from desk.display import badge, outward
from desk.explanations import OUTCOMES, meaning
from desk.gap import Gap, GapQuestion
from desk.gaps.issue import issue_of
from desk.gaps.trend import trend
from retrieval.display import visible

QUESTIONS_SHOWN = 50
_TONES = {"open": "warn", "closed": "good", "dismissed": "quiet"}


@admin.register(Gap)
class GapAdmin(Doing, ReadOnly):  # type: ignore[misc]
    to_book = "book"
    nothing_yet = (
        "No gap is known. The button Search for gaps on the page of a book looks for them."
    )
    change_form_template = "desk/gap.html"
    list_display = ["question", "count", "development", "lacks"]
    list_filter = ["state", BookFilter]
    ordering = ["-state", "-count"]
    sortable_by = ()
    actions = ["dismiss", "reopen"]
    fieldsets = [
        (None, {"fields": ["status", "book", "development", "lacks", "closest"]}),
        ("When", {"fields": ["first_asked", "last_asked", "counted"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Gap]:
        gaps: QuerySet[Gap] = super().get_queryset(request)
        typical = Prefetch("typical", Answer.objects.only("question"))
        return gaps.prefetch_related("book", typical)

    def name_of(self, row: Gap) -> str:
        return row.name

    def shown_of(self, request: HttpRequest, row: Gap) -> dict[str, Any]:
        questions = list(_questions(row))
        return super().shown_of(request, row) | {
            "questions": [
                (it, visible(it.answer.question), meaning(it.answer.outcome, OUTCOMES))
                for it in questions
            ],
            "issue": issue_of(row, [it.answer.question for it in questions]),
            "changes": [
                (title, story, meaning(story.get("outcome", ""), OUTCOMES))
                for title, story in (("Before", row.before), ("Now", row.after))
                if story
            ],
        }

    # ── what a gap says ──────────────────────────────────────────────────────────────────────

    @admin.display(description="Most typical question")
    def question(self, gap: Gap) -> SafeString:
        name = Truncator(visible(" ".join(gap.name.split()))).chars(QUESTION_CHARS)
        return format_html(
            '<bdi class="desk-asked">{}</bdi><span class="desk-below">{} <span>{}</span></span>',
            name, _state(gap), gap.book.title,
        )  # fmt: skip

    @admin.display(description="Status")
    def status(self, gap: Gap) -> SafeString:
        asked = ngettext("%d question", "%d questions", gap.count) % gap.count
        return format_html('<p class="desk-told">{} <span>{}</span></p>', _state(gap), asked)

    @admin.display(description="Last four weeks")
    def development(self, gap: Gap) -> SafeString:
        return render_to_string("desk/trend.html", {"trend": trend(gap.weeks)})

    @admin.display(description="Words that the book lacks")
    def lacks(self, gap: Gap) -> SafeString | str:
        if not gap.missing:
            return NOTHING
        words = ((visible(word),) for word in gap.missing)
        return format_html_join(" ", '<span class="desk-word">{}</span>', words)

    @admin.display(description="Nearest sections")
    def closest(self, gap: Gap) -> SafeString | str:
        links = ((outward(it["url"], visible(it["place"])),) for it in gap.nearest)
        return format_html_join("", '<span class="desk-line">{}</span>', links) or NOTHING

    # ── what an editor does ──────────────────────────────────────────────────────────────────

    def deeds(self, request: HttpRequest, row: Gap) -> list[Deed]:
        if not self._may_decide(request):
            return []
        if row.state == Gap.State.OPEN:
            return [Deed("dismiss", "Not for this book")]
        return [Deed("reopen", "Open it again")]

    def do_dismiss(self, request: HttpRequest, row: Gap) -> None:
        self._move(request, Gap.objects.filter(pk=row.pk), Gap.State.DISMISSED)

    def do_reopen(self, request: HttpRequest, row: Gap) -> None:
        self._move(request, Gap.objects.filter(pk=row.pk), Gap.State.OPEN)

    @admin.action(description="Not for this book", permissions=["decide"])
    def dismiss(self, request: HttpRequest, gaps: QuerySet[Gap]) -> None:
        self._move(request, gaps.filter(state=Gap.State.OPEN), Gap.State.DISMISSED)

    @admin.action(description="Open again", permissions=["decide"])
    def reopen(self, request: HttpRequest, gaps: QuerySet[Gap]) -> None:
        self._move(request, gaps.exclude(state=Gap.State.OPEN), Gap.State.OPEN)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return self._may_decide(request)

    def _may_decide(self, request: HttpRequest) -> bool:
        return request.user.has_perm("desk.change_gap")

    def _move(self, request: HttpRequest, gaps: QuerySet[Gap], state: Gap.State) -> None:
        count = gaps.order_by().update(state=state, closed=None)
        told = ngettext("%d gap", "%d gaps", count) % count
        self.message_user(request, f"{told}: {state.label.lower()}.")


def _state(gap: Gap) -> SafeString:
    return badge(gap.get_state_display(), _TONES.get(gap.state, "quiet"))


def _questions(gap: Gap) -> QuerySet[GapQuestion]:
    answers = Answer.objects.only("question", "outcome", "created")
    latest = GapQuestion.objects.filter(gap=gap).order_by("-asked")[:QUESTIONS_SHOWN]
    return latest.prefetch_related(Prefetch("answer", answers))
