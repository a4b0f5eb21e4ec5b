"""Fit the judge: measure labelled sentences, weigh the features, choose thresholds, report.

    python weights/judge/fit.py GROUNDING PAIRS.jsonl NATURAL.jsonl CACHE            report
    python weights/judge/fit.py GROUNDING PAIRS.jsonl NATURAL.jsonl CACHE --write    and judge.json

GROUNDING holds the labelled sets, PAIRS.jsonl is what ``book_pairs.py`` made, NATURAL.jsonl what
``natural_pairs.py`` did, CACHE is a folder in which the measured features are kept. Run it with
ragbook's own environment.

Every set counts with its share of the mixture, its supported and other sentences half each. Each
weight is held to its sign, so that more coverage can never lower a support, and sets made of
near-misses cannot teach the judge to distrust plain agreement. All figures are for documents that
were left out of the fit; "without" are those of a fit that has not seen the set at all.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

WEIGHTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(WEIGHTS.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragbook.settings")

import django  # noqa: E402

django.setup()

from chat.evaluate import (  # noqa: E402
    Example,
    auroc,
    calibration_error,
    read_examples,
    reliability,
)
from chat.grounding.alignment import Alignment  # noqa: E402
from chat.grounding.features import encoded, measure  # noqa: E402
from chat.grounding.scoring import FILE, FOLDER, FORMAT, inputs  # noqa: E402
from chat.grounding.source import prepare  # noqa: E402
from retrieval.search import token_vectors  # noqa: E402

Numbers = NDArray[np.float64]

VERSION = "2026-11-21"
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
SMALLEST = 0.01  # a smaller weight is left out
RIDGE = 0.0005
RECALL = 0.8
"""Share of the supported sentences of natural sets that the threshold must let pass."""

NATURAL = ("wice_claims", "pairs", "natural")
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


# ── measuring ────────────────────────────────────────────────────────────────────────────────


def names() -> list[str]:
    """What is measured: the features, those that need the encoder last, and the coverage."""
    return [*WORD_FEATURES, *CONTEXTUAL, COVERAGE]


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


# ── fitting ──────────────────────────────────────────────────────────────────────────────────


def fit(sets: Sequence[Measured], columns: Sequence[int]) -> Numbers:
    """The weights and, last, the bias: sign-constrained logistic regression.

    Nesterov's accelerated gradient on the weighted log loss with a ridge, projected to the signs
    after each step.
    """
    rows = np.concatenate([one.features[:, columns] for one in sets])
    rows = np.hstack([rows, np.ones((len(rows), 1))])
    labels = np.concatenate([one.supported for one in sets])
    importance = np.concatenate([one.importance for one in sets])
    importance /= importance.sum()
    signs = np.array([-1.0 if names()[at] in FALLING else 1.0 for at in columns] + [0.0])
    ridge = np.where(signs == 0, 0.0, RIDGE)
    step = 1 / (np.linalg.norm(rows.T * importance @ rows, 2) / 4 + RIDGE)
    weights = ahead = np.zeros(len(columns) + 1)
    for turn in range(3_000):
        errors = importance * (probabilities(rows, ahead) - labels)
        moved = ahead - step * (rows.T @ errors + ridge * ahead)
        moved = np.where(signs * moved < 0, 0.0, moved)
        weights, ahead = moved, moved + turn / (turn + 3) * (moved - weights)
    return weights


def probabilities(rows: Numbers, weights: Numbers) -> Numbers:
    found: Numbers = 1 / (1 + np.exp(-rows @ weights))
    return found


def predicted(one: Measured, columns: Sequence[int], weights: Numbers) -> Numbers:
    rows = np.hstack([one.features[:, columns], np.ones((len(one.features), 1))])
    return probabilities(rows, weights)


def left_out(sets: Sequence[Measured], which: Measured, columns: Sequence[int]) -> Numbers:
    """The set's probabilities, each fitted on the other sets and the set's other documents."""
    found = np.empty(len(which.supported))
    others = [one for one in sets if one.name != which.name]
    folds = np.array([_fold(document) for document in which.documents])
    for fold in range(FOLDS):
        seen, unseen = which.part(folds != fold), which.part(folds == fold)
        if len(unseen.supported):
            found[folds == fold] = predicted(unseen, columns, fit([*others, seen], columns))
    return found


def _fold(document: str) -> int:
    return int(hashlib.md5(document.encode()).hexdigest(), 16) % FOLDS


def threshold(sets: Sequence[Measured], columns: Sequence[int]) -> float:
    """The support that ``RECALL`` of the supported sentences of natural sets reach, left out."""
    natural = [one for one in sets if one.name in NATURAL]
    reached = [
        np.quantile(left_out(sets, one, columns)[one.supported == 1], 1 - RECALL) for one in natural
    ]
    return round(float(np.mean(reached)), 3)


# ── reporting ────────────────────────────────────────────────────────────────────────────────


def area(scores: Numbers, supported: Numbers) -> float:
    return auroc(scores[supported == 1].tolist(), scores[supported == 0].tolist())


def print_report(sets: Sequence[Measured], columns: Sequence[int]) -> None:
    print("| set | n | coverage | soft alignment | words | judge | without | ECE |")
    words = range(len(WORD_FEATURES))
    for one in sets:
        scores = left_out(sets, one, columns)
        others = [other for other in sets if other is not one]
        bins = reliability(scores.tolist(), (one.supported == 1).tolist())
        figures = (
            area(one.features[:, names().index(COVERAGE)], one.supported),
            area(one.features[:, names().index("soft_pair")], one.supported),
            area(left_out(sets, one, words), one.supported),
            area(scores, one.supported),
            area(predicted(one, columns, fit(others, columns)), one.supported),
            calibration_error(bins),
        )
        cells = " | ".join(f"{figure:.3f}" for figure in figures)
        print(f"| {one.name} | {len(scores)} | {cells} |")
        print_types(one, scores)


def print_types(one: Measured, scores: Numbers) -> None:
    """AUROC of the supported against each other type of the set."""
    for kind in sorted(set(one.types[one.supported == 0])):
        of_kind = (one.types == kind) | (one.supported == 1)
        value = area(scores[of_kind], one.supported[of_kind])
        print(f"|   {kind} | {(one.types == kind).sum()} | | | | {value:.3f} | | |")


def stored(sets: Sequence[Measured], columns: Sequence[int]) -> dict[str, Any]:
    *weights, bias = fit(sets, columns)
    return {
        "bias": round(bias, 4),
        "weights": {
            names()[at]: round(weight, 4)
            for at, weight in zip(columns, weights, strict=True)
            if abs(weight) > SMALLEST
        },
        "threshold": threshold(sets, columns),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("grounding", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("natural", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--write", action="store_true", help="write judge.json")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    sets = [
        read_set(options.grounding / f"{name}.jsonl", name, share, options.cache)
        for name, share in SETS.items()
    ]
    sets.append(read_set(options.pairs, "pairs", PAIRS_SHARE, options.cache))
    sets.append(read_set(options.natural, "natural", NATURAL_SHARE, options.cache))
    words = range(len(WORD_FEATURES))
    everything = range(len(WORD_FEATURES) + len(CONTEXTUAL))
    print_report(sets, everything)
    judge = {
        "format": FORMAT,
        "version": VERSION,
        "words": stored(sets, words),
        "contextual": stored(sets, everything),
    }
    print(json.dumps(judge, indent=1))
    if options.write:
        write(json.dumps(judge, indent=1) + "\n")


def write(text: str) -> None:
    """Store the weights, and their checksum in SHA256SUMS."""
    (WEIGHTS / FOLDER / FILE).write_text(text, "utf-8", newline="\n")
    sums = WEIGHTS / "SHA256SUMS"
    kept = [line for line in sums.read_text("ascii").splitlines() if not line.endswith(FILE)]
    kept.append(f"{hashlib.sha256(text.encode()).hexdigest()}  {FOLDER}/{FILE}")
    kept.sort(key=lambda line: line.split()[1])
    sums.write_text("\n".join(kept) + "\n", "ascii", newline="\n")


if __name__ == "__main__":
    main()
