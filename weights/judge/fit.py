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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from measured import (
    CONTEXTUAL,
    COVERAGE,
    FALLING,
    FOLDS,
    WEIGHTS,
    WORD_FEATURES,
    Measured,
    Numbers,
    fold,
    names,
    read_sets,
)

from chat.evaluate import auroc, calibration_error, reliability
from chat.grounding.scoring import FILE, FOLDER, FORMAT

VERSION = "2026-11-21"
SMALLEST = 0.01  # a smaller weight is left out
RIDGE = 0.0005
RECALL = 0.77
"""Share of the supported sentences of natural sets that the threshold must let pass."""

NATURAL = ("wice_claims", "pairs", "natural")


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


def left_out(sets: Sequence[Measured], columns: Sequence[int]) -> dict[str, Numbers]:
    """Each set's probabilities, fitted on the other documents of all sets."""
    found = {one.name: np.empty(len(one.supported)) for one in sets}
    folds = {one.name: np.array([fold(document) for document in one.documents]) for one in sets}
    for number in range(FOLDS):
        weights = fit([one.part(folds[one.name] != number) for one in sets], columns)
        for one in sets:
            chosen = folds[one.name] == number
            found[one.name][chosen] = predicted(one.part(chosen), columns, weights)
    return found


def calibration(sets: Sequence[Measured], scores: Mapping[str, Numbers]) -> Numbers:
    """Scale and shift of the logits that make the natural sets' probabilities true (Platt 1999).

    ``scores`` are the sets' probabilities, left out. Newton's method; each set counts the same.
    """
    natural = [one for one in sets if one.name in NATURAL]
    logits = np.concatenate([logit(scores[one.name]) for one in natural])
    labels = np.concatenate([one.supported for one in natural])
    counts = np.concatenate(
        [np.full(len(one.supported), 1 / len(one.supported)) for one in natural]
    )
    rows, found = np.stack([logits, np.ones(len(logits))], axis=1), np.array([1.0, 0.0])
    for _ in range(20):
        guess = probabilities(rows, found)
        slope = rows.T @ (counts * (guess - labels))
        curve = (rows.T * (counts * guess * (1 - guess))) @ rows
        found = found - np.linalg.solve(curve, slope)
    return found


def logit(probability: Numbers) -> Numbers:
    found: Numbers = np.log(probability / (1 - probability))
    return found


def recalibrated(probability: Numbers, scale: float, shift: float) -> Numbers:
    return 1 / (1 + np.exp(-(scale * logit(probability) + shift)))


def threshold(sets: Sequence[Measured], scores: Mapping[str, Numbers]) -> float:
    """The support that ``RECALL`` of the supported sentences of natural sets reach."""
    reached = [
        np.quantile(scores[one.name][one.supported == 1], 1 - RECALL)
        for one in sets
        if one.name in NATURAL
    ]
    return round(float(np.mean(reached)), 3)


@dataclass(frozen=True)
class LeftOut:
    """Each set's calibrated probabilities, left out, and what was chosen by them."""

    scores: Mapping[str, Numbers]
    scale: float
    shift: float
    threshold: float


def measure_left_out(sets: Sequence[Measured], columns: Sequence[int]) -> LeftOut:
    raw = left_out(sets, columns)
    scale, shift = calibration(sets, raw)
    scores = {name: recalibrated(found, scale, shift) for name, found in raw.items()}
    return LeftOut(scores, float(scale), float(shift), threshold(sets, scores))


# ── reporting ────────────────────────────────────────────────────────────────────────────────


def area(scores: Numbers, supported: Numbers) -> float:
    return auroc(scores[supported == 1].tolist(), scores[supported == 0].tolist())


def print_report(
    sets: Sequence[Measured], columns: Sequence[int], left: LeftOut, words: LeftOut
) -> None:
    print("| set | n | coverage | soft | words | judge | without | ECE | precision | recall |")
    for one in sets:
        scores = left.scores[one.name]
        others = [other for other in sets if other is not one]
        bins = reliability(scores.tolist(), (one.supported == 1).tolist())
        shown = scores >= left.threshold
        figures = (
            area(one.features[:, names().index(COVERAGE)], one.supported),
            area(one.features[:, names().index("soft_pair")], one.supported),
            area(words.scores[one.name], one.supported),
            area(scores, one.supported),
            area(predicted(one, columns, fit(others, columns)), one.supported),
            calibration_error(bins),
            one.supported[shown].mean() if shown.any() else 0.0,
            shown[one.supported == 1].mean(),
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


def stored(sets: Sequence[Measured], columns: Sequence[int], left: LeftOut) -> dict[str, Any]:
    """The regression on all sets with the calibration multiplied into it."""
    *weights, bias = fit(sets, columns) * left.scale
    return {
        "bias": round(bias + left.shift, 4),
        "weights": {
            names()[at]: round(weight, 4)
            for at, weight in zip(columns, weights, strict=True)
            if abs(weight) > SMALLEST
        },
        "threshold": left.threshold,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("grounding", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("natural", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--write", action="store_true", help="write judge.json")
    options = parser.parse_args()
    sets = read_sets(options.grounding, options.pairs, options.natural, options.cache)
    words = range(len(WORD_FEATURES))
    everything = range(len(WORD_FEATURES) + len(CONTEXTUAL))
    by_words, by_everything = (measure_left_out(sets, chosen) for chosen in (words, everything))
    print_report(sets, everything, by_everything, by_words)
    judge = {
        "format": FORMAT,
        "version": VERSION,
        "words": stored(sets, words, by_words),
        "contextual": stored(sets, everything, by_everything),
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
