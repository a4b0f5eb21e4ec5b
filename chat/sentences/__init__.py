"""A stream of Markdown cut into sentences and blocks, each as soon as it is complete."""

from __future__ import annotations

from chat.sentences.splitter import MAX_CODE, Piece, PieceKind, SentenceSplitter

__all__ = ["MAX_CODE", "Piece", "PieceKind", "SentenceSplitter"]
