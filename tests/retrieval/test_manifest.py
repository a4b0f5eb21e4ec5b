"""``ragbook.json``: what it may say, and what is told when it says something else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from retrieval.errors import SourceError
from retrieval.manifest import Manifest, read_manifest


def write(folder: Path, content: object) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "ragbook.json").write_text(text, encoding="utf-8")


def test_a_book_without_a_manifest_says_nothing(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) == Manifest()


def test_the_manifest_of_a_file_stands_beside_it(tmp_path: Path) -> None:
    write(tmp_path, {"title": "Primer"})
    (tmp_path / "primer.epub").write_bytes(b"")
    assert read_manifest(tmp_path / "primer.epub").title == "Primer"


def test_an_address_has_no_manifest() -> None:
    assert read_manifest("https://docs.example.org/") == Manifest()


def test_the_manifest_is_read(tmp_path: Path) -> None:
    write(tmp_path, {"title": "Primer", "include": ["docs/**"], "starter_questions": ["Why?"]})
    manifest = read_manifest(tmp_path)
    assert manifest.title == "Primer"
    assert manifest.include == ("docs/**",)
    assert manifest.starter_questions == ("Why?",)


def test_the_command_line_wins(tmp_path: Path) -> None:
    write(tmp_path, {"title": "Primer", "mode": "annotate"})
    merged = read_manifest(tmp_path).overridden_by(Manifest(title="Other"))
    assert (merged.title, merged.mode) == ("Other", "annotate")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "cannot be read"),
        ([], "must hold a JSON object"),
        ({"titel": "x"}, "unknown setting titel. Known: title"),
        ({"title": 5}, "title must be a text"),
        ({"include": "docs"}, "include must be a list of texts"),
        ({"include": [1]}, "include must be a list of texts"),
    ],
)
def test_an_unusable_manifest_is_named(tmp_path: Path, content: object, complaint: str) -> None:
    write(tmp_path, content)
    with pytest.raises(SourceError, match=complaint):
        read_manifest(tmp_path)
