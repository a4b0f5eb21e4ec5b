"""Questions to offer, made without a model: what the book's own headings say it tells.

Each question names a section, and is offered only when a search for it leads back to that section
with passages that answer it. So none of them is refused.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Final

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Length

from chat.keeping import open_answer
from chat.models import Answer, Citation
from chat.verdict import Outcome
from retrieval.models import Book, Chunk, Edition, Section
from retrieval.search import ANSWERABLE_THRESHOLD, live_edition, page_at, search

OFFERED: Final = 3
OF_PAGE: Final = 2
TRIED: Final = 8
LEADS_BACK: Final = 3
"""Among so many first passages of the search the section must be."""

FOLLOWING: Final = 3
"""Sections behind a cited one that are thought of."""

SHORTEST: Final = 120
"""Characters of a section that is worth a question."""

QUESTIONS: Final = {
    "en": "What does the book say about “{}”?",
    "de": "Was sagt das Buch über „{}“?",
    "es": "¿Qué dice el libro sobre «{}»?",
    "fr": "Que dit le livre sur « {} » ?",
    "zh": "关于“{}”，书中说了什么？",
    "ja": "「{}」について、本には何と書かれていますか？",
    "ur": "کتاب “{}” کے بارے میں کیا کہتی ہے؟",
    "ar": "ماذا يقول الكتاب عن «{}»؟",
}
QUESTION_MARKS: Final = ("?", "？", "؟")


def for_page(book: Book, page_url: str) -> list[str]:
    """Up to two questions that the page at ``page_url`` answers, in its order."""
    edition = live_edition(book.slug)
    page = page_at(edition, page_url) if page_url else None
    return list(_of_page(edition, edition.digest, page)) if page else []


def after(answer: uuid.UUID, token: str) -> list[str]:
    """Up to three questions to go on with after an answer, those nearest to its question first.

    None after a refusal or a failure. Raises ``NotFound``.
    """
    answered = open_answer(answer, token)
    edition = answered.conversation.book.live
    if edition is None or answered.outcome not in (Outcome.ANSWERED, Outcome.QUOTED):
        return []
    asked = set(answered.conversation.answers.values_list("question", flat=True))
    questions = _answerable(edition, _around(answered, edition))
    return list(islice((question for question in questions if question not in asked), OFFERED))


@lru_cache(maxsize=512)
def _of_page(edition: Edition, digest: str, page: str) -> tuple[str, ...]:
    del digest  # it tells an edition from one of another database
    in_order = _worth_asking(edition).filter(path=page).order_by("ordinal")
    # What stands under the page's own title comes last: the reader sees it.
    sections = sorted(in_order, key=lambda section: len(section.heading_path) == 1)
    return tuple(islice(_answerable(edition, sections), OF_PAGE))


def _around(answer: Answer, edition: Edition) -> list[Section]:
    """What was found for the question and not told, then what follows on what was told."""
    citations = list(answer.citations.all())
    told = _sections_of(edition, (citation for citation in citations if citation.cited))
    found = _sections_of(edition, (citation for citation in citations if not citation.cited))
    ordinals = {section.ordinal + step for section in told for step in range(1, FOLLOWING + 1)}
    known = {section.pk for section in told}
    worth = {section.pk: section for section in _worth_asking(edition).filter(
        Q(pk__in=[section.pk for section in found]) | Q(ordinal__in=ordinals)
    )}  # fmt: skip
    order = [section.pk for section in found] + sorted(worth, key=lambda pk: worth[pk].ordinal)
    return [worth[pk] for pk in dict.fromkeys(order) if pk in worth and pk not in known]


def _sections_of(edition: Edition, citations: Iterable[Citation]) -> list[Section]:
    """The sections of the cited chunks as the edition has them, each once, in the same order."""
    keys = [citation.chunk_key for citation in citations]
    chunks = Chunk.objects.filter(edition=edition, key__in=keys).select_related("section")
    sections = {chunk.key: chunk.section for chunk in chunks}
    return list({sections[key].pk: sections[key] for key in keys if key in sections}.values())


def _worth_asking(edition: Edition) -> QuerySet[Section]:
    """Sections that have something to say under a heading that no other section has."""
    sections = Section.objects.filter(edition=edition)
    common = sections.order_by().values("title").annotate(n=Count("pk")).filter(n__gt=1)
    named = sections.exclude(title="").exclude(title__in=common.values("title"))
    return named.annotate(length=Length("text")).filter(length__gte=SHORTEST)


def _answerable(edition: Edition, sections: Iterable[Section]) -> Iterator[str]:
    """Questions for those sections that a search for the question leads back to."""
    for section in islice(sections, TRIED):
        question = question_about(section.title, edition.book.language)
        if _leads_back(edition, edition.digest, question, section.pk):
            yield question


@lru_cache(maxsize=4_096)
def _leads_back(edition: Edition, digest: str, question: str, section: int) -> bool:
    del digest
    found = search(edition.book.slug, question)
    chunks = [hit.chunk_id for hit in found.found[:LEADS_BACK]]
    if found.answerable < ANSWERABLE_THRESHOLD:
        return False
    return Chunk.objects.filter(pk__in=chunks, section=section).exists()


def question_about(heading: str, language: str) -> str:
    """The heading as a question in the book's language; English where it is not spoken here."""
    if heading.rstrip().endswith(QUESTION_MARKS):
        return heading.strip()
    spoken = language.lower().split("-")[0]
    if spoken == "en" and heading.lower().startswith("how to "):
        return f"How do I {heading[len('how to ') :]}?"
    return QUESTIONS.get(spoken, QUESTIONS["en"]).format(heading)
