"""A server's last moment: answers that it is writing end, and their readers ask another process.

Without it they would count as running until a minute has passed without a sign of life. daphne does
not tell of its end, so nothing may depend on this.
"""

from __future__ import annotations

from typing import Any

from chat import answering


async def lifespan(_scope: Any, receive: Any, send: Any) -> None:
    """The ASGI lifespan protocol."""
    while True:
        told = (await receive())["type"]
        if told == "lifespan.shutdown":
            await answering.leave()
        await send({"type": f"{told}.complete"})
        if told == "lifespan.shutdown":
            return
