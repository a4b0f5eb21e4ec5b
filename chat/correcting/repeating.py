"""The editors' words in the place of a model's: cut, judged, stored and sent as those are."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from chat.llm.textmodel import JsonSchema, Message, TextModel, Tokens


class EditorsModel(TextModel):
    """Says what an editor wrote, whatever is asked."""

    name = "editors"
    own = True

    def __init__(self, text: str) -> None:
        self._text = text

    async def write(
        self,
        _messages: list[Message],
        *,
        max_tokens: int | None,  # noqa: ARG002 - as long as the editor wanted
        schema: JsonSchema | None = None,  # noqa: ARG002 - always Markdown
    ) -> AsyncGenerator[str | Tokens, None]:
        yield self._text
