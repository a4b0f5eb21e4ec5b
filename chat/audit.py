"""The audit: stored answers of a book are held against its live edition, batch by batch.

Each batch is stored with the run's cursor in one transaction, so a run that is killed loses at
most one batch and goes on behind it. Which answers wait is asked of the rows whenever it matters:
no ingest has to tell anybody, and no message can be lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from chat.comparing import Comparer, Comparison
from chat.errors import JudgeUnavailable
from chat.grounding.judge import LocalJudge
from chat.models import Answer, AnswerQuerySet, Audit, Finding
from chat.places import Places, places_of
from chat.secondopinion import CALLS_AT_ONCE, SecondOpinion
from retrieval.errors import BookNotFound
from retrieval.models import Book, Edition
from retrieval.passages import Passage
from retrieval.search import token_vectors

BATCHES: Final = {"local": 100, "llm": 2 * CALLS_AT_ONCE}
"""By judge, the answers that are in memory, and stored, at once: a killed run loses one batch."""

COUNTS: Final = ("answers", "sentences", "asked", "left_local", "tokens")

Progress: TypeAlias = Callable[[str, int, int], None]


def audit(
    slug: str,
    progress: Progress,
    *,
    since: datetime | None = None,
    everything: bool = False,
    judge: str = "local",
    token_limit: int | None = None,
    resume: bool = False,
) -> Audit:
    """Hold the book's answers against its live edition; returns the run with its counts.

    Only answers that wait for it (see ``AnswerQuerySet.awaiting_audit``), or ``everything``.
    ``judge`` is ``local``, or ``llm``: then a model decides, within ``token_limit`` tokens in all,
    and where it fails the local judge does. ``resume`` goes on with a run that was broken off, as
    it was begun, if there is one. May run while readers ask, and twice at once.

    Raises ``BookNotFound``, ``JudgeUnavailable``, and what a search raises; then the run can be
    resumed.
    """
    edition = _live(slug)
    broken_off = _broken_off(edition.book) if resume else None
    run = broken_off or Audit(
        book=edition.book, since=since, everything=everything, judge=judge, token_limit=token_limit
    )
    with _second_judge(run) as second:
        if run is not broken_off:
            _begin(run, edition)
        while not _ended(run, second, progress):
            _begin_again(run, _live(slug))
    return run


# ── the run ──────────────────────────────────────────────────────────────────────────────────


def _live(slug: str) -> Edition:
    """The live edition with its book, as the database knows it at this moment."""
    editions = Edition.objects.select_related("book").filter(book__slug=slug, book__published=True)
    edition = editions.filter(pk=F("book__live")).first()
    if edition is None:
        raise BookNotFound(f"There is no published book {slug!r}.", "Was it ingested?")
    return edition


def _broken_off(book: Book) -> Audit | None:
    runs = Audit.objects.unfinished().filter(book=book)
    return runs.select_related("book", "edition__book").order_by("-started").first()


def _begin(run: Audit, edition: Edition) -> None:
    """Store a run in the place of those that were broken off."""
    Audit.objects.unfinished().filter(book=run.book).update(state=Audit.State.REPLACED)
    run.edition = edition
    run.total = _chosen(run, edition).count()
    run.save()


def _begin_again(run: Audit, edition: Edition) -> None:
    """From the first answer, against an edition that went live since the run began."""
    run.edition, run.cursor = edition, None
    run.answers = run.sentences = run.asked = run.left_local = 0
    run.still_supported = run.weaker = run.broken = run.repaired = 0
    run.total = _chosen(run, edition).count()
    run.save()


def _ended(run: Audit, second: SecondOpinion | None, progress: Progress) -> bool:
    """Go through the answers that are left; false when another edition is live by now."""
    edition = run.edition
    if edition is None or not _is_live(edition):
        return False
    places = places_of(edition)
    progress("Auditing", run.answers, run.total)
    while answers := _next(run, edition):
        comparisons = list(_compared(run, answers, places, second))
        if not _stored(run, edition, answers, comparisons):
            return False
        progress("Auditing", run.answers, run.total)
    run.state, run.finished = Audit.State.DONE, timezone.now()
    run.save(update_fields=["state", "finished"])
    return True


def _compared(
    run: Audit, answers: Sequence[Answer], places: Places, second: SecondOpinion | None
) -> Iterator[Comparison]:
    """The answers held against the edition, only as many at once as one waits for together."""
    at_once = CALLS_AT_ONCE if second else 1
    for start in range(0, len(answers), at_once):
        comparers = [
            Comparer(answer, run.book.slug, places, _local_judge, everything=run.everything)
            for answer in answers[start : start + at_once]
        ]
        for comparer in comparers:
            comparer.judge()
        if second:
            second.decide(comparers)
        for comparer in comparers:
            yield from comparer.comparisons()


def _is_live(edition: Edition) -> bool:
    return Book.objects.filter(pk=edition.book_id, live=edition).exists()


def _chosen(run: Audit, edition: Edition) -> AnswerQuerySet:
    answers = Answer.objects.auditable(edition.book)
    if run.since:
        answers = answers.filter(created__gte=run.since)
    return answers if run.everything else answers.awaiting_audit(edition)


def _next(run: Audit, edition: Edition) -> list[Answer]:
    """The next answers behind the cursor, with their parts."""
    answers = _chosen(run, edition).prefetch_related("sentences", "citations").order_by("pk")
    if run.cursor:
        answers = answers.filter(pk__gt=run.cursor)
    return list(answers[: BATCHES[run.judge]])


# ── what is stored ───────────────────────────────────────────────────────────────────────────


@transaction.atomic
def _stored(
    run: Audit, edition: Edition, answers: Sequence[Answer], comparisons: Sequence[Comparison]
) -> bool:
    """Keep what was found of the answers, unless another edition is live by now."""
    if not _is_live(edition):
        return False
    kept = _locked(answers)
    _keep_findings(
        kept,
        {
            comparison.sentence.pk: _finding(run, comparison)
            for comparison in comparisons
            if comparison.changed and comparison.sentence.answer_id in kept
        },
    )
    Answer.objects.filter(pk__in=kept).update(audited=edition)
    _count(run, answers, comparisons)
    return True


def _locked(answers: Sequence[Answer]) -> set[UUID]:
    """Those that still exist. Neither a reader who erases nor a second audit comes between."""
    chosen = Answer.objects.filter(pk__in=[answer.pk for answer in answers]).order_by("pk")
    return set(chosen.select_for_update().values_list("pk", flat=True))


def _keep_findings(answers: set[UUID], fresh: dict[int, Finding]) -> None:
    """Replace the answers' findings; one that is the same again stays as its editor left it."""
    known = {
        finding.sentence_id: finding
        for finding in Finding.objects.filter(sentence__answer__in=answers)
    }
    same = {pk for pk in fresh.keys() & known.keys() if fresh[pk].what == known[pk].what}
    Finding.objects.filter(sentence__in=known.keys() - same).delete()
    new = [finding for pk, finding in fresh.items() if pk not in same]
    Finding.objects.bulk_create(new)
    broken = {finding.sentence.answer_id for finding in new if finding.kind == Finding.Kind.BROKEN}
    Answer.objects.filter(pk__in=broken).update(flagged=True)


