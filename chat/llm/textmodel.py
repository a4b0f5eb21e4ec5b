"""What can write an answer: a provider's model, or the book quoting itself.

Nothing here knows the Agents SDK: ``llm.run`` hands a text model to it as one of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, TypeAlias

Message: TypeAlias = dict[str, str]
"""``{"role": "system" | "user" | "assistant", "content": …}``"""

JsonSchema: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a call used, as its provider counted it."""

    input: int
    output: int


class TextModel(ABC):
    """Writes text for messages: no tools, no side effects.

    ``name`` is stored with the answer; ``own`` says that our own code writes it, for nothing.
    """

    name: str
    own: bool = False

    @abstractmethod
    def write(
        self, messages: list[Message], *, max_tokens: int | None, schema: JsonSchema | None = None
    ) -> AsyncGenerator[str | Tokens, None]:
        """Yield the answer in pieces and at most one ``Tokens``; raise ModelError when it fails.

        ``schema`` asks for JSON of that shape. Whether it came is checked by who reads it.
        Closing the generator ends the work wherever it is done.
        """
