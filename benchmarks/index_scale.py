"""How search grows with a book: build time, memory, size and latency at 1,000 to 100,000 chunks.

    python -m benchmarks.index_scale [--sizes 1000 10000 100000] [--queries 200] [--json]

The chunks are those of a book, repeated with other numbers and some new words in their text and
with their vectors turned by noise, so that no embedding model has to run. Rows are stored, the
index built and questions searched by three processes, so that each has a peak memory of its own.
"data MB" is what has to be there: texts and vectors. Searches go the whole way of a reader's
question through ``retrieval.search``, on one thread that waits for nobody, so milliseconds are
those of its processor and hold on a busy machine; "first s" is the first one of a process, which
loads words and pages of the edition. "rest" is a search without the time that its question takes
to encode, which does not grow with the book.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import django
import numpy as np
from numpy.typing import NDArray

from benchmarks.servers import ROOT
from benchmarks.steps import fresh_home, peak_mb, run_step, table

PRIMER = ROOT / "examples" / "primer"
SLUG = "scale"
STEPS = ("store", "build", "search")
NOISE = 0.4
NEW_WORDS = 3
PAGE_CHUNKS = 12
COLUMNS = {
    "chunks": "chunks", "data_mb": "data MB", "store_s": "store s", "build_s": "build s",
    "build_peak_mb": "build peak MB", "shard_mb": "shard MB", "first_s": "first s",
    "search_peak_mb": "search peak MB", "p50_ms": "p50 ms", "p95_ms": "p95 ms",
    "encoder_ms": "encoder p50 ms", "rest_p50_ms": "rest p50 ms", "rest_p95_ms": "rest p95 ms",
}  # fmt: skip


def main() -> None:
    options = _options()
    if options.step:
        django.setup()
        sys.stdout.write(json.dumps(_step(options)))
        return
    rows = [_measured(size, options) for size in options.sizes]
    sys.stdout.write(json.dumps(rows) if options.json else table(COLUMNS, rows, _cell))
    sys.stdout.write("\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--source", type=Path, default=PRIMER, help="the book that is repeated")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    return parser.parse_args()


def _measured(size: int, options: argparse.Namespace) -> dict[str, float]:
    """All figures of one size, from processes that share a data folder."""
    row: dict[str, float] = {"chunks": size}
    arguments = [
        "--sizes", str(size), "--queries", str(options.queries),
        "--source", str(options.source.resolve()),
    ]  # fmt: skip
    with fresh_home("scale") as home:
        for step in STEPS:
            row |= run_step(home, "benchmarks.index_scale", step, *arguments)
    return row


def _step(options: argparse.Namespace) -> dict[str, float]:
    if options.step == "store":
        return store(options.source, options.sizes[0])
    return build() if options.step == "build" else search_all(options.source, options.queries)


# ── the rows ─────────────────────────────────────────────────────────────────────────────────


def store(source: Path, size: int) -> dict[str, float]:
    """An edition of ``size`` chunks that vary those of the book."""
    from retrieval.embeddings import embedder
    from retrieval.ingest import ingest
    from retrieval.manifest import Manifest
    from retrieval.models import Book, Chunk, Edition

    ingest("base", source, Manifest(), lambda *_: None)
    base = list(Chunk.objects.select_related("section").order_by("ordinal"))
    started = time.perf_counter()
    book = Book.objects.create(slug=SLUG, title="Scale")
    edition = Edition.objects.create(
        book=book, number=1, state=Edition.State.READY, digest=f"{size:064d}", chunk_count=size,
        embedding="bundled", dimension=embedder("bundled").dimension,
    )  # fmt: skip
    characters = _store_chunks(edition, base, size)
    Book.objects.filter(pk=book.pk).update(live=edition)
    data = characters + size * edition.dimension * 4
    return {"store_s": time.perf_counter() - started, "data_mb": data / 1e6}


def _store_chunks(edition: Any, base: list[Any], size: int) -> int:
    """The rows, a page at a time; how many characters they hold."""
    from retrieval.models import Chunk, Section

    rng = np.random.default_rng(7)
    chunks = islice(cycle(base), size)
    pages = iter(lambda: list(islice(chunks, PAGE_CHUNKS)), [])
    characters = ordinal = 0
    for number, originals in enumerate(pages):
        section = Section.objects.create(
            edition=edition, ordinal=number, path=f"part-{number // 40}/page-{number}.md",
            url=f"part-{number // 40}/page-{number}", title=originals[0].section.title,
            heading_path=originals[0].section.heading_path,
        )  # fmt: skip
        rows = [
            Chunk(
                edition=edition, section=section, ordinal=ordinal + n, key=f"{ordinal + n:040d}",
                kind=original.kind, text=_varied(original.text, ordinal + n, rng),
                vector=_turned(np.frombuffer(original.vector, "<f4"), rng).tobytes(),
            )
            for n, original in enumerate(originals)
        ]  # fmt: skip
        Chunk.objects.bulk_create(rows)
        ordinal += len(rows)
        characters += sum(len(row.text) for row in rows)
    return characters


def _varied(text: str, number: int, rng: np.random.Generator) -> str:
    """The text with words that few other chunks hold; their number grows as in a real book."""
    words = " ".join(f"w{int(n):x}" for n in number * rng.random(NEW_WORDS))
    return f"{text}\nCase {number}: {words}."


def _turned(vector: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    noisy = vector + NOISE * rng.standard_normal(len(vector)) / np.sqrt(len(vector))
    return np.asarray(noisy / np.linalg.norm(noisy), "<f4")


# ── the index and the searches ───────────────────────────────────────────────────────────────


def build() -> dict[str, float]:
    from django.conf import settings

    from retrieval.index import rebuild
    from retrieval.models import Edition

    edition = Edition.objects.select_related("book").get(book__slug=SLUG)
    started = time.perf_counter()
    rebuild(edition)
    seconds = time.perf_counter() - started
    files = (settings.RAGBOOK_DATA / "index" / SLUG).rglob("*")
    size = sum(file.stat().st_blocks * 512 for file in files)  # the engine's files are sparse
    return {"build_s": seconds, "build_peak_mb": peak_mb(), "shard_mb": size / 1e6}


def search_all(source: Path, queries: int) -> dict[str, float]:
    from retrieval.embeddings import embedder
    from retrieval.search import search

    asked = list(islice(_questions(source), queries + 1))
    encode = embedder("bundled").embed_query
    first = _milliseconds(search, SLUG, asked[0])
    encoded = np.array([_milliseconds(encode, question) for question in asked[1:]])
    searched = np.array([_milliseconds(search, SLUG, question) for question in asked[1:]])
    p50, p95 = np.percentile(searched, [50, 95])
    rest_p50, rest_p95 = np.percentile(searched - encoded, [50, 95])
    return {
        "first_s": first / 1000, "search_peak_mb": peak_mb(), "p50_ms": p50, "p95_ms": p95,
        "encoder_ms": float(np.median(encoded)), "rest_p50_ms": rest_p50, "rest_p95_ms": rest_p95,
    }  # fmt: skip


def _milliseconds(call: Callable[..., object], *arguments: str) -> float:
    started = time.thread_time()
    call(*arguments)
    return (time.thread_time() - started) * 1000


def _questions(source: Path) -> Iterator[str]:
    """Questions without end, no two alike: those of the book, then about each of its headings."""
    from retrieval.models import Section

    file = source / "questions.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    yield from dict.fromkeys(json.loads(line)["question"] for line in lines)
    titles = list(dict.fromkeys(Section.objects.filter(edition__book__slug="base").values_list(
        "title", flat=True)))  # fmt: skip
    for form in ("How does {} work?", "What goes wrong with {}?", "Show me an example of {}."):
        yield from (form.format(title) for title in titles)


def _cell(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"


if __name__ == "__main__":
    main()
