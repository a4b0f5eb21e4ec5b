"""How a hundred readers fare who ask at once: ``python -m benchmarks.readers``.

Two rounds in one run on one machine, with the same paced model server and as many readers. First
the model alone, read straight from its stream, for the time at which its first sentence is
complete. Then ragbook on one process over WebSocket. The difference is what ragbook adds:
retrieval, judging, storing and sending.
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
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import httpx2
import websockets

from benchmarks.servers import ROOT, Server, make_home, serving
from chat.prompts import answer_prompt
from chat.sentences import SentenceSplitter
from retrieval.passages import Kind, Passage

PRIMER = ROOT / "examples" / "primer"


@dataclass(slots=True)
class Reading:
    """What one reader saw; times are seconds from asking."""

    first_sentence: float | None = None
    total: float = 0.0
    shown: int = 0
    withheld: int = 0
    ends: int = 0
    outcome: str = ""


Read = Callable[[str, asyncio.Barrier], Awaitable[Reading]]
"""Asks a question, once every other reader stands at the barrier with an open connection."""


def main() -> None:
    options = _options()
    questions = _questions()
    with tempfile.TemporaryDirectory() as scratch, _model(options) as model_url:
        alone = asyncio.run(_round(questions, options.readers, _model_reader(model_url)))
        home = make_home(Path(scratch))
        variables = {
            "OPENAI_API_KEY": "benchmark",
            "OPENAI_BASE_URL": model_url,
            "RAGBOOK_ADDRESS_RATE": "1000000/m",
            "RAGBOOK_LOG_LEVEL": "WARNING",
        }
        with serving(home, Path(scratch), options.server, **variables) as server:
            # A round that does not count: a server that has run for a minute has its caches full.
            asyncio.run(_round(questions, options.readers, _ragbook_reader(server)))
            before = _processor_s(server.process.pid)
            through = asyncio.run(_round(questions, options.readers, _ragbook_reader(server)))
            table = report(alone, through) | {
                "processor_ms_per_answer": 1000
                * (_processor_s(server.process.pid) - before)
                / options.readers,
                "memory_mb": _peak_memory_mb(server.process.pid),
            }
    print(json.dumps(table) if options.json else as_text(table, options))


def report(alone: list[Reading], through: list[Reading]) -> dict[str, float]:
    own, ours = _firsts(alone), _firsts(through)
    return {
        "readers": len(through),
        "finished": sum(reading.ends == 1 and reading.outcome != "" for reading in through),
        "answered": sum(reading.outcome == "answered" for reading in through),
        "model_first_sentence_p50_s": median(own),
        "model_first_sentence_p95_s": _p95(own),
        "first_sentence_p50_s": median(ours),
        "first_sentence_p95_s": _p95(ours),
        "added_p95_s": _p95(ours) - _p95(own),
        "model_total_p95_s": _p95([reading.total for reading in alone]),
        "total_p95_s": _p95([reading.total for reading in through]),
        "shown": sum(reading.shown for reading in through),
        "withheld": sum(reading.withheld for reading in through),
    }


def as_text(table: dict[str, float], options: argparse.Namespace) -> str:
    lines = [
        f"{options.readers} readers at once, one {options.server} process; the model: "
        f"{options.first_token_ms:.0f} ms to its first token, {options.tokens_per_second:.0f} "
        f"tokens/s, {options.tokens} tokens, mode {options.mode}",
        "",
    ]
    lines += [f"{name:<30} {value:>10.3f}".rstrip("0").rstrip(".") for name, value in table.items()]
    return "\n".join(lines)


# ── the readers ──────────────────────────────────────────────────────────────────────────────


async def _round(questions: list[str], readers: int, read: Read) -> list[Reading]:
    asked = [questions[n % len(questions)] for n in range(readers)]
    ready = asyncio.Barrier(readers)
    return list(await asyncio.gather(*(read(question, ready) for question in asked)))


def _ragbook_reader(server: Server) -> Read:
    async def read(question: str, ready: asyncio.Barrier) -> Reading:
        reading = Reading()
        async with websockets.connect(
            f"{server.ws}/ws/chat/primer/", open_timeout=30, proxy=None
        ) as socket:
            await ready.wait()
            started = time.perf_counter()
            await socket.send(json.dumps({"type": "ask", "question": question}))
            async for text in socket:
                event = json.loads(text)
                _note(reading, event, time.perf_counter() - started)
                if reading.ends:
                    return reading
        return reading

    return read


def _note(reading: Reading, event: dict[str, str], elapsed: float) -> None:
    match event["type"]:
        case "answer.sentence":
            reading.shown += 1
            reading.first_sentence = reading.first_sentence or elapsed
        case "answer.withheld":
            reading.withheld += 1
            reading.first_sentence = reading.first_sentence or elapsed
        case "answer.finished" | "answer.failed":
            reading.ends += 1
            reading.total = elapsed
            reading.outcome = event.get("outcome", event.get("code", ""))


def _model_reader(base_url: str) -> Read:
    """A reader of the model alone, given one page of the book as its passages."""
    page = (PRIMER / "docs" / "01-communication" / "nodes.md").read_text(encoding="utf-8")
    passage = Passage("k", "primer", 1, "nodes.md", "", "", ("Nodes",), Kind.PROSE, page[:6000])
    client = httpx2.AsyncClient(timeout=60, limits=httpx2.Limits(max_connections=1000))

    async def read(question: str, ready: asyncio.Barrier) -> Reading:
        prompt = answer_prompt(
            book_title="Primer", language="en", question=question, passages=[passage]
        )
        messages = [{"role": "system", "content": prompt.instructions}, *prompt.input]
        body = {"model": "alone", "stream": True, "messages": messages}
        await ready.wait()
        reading, splitter, started = Reading(), SentenceSplitter(), time.perf_counter()
        async with client.stream("POST", f"{base_url}/chat/completions", json=body) as response:
            async for line in response.aiter_lines():
                if splitter.feed(_delta(line)) and reading.first_sentence is None:
                    reading.first_sentence = time.perf_counter() - started
        reading.total = time.perf_counter() - started
        return reading

    return read


def _delta(line: str) -> str:
    if not line.startswith("data: {"):
        return ""
    choices = json.loads(line.removeprefix("data: "))["choices"]
    return str(choices[0]["delta"].get("content") or "") if choices else ""


# ── the set-up ───────────────────────────────────────────────────────────────────────────────


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


def _questions() -> list[str]:
    lines = (PRIMER / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [row["question"] for row in rows if row["kind"] == "answerable"]


def _firsts(readings: list[Reading]) -> list[float]:
    return [reading.first_sentence or reading.total for reading in readings]


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]


def _peak_memory_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=100)
    parser.add_argument("--server", choices=["uvicorn", "daphne"], default="uvicorn")
    parser.add_argument("--mode", default="echo_book", help="what the model says")
    parser.add_argument("--first-token-ms", type=float, default=300.0)
    parser.add_argument("--tokens-per-second", type=float, default=50.0)
    parser.add_argument("--tokens", type=int, default=150)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
