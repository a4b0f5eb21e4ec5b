"""A server that answers for a long time: ``python -m benchmarks.soak --minutes 20``.

Readers ask at a steady pace, leave in mid-answer now and then, and come back. Every few seconds the
server's memory, threads, open files and connections to its database are noted. At the end each is
compared with what it was after the warm-up; the exit status is 1 if one of them has grown.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import linear_regression, quantiles

import aiohttp
import psycopg

from benchmarks.asking import Reading, of_ragbook, questions
from benchmarks.fake_model import FakeModel
from benchmarks.processes import footprint
from benchmarks.servers import Server, make_home, serving
from benchmarks.steps import table

WARM_UP = 0.3  # of the samples
MOST_MB_IN_TEN_MINUTES = 1.0
MORE = 4  # threads, files or connections that come and go
LEAVES = 0.1  # of the readers, in mid-answer
COLUMNS = {
    "minute": "minute", "memory_mb": "memory MB", "threads": "threads", "files": "files",
    "connections": "connections", "answers": "answers", "errors": "errors", "p99_s": "p99 s",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """The server at one moment; answers, errors and p99 since the sample before."""

    minute: float
    memory_mb: float
    threads: int
    files: int
    connections: int
    answers: int
    errors: int
    p99_s: float


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as scratch:
        samples = asyncio.run(_soaked(Path(scratch), options))
    print(table(COLUMNS, [asdict(sample) for sample in samples], _cell))
    print(f"load average {os.getloadavg()[0]:.1f}")
    grown = growth(samples)
    print(*(grown or ["Nothing has grown."]), sep="\n")
    sys.exit(bool(grown))


def growth(samples: list[Sample]) -> list[str]:
    """What has grown since the warm-up, in words."""
    warm = samples[int(len(samples) * WARM_UP) :]
    slope = linear_regression([s.minute for s in warm], [s.memory_mb for s in warm]).slope
    found = []
    if slope * 10 > MOST_MB_IN_TEN_MINUTES:
        found.append(f"memory grows by {slope * 10:.1f} MB in ten minutes")
    for name in ("threads", "files", "connections"):
        counts = [getattr(sample, name) for sample in warm]
        half = len(counts) // 2
        if min(counts[half:]) > max(counts[:half]) + MORE:
            found.append(f"{name} have grown from {max(counts[:half])} to {min(counts[half:])}")
    if errors := sum(sample.errors for sample in samples):
        found.append(f"{errors} answers failed")
    return found


async def _soaked(scratch: Path, options: argparse.Namespace) -> list[Sample]:
    async with FakeModel(first_token_s=0.3, tokens_per_second=50) as model:
        variables = {
            "OPENAI_API_KEY": "soak",
            "OPENAI_BASE_URL": model.base_url,
            "RAGBOOK_LOG_LEVEL": "WARNING",
            "RAGBOOK_ADDRESS_RATE": "1000000/m",
            "RAGBOOK_BOOK_RATE": "1000000/m",
            "RAGBOOK_LINGER_S": "2",
        }
        home = await asyncio.to_thread(make_home, scratch)
        on = serving(home, scratch, **variables)
        server = await asyncio.to_thread(on.__enter__)
        try:
            return await _asked(server, model, options)
        finally:
            await asyncio.to_thread(on.__exit__, None, None, None)


async def _asked(server: Server, model: FakeModel, options: argparse.Namespace) -> list[Sample]:
    """Ask at the wanted pace until the time is over."""
    readings: list[Reading] = []
    samples: list[Sample] = []
    started = time.monotonic()
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as readers:
        for number, question in enumerate(itertools.cycle(questions())):
            now = time.monotonic() - started
            if now > options.minutes * 60:
                break
            if now >= options.every_s * (len(samples) + 1):
                samples.append(_sample(server, now / 60, readings))
                readings.clear()
                model.calls.clear()  # which would grow for ever
            readers.create_task(_read(server, session, question, readings))
            due = started + number / options.answers_per_second
            await asyncio.sleep(max(0.0, due - time.monotonic()))
    return samples


async def _read(
    server: Server, session: aiohttp.ClientSession, question: str, readings: list[Reading]
) -> None:
    asking = of_ragbook([server])(session, question)
    if random.random() < LEAVES:
        try:
            await asyncio.wait_for(asking, random.uniform(0.1, 2))
        except TimeoutError:
            return
    else:
        readings.append(await asking)


def _sample(server: Server, minute: float, readings: list[Reading]) -> Sample:
    found = footprint(server.process.pid)
    totals = [reading.total for reading in readings] or [0.0]
    return Sample(
        minute=minute,
        memory_mb=found.memory_mb,
        threads=found.threads,
        files=found.files,
        connections=_connections(server.environment["DATABASE_URL"]),
        answers=len(readings),
        errors=sum(reading.failed for reading in readings),
        p99_s=quantiles([*totals, *totals], n=100)[-1],
    )


def _connections(url: str) -> int:
    """How many the database has; a file has none."""
    if not url.startswith("postgres"):
        return 0
    with psycopg.connect(url, autocommit=True) as one:
        counted = one.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    return int(counted[0]) if counted else 0


def _cell(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--answers-per-second", type=float, default=5.0)
    parser.add_argument("--every-s", type=float, default=15.0, help="how often to look")
    return parser.parse_args()


if __name__ == "__main__":
    main()
