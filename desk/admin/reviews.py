"""The review queue: what waits, who has it, and the page on which it is decided."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from desk import reviewing
from desk.admin.base import Desk
from desk.admin.cells import asked_cell, tag
from desk.admin.correcting import correct, passages
from desk.admin.filters import AssigneeFilter, BookFilter, StateFilter, WhyFilter
from desk.admin.seeing import seen_review
from desk.answerpage import TURNS_SHOWN
from desk.explanations import STATES, meaning
from desk.gathering import gather
from desk.review import Review, ReviewQuerySet, SentenceLabel, State
from desk.reviewing import Editor, Outcome, Said, SomebodyWasFirst
from desk.reviewpage import review_desk, whys

_VERBS = {"approve": reviewing.approve, "reject": reviewing.reject}
_DONE = {"approve": "Approved.", "reject": "Rejected.", "claim": "It is yours.",
         "release": "Given back to the queue."}  # fmt: skip


@admin.register(Review)
class ReviewAdmin(Desk):
    """Opens itself: see ``desk.gathering``. Decided on its page, or several in the list."""

    to_book = "book"
    nothing_yet = "Nothing waits for an editor. Well done."
    list_display = ["asked", "why", "state_told", "assignee"]
    list_filter = [StateFilter, BookFilter, AssigneeFilter, WhyFilter]
    search_fields = ["answer__question", "correction__question"]
    search_help_text = "Search in the questions of the newest 5,000."
    newest_by = "opened"
    ordering = ["opened", "pk"]
    sortable_by = ()
    actions = ["claim", "approve", "reject"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        """Prefetched and not joined: a joined list is sorted as a whole before its first page."""
        reviews = cast("ReviewQuerySet", super().get_queryset(request))
        related = ("book", "assignee", "correction__book", "answer__feedback")
        return reviews.with_reasons().prefetch_related(*related)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("next/", view(self.next_view), name="desk_review_next"),
            path("<int:pk>/act/", view(self.act_view), name="desk_review_act"),
            path("<int:pk>/correct/", view(partial(correct, self)), name="desk_review_correct"),
            path("<int:pk>/passages/", view(partial(passages, self)), name="desk_review_passages"),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        gather()
        title = {"title": "Review queue", **(extra_context or {})}
        return super().changelist_view(request, title)

    # ── the list ─────────────────────────────────────────────────────────────────────────────

    @admin.display(description="Question")
    def asked(self, review: Review) -> SafeString:
        return asked_cell(review.question, review.book, review.opened)

    @admin.display(description="Why")
    def why(self, review: Review) -> SafeString:
        tags = format_html_join("", "{}", ((tag(why),) for why in whys(review)))
        return format_html('<span class="desk-stack">{}</span>', tags)

    @admin.display(description="State")
    def state_told(self, review: Review) -> SafeString:
        return tag(meaning(review.state, STATES))

    @admin.action(description="Claim: I look at these", permissions=["change"])
    def claim(self, request: HttpRequest, reviews: QuerySet[Review]) -> None:
        self._tell(request, "claimed", reviewing.claim_all(reviews, _editor(request)))

    @admin.action(description="Approve: the answers are right", permissions=["change"])
    def approve(self, request: HttpRequest, reviews: QuerySet[Review]) -> None:
        outcome = reviewing.decide_all(reviews, State.APPROVED, _editor(request))
        self._tell(request, "approved", outcome)

    @admin.action(description="Reject: the answers are wrong", permissions=["change"])
    def reject(self, request: HttpRequest, reviews: QuerySet[Review]) -> None:
        outcome = reviewing.decide_all(reviews, State.REJECTED, _editor(request))
        self._tell(request, "rejected", outcome)

    def _tell(self, request: HttpRequest, what: str, outcome: Outcome) -> None:
        done = ngettext("%d review", "%d reviews", outcome.done) % outcome.done
        self.message_user(request, f"{done} {what}.")
        if outcome.left:
            left = ngettext(
                "%d was left alone: another editor has it, or it was decided already.",
                "%d were left alone: other editors have them, or they were decided already.",
                outcome.left,
            )
            self.message_user(request, left % outcome.left, messages.WARNING)

    # ── the page ─────────────────────────────────────────────────────────────────────────────

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        review = self.get_object(request, object_id)
        if review is None:
            self.message_user(request, "This review is gone.", messages.WARNING)
            return redirect("admin:desk_review_changelist")
        if not self.has_view_permission(request, review):
            raise PermissionDenied
        return TemplateResponse(request, "desk/review.html", self._context(request, review))

    def _context(self, request: HttpRequest, review: Review) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Review",
            "page": review_desk(review),
            "may_change": self.has_change_permission(request, review),
            "mine": review.assignee_id == request.user.pk,
            "labels": SentenceLabel.Label.choices,
            "turns_shown": TURNS_SHOWN,
        }

    @method_decorator(require_POST)
    def act_view(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        """One button of the page was pressed: do it, or say who was first."""
        review = seen_review(self, request, pk)
        if review is None:
            return redirect("admin:desk_review_changelist")
        act = request.POST.get("act", "")
        try:
            self._act(act, review, request)
        except SomebodyWasFirst as first:
            self.message_user(request, str(first), messages.WARNING)
            return redirect("admin:desk_review_change", pk)
        self.message_user(request, f"{_DONE[act]} “{review.question[:80]}”", messages.SUCCESS)
        return redirect(_after(act, pk))

    def _act(self, act: str, review: Review, request: HttpRequest) -> None:
        editor = _editor(request)
        if act in _VERBS:
            _VERBS[act](review, editor, _said(request))
        elif act == "claim":
            reviewing.claim(review, editor)
        elif act == "release":
            reviewing.release(review, editor)
        else:
            raise PermissionDenied

    def next_view(self, request: HttpRequest) -> HttpResponseRedirect:
        """The next review that waits behind ``after``, of those that nobody else has."""
        gather()
        waiting = self.get_queryset(request).filter(state__in=[State.OPEN, State.EXPIRED])
        ordered = list(waiting.order_by("opened", "pk").values_list("pk", flat=True)[:500])
        after = request.GET.get("after", "")
        behind = ordered[ordered.index(int(after)) + 1 :] if _among(after, ordered) else ordered
        if chosen := next((pk for pk in [*behind, *ordered] if str(pk) != after), None):
            return redirect("admin:desk_review_change", chosen)
        self.message_user(request, "Nothing waits for you. Well done.")
        return redirect("admin:desk_review_changelist")


def _editor(request: HttpRequest) -> Editor:
    return Editor(cast("User", request.user))


def _said(request: HttpRequest) -> Said:
    """The note, and the labels of sentences: fields named ``label-<key>``."""
    given = {
        int(name.removeprefix("label-")): value
        for name, value in request.POST.items()
        if name.startswith("label-") and name.removeprefix("label-").isdecimal()
    }
    known = {pk: value for pk, value in given.items() if value in SentenceLabel.Label.values}
    return Said(request.POST.get("note", "").strip()[:2_000], known)


def _among(pk: str, keys: list[int]) -> bool:
    return pk.isdecimal() and int(pk) in keys


def _after(act: str, pk: int) -> str:
    if act == "claim":
        return reverse("admin:desk_review_change", args=[pk])
    return f"{reverse('admin:desk_review_next')}?after={pk}"
