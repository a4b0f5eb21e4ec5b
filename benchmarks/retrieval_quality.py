"""How well search finds and refuses: one line for each set of questions.

    python -m benchmarks.retrieval_quality --data DIR [--set NAME]... [--keep FOLDER] [--json]

``DIR`` is described in ``benchmarks.retrieval_sets``. Recall and rank are those of questions that
the book answers; "refused rightly" is a share of those that it does not answer, "refused wrongly"
of those that it does. The books are ingested into a scratch folder; ``--keep`` names that folder,
so that another run need not do it again.
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.steps import own_home, table

COLUMNS = {
    "set": "set", "answerable": "answerable", "unanswerable": "unanswerable",
    "section_recall@1": "section @1", "section_recall@5": "section @5",
    "section_recall@10": "section @10", "page_recall@5": "page @5", "mrr": "MRR",
    "answerable_auroc": "AUROC", "refusal_recall": "refused rightly",
    "wrongly_refused": "refused wrongly", "search_p50_ms": "p50 ms", "search_p95_ms": "p95 ms",
}  # fmt: skip


def main() -> None:
    arguments = _arguments()
    with own_home("quality", arguments.keep) as folder:
        from benchmarks.retrieval_sets import SETS

        chosen = arguments.set or list(SETS)
        rows = [_measured(name, arguments.data, folder) for name in chosen]
    sys.stdout.write(json.dumps(rows) if arguments.json else table(COLUMNS, rows, _cell))
    sys.stdout.write("\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder of the data sets")
    parser.add_argument("--set", action="append", help="ros2 or squad2; repeatable, default: both")
    parser.add_argument("--keep", type=Path, help="where the books stay for the next run")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _measured(name: str, data: Path, folder: Path) -> dict[str, Any]:
    from benchmarks.retrieval_sets import SETS
    from retrieval.evaluate import evaluate
    from retrieval.management.progress import ProgressBar

    with ProgressBar(sys.stderr) as progress:
        questions = SETS[name](data, folder, name, progress)
    shown = partial(tqdm, desc=name, leave=False, disable=None)
    metrics = evaluate(name, questions, shown).metrics
    answerable = sum(question.expect == "answer" for question in questions)
    counts = {"answerable": answerable, "unanswerable": len(questions) - answerable}
    return {"set": name, **counts, **metrics}


def _cell(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
