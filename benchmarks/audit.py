"""How fast an audit is, and how much memory it takes: 10,000 answers of five sentences.

    python -m benchmarks.audit [--answers 10000] [--source FOLDER] [--json]

A book is ingested, answers are made up that say its sentences with a word or two left out, and the
book is ingested again: of twenty pages one is gone, one reads otherwise. Then the audits run,
each in a process of its own: "waiting" holds what waits against the new edition, "all" everything.
"changed" are sentences of which a cited passage is not as it was.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import django

from benchmarks.servers import ROOT
from benchmarks.steps import fresh_home, peak_mb, run_step, table

PRIMER = ROOT / "examples" / "primer"
SLUG = "audited"
STEPS = ("prepare", "waiting", "all")
SENTENCES = 5
OFFERED = 8
STORED_AT_ONCE = 500
MIN_WORDS = 6
COLUMNS = {
    "run": "audit", "answers": "answers", "sentences": "sentences", "changed": "changed",
    "broken": "broken", "seconds": "seconds", "answers_per_s": "answers/s", "peak_mb": "peak MB",
}  # fmt: skip


def main() -> None:
    options = _options()
    if options.step:
        django.setup()
        sys.stdout.write(json.dumps(_step(options)))
        return
    rows = _measured(options)
    sys.stdout.write(json.dumps(rows) if options.json else table(COLUMNS, rows))
    sys.stdout.write("\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", type=int, default=10_000)
    parser.add_argument("--source", type=Path, default=PRIMER, help="the book")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    return parser.parse_args()


def _measured(options: argparse.Namespace) -> list[dict[str, Any]]:
    """A row for each audit, from processes that share a data folder."""
    arguments = ["--answers", str(options.answers), "--source", str(options.source.resolve())]
    with fresh_home("audit") as home:
        rows = [run_step(home, "benchmarks.audit", step, *arguments) for step in STEPS]
    return rows[1:]


def _step(options: argparse.Namespace) -> dict[str, Any]:
    if options.step == "prepare":
        return prepare(options.source, options.answers)
    return run(options.step)


# ── the book and what was said of it ─────────────────────────────────────────────────────────


def prepare(source: Path, count: int) -> dict[str, Any]:
    """Two editions of the book, and between them the answers."""
    from retrieval.ingest import ingest
    from retrieval.manifest import Manifest

    with tempfile.TemporaryDirectory(prefix="audited-") as folder:
        copy = Path(shutil.copytree(source, folder, dirs_exist_ok=True))
        ingest(SLUG, copy, Manifest(), lambda *_: None)
        say(count)
        change(copy)
        ingest(SLUG, copy, Manifest(), lambda *_: None)
    return {}


def change(folder: Path) -> None:
    """Of twenty pages one goes, one reads otherwise."""
    pages = sorted(path for path in folder.rglob("*") if path.suffix in (".md", ".mdx", ".rst"))
    for number, page in enumerate(pages):
        if number % 20 == 5:
            page.unlink()
        elif number % 20 == 10:
            text = page.read_text(encoding="utf-8")
            page.write_text(re.sub(r" (the|a|is|are) ", r" \1 now ", text), encoding="utf-8")


def say(count: int) -> None:
    """Store so many answers about the live edition."""
    from chat.models import Answer, Citation, Conversation, Sentence
    from retrieval.models import Book, Chunk

    rng = random.Random(7)
    book = Book.objects.get(slug=SLUG)
    chunks = list(Chunk.objects.filter(edition=book.live_id).select_related("section"))
    for start in range(0, count, STORED_AT_ONCE):
        conversation = Conversation.objects.create(book=book)
        numbers = range(start, min(start + STORED_AT_ONCE, count))
        made = [_answer(conversation, number, chunks, rng) for number in numbers]
        Answer.objects.bulk_create(answer for answer, _, _ in made)
        Citation.objects.bulk_create(row for _, citations, _ in made for row in citations)
        Sentence.objects.bulk_create(row for _, _, sentences in made for row in sentences)


def _answer(conversation: Any, number: int, chunks: Sequence[Any], rng: random.Random) -> Any:
    """An answer with its citations and sentences, none of them stored yet."""
    from chat.models import Answer, Citation

    start = rng.randrange(len(chunks))
    offered = [chunks[(start + n) % len(chunks)] for n in range(OFFERED)]
    answer = Answer(
        conversation=conversation, client_id=str(number), outcome="answered", verdict="supported",
        question=f"How does {offered[0].section.title} work?", edition_id=offered[0].edition_id,
    )  # fmt: skip
    citations = [
        Citation(
            answer=answer, n=n, chunk=chunk, chunk_key=chunk.key, title=chunk.section.title,
            heading_path=chunk.section.heading_path, url=_url(chunk.section), text=chunk.text,
            cited=True,
        )
        for n, chunk in enumerate(offered, 1)
    ]  # fmt: skip
    return answer, citations, list(islice(_sentences(answer, citations, rng), SENTENCES))


def _url(section: Any) -> str:
    address = f"{section.edition.book.base_url.rstrip('/')}/{section.url}"
    return f"{address}#{section.anchor}" if section.anchor else address


def _sentences(answer: Any, citations: Sequence[Any], rng: random.Random) -> Iterator[Any]:
    from chat.models import Sentence
    from chat.sentences.borders import sentence_spans

    spans = [
        (citation, start, end)
        for citation in citations
        for start, end in sentence_spans(citation.text)
        if len(citation.text[start:end].split()) >= MIN_WORDS and "```" not in citation.text
    ]
    for ordinal, (citation, start, end) in enumerate(rng.sample(spans, len(spans))):
        quote = citation.text[start:end]
        words = quote.split()
        words.pop(rng.randrange(1, len(words) - 1))
        evidence = {"n": citation.n, "key": citation.chunk_key, "start": start, "end": end}
        yield Sentence(
            answer=answer, ordinal=ordinal, text=" ".join(words), verdict="supported",
            support=0.9, shown=True, evidence=[{**evidence, "quote": quote}],
        )  # fmt: skip


# ── the audits ───────────────────────────────────────────────────────────────────────────────


def run(name: str) -> dict[str, Any]:
    """Hold the answers against the second edition, and tell how long it took."""
    from chat.audit import audit
    from chat.models import Finding

    started = time.perf_counter()
    done = audit(SLUG, lambda *_: None, everything=name == "all")
    seconds = time.perf_counter() - started
    return {
        "run": name, "answers": done.answers, "sentences": done.sentences,
        "changed": Finding.objects.count(), "broken": done.broken,
        "seconds": round(seconds, 1), "answers_per_s": round(done.answers / seconds, 1),
        "peak_mb": round(peak_mb()),
    }  # fmt: skip


if __name__ == "__main__":
    main()
