"""``evaluate_book SLUG``: ask the golden questions again; a gate for the book's own repository."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from chat.errors import ChatError
from desk.evaluating import (
    FAULTS,
    LOWER_IS_BETTER,
    METRICS,
    Checked,
    Evaluation,
    evaluate_book,
    remember,
)
from desk.golden import GoldenQuestion
from desk.goldenfile import as_question
from retrieval.errors import QuestionsError
from retrieval.evaluate import Question, read_questions
from retrieval.management.bookcommand import BookCommand, unusable_input
from retrieval.management.bounds import add_bounds, hold, read_bounds
from retrieval.management.progress import ProgressBar
from retrieval.search import live_edition

QUESTION_CHARS = 70


class Command(BookCommand):
    help = (
        "Ask a book its golden questions, those of the desk or of a file, and tell what is no "
        "longer right. Exit status: 0 done, 1 a threshold missed, 2 unusable input."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="The book, for example ros2-primer.")
        parser.add_argument(
            "--questions",
            type=Path,
            metavar="FILE",
            help="Questions (.jsonl), not those of the desk.",
        )
        parser.add_argument(
            "--against", type=Path, metavar="FILE",
            help="What an earlier run printed with --json: tells which answers broke since.",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")
        add_bounds(parser, f"broken is bounded from above. Metrics: {', '.join(METRICS)}")

    def handle(self, *_args: Any, **options: Any) -> None:
        bounds = read_bounds(options["fail_under"], METRICS)
        with unusable_input():
            passed = _passed(options["against"]) if options["against"] else []
            evaluation = _evaluated(options["slug"], options["questions"], passed)
        self.stdout.write(_as_json(evaluation) if options["json"] else _as_text(evaluation))
        hold(bounds, evaluation.metrics, LOWER_IS_BETTER)


def _evaluated(slug: str, file: Path | None, passed: Sequence[str]) -> Evaluation:
    edition = live_edition(slug)
    questions = read_questions(file) if file else _of_desk(edition.book_id)
    try:
        with ProgressBar(sys.stderr) as progress:
            evaluation = evaluate_book(slug, questions, progress, passed_before=passed)
    except ChatError as error:
        raise CommandError(error.message, returncode=2) from error
    if file is None:
        remember(evaluation, edition)
    return evaluation


def _of_desk(book: int) -> list[Question]:
    golden = GoldenQuestion.objects.filter(book=book).order_by("key")
    return [as_question(question) for question in golden]


def _passed(file: Path) -> list[str]:
    """The ids of the questions that an earlier run passed. Raises ``QuestionsError``."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return [it["id"] for it in told["questions"] if it["passed"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise QuestionsError(
            f"{file} does not hold what evaluate_book prints with --json.", str(error)
        ) from error


# ── what is printed ──────────────────────────────────────────────────────────────────────────


def _as_json(evaluation: Evaluation) -> str:
    told = {
        "book": evaluation.book,
        "edition": evaluation.edition,
        "metrics": evaluation.metrics,
        "broken": list(evaluation.broken),
        "questions": [
            {
                "id": it.question.id,
                "question": it.question.question,
                "expect": it.question.expect,
                "outcome": it.outcome,
                "passed": it.passed,
                "faults": list(it.faults),
            }
            for it in evaluation.checked
        ],
    }
    return json.dumps(told, ensure_ascii=False)


def _as_text(evaluation: Evaluation) -> str:
    return "\n".join(_lines(evaluation))


def _lines(evaluation: Evaluation) -> Iterator[str]:
    for checked in evaluation.checked:
        yield from _question(checked)
    yield ""
    for name, figure in evaluation.metrics.items():
        shown = f"{figure:.0f}" if name in LOWER_IS_BETTER else f"{figure:.3f}"
        yield f"{name.replace('_', ' '):<14} {shown:>7}"
    passed = sum(it.passed for it in evaluation.checked)
    yield ""
    yield (
        f"{evaluation.book}, edition {evaluation.edition}: {passed} of {len(evaluation.checked)} "
        "golden questions are answered rightly."
    )
    if evaluation.broken:
        count = len(evaluation.broken)
        answers = "1 answer" if count == 1 else f"{count} answers"
        yield f"This edition breaks {answers}: {', '.join(evaluation.broken)}"


def _question(checked: Checked) -> Iterator[str]:
    mark = "ok  " if checked.passed else "FAIL"
    yield (
        f"{mark} {checked.question.id:<12} {checked.outcome:<9} "
        f"{checked.question.question[:QUESTION_CHARS]}"
    )
    for fault in checked.faults:
        yield f"     {FAULTS[fault]}"
