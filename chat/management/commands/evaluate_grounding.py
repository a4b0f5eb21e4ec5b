"""``evaluate_grounding FILE.jsonl``: how good the judge is on labelled sentences."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from chat.evaluate import (
    Example,
    GroundingFileError,
    Judged,
    Report,
    judge_examples,
    read_examples,
    report,
)
from retrieval.search import sentence_vectors


class Command(BaseCommand):
    help = "Measure the grounding judge on a file of labelled sentences (JSON lines)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.jsonl")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--fail-under",
            action="append",
            default=[],
            metavar="METRIC=VALUE",
            help="exit with status 1 if the metric is lower; may be given several times",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            examples = read_examples(options["file"])
            floors = [_floor(text) for text in options["fail_under"]]
        except (GroundingFileError, ValueError) as error:
            raise CommandError(str(error), returncode=2) from error
        result = report(self._judge(examples))
        self._print(result, as_json=options["json"])
        self._hold(result.metrics, floors)

    def _judge(self, examples: list[Example]) -> list[Judged]:
        vectors = partial(sentence_vectors, settings.RAGBOOK_EMBEDDING)
        judged = judge_examples(examples, vectors)
        quiet = not sys.stderr.isatty()
        return list(tqdm(judged, total=len(examples), unit=" sentences", disable=quiet))

    def _print(self, result: Report, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({**result.metrics, "types": result.types}))
            return
        for name, value in result.metrics.items():
            self.stdout.write(f"{name:20} {value:.3f}" if name != "n" else f"{name:20} {value:.0f}")
        self.stdout.write(f"\n{'label':12} {'type':22} {'n':>5} {'shown':>7} {'support':>8}")
        for row in result.types:
            self.stdout.write(
                f"{row['label']:12} {row['type']:22} {row['n']:5} {row['shown']:7.2f}"
                f" {row['mean_support']:8.2f}"
            )

    def _hold(self, metrics: dict[str, float], floors: list[tuple[str, float]]) -> None:
        unknown = [name for name, _ in floors if name not in metrics]
        if unknown:
            known = ", ".join(metrics)
            raise CommandError(f"no such metric: {unknown[0]} (known: {known})", returncode=2)
        missed = [f"{name} {metrics[name]:.3f} < {floor}" for name, floor in floors
                  if metrics[name] < floor]  # fmt: skip
        if missed:
            raise CommandError("; ".join(missed), returncode=1)


def _floor(text: str) -> tuple[str, float]:
    name, sign, value = text.partition("=")
    try:
        return name, float(value if sign else "")
    except ValueError:
        raise ValueError(f"--fail-under needs METRIC=VALUE, not {text!r}") from None
