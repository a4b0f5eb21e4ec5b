"""A server of the plain design, to compare with: FastAPI, the Agents SDK, one retrieval, tokens.

    python -m benchmarks.plain_server --port 9001

Its book is that of the environment, its encoder and its prompt are ragbook's, its model is the
SDK's own. Nothing is checked and nothing stored: each token goes to the reader as it comes.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import AsyncGenerator
from functools import cache
from typing import Any, cast

os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragbook.settings")

import django
import numpy as np
import uvicorn
from agents import Agent, ModelSettings, OpenAIChatCompletionsModel, RunConfig, Runner
from fastapi import FastAPI, WebSocket
from fastapi.concurrency import run_in_threadpool
from openai import AsyncOpenAI
from qdrant_client import QdrantClient
from qdrant_client.models import Distance, PointStruct, VectorParams

django.setup()

from benchmarks.asking import PATIENCE_S  # noqa: E402
from chat.prompts import MAX_OUTPUT_TOKENS, Prompt, answer_prompt  # noqa: E402
from retrieval.models import Chunk  # noqa: E402
from retrieval.passages import Kind, Passage  # noqa: E402
from retrieval.search import sentence_vectors  # noqa: E402

PASSAGES = 8
ENCODER = "bundled"


class Library:
    """The book's passages in an in-memory Qdrant, searched by meaning alone."""

    def __init__(self) -> None:
        self._store = QdrantClient(":memory:")
        chunks = list(Chunk.objects.select_related("section"))
        vectors = [np.frombuffer(chunk.vector, np.float32) for chunk in chunks]
        shape = VectorParams(size=len(vectors[0]), distance=Distance.DOT)
        self._store.create_collection("book", vectors_config=shape)
        self._passages = [_passage(chunk) for chunk in chunks]
        self._store.upsert(
            "book",
            [PointStruct(id=n, vector=row.tolist()) for n, row in enumerate(vectors)],
        )

    def search(self, question: str) -> list[Passage]:
        """The nearest passages, best first."""
        (vector,) = sentence_vectors(ENCODER, [question])
        found = self._store.query_points("book", query=vector.tolist(), limit=PASSAGES)
        return [self._passages[int(point.id)] for point in found.points]


def application() -> FastAPI:
    """``/ws``: a question goes in as text, tokens come out as text, an empty one at the end."""
    library = Library()
    app = FastAPI()

    @app.websocket("/ws")
    async def chat(socket: WebSocket) -> None:
        await socket.accept()
        question = await socket.receive_text()
        passages = await run_in_threadpool(library.search, question)
        prompt = answer_prompt(
            book_title="Primer", language="en", question=question, passages=passages
        )
        async for token in _tokens(prompt):
            await socket.send_json({"type": "token", "text": token})
        await socket.send_json({"type": "end"})
        await socket.close()

    @app.get("/api/v1/health/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    return app


async def _tokens(prompt: Prompt) -> AsyncGenerator[str, None]:
    agent = Agent(
        name="plain",
        instructions=prompt.instructions,
        model=OpenAIChatCompletionsModel(model="plain", openai_client=_client()),
        model_settings=ModelSettings(max_tokens=MAX_OUTPUT_TOKENS),
    )
    run = Runner.run_streamed(
        agent,
        cast("list[Any]", prompt.input),
        max_turns=1,
        run_config=RunConfig(tracing_disabled=True),
    )
    async for event in run.stream_events():
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            yield event.data.delta


@cache
def _client() -> AsyncOpenAI:
    """One for all answers: it keeps its connections.

    As patient as the readers are. By itself it gives up connecting after five seconds, and where
    two hundred answers begin at once the event loop comes back to some connections later than that.
    """
    return AsyncOpenAI(max_retries=0, timeout=PATIENCE_S)


def _passage(chunk: Chunk) -> Passage:
    return Passage(
        key=chunk.key,
        book="primer",
        edition=1,
        path="",
        url="",
        anchor="",
        heading_path=tuple(chunk.section.heading_path),
        kind=Kind(chunk.kind),
        text=chunk.text,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    uvicorn.run(
        application(),
        host="127.0.0.1",
        port=options.port,
        log_level="warning",
        access_log=False,
        ws_per_message_deflate=False,
    )


if __name__ == "__main__":
    main()
