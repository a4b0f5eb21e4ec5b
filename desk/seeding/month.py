"""A month of readers: when they come, what they ask, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from chat.models import Answer, Citation, Conversation, Feedback, Sentence
from chat.verdict import Outcome, Verdict
from desk.seeding.factories import DICE, InventedAnswer, InventedConversation, InventedFeedback
from desk.seeding.material import Material, Passage
from retrieval.models import Book

OUTCOMES: Final = {
    Outcome.ANSWERED: 66,
    Outcome.QUOTED: 13,
    Outcome.REFUSED: 14,
    Outcome.STOPPED: 4,
    Outcome.FAILED: 3,
}
TURNS: Final = {1: 52, 2: 26, 3: 13, 4: 6, 6: 3}
HOURS: Final = (1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 20, 18, 14, 18, 20, 20, 18, 15, 12, 12, 11, 9, 5, 2)
WEEKEND: Final = 0.35
GROWTH: Final = 1.6
"""How many times as many readers come on the last day as on the first."""
CITATIONS: Final = 5
LEFT_OUT: Final = (
    ("You can also set this with the --turbo flag.", "identifier_missing:--turbo"),
    ("It has been like this since release 1847.", "number_missing:1847"),
    ("This works the same way on every other system.", "not_covered"),
)


@dataclass(slots=True)
class Rows:
    """Rows that are not stored yet."""

    conversations: list[Conversation] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    feedback: list[Feedback] = field(default_factory=list)


class Month:
    """Readers of one book over so many days up to ``until``. The dice decide everything else."""

    def __init__(self, book: Book, material: Material, days: int, until: datetime) -> None:
        self._book = book
        self._material = material
        self._days = days
        self._last = until.astimezone(UTC)
        # Some sections are asked about far more than others.
        self._popularity = [DICE.paretovariate(1.1) for _ in material.passages]
        self._crowds = [self._crowd(day) for day in range(days)]

    def batches(self, answers: int, size: int) -> Iterator[Rows]:
        """So many answers, in batches of about ``size``."""
        made = 0
        while made < answers:
            rows = Rows()
            while len(rows.answers) < size and made + len(rows.answers) < answers:
                self._converse(rows, answers - made - len(rows.answers))
            made += len(rows.answers)
            yield rows

    def _crowd(self, day: int) -> float:
        when = self._last - timedelta(days=self._days - 1 - day)
        usual = 1 + (GROWTH - 1) * day / max(1, self._days - 1)
        return usual * (WEEKEND if when.weekday() >= 5 else 1) * DICE.uniform(0.8, 1.2)

    def _moment(self) -> datetime:
        """When a conversation begins: more of them at work hours, none in the future."""
        (day,) = DICE.choices(range(self._days), self._crowds)
        (hour,) = DICE.choices(range(24), HOURS)
        midnight = self._last.replace(hour=0, minute=0, second=0, microsecond=0)
        seconds = hour * 3600 + DICE.uniform(0, 3600)
        begun = midnight - timedelta(days=self._days - 1 - day) + timedelta(seconds=seconds)
        return begun if begun < self._last else begun - timedelta(days=1)

    def _converse(self, rows: Rows, most: int) -> None:
        when = self._moment()
        conversation = InventedConversation.build(book=self._book, created=when, last_asked=when)
        rows.conversations.append(conversation)
        (turns,) = DICE.choices(list(TURNS), list(TURNS.values()))
        for _ in range(min(turns, most)):
            conversation.last_asked = when
            self._ask(rows, conversation, when)
            when += timedelta(seconds=DICE.uniform(20, 400))

    def _ask(self, rows: Rows, conversation: Conversation, when: datetime) -> None:
        (outcome,) = DICE.choices(list(OUTCOMES), list(OUTCOMES.values()))
        passages = self._passages()
        asked = self._material.refused if outcome == Outcome.REFUSED else passages[0].questions
        answer = InventedAnswer.build(
            conversation=conversation, book=self._book, edition=self._book.live,
            question=DICE.choice(asked), outcome=outcome.value, created=when,
            page_url=passages[0].citation["url"],
        )  # fmt: skip
        rows.answers.append(answer)
        said = [] if outcome == Outcome.FAILED else _say(answer, passages)
        rows.sentences += said
        rows.citations += _cite(answer, passages, said)
        rows.feedback += _rate(answer)

    def _passages(self) -> list[Passage]:
        """What a search found: some passages, each once, popular ones more often."""
        chosen = DICE.choices(self._material.passages, self._popularity, k=2 * CITATIONS)
        different = {passage.citation["chunk_id"]: passage for passage in chosen}
        return list(different.values())[:CITATIONS]


def _say(answer: Answer, passages: list[Passage]) -> list[Sentence]:
    """Sentences of the cited passages; in one answer of eight one more is left out."""
    told = [] if answer.outcome == Outcome.REFUSED else _quoted(answer, passages)
    answer.text = " ".join(sentence.text for sentence in told)
    if told and DICE.random() < 0.12 and answer.outcome == Outcome.ANSWERED:
        text, reason = DICE.choice(LEFT_OUT)
        told.append(
            Sentence(
                answer=answer, ordinal=len(told), text=text, verdict=Verdict.UNSUPPORTED.value,
                support=DICE.uniform(0.05, 0.4), shown=False, reasons=[reason],
            )
        )  # fmt: skip
        answer.withheld = 1
        answer.flagged = DICE.random() < 0.35  # the others were looked at already
    return told


def _quoted(answer: Answer, passages: list[Passage]) -> list[Sentence]:
    sentences: list[Sentence] = []
    for n, passage in enumerate(passages[: DICE.randint(2, CITATIONS)], start=1):
        for said in DICE.sample(passage.sentences, min(len(passage.sentences), DICE.randint(2, 5))):
            sentences.append(_sentence(answer, len(sentences), n, said))
    return sentences


def _sentence(answer: Answer, ordinal: int, n: int, said: dict[str, Any]) -> Sentence:
    return Sentence(
        answer=answer, ordinal=ordinal, text=said["text"], tree=said["tree"],
        verdict=Verdict.SUPPORTED.value, support=DICE.betavariate(12, 1), shown=True,
        evidence=[{"n": n, **said["evidence"]}],
    )  # fmt: skip


def _cite(answer: Answer, passages: list[Passage], said: list[Sentence]) -> list[Citation]:
    cited = {item["n"] for sentence in said for item in sentence.evidence}
    return [
        Citation(answer=answer, n=n, cited=n in cited, **passage.citation)
        for n, passage in enumerate(passages, start=1)
    ]


def _rate(answer: Answer) -> list[Feedback]:
    """One reader of seven says something, and is kinder to answers than to refusals."""
    if DICE.random() > 0.15 or answer.outcome == Outcome.FAILED:
        return []
    kind = 0.3 if answer.outcome == Outcome.REFUSED else 0.86
    helpful = DICE.random() < kind
    return [InventedFeedback.build(answer=answer, helpful=helpful, created=answer.finished)]
