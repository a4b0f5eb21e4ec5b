"""The editors' interface for programs: the review queue under the rights of a token's holder."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, cast

from django.contrib.auth.models import User
from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.security import HttpBearer
from pydantic import Field

from chat.correcting import Draft
from chat.errors import Conflict, Forbidden, NotFound, Unauthorized
from chat.schemas import QUESTION_MAX, ErrorOut
from desk import reviewing
from desk.apitokens import holder_of
from desk.correctionform import TEXT_MAX
from desk.gathering import gather
from desk.people import in_reach
from desk.review import Review, ReviewQuerySet, SentenceLabel, State
from desk.reviewing import Editor, Said, SomebodyWasFirst, Via
from retrieval.storable import NotBlank, Storable

NOTE_MAX = 2_000
MOST_LISTED = 100


class DeskToken(HttpBearer):
    """The token of somebody who may review, as ``desk_token`` prints it."""

    def authenticate(self, request: HttpRequest, token: str) -> User:  # noqa: ARG002
        holder = holder_of(token)
        if holder is None:
            raise Unauthorized("Send a token of the desk as a bearer token.")
        if not holder.has_perm("desk.view_review"):
            raise Forbidden("This account may not review.")
        return holder


router = Router(tags=["desk"], auth=DeskToken())
ERRORS = dict.fromkeys((400, 401, 403, 404, 409, 422, 503), ErrorOut)

Label = Literal["supported", "partly", "unsupported"]
StateName = Literal["open", "claimed", "approved", "corrected", "rejected", "expired"]


class Seen(Schema):
    """``state`` is what the caller read: if it is another by now, nothing is changed."""

    state: StateName


class Decision(Seen):
    """``labels``: what the book says of sentences, by their ids."""

    note: Annotated[str, Storable, Field(max_length=NOTE_MAX)] = ""
    labels: dict[int, Label] = Field(default_factory=dict)


class Correction(Seen):
    """``passages`` are the keys of those that prove the text, as ``/retrieve`` names them."""

    question: Annotated[str, Storable, NotBlank, Field(max_length=QUESTION_MAX)]
    text: Annotated[str, Storable, NotBlank, Field(max_length=TEXT_MAX)]
    passages: list[Annotated[str, Storable, Field(max_length=40)]]
    confirmed: bool = False


class ReviewOut(Schema):
    id: int
    book: str
    question: str
    state: str
    assignee: str
    opened: datetime
    reasons: list[str]


class SentenceOut(Schema):
    id: int
    text: str
    verdict: str
    support: float
    shown: bool
    reasons: list[str]


class PassageOut(Schema):
    key: str
    url: str
    text: str
    cited: bool


class EventOut(Schema):
    action: str
    who: str
    via: str
    note: str
    created: datetime


class WholeReviewOut(ReviewOut):
    outcome: str
    answer: str
    sentences: list[SentenceOut]
    passages: list[PassageOut]
    events: list[EventOut]


# ── reading ──────────────────────────────────────────────────────────────────────────────────


@router.get("reviews", response={200: list[ReviewOut], **ERRORS})
def reviews(
    request: HttpRequest,
    state: StateName | None = None,
    book: Annotated[str, Query(max_length=80), Storable] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = MOST_LISTED,
) -> list[dict[str, Any]]:
    """The queue, what has waited longest first; without ``state`` what waits for somebody."""
    gather()
    found = _reviews(request)
    found = found.filter(state=state) if state else found.to_do()
    if book:
        found = found.filter(book__slug=book)
    return [_line(review) for review in found.in_order()[:limit]]


@router.get("reviews/{review_id}", response={200: WholeReviewOut, **ERRORS})
def review(request: HttpRequest, review_id: int) -> dict[str, Any]:
    """A review with its answer, its passages, and everything that was done."""
    return _whole(_review(request, review_id))


# ── deciding ─────────────────────────────────────────────────────────────────────────────────


@router.post("reviews/{review_id}/claim", response={200: WholeReviewOut, **ERRORS})
def claim(request: HttpRequest, review_id: int, seen: Seen) -> dict[str, Any]:
    """Take a review, also from another editor."""
    return _done(request, review_id, seen, reviewing.claim)


@router.post("reviews/{review_id}/approve", response={200: WholeReviewOut, **ERRORS})
def approve(request: HttpRequest, review_id: int, decision: Decision) -> dict[str, Any]:
    """The answer is right, or what was left out was rightly so."""
    return _done(request, review_id, decision, reviewing.approve, _said(decision))


@router.post("reviews/{review_id}/reject", response={200: WholeReviewOut, **ERRORS})
def reject(request: HttpRequest, review_id: int, decision: Decision) -> dict[str, Any]:
    """The answer is wrong, and the book has no better one."""
    return _done(request, review_id, decision, reviewing.reject, _said(decision))


@router.post("reviews/{review_id}/correct", response={200: WholeReviewOut, **ERRORS})
def correct(request: HttpRequest, review_id: int, correction: Correction) -> dict[str, Any]:
    """Give readers a better answer. One that is not proved is kept only if ``confirmed``."""
    draft = Draft(correction.question, correction.text, tuple(correction.passages))
    confirmed = correction.confirmed
    return _done(request, review_id, correction, reviewing.correct, draft, confirmed=confirmed)


# ── the steps ────────────────────────────────────────────────────────────────────────────────


def _holder(request: HttpRequest) -> User:
    return cast("User", request.auth)  # type: ignore[attr-defined]


def _reviews(request: HttpRequest) -> ReviewQuerySet:
    """The reviews of the holder's books, with what they show of themselves."""
    own = in_reach(Review.objects.with_reasons(), _holder(request), "book")
    related = ("book", "assignee", "correction", "answer__feedback")
    return cast("ReviewQuerySet", own.prefetch_related(*related))


