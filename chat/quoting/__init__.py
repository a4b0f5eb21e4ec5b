"""Answers in the book's own words, for when no model answers."""

from __future__ import annotations

from chat.quoting.kept import KeptVectors, kept_vectors
from chat.quoting.quotes import MOST_CODE_BLOCKS, MOST_WORDS, QuotingModel, quote

__all__ = [
    "MOST_CODE_BLOCKS",
    "MOST_WORDS",
    "KeptVectors",
    "QuotingModel",
    "kept_vectors",
    "quote",
]
