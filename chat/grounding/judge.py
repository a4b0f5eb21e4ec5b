"""The local judge: whether the passages prove a piece of an answer, in milliseconds."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from chat.grounding.alignment import Alignment
from chat.grounding.claims import is_claim
from chat.grounding.code import changed_arguments, checkable_lines, find_line, nearest_line
from chat.grounding.contextual import Encode, keep
from chat.grounding.features import Features, encoded, measure
from chat.grounding.quotation import evidence_of
from chat.grounding.scoring import is_ruled_out, is_supported, support
from chat.grounding.source import prepare
from chat.grounding.terms import read_keys, read_terms
from chat.markdown import plain
from chat.sentences import Piece, PieceKind
from chat.verdict import Evidence, Judgement, Verdict
from retrieval.passages import Passage

CLASH_FROM = 0.6
"""Coverage from which a clash with the evidence is a contradiction: it is about the same thing."""

PARTLY_FROM = 0.75
"""Coverage of one clause from which a claim that fails as a whole is partly supported."""

WARMED = 8
"""Sentences encoded ahead of an answer: those nearest to the question."""

MAX_CODE_EVIDENCE = 4
MAX_LINE_REASONS = 8

_QUESTION_WORD = re.compile(r"[^\s`\"'“”‘’?!,;()]+")


class LocalJudge:
    """Judges the pieces of one answer against the passages that it may use.

    ``encode`` gives the contextual vectors of a text's tokens; without it words alone are
    compared. ``rarity`` may bring a term's rarity in the whole book, in 0..1.
    """

    def __init__(
        self,
        passages: Sequence[Passage],
        question: str = "",
        encode: Encode | None = None,
        rarity: Callable[[str], float | None] | None = None,
    ) -> None:
        self._passages = tuple(passages)
        self._encode = encode
        self._alignment = Alignment([prepare(passage) for passage in self._passages], rarity)
        self._asked = read_keys(question)
        self._question = question
        words = _QUESTION_WORD.findall(question.lower())
        self._allowed = frozenset(words) | {word.rstrip(".:") for word in words}

    def warm(self) -> None:
        """Encode the sentences that an answer will most likely be compared with, ahead of it."""
        if self._encode is not None:
            near = self._alignment.nearest(read_terms(self._question).terms, WARMED)
            keep(near, self._alignment, self._encode)

    def judge(self, piece: Piece) -> Judgement:
        """Say whether the passages prove the piece, on what evidence and for what reasons."""
        if piece.kind is PieceKind.CODE:
            return self._judge_code(str(piece.tree["text"]))
        heads = piece.kind is PieceKind.ROW and piece.tree["header"]
        return self.judge_text(plain(piece.tree), PieceKind.HEADING if heads else piece.kind)

    def judge_text(self, text: str, kind: PieceKind = PieceKind.PARAGRAPH) -> Judgement:
        """Judge one sentence given as plain text, inline code between backticks."""
        self._alignment.forget_claims()  # of the sentence before, of which nobody asks any more
        if not is_claim(text, kind, self._knows):
            return Judgement(Verdict.NOT_A_CLAIM, 0.0)
        if not self._passages:
            return Judgement(Verdict.UNSUPPORTED, 0.0, reasons=("no_passage",))
        features = self._measured(text)
        if not features.evidence:
            return Judgement(Verdict.UNSUPPORTED, 0.0, reasons=_reasons(features))
        value = support(features)
        verdict = _verdict(features, value)
        reasons = () if verdict is Verdict.SUPPORTED else _reasons(features)
        return Judgement(verdict, round(value, 4), self._evidence(text, features), reasons)

    # ── prose ────────────────────────────────────────────────────────────────────────────────

    def _knows(self, key: str) -> bool:
        return key in self._asked or bool(self._alignment.strengths(key)) or self._is_heading(key)

    def _is_heading(self, key: str) -> bool:
        return any(key in source.heading for source in self._alignment.sources)

    def _measured(self, text: str) -> Features:
        """Measure by words, and by meaning what their words do not rule out."""
        features = measure(text, self._alignment, self._allowed, self._question)
        if self._encode is None or is_ruled_out(features):
            return features
        return encoded(features, text, self._alignment, self._encode)

    def _evidence(self, text: str, features: Features) -> tuple[Evidence, ...]:
        terms = read_terms(text).terms
        return tuple(
            evidence
            for window in features.evidence
            for evidence in evidence_of(window, terms, self._alignment, self._passages)
        )

    # ── code ─────────────────────────────────────────────────────────────────────────────────

    def _judge_code(self, code: str) -> Judgement:
        lines = list(checkable_lines(code))
        if not self._passages or not lines:
            reason = "no_passage" if lines else "no_code"
            return Judgement(Verdict.UNSUPPORTED, 0.0, reasons=(reason,))
        sources = self._alignment.sources
        found = [(line, find_line(line, sources, self._allowed)) for line in lines]
        missing = [line for line, place in found if place is None]
        places = sorted(
            {place for _, place in found if place}, key=lambda at: (at.passage, at.start)
        )
        evidence = tuple(
            Evidence(passage.key, place.start, place.end, passage.text[place.start : place.end])
            for place in places[:MAX_CODE_EVIDENCE]
            for passage in (self._passages[place.passage],)
        )
        share = 1.0 - len(missing) / len(lines)
        verdict = Verdict.UNSUPPORTED if missing else Verdict.SUPPORTED
        reasons = tuple(
            reason for line in missing[:MAX_LINE_REASONS] for reason in self._line_reasons(line)
        )
        return Judgement(verdict, round(share, 4), evidence, reasons)

    def _line_reasons(self, line: str) -> list[str]:
        """The missing line and, where the book has nearly the same one, what is different."""
        near = nearest_line(line, self._alignment.sources)
        changed = changed_arguments(line, near) if near else []
        return [f"code_line_missing:{line}", *(f"argument_changed:{token}" for token in changed)]


def _verdict(features: Features, value: float) -> Verdict:
    if not features.details.missing:
        if features.polarity.clashes and features.window >= CLASH_FROM:
            return Verdict.CONTRADICTED
        if is_supported(features, value):
            return Verdict.SUPPORTED
    if features.strongest_clause >= PARTLY_FROM > features.weakest_clause:
        return Verdict.PARTLY
    return Verdict.UNSUPPORTED


def _reasons(features: Features) -> tuple[str, ...]:
    reasons = list(features.details.reasons())
    if features.polarity.negated:
        reasons.append("negation")
    if features.polarity.opposites:
        reasons.append("opposite")
    if features.polarity.exchanged:
        reasons.append("exchanged")
    return tuple(reasons) or ("not_covered",)
