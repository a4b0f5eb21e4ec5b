"""``evaluate_grounding FILE.jsonl``: how good the judge is on labelled sentences or answers."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from chat.errors import ChatError
from chat.evaluate import (
    Report,
    judge_examples,
    judge_responses,
    read_examples,
    read_responses,
    report,
    response_metrics,
)
from retrieval.management.bounds import add_bounds, hold, read_bounds
from retrieval.search import token_vectors

T = TypeVar("T")


class Command(BaseCommand):
    help = "Measure the grounding judge on labelled sentences, or on whole labelled answers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "source", type=Path, metavar="FILE", help="JSON lines; a folder for --format ragtruth"
        )
        parser.add_argument(
            "--format",
            choices=("sentences", "ragtruth"),
            default="sentences",
            help="ragtruth: response.jsonl and source_info.jsonl of whole answers",
        )
        parser.add_argument("--split", default="", help="ragtruth: only this split, such as test")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        add_bounds(parser, "Metrics are those that are printed.")

    def handle(self, *args: Any, **options: Any) -> None:
        bounds = read_bounds(options["fail_under"])
        try:
            if options["format"] == "ragtruth":
                result = _of_responses(options["source"], options["split"])
            else:
                result = _of_sentences(options["source"])
        except (ChatError, ValueError) as error:
            raise CommandError(str(error), returncode=2) from error
        self._print(result, as_json=options["json"])
        hold(bounds, result.metrics)

    def _print(self, result: Report, *, as_json: bool) -> None:
        if as_json:
            extra = {"types": result.types, "calibration": result.calibration}
            self.stdout.write(json.dumps({**result.metrics, **extra}))
            return
        for name, value in result.metrics.items():
            digits = 0 if float(value).is_integer() and value > 1 else 3
            self.stdout.write(f"{name:22} {value:.{digits}f}")
        self._print_types(result.types)
        self.stdout.write(f"\n{'support from':12} {'n':>5} {'mean':>7} {'supported':>9}")
        for row in result.calibration:
            self.stdout.write(
                f"{row['from']:12.1f} {row['n']:5} {row['support']:7.2f} {row['supported']:9.2f}"
            )

    def _print_types(self, types: Sequence[dict[str, Any]]) -> None:
        heads = f"{'label':12} {'type':24} {'n':>5} {'auroc':>6} {'shown':>6} {'support':>8}"
        self.stdout.write(f"\n{heads}")
        for row in types:
            value = "" if row["auroc"] is None else f"{row['auroc']:.3f}"
            self.stdout.write(
                f"{row['label']:12} {row['type']:24} {row['n']:5} {value:>6} {row['shown']:6.2f}"
                f" {row['mean_support']:8.2f}"
            )


def _of_sentences(path: Path) -> Report:
    examples = read_examples(path)
    return report(_watched(judge_examples(examples, token_vectors), len(examples)))


def _of_responses(folder: Path, split: str) -> Report:
    """Figures of the responses, before those of all their sentences."""
    responses = read_responses(folder, split)
    judged = _watched(judge_responses(responses, token_vectors), len(responses))
    result = report([sentence for response in judged for sentence in response.sentences])
    result.metrics = {**response_metrics(judged), **result.metrics}
    return result


def _watched(judged: Iterable[T], total: int) -> list[T]:
    return list(tqdm(judged, total=total, disable=not sys.stderr.isatty()))
