"""A piece of an answer with the judgement that stands so far."""

from __future__ import annotations

from dataclasses import dataclass

from chat.sentences import Piece, PieceKind
from chat.verdict import Judgement, Verdict


@dataclass(frozen=True, slots=True)
class Case:
    """What travels from judge to gate."""

    piece: Piece
    judgement: Judgement

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict

    @property
    def is_code(self) -> bool:
        return self.piece.kind is PieceKind.CODE

    @property
    def is_model_code(self) -> bool:
        """Whether it is code that the model wrote itself: the book does not have it."""
        return self.is_code and self.verdict is not Verdict.SUPPORTED
