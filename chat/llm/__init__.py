"""The door to language models: one agent run without tools, its text as deltas."""

from __future__ import annotations

from chat.llm.modelrun import ModelRun, Usage, provider_model, run
from chat.llm.textmodel import TextModel

__all__ = ["ModelRun", "TextModel", "Usage", "provider_model", "run"]
