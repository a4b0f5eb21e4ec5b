"""What editors do with a review. Each verb moves it from the state its editor saw, or says who
was first: ``UPDATE … WHERE state = what I saw`` touches one row, or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from chat import correcting
from chat.correcting import Draft
from chat.correction import Correction
from chat.models import Answer, Finding, Sentence
from desk.review import DONE, Review, ReviewEvent, SentenceLabel, State

Action = ReviewEvent.Action
Via = ReviewEvent.Via

_DECIDED: Final = {State.APPROVED: Action.APPROVED, State.REJECTED: Action.REJECTED}


class SomebodyWasFirst(Exception):
    """The review is no longer what its editor saw. The message says who did what."""


@dataclass(frozen=True, slots=True)
class Editor:
    """Who acts, and from where."""

    user: User
    via: Via = Via.DESK


@dataclass(frozen=True, slots=True)
class Said:
    """What an editor adds to a decision: a note, and labels of sentences by their keys."""

    note: str = ""
    labels: Mapping[int, str] = field(default_factory=dict)


# ── taking and giving back ───────────────────────────────────────────────────────────────────


def claim(review: Review, editor: Editor) -> None:
    """Take the review, also from another editor. Raises ``SomebodyWasFirst``."""
    _move(review, State.CLAIMED, editor, Action.CLAIMED)


def release(review: Review, editor: Editor) -> None:
    """Give a claimed review back. Raises ``SomebodyWasFirst``."""
    _require_mine(review, editor)
    expired = review.correction is not None and not _stands(review.correction)
    _move(review, State.EXPIRED if expired else State.OPEN, editor, Action.RELEASED)


# ── deciding ─────────────────────────────────────────────────────────────────────────────────


def approve(review: Review, editor: Editor, said: Said | None = None) -> None:
    """The answer is right, or what was left out was rightly so. Raises ``SomebodyWasFirst``."""
    _decide(review, State.APPROVED, editor, said or Said())


def reject(review: Review, editor: Editor, said: Said | None = None) -> None:
    """The answer is wrong, and the book has no better one. Raises ``SomebodyWasFirst``."""
    _decide(review, State.REJECTED, editor, said or Said())


def correct(review: Review, editor: Editor, draft: Draft, *, confirmed: bool = False) -> Correction:
    """Give a better answer, in place of an earlier one if there is one.

    Raises ``SomebodyWasFirst``, and what ``chat.correcting.correct`` raises.
    """
    _require_mine(review, editor)
    with transaction.atomic():
        earlier = review.correction
        kept = correcting.correct(review.book, draft, editor.user, confirmed=confirmed)
        _move(review, State.CORRECTED, editor, Action.CORRECTED, correction=kept)
        _withdraw(earlier)
        _settle(review)
    return kept


# ── several at once ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many reviews an action changed, and how many it left because somebody has them."""

    done: int
    left: int


def decide_all(reviews: Iterable[Review], state: State, editor: Editor) -> Outcome:
    """Approve or reject what waits; what others have claimed or decided is left to them."""
    done = left = 0
    for review in reviews:
        try:
            _decide(review, state, editor, Said())
            done += 1
        except SomebodyWasFirst:
            left += 1
    return Outcome(done, left)


def claim_all(reviews: Iterable[Review], editor: Editor) -> Outcome:
    """Claim what nobody has."""
    done = left = 0
    for review in reviews:
        try:
            _require_mine(review, editor)
            claim(review, editor)
            done += 1
        except SomebodyWasFirst:
            left += 1
    return Outcome(done, left)


# ── the steps ────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def _decide(review: Review, state: State, editor: Editor, said: Said) -> None:
    _require_mine(review, editor)
    earlier = review.correction
    kept = None if review.answer_id else earlier  # a review is always of something
    _move(review, state, editor, _DECIDED[state], note=said.note, correction=kept)
    _withdraw(earlier)
    _label(review, said.labels)
    _settle(review)


def _require_mine(review: Review, editor: Editor) -> None:
    """What another editor has claimed is theirs, and what is decided is done."""
    if review.state in DONE or review.assignee_id not in (None, editor.user.pk):
        raise SomebodyWasFirst(who_was_first(review))


def _move(
    review: Review,
    state: State,
    editor: Editor,
    action: Action,
    *,
    note: str = "",
    **changes: Correction | None,
) -> None:
    """Compare and set: only from the state and the assignee that the editor saw."""
    seen = Review.objects.filter(pk=review.pk, state=review.state, assignee=review.assignee_id)
    waits = state in (State.OPEN, State.EXPIRED)
    moved = seen.update(
        state=state,
        assignee=None if waits else editor.user,
        decided=timezone.now() if state in DONE else None,
        **changes,
    )
    if not moved:
        raise SomebodyWasFirst(who_was_first(review))
    ReviewEvent.objects.create(
        review=review, action=action, who=editor.user.get_username(), via=editor.via, note=note
    )
    review.refresh_from_db()


def who_was_first(review: Review) -> str:
    """Who did the last thing to the review, for the one who came second."""
    last = ReviewEvent.objects.filter(review=review.pk).order_by("-created", "-pk").first()
    if last is None:
        return "This review is gone: its reader erased the conversation."
    who = last.who or "ragbook"
    return f"Somebody was first: {who} {last.get_action_display()}. Nothing was changed."


def _label(review: Review, labels: Mapping[int, str]) -> None:
    own = Sentence.objects.filter(answer=review.answer_id, pk__in=labels)
    for sentence in own.values_list("pk", flat=True):
        SentenceLabel.objects.update_or_create(
            sentence_id=sentence, defaults={"review": review, "label": labels[sentence]}
        )


def _settle(review: Review) -> None:
    """Nothing is left to do about the answer."""
    if review.answer_id is not None:
        Answer.objects.filter(pk=review.answer_id).update(flagged=False)
        Finding.objects.settle([review.answer_id])


def _withdraw(correction: Correction | None) -> None:
    if correction is not None:
        correcting.withdraw(correction)


def _stands(correction: Correction) -> bool:
    return Correction.objects.standing().filter(pk=correction.pk).exists()
