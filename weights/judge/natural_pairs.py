"""Make natural labelled sentences: true ones beside their own evidence, and beside another's.

    python weights/judge/natural_pairs.py GROUNDING NATURAL.jsonl

Nothing is edited. A sentence of a summary, or a question with its answer, is supported by its own
document, and not by the one most like it of the same kind. So errors are as coarse as most errors
of models are, and whoever distrusts plain agreement loses here.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

RIVALS = 40  # other documents, of which the most alike is taken
QUESTIONS = 500
MIN_WORDS = 6

Row = dict[str, Any]

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_WORD = re.compile(r"[a-z]{4,}")


def supported(path: Path) -> list[Row]:
    rows = (json.loads(line) for line in path.read_text("utf-8").splitlines())
    return [row for row in rows if row["label"] == 1]


def summaries(rows: Sequence[Row], chance: random.Random) -> Iterator[Row]:
    """Each sentence of a summary once, beside its own document's sentences and another's."""
    kinds = defaultdict(list)
    for row in rows:
        kinds[row["source"]].append(row)
    seen: set[str] = set()
    for row in rows:
        other = rival(
            row, [each for each in kinds[row["source"]] if not overlap(each, row)], chance
        )
        for sentence in _SENTENCE_END.split(row["claim"]):
            if sentence not in seen and len(sentence.split()) >= MIN_WORDS:
                seen.add(sentence)
                yield from both("summary", row, sentence, other)


def answers(rows: Sequence[Row], chance: random.Random) -> Iterator[Row]:
    """Questions with their answers, beside their own paragraph and another of the same article."""
    for row in chance.sample(rows, min(QUESTIONS, len(rows))):
        same = [each for each in rows if article(each) == article(row) and not overlap(each, row)]
        yield from both("answer", row, row["claim"], rival(row, same, chance))


def both(kind: str, row: Row, sentence: str, other: Row | None) -> Iterator[Row]:
    common = {"source": "natural", "group": article(row), "claim": sentence}
    yield {**common, "type": kind, "label": "supported", "evidence": row["evidence"]}
    if other:
        yield {
            **common,
            "type": f"{kind}_of_another",
            "label": "unsupported",
            "evidence": other["evidence"],
        }


def rival(row: Row, others: Sequence[Row], chance: random.Random) -> Row | None:
    """Of some other documents the one that shares most words with the claim."""
    words = set(_WORD.findall(row["claim"].lower()))
    some = chance.sample(others, min(RIVALS, len(others)))
    return max(some, key=lambda other: len(words & evidence_words(other)), default=None)


def evidence_words(row: Row) -> set[str]:
    return set(_WORD.findall(" ".join(row["evidence"]).lower()))


def overlap(one: Row, other: Row) -> bool:
    return not set(one["evidence"]).isdisjoint(other["evidence"])


def article(row: Row) -> str:
    return str(row["group"]).partition("#")[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("grounding", type=Path)
    parser.add_argument("natural", type=Path)
    options = parser.parse_args()
    chance = random.Random(0)
    rows = [
        *summaries(supported(options.grounding / "summedits.jsonl"), chance),
        *answers(supported(options.grounding / "squad2_dev_half_qa.jsonl"), chance),
    ]
    with options.natural.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
