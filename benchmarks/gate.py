"""How much of what scripted models make up passes the gate, and how much of what is true does not.

    python -m benchmarks.gate [--data DIR] [--answers 40] [--judge both --second honest] [--json]

Whole answers of five kinds of model (``benchmarks.gate_scripts``) are asked of the primer, and with
``--data`` of the ROS 2 documentation (``benchmarks.retrieval_sets``): search, judge, gate and rows
are the real ones, the model alone is scripted. The labels come from the rules that made the
sentences. A sentence of ``elsewhere`` may by chance be proved by a passage, and counts as wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import re
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import django

if TYPE_CHECKING:
    from benchmarks.gate_scripts import Said

ROOT = Path(__file__).resolve().parent.parent
PRIMER = ROOT / "examples" / "primer"
GOALS = {"shown": 0.05, "withheld": 0.10}


@dataclass(frozen=True)
class Passed:
    """A labelled sentence and whether its reader saw it."""

    kind: str
    label: str
    shown: bool
    text: str


def main() -> None:
    arguments = _arguments()
    with TemporaryDirectory() as scratch:
        os.environ["RAGBOOK_DATA"] = str(arguments.keep or scratch)
        os.environ["RAGBOOK_JUDGE"] = arguments.judge
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragbook.settings")
        django.setup()
        logging.disable(logging.WARNING)
        found = {
            slug: asyncio.run(_measure(slug, asked, arguments)) for slug, asked in _books(arguments)
        }
    report = {slug: _figures(passed) for slug, passed in found.items()}
    print(json.dumps(report, indent=2) if arguments.json else _tables(report))
    if arguments.show:
        _show(found)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="the folder of the data sets")
    parser.add_argument("--keep", type=Path, help="where the books stay for the next run")
    parser.add_argument("--answers", type=int, default=40, help="of each kind for each book")
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


# ── asking ───────────────────────────────────────────────────────────────────────────────────


async def _measure(slug: str, asked: Sequence[str], arguments: argparse.Namespace) -> list[Passed]:
    from benchmarks.gate_scripts import SCRIPTS, with_orders
    from chat.database import db

    book = await db(_book_sentences, slug)
    passed = []
    for kind in SCRIPTS:
        for number in range(arguments.answers):
            random = Random(f"{arguments.seed} {slug} {kind} {number}")
            question = asked[number % len(asked)]
            if kind == "injected":
                question = with_orders(question, random)
            elsewhere = random.sample(book, min(60, len(book)))
            model = _speaker(kind, question, elsewhere, random, arguments.second)
            passed += await _passed(slug, question, kind, model)
    return passed


def _book_sentences(slug: str) -> list[str]:
    from benchmarks.gate_scripts import sentences_of
    from retrieval.models import Book, Chunk

    edition = Book.objects.get(slug=slug).live
    texts = Chunk.objects.filter(edition=edition).order_by("pk").values_list("text", flat=True)
    return [sentence for text in texts for sentence in sentences_of(text)]


def _speaker(
    kind: str, question: str, elsewhere: Sequence[str], random: Random, second: str
) -> Any:
    from benchmarks.fake_judges import judged, judges
    from benchmarks.fake_texts import fenced
    from benchmarks.gate_scripts import SCRIPTS, Matter
    from chat.llm import TextModel

    class Speaker(TextModel):
        """Answers by the script of its kind, and judges when it is asked to."""

        name = kind

        def __init__(self) -> None:
            self.said: list[Said] = []

        async def write(self, messages: Any, **_: Any) -> AsyncGenerator[str, None]:  # type: ignore[override]
            if judges(messages):
                yield judged(second, messages)
                return
            passages = [text.partition("\n\n")[2] for text in fenced(messages, "passage")]
            self.said = SCRIPTS[kind](Matter(question, passages, elsewhere), random)
            yield " ".join(said.text for said in self.said) or "Hello!"

    return Speaker()


async def _passed(slug: str, question: str, kind: str, model: Any) -> list[Passed]:
    """Ask, and find each scripted sentence again among the rows."""
    from chat import answering
    from chat.database import db
    from chat.schemas import Question

    with patch("chat.composing.provider_model", lambda: model):
        begun = await answering.ask(Question(book=slug, question=question))
        async with aclosing(answering.follow(begun.answer, begun.token)) as events:
            async for _ in events:
                pass
    rows = await db(_rows, begun.answer)
    labels = {_key(said.text): said.label for said in model.said}
    return [
        Passed(kind, labels[_key(text)], shown, text)
        for text, shown in rows
        if _key(text) in labels
    ]


def _rows(answer: Any) -> list[tuple[str, bool]]:
    from chat.markdown import plain
    from chat.models import Sentence

    rows = Sentence.objects.filter(answer=answer)
    return [(plain(row.tree), row.shown) for row in rows]


def _key(text: str) -> str:
    return re.sub(r"\W+", "", text.lower())


# ── telling ──────────────────────────────────────────────────────────────────────────────────


def _figures(passed: Sequence[Passed]) -> dict[str, dict[str, float]]:
    kinds = [*dict.fromkeys(item.kind for item in passed), "all"]
    return {
        kind: _shares([item for item in passed if kind in (item.kind, "all")]) for kind in kinds
    }


def _shares(passed: Sequence[Passed]) -> dict[str, float]:
    """How many sentences, and the share of each label that fell on the wrong side."""
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
