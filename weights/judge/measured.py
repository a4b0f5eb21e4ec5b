"""The labelled sets as numbers: what the judge measures of each sentence, kept in a folder."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WEIGHTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(WEIGHTS.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragbook.settings")

import django  # noqa: E402

django.setup()

from chat.evaluate import Example, read_examples  # noqa: E402
from chat.grounding.alignment import Alignment  # noqa: E402
from chat.grounding.features import encoded, measure  # noqa: E402
from chat.grounding.scoring import inputs  # noqa: E402
from chat.grounding.source import prepare  # noqa: E402
from retrieval.search import token_vectors  # noqa: E402

Numbers = NDArray[np.float64]

SETS = {
    "wice_claims": 0.3,
    "squad2_dev_half_qa": 0.1,
    "summedits": 0.06,
    "ros2_sentences_dev": 0.1,
}
PAIRS_SHARE = 0.3
NATURAL_SHARE = 0.14
MOST = 1_600  # sentences of a set
FOLDS = 5

FALLING = (
    "novel", "missing_number", "missing_identifier", "missing_name", "counted", "negated",
    "opposites", "stronger", "denying", "exchanged",
)  # fmt: skip
WORD_FEATURES = ("clauses", "weakest_clause", *FALLING)
CONTEXTUAL = ("soft_pair", "soft_lowest", "similarity")
COVERAGE = "coverage"  # measured too, as what the judge must not fall behind


@dataclass(frozen=True)
class Measured:
    """A set's features (n, d), whether each is supported, its document and its type."""

    name: str
    share: float
    features: Numbers
    supported: Numbers
    documents: NDArray[np.str_]
    types: NDArray[np.str_]

    def part(self, chosen: NDArray[np.bool_]) -> Measured:
        rows = (self.features, self.supported, self.documents, self.types)
        return Measured(self.name, self.share, *(row[chosen] for row in rows))

    @property
    def importance(self) -> Numbers:
        """The set's share of the mixture, half of it for each label."""
        positive = self.supported == 1
        return np.where(positive, 0.5 / positive.sum(), 0.5 / (~positive).sum()) * self.share


def names() -> list[str]:
    """What is measured: the features, those that need the encoder last, and the coverage."""
    return [*WORD_FEATURES, *CONTEXTUAL, COVERAGE]


def read_sets(grounding: Path, pairs: Path, natural: Path, cache: Path) -> list[Measured]:
    """All sets with their shares of the mixture."""
    files = [(grounding / f"{name}.jsonl", name, share) for name, share in SETS.items()]
    files += [(pairs, "pairs", PAIRS_SHARE), (natural, "natural", NATURAL_SHARE)]
    cache.mkdir(parents=True, exist_ok=True)
    return [read_set(path, name, share, cache) for path, name, share in files]


def read_set(path: Path, name: str, share: float, cache: Path) -> Measured:
    examples = [example for example in read_examples(path) if example.label != "not_a_claim"]
    chosen = np.random.default_rng(0).permutation(len(examples))[:MOST]
    examples = [examples[at] for at in chosen]
    return Measured(
        name=name,
        share=share,
        features=_kept(examples, cache / f"{name}.npy"),
        supported=np.array([float(example.label == "supported") for example in examples]),
        documents=np.array([document(example) for example in examples]),
        types=np.array([f"{example.label}:{example.type}" for example in examples]),
    )


def document(example: Example) -> str:
    """What is not divided between folds: the group, or the pages that the passages are from."""
    return example.group.partition("#")[0] or "+".join(passage.path for passage in example.passages)


def _kept(examples: Sequence[Example], path: Path) -> Numbers:
    if path.exists():
        kept: Numbers = np.load(path)
        if kept.shape == (len(examples), len(names())):
            return kept
    measured = np.array([[row[name] for name in names()] for row in map(_inputs, examples)])
    np.save(path, measured)
    return measured


def _inputs(example: Example) -> Mapping[str, float]:
    alignment = Alignment([prepare(passage) for passage in example.passages])
    allowed = frozenset(example.question.lower().split())
    words = measure(example.sentence, alignment, allowed, example.question)
    features = encoded(words, example.sentence, alignment, token_vectors)
    return {**inputs(features), COVERAGE: features.window}


def fold(document: str) -> int:
    """The part of a cross-validation in which the document is left out."""
    return int(hashlib.md5(document.encode()).hexdigest(), 16) % FOLDS
