"""The page on which an editor writes a better answer and proves it."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from chat import correcting
from chat.correcting import PassagesGone, Said, Unproved
from desk import reviewing
from desk.admin.base import Desk
from desk.admin.seeing import seen_review
from desk.correctionform import CorrectionForm, beginning, drafted, first_choice, offers, told
from desk.review import Review
from desk.reviewing import Editor, SomebodyWasFirst
from retrieval.errors import RetrievalError

_UNSEARCHABLE = "The book cannot be searched right now. Your text is kept; please try again."


class CorrectionPage:
    """One visit to the page: what was chosen, what was asked for, what came of it."""

    def __init__(self, desk: Desk, request: HttpRequest, review: Review) -> None:
        self._desk = desk
        self._request = request
        self._review = review
        self._keys = request.POST.getlist("passage")
        self._said: tuple[Said, ...] = ()
        self._form = CorrectionForm(request.POST)

    def begin(self) -> HttpResponse:
        self._form = CorrectionForm(initial=beginning(self._review))
        self._keys = first_choice(self._review)
        return self._shown(str(self._form.initial["search"]))

    def answer(self) -> HttpResponse:
        """What the pressed button asks for: another search, the judge's word, or keeping it."""
        do = self._request.POST.get("do", "search")
        if do == "search" or not self._form.is_valid():
            return self._searched()
        try:
            return self._kept() if do == "save" else self._checked()
        except PassagesGone as gone:
            self._form.add_error(None, gone.message)
        except Unproved as unproved:
            self._said = unproved.said
        except SomebodyWasFirst as first:
            self._desk.message_user(self._request, str(first), messages.WARNING)
            return redirect("admin:desk_review_change", self._review.pk)
        except RetrievalError:
            self._form.add_error(None, _UNSEARCHABLE)
        return self._searched()

    def _checked(self) -> HttpResponse:
        self._said = correcting.judged(self._review.book, drafted(self._form, self._keys))
        return self._searched()

    def _kept(self) -> HttpResponse:
        kept = reviewing.correct(
            self._review,
            Editor(cast("User", self._request.user)),
            drafted(self._form, self._keys),
            confirmed=self._form.cleaned_data["confirmed"],
        )
        proof = "The book proves it." if kept.proved else "It is marked as not proved by the book."
        told = f"From now on readers get your answer to “{kept.question[:80]}”. {proof}"
        self._desk.message_user(self._request, told, messages.SUCCESS)
        return redirect("admin:desk_review_change", self._review.pk)

    def _searched(self) -> HttpResponse:
        return self._shown(self._request.POST.get("search", ""))

    def _shown(self, query: str) -> HttpResponse:
        context: dict[str, Any] = {
            **self._desk.admin_site.each_context(self._request),
            "opts": self._desk.opts,
            "title": "A better answer",
            "review": self._review,
            "form": self._form,
            "offers": self._offers(query),
            "said": told(self._said),
            "unproved": not all(sentence.proved for sentence in self._said),
        }
        return TemplateResponse(self._request, "desk/correct.html", context)

    def _offers(self, query: str) -> Any:
        try:
            return offers(self._review.book.slug, self._keys, query)
        except RetrievalError:
            self._desk.message_user(self._request, _UNSEARCHABLE, messages.ERROR)
            return []


def correct(desk: Desk, request: HttpRequest, pk: int) -> HttpResponse:
    """Write a better answer for the review with this key."""
    review = seen_review(desk, request, pk)
    if review is None:
        return redirect("admin:desk_review_changelist")
    page = CorrectionPage(desk, request, review)
    return page.answer() if request.method == "POST" else page.begin()


def passages(desk: Desk, request: HttpRequest, pk: int) -> HttpResponse:
    """What a search in the review's book finds, as the list that the form holds."""
    review = seen_review(desk, request, pk)
    if review is None:
        return HttpResponse(status=404)
    try:
        found = offers(review.book.slug, request.GET.getlist("passage"), request.GET.get("q", ""))
    except RetrievalError:
        return HttpResponse(status=503)
    return TemplateResponse(request, "desk/passages.html", {"offers": found})
