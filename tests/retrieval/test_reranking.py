"""A cross-encoder has the last word on the order when one is set, and none by default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from retrieval.errors import EmbeddingError
from retrieval.index import rebuild
from retrieval.reranking import is_known, reranker
from retrieval.search import search
from tests.retrieval.factories import book_of
from tests.retrieval.onnx_stub import write_cross_encoder

PAGES = {
    "nodes.md": {
        "Nodes": "A node is a process that performs one task.",
        "Restarting": "Restart, restart and restart a node again after a crash.",
    },
    "bread.md": {"Bread": "Let the dough rest for two hours."},
}


def titles(question: str) -> list[str]:
    return [passage.title for passage in search("robots", question).passages]


@pytest.fixture
def model(tmp_path: Path) -> str:
    return f"fastembed:{write_cross_encoder(tmp_path / 'reranker', 'restart')}"


@pytest.mark.django_db
def test_the_model_orders_the_passages(settings: Any, model: str) -> None:
    rebuild(book_of("robots", PAGES))
    assert titles("What is a node?")[0] == "Nodes"
    settings.RAGBOOK_RERANKER = model
    assert titles("What is a node?")[0] == "Restarting"


@pytest.mark.django_db
def test_scores_are_probabilities_and_descend(settings: Any, model: str) -> None:
    rebuild(book_of("robots", PAGES))
    settings.RAGBOOK_RERANKER = model
    scores = [hit.score for hit in search("robots", "What is a node?").found]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == pytest.approx(0.953, abs=0.001)  # three times the word: a logit of 3


def test_a_text_is_read_together_with_the_question(model: str) -> None:
    chosen = reranker(model)
    assert chosen is not None
    assert chosen.scores("restart what", ["Restart the node.", "Bread."]) == [2.0, 1.0]
    assert reranker(model) is chosen


def test_none_is_used_by_default() -> None:
    assert reranker("off") is None


@pytest.mark.parametrize("name", ["", "on", "fastembed:", "openai:gpt"])
def test_an_unknown_name_is_told(name: str) -> None:
    assert not is_known(name)
    with pytest.raises(EmbeddingError, match="Unknown reranker") as caught:
        reranker(name)
    assert "off or fastembed:<model>" in caught.value.hint


def test_a_model_that_fastembed_does_not_know_is_named() -> None:
    with pytest.raises(EmbeddingError, match="nobody/nothing cannot be loaded"):
        reranker("fastembed:nobody/nothing")


@pytest.mark.parametrize("missing", ["model.onnx", "tokenizer.json"])
def test_a_folder_without_a_file_of_the_model_is_told(tmp_path: Path, missing: str) -> None:
    folder = write_cross_encoder(tmp_path / "reranker", "restart")
    (folder / missing).unlink()
    with pytest.raises(EmbeddingError, match="cannot be loaded"):
        reranker(f"fastembed:{folder}")
