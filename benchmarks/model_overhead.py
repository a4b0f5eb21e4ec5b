"""Processor time for each chunk of an answer: our model against the SDK's stock model, one run.

    python -m benchmarks.model_overhead

Both read the same paced answers from the fake server, which runs in a process of its own; the
processor time is this process's, on the event loop that uvicorn uses, and the median of some rounds
in turn. "deltas" are those that the reader of all answers was given.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import median

os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragbook.settings")

import uvloop
from agents import Agent, ModelSettings, OpenAIChatCompletionsModel, RunConfig, Runner
from openai import AsyncOpenAI

from chat import llm
from chat.llm.completions import ChatCompletions
from chat.prompts import Prompt

PROMPT = Prompt("Answer.", [{"role": "user", "content": "Tell me more."}])
Ask = Callable[[], Awaitable[int]]


async def processor_seconds(ask: Ask, readers: int) -> tuple[float, int]:
    """Processor time of ``readers`` answers that stream at once, and the deltas that they saw."""
    await ask()
    gc.collect()  # or the round would pay for what was made before it
    started = time.process_time()
    deltas = await asyncio.gather(*(ask() for _ in range(readers)))
    return time.process_time() - started, sum(deltas)


def ours(base_url: str) -> tuple[Ask, ChatCompletions]:
    model = ChatCompletions("mode:world", base_url=base_url, api_key="none")

    async def ask() -> int:
        return len([delta async for delta in llm.run(PROMPT, model, deadline_s=60).deltas()])

    return ask, model


def stock(base_url: str) -> tuple[Ask, AsyncOpenAI]:
    client = AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0)
    model = OpenAIChatCompletionsModel(model="mode:world", openai_client=client)
    agent = Agent(
        name="stock",
        instructions=PROMPT.instructions,
        model=model,
        model_settings=ModelSettings(include_usage=True),
    )

    async def ask() -> int:
        result = Runner.run_streamed(
            agent, "Tell me more.", max_turns=1, run_config=RunConfig(tracing_disabled=True)
        )
        events = [event async for event in result.stream_events()]
        return sum(
            event.type == "raw_response_event" and event.data.type == "response.output_text.delta"
            for event in events
        )

    return ask, client


async def measure(base_url: str, options: argparse.Namespace) -> None:
    our_ask, model = ours(base_url)
    stock_ask, client = stock(base_url)
    asks = {"ours": our_ask, "stock": stock_ask}
    rounds = [
        {name: await processor_seconds(ask, options.readers) for name, ask in asks.items()}
        for _ in range(options.rounds)
    ]
    await model.close()
    await client.close()
    print(f"{options.readers} answers of {options.tokens} chunks at once")
    print(f"{'':12} {'ms an answer':>14} {'µs a chunk':>12} {'deltas':>8}")
    for name in asks:
        each = median(measured[name][0] for measured in rounds) / options.readers
        deltas = rounds[0][name][1]
        print(f"{name:12} {each * 1e3:14.1f} {each / options.tokens * 1e6:12.1f} {deltas:8}")
    ratio = median(measured["stock"][0] / measured["ours"][0] for measured in rounds)
    print(f"stock / ours {ratio:14.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=150)
    parser.add_argument("--tokens-per-second", type=float, default=50.0)
    parser.add_argument("--readers", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "benchmarks.fake_model", "--mode", "world"),
            *("--first-token-ms", "0", "--tokens", str(arguments.tokens)),
            *("--tokens-per-second", str(arguments.tokens_per_second)),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout
        base_url = server.stdout.readline().strip().partition("=")[2]
        uvloop.run(measure(base_url, arguments))
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
