"""Decisions as labelled sentences, in the format that ``evaluate_grounding`` reads.

A false alarm that an editor has put right is worth more than a made-up example: from such lines
the judge's threshold is measured on one's own book.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch

from chat.models import Citation, Sentence
from chat.verdict import Verdict
from desk.review import Review, SentenceLabel, State

NO_CLAIM = (Verdict.NOT_A_CLAIM, Verdict.UNCHECKED)


def labelled(slug: str = "") -> Iterator[dict[str, Any]]:
    """One row a sentence that an editor has judged, of one book or of all, oldest first.

    A label that an editor gave stands. Of an approved answer what its reader saw is supported
    besides. What no passage was offered for is left out: there is nothing to judge it by.
    """
    decided = Review.objects.filter(answer__isnull=False, decided__isnull=False)
    if slug:
        decided = decided.filter(book__slug=slug)
    for review in decided.select_related("book", "answer").prefetch_related(*_PARTS).iterator(500):
        yield from _rows(review)


_PARTS = (
    Prefetch("answer__sentences", Sentence.objects.order_by("ordinal")),
    Prefetch("answer__citations", Citation.objects.order_by("n")),
    Prefetch("labels", SentenceLabel.objects.all()),
)


def _rows(review: Review) -> Iterator[dict[str, Any]]:
    assert review.answer is not None
    labels = {label.sentence_id: label.label for label in review.labels.all()}
    passages = [_passage(citation) for citation in review.answer.citations.all()]
    for sentence in review.answer.sentences.all() if passages else ():
        label = labels.get(sentence.pk) or _implied(review, sentence)
        if label:
            yield {
                "id": f"review-{review.pk}-{sentence.ordinal}",
                "question": review.answer.question,
                "passages": passages,
                "sentence": sentence.text,
                "label": label,
                "type": _type(sentence, label),
                "group": f"{review.book.slug}/{passages[0]['url'].partition('#')[0]}",
            }


def _implied(review: Review, sentence: Sentence) -> str:
    """Who approves an answer has read what its reader saw."""
    approved = review.state == State.APPROVED and review.assignee_id and sentence.shown
    return Verdict.SUPPORTED.value if approved and sentence.verdict not in NO_CLAIM else ""


def _type(sentence: Sentence, label: str) -> str:
    """Where the judge and the editor differ: a ``false_alarm``, or a sentence it ``missed``."""
    judged, said = sentence.verdict == Verdict.SUPPORTED, label == Verdict.SUPPORTED
    if judged == said:
        return "agreed"
    return "false_alarm" if said else "missed"


def _passage(citation: Citation) -> dict[str, Any]:
    return {"text": citation.text, "heading_path": citation.heading_path, "url": citation.url}
