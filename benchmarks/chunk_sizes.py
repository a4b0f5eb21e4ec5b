"""How much of what answers a question the first five chunks hold, for three sizes of chunks.

    python -m benchmarks.chunk_sizes --data DIR [--corpus NAME]... [--size CHARACTERS]...

``DIR/questions`` holds ``chroma_chunking.questions.jsonl``, whose gold are exact spans, and
the texts in ``chroma_corpora/``. Character recall is the share of a question's gold characters that
lie in the chunks found; density is the share of the characters found that are gold. All texts are
searched as one book by both rankings, without what pages and headings add: these texts have none.
About 2 minutes a size on two cores, nearly all of it encoding.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
from tqdm import tqdm

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragbook.settings")

import django

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from retrieval.embeddings import SparseVector

SIZES = (500, 1000, 1500)
FOUND = 5
DEPTH = 100
ENCODED_AT_ONCE = 256


@dataclass(frozen=True)
class Piece:
    """A chunk and the characters of its file that it holds."""

    path: str
    text: str
    characters: frozenset[int]


def main() -> None:
    arguments = _arguments()
    django.setup()
    folder = arguments.data / "questions"
    texts = {
        path.name: path.read_text("utf-8")
        for path in sorted((folder / "chroma_corpora").glob("*.md"))
        if not arguments.corpus or path.stem in arguments.corpus
    }
    questions = list(_questions(folder / "chroma_chunking.questions.jsonl", texts))
    print(f"{len(texts)} texts, {len(questions)} questions\n")
    print("| characters | chunks | recall at 5 | density at 5 |\n|---|---|---|---|")
    for size in arguments.size or SIZES:
        pieces = list(_pieces(texts, size))
        recall, density = _measured(pieces, questions)
        print(f"| {size} | {len(pieces)} | {recall:.3f} | {density:.3f} |", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder of the data sets")
    parser.add_argument("--corpus", action="append", help="only this text; repeatable")
    parser.add_argument("--size", action="append", type=int, help="only this size; repeatable")
    return parser.parse_args()


def _questions(path: Path, texts: dict[str, str]) -> Iterator[dict[str, Any]]:
    for line in path.read_text("utf-8").splitlines():
        question = json.loads(line)
        if all(gold["path"] in texts for gold in question["gold"]):
            yield question


# ── chunks ───────────────────────────────────────────────────────────────────────────────────


def _pieces(texts: dict[str, str], size: int) -> Iterator[Piece]:
    from retrieval.chunking import chunk_sections
    from retrieval.passages import Block, Kind, SectionText

    for path, text in texts.items():
        blocks = tuple(Block(Kind.PROSE, part) for part in text.split("\n\n") if part.strip())
        section = SectionText(path, path, "", (path,), blocks)
        cursor = 0
        with patch("retrieval.chunking.MAX_CHARACTERS", size):
            for chunk in chunk_sections([section]):
                characters, cursor = _characters(text, chunk.text, cursor)
                yield Piece(path, chunk.text, characters)


def _characters(text: str, chunk: str, cursor: int) -> tuple[frozenset[int], int]:
    """Where the paragraphs of a chunk stand in its file, searched from ``cursor`` on."""
    held: set[int] = set()
    for part in chunk.split("\n\n"):
        start = text.index(part, cursor)
        cursor = start + len(part)
        held.update(range(start, cursor))
    return frozenset(held), cursor


# ── search ───────────────────────────────────────────────────────────────────────────────────


def _measured(pieces: Sequence[Piece], questions: Sequence[dict[str, Any]]) -> tuple[float, float]:
    from retrieval.embeddings import embedder, sparse
    from retrieval.index.fusion import fused

    model, encoder = embedder("bundled"), sparse("en")
    texts = [piece.text for piece in pieces]
    starts = tqdm(range(0, len(texts), ENCODED_AT_ONCE), "Encoding", leave=False, disable=None)
    dense = np.vstack([model.embed_passages(texts[at : at + ENCODED_AT_ONCE]) for at in starts])
    words = _Postings(encoder.passages(texts))
    recalls, densities = [], []
    for question in tqdm(questions, "Asking", leave=False, disable=None):
        asked = question["question"]
        near = _ranking(dense @ model.embed_query(asked))
        hits = fused(near, _ranking(words.scores(encoder.query(asked))))
        found = [pieces[hit.chunk_id] for hit in hits[:FOUND]]
        recall, density = _covered(found, question["gold"])
        recalls.append(recall)
        densities.append(density)
    return fmean(recalls), fmean(densities)


class _Postings:
    """BM25 over the chunks, as the index does it: for each term the chunks that hold it."""

    def __init__(self, vectors: Sequence[SparseVector]) -> None:
        self._chunks = len(vectors)
        self._holding: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for number, vector in enumerate(vectors):
            for term, value in zip(vector.indices.tolist(), vector.values.tolist(), strict=True):
                self._holding[term].append((number, value))

    def scores(self, query: SparseVector) -> NDArray[np.float64]:
        scores = np.zeros(self._chunks)
        for term in query.indices.tolist():
            holding = self._holding.get(term, [])
            idf = log(1 + (self._chunks - len(holding) + 0.5) / (len(holding) + 0.5))
            for number, value in holding:
                scores[number] += value * idf
        return scores


def _ranking(scores: NDArray[Any]) -> list[tuple[int, float]]:
    best = np.argsort(-scores, kind="stable")[:DEPTH]
    return [(int(n), float(scores[n])) for n in best if scores[n] > 0]


def _covered(found: Sequence[Piece], golds: Sequence[dict[str, Any]]) -> tuple[float, float]:
    wanted = {(g["path"], n) for g in golds for n in range(g["start"], g["end"])}
    held = {(piece.path, n) for piece in found for n in piece.characters}
    return len(wanted & held) / len(wanted), len(wanted & held) / len(held)


if __name__ == "__main__":
    main()
