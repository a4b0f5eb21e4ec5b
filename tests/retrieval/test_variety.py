"""What an answer draws on: the best passage first, then what adds to it."""

from __future__ import annotations

import pytest

from retrieval.passages import Found, Kind, Passage
from retrieval.variety import overlaps, varied

INSTALL = "Install the tools with apt install ros-tools and source the setup file."


def found(chunk_id: int, text: str, score: float) -> Found:
    passage = Passage(
        str(chunk_id), "robots", 1, f"{chunk_id}.md", "/x", "", ("Robots",), Kind.PROSE, text
    )
    return Found(passage, score, chunk_id)


def order(*passages: Found) -> list[int]:
    return [hit.chunk_id for hit in varied(passages)]


def test_a_passage_that_repeats_a_better_one_moves_below_what_is_new() -> None:
    repeated = found(2, INSTALL.replace("tools", "parts"), 0.8)
    assert order(found(1, INSTALL, 0.9), repeated, found(3, "Quaternions turn.", 0.7)) == [1, 3, 2]


def test_the_best_stays_first_and_different_passages_keep_their_order() -> None:
    passages = [found(1, "alpha beta", 0.9), found(2, "gamma delta", 0.5), found(3, "pi rho", 0.1)]
    assert order(*passages) == [1, 2, 3]
    assert [hit.score for hit in varied(passages)] == [0.9, 0.5, 0.1]


def test_of_equal_passages_the_first_stays_first() -> None:
    assert order(found(7, INSTALL, 0.5), found(3, INSTALL, 0.5)) == [7, 3]


def test_scores_descend_and_nothing_is_lost() -> None:
    passages = [found(n, INSTALL + f" step {n % 3}", 1 / (n + 1)) for n in range(12)]
    chosen = varied(passages)
    scores = [hit.score for hit in chosen]
    assert scores == sorted(scores, reverse=True)
    assert {hit.chunk_id for hit in chosen} == set(range(12))
    assert varied([]) == ()


@pytest.mark.parametrize(
    ("a", "b", "share"),
    [("a node", "node a", 1), ("a b", "c d", 0), ("a b c", "b c d", 0.5), ("", "", 0)],
)
def test_overlap_is_the_share_of_common_words(a: str, b: str, share: float) -> None:
    shared = overlaps([a, b])
    assert shared[0, 1] == shared[1, 0] == share


def test_neither_case_nor_punctuation_makes_a_passage_new() -> None:
    same = found(2, INSTALL.upper().replace(" ", ", "), 0.8)
    assert order(found(1, INSTALL, 0.9), same, found(3, "Quaternions turn.", 0.6)) == [1, 3, 2]
