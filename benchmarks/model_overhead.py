"""Processor time for each chunk of an answer: our model against the SDK's stock model, one run.

    python -m benchmarks.model_overhead

Both read the same paced answers from the fake server, which runs in a process of its own; the
processor time is this process's. "deltas" are those that the reader of all answers was given.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragbook.settings")

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


async def measure(base_url: str, tokens: int, readers: int) -> None:
    our_ask, model = ours(base_url)
    stock_ask, client = stock(base_url)
    our_s, our_deltas = await processor_seconds(our_ask, readers)
    stock_s, stock_deltas = await processor_seconds(stock_ask, readers)
    await model.close()
    await client.close()
    print(f"{readers} answers of {tokens} chunks at once")
    print(f"{'':12} {'ms an answer':>14} {'µs a chunk':>12} {'deltas':>8}")
    for name, used, deltas in (("ours", our_s, our_deltas), ("stock", stock_s, stock_deltas)):
        each = used / readers
        print(f"{name:12} {each * 1e3:14.1f} {each / tokens * 1e6:12.1f} {deltas:8}")
    print(f"stock / ours {stock_s / our_s:14.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=150)
    parser.add_argument("--tokens-per-second", type=float, default=50.0)
    parser.add_argument("--readers", type=int, default=50)
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
        asyncio.run(measure(base_url, arguments.tokens, arguments.readers))
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
