"""What each part of search adds: the same questions with one part after the other taken away.

    python -m benchmarks.retrieval_ablation --data DIR [--keep FOLDER]

``DIR`` is described in ``benchmarks.retrieval_sets``. Two books are ingested into a scratch folder,
each a second time without its headings; ``--keep`` names that folder, so that another run need not
do it again. About 6 minutes on two cores, of which encoding the books takes 4.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from tqdm import tqdm

from benchmarks.steps import own_home

if TYPE_CHECKING:
    from retrieval.evaluate import Metrics, Question

COLUMNS = ("section_recall@1", "section_recall@5", "section_recall@10", "page_recall@5", "mrr")
BARE = "-bare"
MOST_ASKED = 400


@dataclass(frozen=True)
class Variant:
    """A name for the table, and what is changed while it is measured."""

    name: str
    change: Callable[[], AbstractContextManager[Any]] = nullcontext
    history: bool = True


def main() -> None:
    arguments = _arguments()
    with own_home("ablation", arguments.keep) as folder:
        _measure(arguments.data, folder)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder of the data sets")
    parser.add_argument("--keep", type=Path, help="where the books stay for the next run")
    return parser.parse_args()


def _measure(data: Path, folder: Path) -> None:
    from benchmarks.retrieval_sets import SETS
    from retrieval.management.progress import ProgressBar

    for slug, ingested in SETS.items():
        with ProgressBar(sys.stderr) as progress:
            questions = ingested(data, folder, slug, progress)
        asked = _sample([question for question in questions if question.gold])
        print(f"\n| {slug} | @1 | @5 | @10 | page@5 | MRR |\n|---|---|---|---|---|---|")
        for variant in VARIANTS:
            print(_row(variant.name, _figures(variant, slug, asked)), flush=True)
        with _without_headings(), ProgressBar(sys.stderr) as progress:
            ingested(data, folder, slug + BARE, progress)
        print(_row("without headings", _figures(Variant(""), slug + BARE, asked)), flush=True)


def _sample(questions: Sequence[Question]) -> Sequence[Question]:
    """Evenly chosen, no more than ``MOST_ASKED`` or a little above."""
    return questions[:: max(1, len(questions) // MOST_ASKED)]


def _figures(variant: Variant, slug: str, questions: Sequence[Question]) -> Metrics:
    from retrieval.evaluate import evaluate

    asked = [question if variant.history else _alone(question) for question in questions]
    shown = partial(tqdm, desc=variant.name or slug, leave=False, disable=None)
    with variant.change():
        return evaluate(slug, asked, shown).metrics


def _alone(question: Question) -> Question:
    return question.model_copy(update={"history": []})


def _row(name: str, metrics: Metrics) -> str:
    return f"| {name} | " + " | ".join(f"{metrics[column]:.3f}" for column in COLUMNS) + " |"


# ── the parts ────────────────────────────────────────────────────────────────────────────────


def _constants(**values: float) -> Callable[[], AbstractContextManager[Any]]:
    """Constants by ``module__NAME`` below ``retrieval``."""

    @contextmanager
    def changed() -> Iterator[None]:
        with ExitStack() as stack:
            for name, value in values.items():
                stack.enter_context(patch(f"retrieval.{name.replace('__', '.')}", value))
            yield

    return changed


def _unmended() -> AbstractContextManager[Any]:
    return patch("retrieval.lexicon.Lexicon.mended", lambda _lexicon, text: text)


@contextmanager
def _without_parts() -> Iterator[None]:
    with (
        patch("retrieval.chunking.with_parts", str),
        patch("retrieval.lexicon.with_parts", str),
        patch("retrieval.lexicon.Lexicon._joined", lambda *_: ()),
    ):
        _index_again()
        yield
    _index_again()


def _index_again() -> None:
    from retrieval import lexicon
    from retrieval.index import rebuild
    from retrieval.models import Book

    lexicon._lexicon.cache_clear()
    for book in Book.objects.served().select_related("live"):
        assert book.live is not None
        rebuild(book.live)


@contextmanager
def _without_headings() -> Iterator[None]:
    """For an ingest: what is embedded and indexed is the text alone."""
    with ExitStack() as stack:
        for module in ("ingest", "chunking"):
            stack.enter_context(patch(f"retrieval.{module}.search_text", lambda _, text: text))
        yield


NEITHER = {"search__PAGE_WEIGHT": 0.0, "variety__REDUNDANCY": 0.0}
VARIANTS = (
    Variant("words alone (BM25)", _constants(index__fusion__DENSE_WEIGHT=0.0, **NEITHER)),
    Variant("meaning alone", _constants(index__fusion__DENSE_WEIGHT=1.0, **NEITHER)),
    Variant("both", _constants(**NEITHER)),
    Variant("**everything**"),
    Variant("without parts of identifiers", _without_parts),
    Variant("without mending typing errors", _unmended),
    Variant("without the conversation", history=False),
    Variant("without the page's evidence", _constants(search__PAGE_WEIGHT=0.0)),
    Variant("without variety", _constants(variety__REDUNDANCY=0.0)),
)


if __name__ == "__main__":
    main()
