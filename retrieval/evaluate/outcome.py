"""What a search did with one question."""

from __future__ import annotations

from dataclasses import dataclass

from retrieval.evaluate.questions import Question
from retrieval.passages import Passage
from retrieval.search import ANSWERABLE_THRESHOLD

MISSED_BEYOND = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the first satisfying passage stands in each ranking, from 1; ``None``: not in it."""

    final: int | None
    dense: int | None
    sparse: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the search did with one question.

    ``section_ranks`` and ``page_ranks`` hold, for each gold group, the rank (from 1) of the first
    passage whose section, or page, satisfies it; ``None`` when none of the first ten does.
    ``standings`` follows the same passages of each group through all that was ranked, and
    ``found`` are the passages that a reader's answer would have been drawn from.
    """

    question: Question
    answerable: float
    milliseconds: float
    section_ranks: tuple[int | None, ...]
    page_ranks: tuple[int | None, ...]
    standings: tuple[Standing, ...] = ()
    found: tuple[Passage, ...] = ()
    query: str = ""

    @property
    def refused(self) -> bool:
        return self.answerable < ANSWERABLE_THRESHOLD

    @property
    def missed(self) -> tuple[int, ...]:
        """The gold groups that none of the first ``MISSED_BEYOND`` passages satisfies."""
        ranks = enumerate(self.section_ranks)
        return tuple(group for group, rank in ranks if rank is None or rank > MISSED_BEYOND)

    @property
    def misjudged(self) -> bool:
        """Refused though the book answers, or not refused though it does not."""
        return self.refused is (self.question.expect == "answer")
