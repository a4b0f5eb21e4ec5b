"""A review as its editor reads it: why it is here, the answer, its correction, and its trail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chat.correcting import held_back
from chat.correction import Correction, CorrectionPassage
from chat.models import Answer
from desk.answerpage import AnswerDesk, Turn, answer_desk, turns
from desk.differences import Difference, differences
from desk.display import safe_link
from desk.explanations import STATES, WHYS, Meaning, meaning
from desk.review import Review, ReviewEvent
from retrieval.display import visible
from retrieval.models import Chunk, heading_line


@dataclass(frozen=True, slots=True)
class Stand:
    """A passage of a correction: as it was, and what has become of it in the live edition."""

    n: int
    place: str
    link: str
    stands: bool
    parts: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class CorrectionDesk:
    correction: Correction
    question: str
    text: str
    stands: bool
    held_back: bool
    passages: tuple[Stand, ...]


@dataclass(frozen=True, slots=True)
class ReviewDesk:
    """Everything that the page of a review shows."""

    review: Review
    state: Meaning
    whys: tuple[Meaning, ...]
    comment: str
    answer: AnswerDesk | None
    turns: tuple[Turn, ...]
    labels: dict[int, str]
    correction: CorrectionDesk | None
    trail: tuple[ReviewEvent, ...]


def review_desk(review: Review) -> ReviewDesk:
    """The desk of a review that was loaded ``with_reasons``."""
    answer = review.answer
    feedback = getattr(answer, "feedback", None)
    others = Answer.objects.filter(conversation=answer.conversation_id) if answer else None
    return ReviewDesk(
        review=review,
        state=meaning(review.state, STATES),
        whys=whys(review),
        comment=visible(feedback.comment) if feedback else "",
        answer=answer_desk(answer) if answer else None,
        turns=tuple(turns(others, current=answer)) if others is not None else (),
        labels=dict(review.labels.values_list("sentence", "label")),
        correction=correction_desk(review.correction) if review.correction else None,
        trail=tuple(review.events.order_by("created", "pk")),
    )


def whys(review: Review) -> tuple[Meaning, ...]:
    """Why the review is here, at least that somebody wanted it so."""
    return tuple(meaning(why, WHYS) for why in review.reasons) or (WHYS["other"],)


def correction_desk(correction: Correction) -> CorrectionDesk:
    """The correction with its passages then and now, in three queries."""
    passages = list(correction.passages.order_by("n"))
    live = _live(correction, passages)
    stands = tuple(_stand(passage, live) for passage in passages)
    return CorrectionDesk(
        correction=correction,
        question=visible(correction.question),
        text=visible(correction.text),
        stands=all(passage.stands for passage in stands),
        held_back=held_back(correction),
        passages=stands,
    )


def _live(correction: Correction, passages: Iterable[CorrectionPassage]) -> dict[str, str]:
    """What the live edition has of the passages: texts by key, and by heading path for others."""
    edition = correction.book.live_id
    keys = [passage.chunk_key for passage in passages]
    found = dict(Chunk.objects.filter(edition=edition, key__in=keys).values_list("key", "text"))
    paths = [passage.heading_path for passage in passages if passage.chunk_key not in found]
    there = Chunk.objects.filter(edition=edition, section__heading_path__in=paths)
    for path, text in there.order_by("-ordinal").values_list("section__heading_path", "text"):
        found[heading_line(path)] = text
    return found


def _stand(passage: CorrectionPassage, live: dict[str, str]) -> Stand:
    place = heading_line(passage.heading_path)
    now = live.get(passage.chunk_key, live.get(place, ""))
    return Stand(
        n=passage.n,
        place=visible(place),
        link=safe_link(passage.url),
        stands=passage.chunk_key in live,
        parts=tuple(
            Difference(visible(part.text), part.change) for part in differences(passage.text, now)
        ),
    )
