"""Soft alignment by contextual vectors, and the vectors that are kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chat.grounding.alignment import Alignment
from chat.grounding.contextual import Soft, TokenCache, TokenVectors, align, keep
from chat.grounding.source import prepare
from chat.grounding.terms import read_terms
from retrieval.search import token_vectors
from tests.chat.grounding.conftest import passage

BOOK = (
    "The pump must never run dry, because its seals are cooled by the water. "
    "Tomatoes grow in the northern bed."
)
ALIGNMENT = Alignment([prepare(passage("p", BOOK))])


def soft(claim: str) -> Soft:
    places = [(0, 0), (0, 1)]
    return align(claim, places, ALIGNMENT, token_vectors)


class Counting:
    """The bundled encoder, with the texts that it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> Sequence[TokenVectors]:
        self.asked += texts
        return token_vectors(texts)


def test_the_books_own_words_align_completely() -> None:
    found = soft("The pump must never run dry, because its seals are cooled by the water.")
    assert found == Soft(1.0, 1.0, 1.0)


def test_a_paraphrase_is_nearer_than_another_subject() -> None:
    paraphrase = soft("Water keeps the seals cool, so the pump should not be operated empty.")
    other = soft("The capital of France is Paris.")
    assert paraphrase.pair > other.pair + 0.2
    assert paraphrase.lowest > other.lowest
    assert paraphrase.similarity > other.similarity + 0.2


def test_two_sentences_together_align_a_merged_claim_better_than_one() -> None:
    claim = "The pump must never run dry, and tomatoes grow in the northern bed."
    first, second, both = (
        align(claim, places, ALIGNMENT, token_vectors).pair
        for places in ([(0, 0)], [(0, 1)], [(0, 0), (0, 1)])
    )
    assert both > max(first, second) + 0.1


def test_a_word_that_nothing_says_lowers_the_lowest() -> None:
    plain, odd = soft("Tomatoes grow in the bed."), soft("Tomatoes dance in the bed.")
    assert odd.lowest < plain.lowest - 0.1


def test_what_was_kept_ahead_is_not_encoded_again() -> None:
    counting = Counting()
    keep([(0, 0), (0, 1)], ALIGNMENT, counting)
    assert len(counting.asked) == 2
    align("Tomatoes dance in the bed.", [(0, 0), (0, 1)], ALIGNMENT, counting)
    assert counting.asked[2:] == ["Tomatoes dance in the bed."]


def test_nothing_to_compare_with_aligns_with_nothing() -> None:
    assert align("The pump.", [], ALIGNMENT, token_vectors) == Soft()
    assert align("", [(0, 0)], ALIGNMENT, token_vectors) == Soft()


def test_the_vectors_of_sentences_are_kept_and_the_oldest_make_room() -> None:
    encode, cache = Counting(), TokenCache(tokens=12)
    first = cache.of(["The pump runs.", "Valves open."], encode)
    again = cache.of(["Valves open.", "The pump runs."], encode)
    assert encode.asked == ["The pump runs.", "Valves open."]
    assert np.allclose(first[0], again[1])
    cache.of(["Tomatoes grow in the northern bed of the garden."], encode)
    cache.of(["Valves open."], encode)
    assert encode.asked[2:] == ["Tomatoes grow in the northern bed of the garden.", "Valves open."]


def test_the_nearest_segments_come_best_first() -> None:
    terms = read_terms("Tomatoes grow near the pump in the bed").terms
    assert ALIGNMENT.nearest(terms, 1) == [(0, 1)]
    assert [ALIGNMENT.segment(place).text[:8] for place in ALIGNMENT.nearest(terms, 9)] == [
        "Tomatoes",
        "The pump",
    ]
