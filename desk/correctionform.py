"""The form of a correction: the better answer, and the passages of the book that prove it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from chat.correcting import Draft, Said, held
from chat.schemas import QUESTION_MAX
from chat.verdict import Outcome
from desk.display import safe_link
from desk.explanations import VERDICTS, Meaning, explain_reason, meaning
from desk.review import Review
from retrieval.display import visible
from retrieval.models import Edition, heading_line
from retrieval.passages import Passage
from retrieval.search import live_edition, search

TEXT_MAX = 8_000


class CorrectionForm(forms.Form):
    question = forms.CharField(
        max_length=QUESTION_MAX,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=(
            "Readers who ask this, or the same in other words, get your answer. Write it so that "
            "it is understood alone, and leave out what is private."
        ),
    )
    text = forms.CharField(
        label="The better answer",
        max_length=TEXT_MAX,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 7}),
        help_text="Short sentences, close to the book’s words. Code stands between ``` lines.",
    )
    search = forms.CharField(
        label="Look in the book for",
        required=False,
        max_length=QUESTION_MAX,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    confirmed = forms.BooleanField(required=False)


@dataclass(frozen=True, slots=True)
class Offer:
    """A passage to choose."""

    key: str
    place: str
    link: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence of the draft as the form shows it."""

    text: str
    verdict: Meaning
    reasons: tuple[str, ...]
    quote: str


def beginning(review: Review) -> dict[str, str]:
    """What the form says before anything is typed: the earlier correction, or what was shown."""
    if review.correction is not None:
        question, text = review.correction.question, review.correction.text
    else:
        answered = review.answer is not None and review.answer.outcome != Outcome.REFUSED
        question, text = review.question, review.answer.text if answered and review.answer else ""
    return {"question": question, "text": text, "search": question}


def first_choice(review: Review) -> list[str]:
    """The keys of the passages that the earlier correction or the answer cites."""
    if review.correction is not None:
        return list(review.correction.passages.order_by("n").values_list("chunk_key", flat=True))
    if review.answer is None:
        return []
    cited = review.answer.citations.filter(cited=True).order_by("n")
    return list(cited.values_list("chunk_key", flat=True))


def drafted(form: CorrectionForm, keys: Sequence[str]) -> Draft:
    """The draft that a valid form holds."""
    cleaned = form.cleaned_data
    return Draft(cleaned["question"].strip(), cleaned["text"].strip(), tuple(keys))


def offers(book: str, keys: Sequence[str], query: str) -> list[Offer]:
    """The chosen passages that the live edition holds, then what a search finds besides.

    Raises ``BookNotFound``, ``IndexUnavailable`` and ``EmbeddingError``.
    """
    edition: Edition = live_edition(book)
    chosen = [hit.passage for hit in held(edition, keys)]
    known = {passage.key for passage in chosen}
    found = search(book, query).passages if query.strip() else ()
    return [
        *(_offer(passage, chosen=True) for passage in chosen),
        *(_offer(passage, chosen=False) for passage in found if passage.key not in known),
    ]


def _offer(passage: Passage, *, chosen: bool) -> Offer:
    return Offer(
        key=passage.key,
        place=visible(heading_line(passage.heading_path)),
        link=safe_link(passage.link),
        text=visible(passage.text),
        chosen=chosen,
    )


def told(said: Iterable[Said]) -> list[Judged]:
    """What the judge says of a draft, in words."""
    return [
        Judged(
            text=visible(sentence.piece.text),
            verdict=meaning(sentence.judgement.verdict, VERDICTS),
            reasons=tuple(map(explain_reason, sentence.judgement.reasons)),
            quote=visible(next((item.quote for item in sentence.judgement.evidence), "")),
        )
        for sentence in said
    ]