def _finding(run: Audit, comparison: Comparison) -> Finding:
    sentence, judgement = comparison.sentence, comparison.judgement
    old, new = comparison.old, comparison.new
    return Finding(
        audit=run,
        sentence=sentence,
        kind=comparison.kind,
        old_verdict=sentence.verdict,
        old_support=sentence.support,
        old_key=old.chunk_key if old else "",
        old_text=old.text if old else "",
        verdict=judgement.verdict,
        support=judgement.support,
        reasons=list(judgement.reasons),
        new_key=new.key if new else "",
        new_text=new.text if new else "",
        new_heading_path=list(new.heading_path) if new else [],
        new_url=new.link if new else "",
        resolved=comparison.kind == Finding.Kind.STILL_SUPPORTED,
    )


def _count(run: Audit, answers: Sequence[Answer], comparisons: Sequence[Comparison]) -> None:
    run.cursor = answers[-1].pk
    run.answers += len(answers)
    run.sentences += len(comparisons)
    for kind, count in Counter(comparison.kind for comparison in comparisons).items():
        setattr(run, kind.value, getattr(run, kind.value) + count)
    run.save(update_fields=[*COUNTS, "cursor", *Finding.Kind.values])


# ── who judges ───────────────────────────────────────────────────────────────────────────────


def _second_judge(run: Audit) -> SecondOpinion | nullcontext[None]:
    if run.judge not in BATCHES:
        raise JudgeUnavailable(f"There is no judge {run.judge!r}. Known: {', '.join(BATCHES)}.")
    return SecondOpinion(run) if run.judge == "llm" else nullcontext()


def _local_judge(passages: Sequence[Passage], question: str, words_only: bool) -> LocalJudge:
    return LocalJudge(passages, question, None if words_only else token_vectors)
