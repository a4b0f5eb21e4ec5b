"""Search tells at start what it would stumble over at the first question."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core import checks as django_checks


def ids() -> list[str | None]:
    found = [
        message
        for check in django_checks.registry.registry.get_checks()
        if check.__module__ == "retrieval.checks"
        for message in check(app_configs=None, databases=None)
    ]
    assert all(message.hint for message in found)
    return [message.id for message in found]


def test_a_fresh_checkout_is_in_order() -> None:
    assert ids() == []


@pytest.fixture
def weights(settings: Any, tmp_path: Path) -> Path:
    """A copy of the bundled files that a test may damage."""
    copy = Path(shutil.copytree(settings.RAGBOOK_WEIGHTS, tmp_path / "weights"))
    settings.RAGBOOK_WEIGHTS = copy
    return copy


def test_a_damaged_encoder_is_told(weights: Path) -> None:
    with (weights / "all-minilm-l6-v2" / "tokenizer.json").open("a") as file:
        file.write(" ")
    assert ids() == ["retrieval.E001"]


def test_a_missing_encoder_is_told(weights: Path) -> None:
    (weights / "all-minilm-l6-v2" / "model.onnx").unlink()
    assert ids() == ["retrieval.E001"]


def test_missing_weights_are_told_for_both_folders(weights: Path) -> None:
    shutil.rmtree(weights)
    assert ids() == ["retrieval.E001", "retrieval.E001"]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ({"RAGBOOK_EMBEDDING": "bundle"}, ["retrieval.E002"]),
        ({"RAGBOOK_EMBEDDING": "bundled:small"}, ["retrieval.E002"]),
        ({"RAGBOOK_EMBEDDING": "fastembed:"}, ["retrieval.E002"]),
        ({"RAGBOOK_EMBEDDING": "fastembed:BAAI/bge-small-en-v1.5"}, []),
        ({"RAGBOOK_EMBEDDING": "openai:text-embedding-3-small"}, ["retrieval.E003"]),
        ({"RAGBOOK_EMBEDDING": "openai:text-embedding-3-small", "OPENAI_API_KEY": "k"}, []),
        ({"RAGBOOK_RERANKER": "on"}, ["retrieval.E005"]),
        ({"RAGBOOK_RERANKER": "fastembed:"}, ["retrieval.E005"]),
        ({"RAGBOOK_RERANKER": "fastembed:Xenova/ms-marco-MiniLM-L-6-v2"}, []),
        ({"QDRANT_URL": "qdrant:6333"}, ["retrieval.E004"]),
        ({"QDRANT_URL": "http://[::1"}, ["retrieval.E004"]),
        ({"QDRANT_URL": "http://qdrant:6333"}, []),
        ({"QDRANT_URL": "http://qdrant:6333", "QDRANT_API_KEY": "k"}, ["retrieval.W001"]),
        ({"QDRANT_URL": "http://localhost:6333", "QDRANT_API_KEY": "k"}, []),
        ({"QDRANT_URL": "https://qdrant.example:6333", "QDRANT_API_KEY": "k"}, []),
    ],
)
def test_each_wrong_setting_has_its_id(
    settings: Any, names: dict[str, Any], told: list[str]
) -> None:
    for name, value in names.items():
        setattr(settings, name, value)
    assert ids() == told