def _review(request: HttpRequest, pk: int) -> Review:
    """Raises ``NotFound``, also for reviews of strange books."""
    found = _reviews(request).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such review.")
    return found


def _done(
    request: HttpRequest, pk: int, seen: Seen, verb: Any, *details: Any, **options: Any
) -> dict[str, Any]:
    """Do it, from the state that the caller saw. Raises ``Conflict`` when somebody was first."""
    found, holder = _review(request, pk), _holder(request)
    if not holder.has_perm("desk.change_review"):
        raise Forbidden("This account may only read reviews.")
    found.state = seen.state
    try:
        verb(found, Editor(holder, Via.API), *details, **options)
    except SomebodyWasFirst as first:
        raise Conflict(str(first)) from None
    return _whole(_review(request, pk))


def _said(decision: Decision) -> Said:
    labels = {pk: SentenceLabel.Label(label).value for pk, label in decision.labels.items()}
    return Said(decision.note.strip(), labels)


def _line(review: Review) -> dict[str, Any]:
    return {
        "id": review.pk,
        "book": review.book.slug,
        "question": review.question,
        "state": State(review.state).value,
        "assignee": review.assignee.get_username() if review.assignee else "",
        "opened": review.opened,
        "reasons": [why.value for why in review.reasons],
    }


def _whole(review: Review) -> dict[str, Any]:
    answer = review.answer
    return _line(review) | {
        "outcome": answer.outcome if answer else "",
        "answer": answer.text if answer else "",
        "sentences": list(answer.sentences.order_by("ordinal").values()) if answer else [],
        "passages": _passages(review),
        "events": list(review.events.order_by("created", "pk").values()),
    }


def _passages(review: Review) -> list[dict[str, Any]]:
    if review.answer is None:
        return []
    columns = ("chunk_key", "url", "text", "cited")
    rows = review.answer.citations.order_by("n").values_list(*columns)
    return [dict(zip(("key", "url", "text", "cited"), row, strict=True)) for row in rows]
