"""How readers fare who ask at once: ``python -m benchmarks.readers --readers 100 200 300``.

In one run, on one machine, with the same paced model, book and questions: the model alone, ragbook
on one process and on two, and a server of the plain design (``benchmarks/plain_server.py``). A
reader's clock runs from opening the socket. The first piece that ragbook shows is a proved
sentence, that of the others a token. ``--quoting`` measures answers a second without a model, and
``--idle`` what sockets weigh on which nothing is said.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import uvloop

from benchmarks.asking import Ask, Reading, at_once, in_turn, of_model, of_plain_server, of_ragbook
from benchmarks.idle import idle_sockets
from benchmarks.processes import memory_mb, processor_s
from benchmarks.servers import ROOT, Server, free_port, make_home, running, serving
from benchmarks.steps import table

COLUMNS = {
    "system": "system      ",
    "readers": "readers",
    "errors": "errors",
    "first_p50": "first p50",
    "first_p95": "first p95",
    "over_p95": "over model's sentence",
    "total_p95": "total p95",
    "over_total": "over model's",
    "processor": "ms/answer",
    "memory": "MB/process",
    "load": "load",
}
QUOTING_COLUMNS = {
    "system": "quoting     ",
    "answers": "answers",
    "errors": "errors",
    "rate": "answers/s",
    "total_p95": "total p95",
    "processor": "ms/answer",
    "memory": "MB/process",
    "load": "load",
}


@dataclass(frozen=True)
class System:
    """What is asked, and the servers that it runs on."""

    name: str
    ask: Ask
    servers: Sequence[Server] = ()


def main() -> None:
    options = _options()
    uvloop.install()
    with tempfile.TemporaryDirectory() as scratch, _model(options) as model_url, ExitStack() as on:
        systems = _systems(Path(scratch), model_url, on)
        rows = [row for readers in options.readers for row in _compared(systems, readers)]
        print(json.dumps(rows) if options.json else table(COLUMNS, rows, _cell), flush=True)
        if options.idle:
            print(f"1 socket of {options.idle} idle ones:", _idle(systems["ragbook"], options.idle))
    if options.quoting:
        with tempfile.TemporaryDirectory() as scratch, ExitStack() as on:
            rows = _quoting(Path(scratch), on, options.quoting)
            print(json.dumps(rows) if options.json else table(QUOTING_COLUMNS, rows, _cell))


# ── the rounds ───────────────────────────────────────────────────────────────────────────────


def _compared(systems: dict[str, System], readers: int) -> Iterator[dict[str, Any]]:
    model = asyncio.run(at_once(systems["model"].ask, readers))
    yield _row("model alone", readers, model, model)
    for name, system in systems.items():
        if name != "model":
            before = _processor_s(system.servers)
            readings = asyncio.run(at_once(system.ask, readers))
            used = 1000 * (_processor_s(system.servers) - before) / readers
            yield _row(system.name, readers, readings, model) | {
                "processor": used,
                "memory": max(memory_mb(server.process.pid) for server in system.servers),
            }


def _row(name: str, readers: int, readings: list[Reading], model: list[Reading]) -> dict[str, Any]:
    firsts = [r.first_sentence or r.first_token or r.total for r in readings]
    sentences = _p95([r.first_sentence or r.total for r in model])
    total = _p95([r.total for r in readings])
    return {
        "system": name,
        "readers": readers,
        "errors": sum(reading.failed for reading in readings),
        "first_p50": median(firsts),
        "first_p95": _p95(firsts),
        "over_p95": _p95(firsts) - sentences,
        "total_p95": total,
        "over_total": total - _p95([r.total for r in model]),
        "processor": None,
        "memory": None,
        "load": os.getloadavg()[0],
    }


def _quoting(scratch: Path, on: ExitStack, answers: int) -> list[dict[str, Any]]:
    """Without a model the book answers in its own sentences, as fast as it can."""
    first, second = _ragbook(scratch, on, {"OPENAI_API_KEY": ""})
    readers = 20
    rows = []
    for name, servers in (("one process", [first]), ("two processes", [first, second])):
        ask = of_ragbook(servers)
        asyncio.run(in_turn(ask, readers, 4))  # so that the caches are full, as after a minute
        started, before = time.perf_counter(), _processor_s(servers)
        readings = asyncio.run(in_turn(ask, readers, answers // readers))
        rows.append(
            {
                "system": name,
                "answers": len(readings),
                "errors": sum(reading.failed for reading in readings),
                "rate": len(readings) / (time.perf_counter() - started),
                "total_p95": _p95([reading.total for reading in readings]),
                "processor": 1000 * (_processor_s(servers) - before) / len(readings),
                "memory": max(memory_mb(server.process.pid) for server in servers),
                "load": os.getloadavg()[0],
            }
        )
    return rows


def _idle(system: System, sockets: int) -> str:
    """Of a fresh process: one that has worked holds memory already, which sockets then take."""
    (worked,) = system.servers
    with running("uvicorn", worked.home, worked.environment, free_port()) as fresh:
        asyncio.run(at_once(of_ragbook([fresh]), 1))
        found = asyncio.run(idle_sockets(fresh, sockets))
    return f"{found.kib_each:.0f} KiB, {found.dropped} dropped"


# ── the systems ──────────────────────────────────────────────────────────────────────────────


def _systems(scratch: Path, model_url: str, on: ExitStack) -> dict[str, System]:
    variables = {"OPENAI_API_KEY": "benchmark", "OPENAI_BASE_URL": model_url}
    first, second = _ragbook(scratch, on, variables)
    plain = on.enter_context(running("plain", first.home, first.environment, free_port()))
    systems = {
        "model": System("model alone", of_model(model_url)),
        "plain": System("plain design", of_plain_server(plain), [plain]),
        "ragbook": System("ragbook", of_ragbook([first]), [first]),
        "two": System("ragbook x 2", of_ragbook([first, second]), [first, second]),
    }
    for system in systems.values():
        # A round that does not count: a server that has run for a minute has its caches full.
        asyncio.run(at_once(system.ask, 50))
    return systems


def _ragbook(scratch: Path, on: ExitStack, variables: dict[str, str]) -> tuple[Server, Server]:
    """Two processes on one home."""
    quiet = {
        "RAGBOOK_LOG_LEVEL": "WARNING",
        "RAGBOOK_ADDRESS_RATE": "1000000/m",
        "RAGBOOK_BOOK_RATE": "1000000/m",
    }
    home = make_home(scratch)
    first = on.enter_context(serving(home, scratch, **quiet, **variables))
    second = running("uvicorn", first.home, first.environment, free_port())
    return first, on.enter_context(second)


@contextmanager
def _model(options: argparse.Namespace) -> Iterator[str]:
    """The paced model server in a process of its own; yields its base URL."""
    command = [
        *(sys.executable, "-m", "benchmarks.fake_model", "--mode", options.mode),
        *("--first-token-ms", str(options.first_token_ms)),
        *("--tokens-per-second", str(options.tokens_per_second)),
        *("--tokens", str(options.tokens)),
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip().partition("=")[2]
    finally:
        process.terminate()
        process.wait(10)


# ── figures ──────────────────────────────────────────────────────────────────────────────────


def _processor_s(servers: Sequence[Server]) -> float:
    return sum(processor_s(server.process.pid) for server in servers)


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.1f}" if abs(value) >= 20 else f"{value:.2f}"
    return str(value)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, nargs="+", default=[100])
    parser.add_argument("--quoting", type=int, default=0, help="answers to make without a model")
    parser.add_argument("--idle", type=int, default=0, help="sockets that say nothing")
    parser.add_argument("--mode", default="echo_book", help="what the model says")
    parser.add_argument("--first-token-ms", type=float, default=300.0)
    parser.add_argument("--tokens-per-second", type=float, default=50.0)
    parser.add_argument("--tokens", type=int, default=150)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
