"""``evaluate_retrieval``: measure search and refusal against a question file."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from retrieval.errors import RetrievalError
from retrieval.evaluate import (
    LOWER_IS_BETTER,
    METRICS,
    Evaluation,
    Metrics,
    Outcome,
    Question,
    evaluate,
    read_questions,
)
from retrieval.management.bounds import add_bounds, hold, read_bounds
from retrieval.report import as_html

COLUMNS = {
    "questions": "n",
    "section_recall@1": "sec@1",
    "section_recall@5": "sec@5",
    "section_recall@10": "sec@10",
    "page_recall@1": "page@1",
    "page_recall@5": "page@5",
    "page_recall@10": "page@10",
    "mrr": "MRR",
    "answerable_auroc": "AUROC",
    "refusal_recall": "refused",
    "refusal_precision": "precise",
    "wrongly_refused": "wrongly",
    "search_p50_ms": "p50 ms",
    "search_p95_ms": "p95 ms",
}

DIGITS = {"questions": 0, "search_p50_ms": 1, "search_p95_ms": 1}


class Command(BaseCommand):
    help = (
        "Search a book for every question of a JSON lines file and report recall, MRR, refusal "
        "and search times. Exit status: 0 done, 1 a threshold missed, 2 unusable input."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="The book, for example ros2-primer.")
        parser.add_argument("questions", type=Path, help="The question file (.jsonl).")
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")
        parser.add_argument(
            "--report", type=Path, metavar="FILE", help="Write an HTML page that explains misses."
        )
        parser.add_argument("--limit", type=int, help="Ask only the first N questions.")
        add_bounds(
            parser,
            "Times and wrongly_refused are bounded from above; recall@5 is section_recall@5. "
            f"Metrics: {', '.join(METRICS)}",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["limit"] is not None and options["limit"] < 1:
            raise CommandError("--limit must not be below 1.", returncode=2)
        bounds = read_bounds([_in_full(text) for text in options["fail_under"]], METRICS)
        try:
            questions = read_questions(options["questions"])[: options["limit"]]
            evaluation = evaluate(options["slug"], questions, _with_progress)
        except RetrievalError as error:
            raise CommandError(str(error), returncode=2) from error
        render = _as_json if options["json"] else _as_table
        self.stdout.write(render(evaluation))
        if options["report"]:
            _write(options["report"], as_html(evaluation))
        hold(bounds, evaluation.metrics, LOWER_IS_BETTER)


def _in_full(bound: str) -> str:
    return f"section_{bound}" if bound.startswith("recall@") else bound


def _write(path: Path, page: str) -> None:
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.", returncode=2) from error


def _with_progress(questions: Iterable[Question]) -> Iterable[Question]:
    return tqdm(questions, desc="Searching", unit="question", file=sys.stderr, disable=None)


def _as_json(evaluation: Evaluation) -> str:
    told = {
        "book": evaluation.book,
        "edition": evaluation.edition,
        "metrics": evaluation.metrics,
        "by_kind": evaluation.by_kind,
        "unfound_evidence": evaluation.unfound_evidence,
        "outcomes": [_outcome(outcome) for outcome in evaluation.outcomes],
    }
    return json.dumps(told, ensure_ascii=False)


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.question.id,
        "kind": outcome.question.kind,
        "expect": outcome.question.expect,
        "answerable": outcome.answerable,
        "refused": outcome.refused,
        "query": outcome.query,
        "section_ranks": outcome.section_ranks,
        "page_ranks": outcome.page_ranks,
        "standings": [asdict(standing) for standing in outcome.standings],
        "found": [passage.link for passage in outcome.found],
        "search_ms": outcome.milliseconds,
    }


def _as_table(evaluation: Evaluation) -> str:
    rows = [*evaluation.by_kind.items(), ("all", evaluation.metrics)]
    width = max(len(kind) for kind, _ in rows)
    lines = [_row("", list(COLUMNS.values()), width)]
    lines += [_row(kind, _cells(metrics), width) for kind, metrics in rows]
    figures = evaluation.metrics
    lines += [
        "",
        f"{evaluation.book}, edition {evaluation.edition}: search p50 "
        f"{figures['search_p50_ms']:.1f} ms, p95 {figures['search_p95_ms']:.1f} ms",
    ]
    if evaluation.unfound_evidence:
        ids = ", ".join(evaluation.unfound_evidence)
        lines.append(f"Evidence that stands in no section of the edition: {ids}")
    return "\n".join(lines)


def _row(name: str, cells: list[str], width: int) -> str:
    return " ".join([name.ljust(width), *(cell.rjust(7) for cell in cells)])


def _cells(metrics: Metrics) -> list[str]:
    def cell(name: str) -> str:
        if name not in metrics:
            return "-"
        return f"{metrics[name]:.{DIGITS.get(name, 3)}f}"

    return [cell(name) for name in COLUMNS]
