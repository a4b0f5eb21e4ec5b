"""Books in other languages: their own stemmer, and any multilingual encoder of fastembed.

The encoder is a stub of the shape that fastembed's have: a few words of two languages share a
dimension when they mean the same, as they share a direction in a real multilingual model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from retrieval.ingest import ingest
from retrieval.manifest import Manifest
from retrieval.search import ANSWERABLE_THRESHOLD, search

CONCEPTS = (
    {"knoten", "node", "nodes"},
    {"drehung", "rotation", "dreht"},
    {"brot", "bread", "teig"},
    {"starten", "start", "startet"},
)
CONFIG = "module.exports = {title: 'Roboter', i18n: {defaultLocale: 'de', locales: ['de']}};"
PAGES = {
    "knoten.md": "# Knoten\n\nEin Knoten erledigt eine Aufgabe. Die Größe des Knotens ist frei.\n\n"
    "## Starten\n\nMan startet ihn mit `ros2 run`.\n",
    "drehung.md": "# Quaternionen\n\nEine Drehung besteht aus vier Zahlen.\n",
    "brot.md": "# Brot\n\nDer Teig ruht zwei Stunden.\n",
}


class Multilingual:
    """Counts of the concepts that a text names, and a little of none."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    @staticmethod
    def get_embedding_size(_: str) -> int:
        return len(CONCEPTS) + 1

    def passage_embed(self, texts: Iterable[str], **_: Any) -> Iterator[NDArray[np.float32]]:
        return (self._vector(text) for text in texts)

    def query_embed(self, text: str) -> Iterator[NDArray[np.float32]]:
        yield self._vector(text)

    def _vector(self, text: str) -> NDArray[np.float32]:
        words = re.findall(r"\w+", text.lower())
        counts = [sum(word in concept for word in words) for concept in CONCEPTS]
        return np.array([*counts, 0.1], np.float32)


@pytest.fixture
def _german(db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastembed.TextEmbedding", Multilingual)
    settings.RAGBOOK_EMBEDDING = "fastembed:stub/multilingual"
    (tmp_path / "docusaurus.config.js").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "docs").mkdir()
    for name, text in PAGES.items():
        (tmp_path / "docs" / name).write_text(text, encoding="utf-8")
    ingest("roboter", tmp_path, Manifest(), lambda *_: None)


def titles(question: str) -> list[str]:
    return [passage.title for passage in search("roboter", question).passages]


@pytest.mark.usefixtures("_german")
@pytest.mark.parametrize("question", ["Wie groß sind die Knoten?", "Was machen Knoten", "größe"])
def test_words_are_found_in_any_inflection(question: str) -> None:
    assert titles(question)[0] == "Knoten"


@pytest.mark.usefixtures("_german")
@pytest.mark.parametrize(
    ("question", "title"),
    [("rotation", "Quaternionen"), ("bread", "Brot"), ("start a node", "Starten")],
)
def test_a_multilingual_encoder_finds_what_is_asked_in_another_language(
    question: str, title: str
) -> None:
    assert title in titles(question)[:2]


@pytest.mark.usefixtures("_german")
def test_a_question_that_the_book_does_not_answer_is_told_in_its_language_too() -> None:
    asked = search("roboter", "Wie hoch ist die Steuer auf Gebrauchtwagen?").answerable
    assert asked < ANSWERABLE_THRESHOLD
    assert asked < search("roboter", "Aus wie vielen Zahlen besteht eine Drehung?").answerable
