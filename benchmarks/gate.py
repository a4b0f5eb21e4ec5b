"""How much of what scripted models make up passes the gate, and how much of what is true does not.

    python -m benchmarks.gate [--data DIR] [--book FOLDER] [--answers 60] [--judge both] [--json]

Whole answers of five kinds of model (``benchmarks.gate_scripts``) are asked of the primer, and with
``--data`` of the ROS 2 documentation (``benchmarks.retrieval_sets``), with ``--book`` of any book's
source, by questions after its headings. Search, judge, gate and rows are the real ones, the model
alone is scripted. The labels come from the rules that made the
sentences. A sentence of ``elsewhere`` may by chance be proved by a passage, and counts as wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from benchmarks.gate_answers import Passed

ROOT = Path(__file__).resolve().parent.parent
PRIMER = ROOT / "examples" / "primer"
GOALS = {"shown": 0.05, "withheld": 0.10}


def main() -> None:
    arguments = _arguments()
    with TemporaryDirectory() as scratch:
        os.environ["RAGBOOK_DATA"] = str(arguments.keep or scratch)
        os.environ["RAGBOOK_JUDGE"] = arguments.judge
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragbook.settings")
        django.setup()
        logging.disable(logging.WARNING)
        found = {slug: _passed(slug, asked, arguments) for slug, asked in _books(arguments)}
    report = {slug: figures(passed) for slug, passed in found.items()}
    print(json.dumps(report, indent=2) if arguments.json else _tables(report))
    if arguments.show:
        _show(found)


def _passed(slug: str, asked: list[str], arguments: argparse.Namespace) -> list[Passed]:
    from benchmarks.gate_answers import measure

    return asyncio.run(
        measure(
            slug,
            asked,
            answers=arguments.answers,
            seed=arguments.seed,
            second=arguments.second,
        )
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="the folder of the data sets")
    parser.add_argument("--book", type=Path, help="the source of a book that nothing was tuned on")
    parser.add_argument("--keep", type=Path, help="where the books stay for the next run")
    parser.add_argument("--answers", type=int, default=60, help="of each kind for each book")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--judge", choices=("local", "both", "llm"), default="local")
    parser.add_argument(
        "--second", default="honest", help="how the model judges, a mode of the fake"
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", action="store_true", help="also print what went wrong")
    return parser.parse_args()


def _books(arguments: argparse.Namespace) -> Iterator[tuple[str, list[str]]]:
    """Each book, ingested, with the questions that it answers."""
    from django.core.management import call_command

    from benchmarks.retrieval_sets import ros2
    from retrieval.evaluate import read_questions

    call_command("migrate", verbosity=0)
    call_command("ingest_book", PRIMER, book="primer", stdout=StringIO())
    primer = read_questions(PRIMER / "questions.jsonl")
    yield "primer", [item.question for item in primer if item.gold]
    if arguments.data:
        asked = ros2(arguments.data)
        yield "ros2", [item.question for item in asked if item.gold]
    if arguments.book:
        call_command("ingest_book", arguments.book, book="unseen", stdout=StringIO())
        yield "unseen", _headings("unseen", arguments.seed)


def _headings(slug: str, seed: int) -> list[str]:
    """A question after each heading of the book that no other section has, shuffled."""
    from django.db.models import F

    from retrieval.models import Section

    sections = Section.objects.filter(edition__book__slug=slug, edition=F("edition__book__live"))
    titles = Counter(sections.order_by("ordinal").values_list("title", flat=True))
    alone = [title for title, times in titles.items() if times == 1 and len(title.split()) > 1]
    Random(seed).shuffle(alone)
    return [f"What does the book say about {title.rstrip('?!.:')}?" for title in alone]


# ── telling ──────────────────────────────────────────────────────────────────────────────────


def figures(passed: Sequence[Passed]) -> dict[str, dict[str, float]]:
    """For each kind, and for all: the sentences of each label and the share that went wrong."""
    kinds = [*dict.fromkeys(item.kind for item in passed), "all"]
    return {
        kind: _shares([item for item in passed if kind in (item.kind, "all")]) for kind in kinds
    }


def _shares(passed: Sequence[Passed]) -> dict[str, float]:
    counts = Counter((item.label, item.shown) for item in passed)
    false = counts["unsupported", True] + counts["unsupported", False]
    true = counts["supported", True] + counts["supported", False]
    return {
        "unsupported": false,
        "shown": round(counts["unsupported", True] / max(false, 1), 4),
        "supported": true,
        "withheld": round(counts["supported", False] / max(true, 1), 4),
    }


def _tables(report: dict[str, dict[str, dict[str, float]]]) -> str:
    lines = []
    for slug, kinds in report.items():
        lines += [
            f"| {slug} | unsupported sentences | shown | supported sentences | withheld |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| {kind} | {it['unsupported']} | {it['shown']:.1%} "
            f"| {it['supported']} | {it['withheld']:.1%} |"
            for kind, it in kinds.items()
        ]
        lines.append("")
    goals = f"goals: at most {GOALS['shown']:.0%} shown, {GOALS['withheld']:.0%} withheld"
    return "\n".join([*lines, goals])


def _show(found: dict[str, list[Passed]]) -> None:
    for slug, passed in found.items():
        for item in passed:
            if item.shown is (item.label == "unsupported"):
                print(f"{slug} {item.kind} {'shown' if item.shown else 'withheld'}: {item.text}")


if __name__ == "__main__":
    main()
