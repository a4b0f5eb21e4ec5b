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
from typing import Final, Protocol, TypeAlias

from chat.grounding.case import Case
from chat.grounding.modeljudge import BY_MODEL, LOOKED_UP
from chat.markdown import plain
from chat.models import Answer, Citation, Finding, Sentence
from chat.places import Places
from chat.proofs import Proofs
from chat.sentences import Piece, PieceKind
from chat.standing import became, rank
from chat.verdict import Judgement, Verdict
from retrieval.passages import Passage
from retrieval.search import search

SURE: Final = 0.8
"""Support from which words alone are believed: nearly all of them stand in one place of the book.
The encoder, which decides about the others, takes ten times as long."""

WEAKER_BY: Final = 0.2
"""How much the support of a sentence must fall to be told, when it is supported all the same."""

_NO_CLAIM: Final = (Verdict.NOT_A_CLAIM, Verdict.UNCHECKED)


class Judge(Protocol):
    """Judges the sentences of one answer against passages."""

    def judge(self, piece: Piece) -> Judgement: ...


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

    ``book`` is the slug whose live edition is searched. ``everything`` also judges withheld
    sentences none of whose passages have changed. First ``judge``; then ``cases`` may be decided
    otherwise; then ``comparisons``. Raises what ``search`` raises.
    """

    def __init__(
        self,
        answer: Answer,
        book: str,
        places: Places,
        make_judge: MakeJudge,
        *,
        everything: bool = False,
    ) -> None:
        self._answer = answer
        self._book = book
        self._places = places
        self._make_judge = make_judge
        self._everything = everything
        self._strict = answer.mode == "strict"
        self._proofs = Proofs(answer.citations.all(), book, places)
        self.cases: dict[int, Case] = {}

    @property
    def passages(self) -> list[Passage]:
        """What an unsure sentence is judged against."""
        return list(self._anywhere.values())

    def judge(self) -> None:
        """Judge what the rows alone do not settle: ``cases`` by the sentences' ordinals."""
        self.cases = {
            sentence.ordinal: Case(_piece(sentence), self._judged(sentence))
            for sentence in self._answer.sentences.all()
            if self._is_open(sentence)
        }

    def comparisons(self) -> Iterator[Comparison]:
        """What became of each sentence that was proved, or is proved now."""
        for sentence in self._answer.sentences.all():
            if case := self.cases.get(sentence.ordinal):
                yield from self._judged_anew(sentence, case.judgement)
            elif self._told(sentence):
                yield self._as_before(sentence)

    # ── which sentences are judged ───────────────────────────────────────────────────────────

    def _told(self, sentence: Sentence) -> int:
        """How much of the sentence its reader was told is proved."""
        return rank(Verdict(sentence.verdict), strict=self._strict)

    def _is_open(self, sentence: Sentence) -> bool:
        if sentence.verdict in _NO_CLAIM:
            return False
        if self._told(sentence):
            return not self._proofs.stand(sentence)
        return self._everything or self._proofs.have_moved

    def _judged(self, sentence: Sentence) -> Judgement:
        """By words at the old place; unless that is sure, in full with what a search finds."""
        there = _judge(self._words_there, sentence)
        return there if _is_sure(there) else _judge(self._judge_anywhere, sentence)

    # ── what became of one ───────────────────────────────────────────────────────────────────

    def _as_before(self, sentence: Sentence) -> Comparison:
        old, new = self._proofs.first(sentence), self._proofs.quoting(sentence)
        judgement = Judgement(Verdict(sentence.verdict), sentence.support)
        kind = Finding.Kind.STILL_SUPPORTED
        return Comparison(sentence, kind, judgement, old, new, changed=new is not None)

    def _judged_anew(self, sentence: Sentence, now: Judgement) -> Iterator[Comparison]:
        kind = self._kind(sentence, now)
        if kind is None:
            return
        old = self._proofs.first(sentence)
        new = self._proof(now) if now.verdict in (Verdict.SUPPORTED, Verdict.PARTLY) else None
        if new is None and old is not None:
            new = next(iter(self._places.near(old)), None)
        yield Comparison(sentence, kind, now, old, new, changed=True)

    def _kind(self, sentence: Sentence, now: Judgement) -> Finding.Kind | None:
        """What the verdicts say, as far as it was the book that changed and not the judge."""
        kind = became(Verdict(sentence.verdict), now.verdict, strict=self._strict)
        match kind:
            case Finding.Kind.STILL_SUPPORTED if self._fell(sentence, now):
                return Finding.Kind.WEAKER
            case Finding.Kind.REPAIRED if self._said_before(sentence, now):
                return Finding.Kind.STILL_SUPPORTED if self._told(sentence) else None
            case Finding.Kind.BROKEN if not self._lost(sentence, now):
                return Finding.Kind.WEAKER
            case _:
                return kind

    def _fell(self, sentence: Sentence, now: Judgement) -> bool:
        if now.support >= SURE or now.support > sentence.support - WEAKER_BY:
            return False
        return now.support <= _judge(self._judge_then, sentence).support - WEAKER_BY

    def _said_before(self, sentence: Sentence, now: Judgement) -> bool:
        """Whether the old passages prove it too; a model's proof, whether they have its words."""
        if BY_MODEL in now.reasons:
            return all(any(e.quote in p.text for p in self._proofs.then) for e in now.evidence)
        return self._judged_then(sentence).verdict is Verdict.SUPPORTED

    def _lost(self, sentence: Sentence, now: Judgement) -> bool:
        """Whether the book took the proof away.

        One that this judge does not prove by the old passages either, since a model or an older
        judge proved it, is lost if a passage, the quoted words or a detail of it are gone.
        """
        then = self._judged_then(sentence)
        if rank(then.verdict, strict=self._strict) > rank(now.verdict, strict=self._strict):
            return True
        missing = {reason for reason in now.reasons if reason.startswith(LOOKED_UP)}
        return bool(missing - {*then.reasons}) or not self._proofs.are_edited(sentence)

    # ── the judges ───────────────────────────────────────────────────────────────────────────

    def _judged_then(self, sentence: Sentence) -> Judgement:
        """By the passages as they were."""
        then = _judge(self._words_then, sentence)
        return then if _is_sure(then) else _judge(self._judge_then, sentence)

    @cached_property
    def _anywhere(self) -> dict[str, Passage]:
        query = self._answer.search_query or self._answer.question
        number = self._places.edition.number  # a search may still see the edition before
        found = [p for p in search(self._book, query).passages if p.edition == number]
        return {passage.key: passage for passage in found} | self._proofs.there

    @cached_property
    def _words_there(self) -> Judge:
        return self._make_judge(list(self._proofs.there.values()), self._answer.question, True)

    @cached_property
    def _judge_anywhere(self) -> Judge:
        return self._make_judge(list(self._anywhere.values()), self._answer.question, False)

    @cached_property
    def _words_then(self) -> Judge:
        return self._make_judge(self._proofs.then, self._answer.question, True)

    @cached_property
    def _judge_then(self) -> Judge:
        return self._make_judge(self._proofs.then, self._answer.question, False)

    def _proof(self, judgement: Judgement) -> Passage | None:
        key = judgement.evidence[0].key if judgement.evidence else ""
        return self._proofs.there.get(key) or self._anywhere.get(key)


def _judge(judge: Judge, sentence: Sentence) -> Judgement:
    return judge.judge(_piece(sentence))


def _piece(sentence: Sentence) -> Piece:
    """The sentence as it was judged when it was written; one without a tree as plain text."""
    tree = sentence.tree
    if not tree or not (tree["type"] == PieceKind.CODE or plain(tree)):
        tree = {"type": "paragraph", "children": [{"type": "text", "text": sentence.text}]}
    return Piece(PieceKind(tree["type"]), sentence.text, "", tree)


def _is_sure(judgement: Judgement) -> bool:
    return judgement.verdict is Verdict.SUPPORTED and judgement.support >= SURE
