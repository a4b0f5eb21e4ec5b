"""How well a corrected question is known again: precision and recall on paraphrases.

Each question of a set is a correction. Its paraphrases must find it, and no other; questions that
differ from it in a word or two ("delete" for "create") must find none, nor must the set's other
questions find each other. A table of thresholds stands below, with and without the comparison of
words.

    python -m benchmarks.corrections                       # the primer's questions
    python -m benchmarks.corrections ros2_dev.jsonl        # a question file with those ids
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PRIMER = ROOT / "examples/primer/questions.jsonl"
PARAPHRASES = Path(__file__).parent / "paraphrases"
THRESHOLDS = (0.80, 0.84, 0.86, 0.88, 0.90, 0.92, 0.94)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question put to the corrections; ``wanted`` is the one to find, empty for none."""

    question: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Figures:
    precision: float
    recall: float
    wrong: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("questions", type=Path, nargs="?", default=PRIMER)
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragbook.settings")
    os.environ.setdefault("DEBUG", "1")
    import django

    django.setup()
    corrections, asked = _set(arguments.questions)
    right = sum(bool(one.wanted) for one in asked)
    print(f"{len(corrections)} corrections, {right} paraphrases, {len(asked) - right} others\n")
    _table(corrections, asked)


def _set(questions: Path) -> tuple[list[str], list[Asked]]:
    """The corrected questions, and what is asked of them."""
    texts = {row["id"]: row["question"] for row in _rows(questions) if not row.get("history")}
    known = [row for path in sorted(PARAPHRASES.glob("*.jsonl")) for row in _rows(path)]
    chosen = [row for row in known if row["id"] in texts]
    corrections = [texts[row["id"]] for row in chosen]
    asked = [Asked(text, texts[row["id"]]) for row in chosen for text in row["same"]]
    asked += [Asked(text, "") for row in chosen for text in row["different"]]
    asked += [Asked(text, "") for text in texts.values() if text not in corrections]
    return corrections, asked


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def _table(corrections: Sequence[str], asked: Sequence[Asked]) -> None:
    from chat.correcting.candidates import ALIKE

    print(f"{'cosine':>8}  {'vectors alone':^26}  {'and words agree':^26}")
    print(f"{'from':>8}  {'precision  recall  wrong':^26}  {'precision  recall  wrong':^26}")
    found = _found(corrections, asked)
    for threshold in THRESHOLDS:
        cells = [_figures(asked, rows, threshold) for rows in found]
        line = "  ".join(f"{c.precision:9.3f} {c.recall:7.3f} {c.wrong:6}  " for c in cells)
        chosen = " <- used" if threshold == ALIKE else ""
        print(f"{threshold:8.2f}  {line}{chosen}")


_Hit = tuple[float, str]


def _found(
    corrections: Sequence[str], asked: Sequence[Asked]
) -> tuple[list[list[_Hit]], list[list[_Hit]]]:
    """For each question the corrections by likeness, best first: all, and those that agree."""
    from chat.correcting.agreement import agree
    from chat.correcting.candidates import question_vectors
    from retrieval.search import token_vectors

    encode = lru_cache(maxsize=None)(lambda text: token_vectors([text])[0])
    vectors = question_vectors([*corrections])
    likeness = question_vectors([one.question for one in asked]) @ vectors.T
    ranked = [sorted(zip(row.tolist(), corrections, strict=True), reverse=True) for row in likeness]
    near = [[hit for hit in hits if hit[0] >= THRESHOLDS[0]] for hits in ranked]
    agreeing = [
        [hit for hit in hits if agree(one.question, hit[1], lambda ts: [encode(t) for t in ts])]
        for one, hits in zip(asked, near, strict=True)
    ]
    return near, agreeing


def _figures(asked: Sequence[Asked], found: Sequence[Sequence[_Hit]], threshold: float) -> Figures:
    given = [hits[0][1] if hits and hits[0][0] >= threshold else "" for hits in found]
    right = sum(bool(text) and text == one.wanted for one, text in zip(asked, given, strict=True))
    answered = sum(map(bool, given))
    wanted = sum(bool(one.wanted) for one in asked)
    return Figures(right / (answered or 1), right / wanted, answered - right)


if __name__ == "__main__":
    main()
