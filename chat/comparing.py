"""An old answer held against an edition: what became of each sentence's proof.

cited passages unchanged → quoted words still at their place → judged there by words alone → judged
in full with what a search finds. The first that proves a sentence ends the comparison. What comes
out worse is judged against the old passages too: a finding tells what the book did, and not what
another judge, or another version of it, would have said in the first place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Protocol, TypeAlias

from chat.markdown import plain
from chat.models import Answer, Citation, Finding, Sentence
from chat.places import Places
from chat.sentences import Piece, PieceKind
from chat.verdict import Judgement, Verdict
from retrieval.passages import Kind, Passage
from retrieval.search import search

SURE: Final = 0.8
"""Support from which words alone are believed: nearly all of them stand in one place of the book.
The encoder, which decides about the others, takes ten times as long."""

WEAKER_BY: Final = 0.2
"""How much the support of a sentence must fall to be told, when it is supported all the same."""

_ALL: Final = 2
_PROVED: Final = {Verdict.SUPPORTED.value: _ALL, Verdict.PARTLY.value: 1}
_NO_CLAIM: Final = (Verdict.NOT_A_CLAIM, Verdict.UNCHECKED)


class Judge(Protocol):
    """Judges the sentences of one answer against passages."""

    def judge(self, piece: Piece) -> Judgement: ...

    def judge_text(self, text: str) -> Judgement: ...


MakeJudge: TypeAlias = Callable[[Sequence[Passage], str, bool], Judge]
"""The passages and the question to a judge, one that compares words alone if told so."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A sentence's proof then and now. ``old`` is ``None`` when it cited nothing.

    ``changed`` is false when every cited passage stands as it was. Otherwise ``new`` is the passage
    that proves the sentence now, or else what stands in the old one's place, if anything does.
    """

    sentence: Sentence
    kind: Finding.Kind
    judgement: Judgement
    old: Citation | None
    new: Passage | None
    changed: bool


class Comparer:
    """Holds the sentences of one answer, loaded with its parts, against an edition.

    ``book`` is the slug whose live edition is searched. Raises what ``search`` raises.
    """

    def __init__(self, answer: Answer, book: str, places: Places, make_judge: MakeJudge) -> None:
        self._answer = answer
        self._book = book
        self._places = places
        self._make_judge = make_judge
        self._citations = {citation.n: citation for citation in answer.citations.all()}

    def compare(self, *, everything: bool = False) -> Iterator[Comparison]:
        """What became of each sentence; of those without proof only the ones proved now.

        The latter are judged when a passage they were offered has changed, or ``everything`` is.
        """
        moved = any(not self._places.holds(citation) for citation in self._citations.values())
        for sentence in self._answer.sentences.all():
            if sentence.verdict in _NO_CLAIM:
                continue
            if sentence.verdict in _PROVED:
                yield self._proved(sentence)
            elif moved or everything:
                yield from self._unproved(sentence)

    # ── one sentence ─────────────────────────────────────────────────────────────────────────

    def _proved(self, sentence: Sentence) -> Comparison:
        cited = self._cited(sentence)
        if cited and all(self._places.holds(citation) for citation in cited):
            return self._as_before(sentence, cited[0], None)
        if quoting := self._quotes_stand(sentence, cited):
            return self._as_before(sentence, self._changed(cited), quoting)
        now = self._judged(sentence)
        return self._comparison(sentence, self._kind(sentence, now, cited), now, cited)

    def _unproved(self, sentence: Sentence) -> Iterator[Comparison]:
        now = self._judged(sentence)
        if _rank(now) == _ALL > _rank(self._judged_then(sentence)):
            cited = self._cited(sentence)
            yield self._comparison(sentence, Finding.Kind.REPAIRED, now, cited)

    def _kind(self, sentence: Sentence, now: Judgement, cited: Sequence[Citation]) -> Finding.Kind:
        """How a sentence that was proved, at least in part, stands now.

        One that this judge proves neither now nor then is broken only if its passage is gone.
        """
        before, after = _PROVED[sentence.verdict], _rank(now)
        if after > before:
            return Finding.Kind.REPAIRED
        if after == 0:
            gone = not any(self._places.near(citation) for citation in cited)
            proved = gone or _rank(self._judged_then(sentence))
            return Finding.Kind.BROKEN if proved else Finding.Kind.WEAKER
        if after < before or self._fell(sentence, now):
            return Finding.Kind.WEAKER
        return Finding.Kind.STILL_SUPPORTED

    def _fell(self, sentence: Sentence, now: Judgement) -> bool:
        if now.support >= SURE or now.support > sentence.support - WEAKER_BY:
            return False
        return now.support <= _judge(self._judge_then, sentence).support - WEAKER_BY

    def _as_before(
        self, sentence: Sentence, old: Citation | None, new: Passage | None
    ) -> Comparison:
        judgement = Judgement(Verdict(sentence.verdict), sentence.support)
        kind = Finding.Kind.STILL_SUPPORTED
        return Comparison(sentence, kind, judgement, old, new, changed=new is not None)

    def _comparison(
        self,
        sentence: Sentence,
        kind: Finding.Kind,
        judgement: Judgement,
        cited: Sequence[Citation],
    ) -> Comparison:
        old = self._changed(cited)
        new = self._proof(judgement) if judgement.verdict in _PROVED else None
        if new is None and old is not None:
            new = next(iter(self._places.near(old)), None)
        return Comparison(sentence, kind, judgement, old, new, changed=True)

    def _cited(self, sentence: Sentence) -> list[Citation]:
        numbers = sentence.citation_numbers
        return [self._citations[n] for n in numbers if n in self._citations]

    def _changed(self, cited: Sequence[Citation]) -> Citation | None:
        """The first cited passage that is not as it was, else the first one."""
        changed = (citation for citation in cited if not self._places.holds(citation))
        return next(changed, cited[0] if cited else None)

    # ── its proof ────────────────────────────────────────────────────────────────────────────

    def _quotes_stand(self, sentence: Sentence, cited: Sequence[Citation]) -> Passage | None:
        """The passage in the place of the changed one, if it says all the quoted words."""
        standing = [self._quoting(item) for item in sentence.evidence]
        changed = self._changed(cited)
        if changed is None or not all(standing):
            return None
        numbers = [item["n"] for item in sentence.evidence]
        return standing[numbers.index(changed.n)]

    def _quoting(self, item: dict[str, Any]) -> Passage | None:
        """What stands in the place of a piece of evidence, if it says the same words."""
        citation = self._citations.get(item["n"])
        if citation is None:
            return None
        quote = citation.text[item["start"] : item["end"]]
        return next((p for p in self._places.near(citation) if quote in p.text), None)

    def _judged(self, sentence: Sentence) -> Judgement:
        """By words at the old place; unless that is sure, in full with what a search finds."""
        there = _judge(self._words_there, sentence)
        return there if _is_sure(there) else _judge(self._judge_anywhere, sentence)

    def _judged_then(self, sentence: Sentence) -> Judgement:
        """By the passages as they were."""
        then = _judge(self._words_then, sentence)
        return then if _is_sure(then) else _judge(self._judge_then, sentence)

    @cached_property
    def _there(self) -> dict[str, Passage]:
        """What stands now where the offered passages stood, by key."""
        citations = self._citations.values()
        return {passage.key: passage for c in citations for passage in self._places.near(c)}

    @cached_property
    def _anywhere(self) -> dict[str, Passage]:
        query = self._answer.search_query or self._answer.question
        number = self._places.edition.number  # a search may still see the edition before
        found = [p for p in search(self._book, query).passages if p.edition == number]
        return {passage.key: passage for passage in found} | self._there

    @cached_property
    def _then(self) -> list[Passage]:
        return [_as_it_was(citation, self._book) for citation in self._citations.values()]

    @cached_property
    def _words_there(self) -> Judge:
        return self._make_judge(list(self._there.values()), self._answer.question, True)

    @cached_property
    def _judge_anywhere(self) -> Judge:
        return self._make_judge(list(self._anywhere.values()), self._answer.question, False)

    @cached_property
    def _words_then(self) -> Judge:
        return self._make_judge(self._then, self._answer.question, True)

    @cached_property
    def _judge_then(self) -> Judge:
        return self._make_judge(self._then, self._answer.question, False)

    def _proof(self, judgement: Judgement) -> Passage | None:
        key = judgement.evidence[0].key if judgement.evidence else ""
        return self._there.get(key) or self._anywhere.get(key)


def _judge(judge: Judge, sentence: Sentence) -> Judgement:
    """As the sentence was judged when it was written; one without a tree as plain text."""
    tree = sentence.tree
    if tree and (tree["type"] == PieceKind.CODE or plain(tree)):
        return judge.judge(Piece(PieceKind(tree["type"]), sentence.text, "", tree))
    return judge.judge_text(sentence.text)


def _rank(judgement: Judgement) -> int:
    """How much is proved: 2 all, 1 a part, 0 nothing."""
    return _PROVED.get(judgement.verdict, 0)


def _is_sure(judgement: Judgement) -> bool:
    return judgement.verdict is Verdict.SUPPORTED and judgement.support >= SURE


def _as_it_was(citation: Citation, book: str) -> Passage:
    url, _, anchor = citation.url.partition("#")
    return Passage(
        key=citation.chunk_key,
        book=book,
        edition=0,
        path="",
        url=url,
        anchor=anchor,
        heading_path=tuple(citation.heading_path),
        kind=Kind.PROSE,  # code stands in its fence
        text=citation.text,
    )
