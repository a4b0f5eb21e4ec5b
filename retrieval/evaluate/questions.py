"""The question file: what readers ask, and where in the book the answer stands."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, Field, ValidationError, model_validator

from retrieval.errors import QuestionsError


class Gold(BaseModel):
    """A place in the book that answers: ``evidence`` is a verbatim snippet of its section."""

    path: str
    evidence: str = Field(min_length=1)
    heading: str = ""
    anchor: str = ""


class Turn(BaseModel):
    role: Literal["user", "assistant"]
    content: str


class Question(BaseModel):
    """One line of a question file.

    Each of ``gold_groups`` lists alternatives in ``gold`` and is satisfied by any of them; without
    groups, any gold satisfies the question.
    """

    id: str
    question: str = Field(min_length=1)
    history: list[Turn] = []
    gold: list[Gold] = []
    gold_groups: list[list[int]] = []
    kind: str = "question"
    expect: Literal["answer", "refuse"] = "answer"

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if self.expect == "answer" and not self.gold:
            raise ValueError("expects an answer but names no gold")
        if self.gold and not self.gold_groups:
            self.gold_groups = [list(range(len(self.gold)))]
        if any(not 0 <= i < len(self.gold) for group in self.gold_groups for i in group):
            raise ValueError("gold_groups points outside gold")
        return self


def read_questions(path: Path) -> list[Question]:
    """The questions of a JSON lines file. Raises ``QuestionsError`` naming the line at fault."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionsError(f"{path} cannot be read: {error}.") from error
    questions = [
        _question(path, number, line) for number, line in enumerate(lines, 1) if line.strip()
    ]
    if not questions:
        raise QuestionsError(f"{path} holds no question.")
    return questions


def _question(path: Path, number: int, line: str) -> Question:
    try:
        return Question.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        what = f"{place}: {first['msg']}" if place else first["msg"]
        raise QuestionsError(f"{path}, line {number}: {what}.") from error
