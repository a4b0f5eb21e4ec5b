"""Files of labelled sentences, one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chat.errors import ChatError
from retrieval.passages import Kind, Passage

LABELS = ("supported", "partly", "unsupported", "not_a_claim")


class GroundingFileError(ChatError):
    """A grounding file is missing, or a line of it cannot be used."""

    code = "grounding_file"


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled sentence with the passages that it is judged against.

    ``group`` is what must not be divided between fitting and measuring: a document.
    """

    id: str
    sentence: str
    passages: tuple[Passage, ...]
    label: str
    question: str = ""
    type: str = ""
    group: str = ""


def read_examples(path: Path) -> list[Example]:
    """Read a grounding file. Raises :class:`GroundingFileError` that names the line."""
    examples = [_example(row, place) for row, place in read_rows(path)]
    if not examples:
        raise GroundingFileError(f"{path} holds no examples")
    return examples


def read_rows(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """The JSON object of each line and its place. Raises :class:`GroundingFileError`."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise GroundingFileError(f"cannot read {path}: {error}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _row(line, f"{path}:{number}"), f"{path}:{number}"


def passage_of(text: str, number: int, path: str = "", heading: tuple[str, ...] = ()) -> Passage:
    """A text as a passage that belongs to no book."""
    return Passage(
        key=str(number),
        book="",
        edition=0,
        path=path,
        url="",
        anchor="",
        heading_path=heading,
        kind=Kind.PROSE,
        text=text,
    )


def _row(line: str, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise GroundingFileError(f"{place}: not JSON: {error.msg}") from error
    if not isinstance(row, dict):
        raise GroundingFileError(f"{place}: not a JSON object")
    return row


def _example(row: dict[str, Any], place: str) -> Example:
    sentence = row.get("sentence", row.get("claim"))
    if not isinstance(sentence, str) or not sentence.strip():
        raise GroundingFileError(f"{place}: needs a text in `sentence` or `claim`")
    return Example(
        id=str(row.get("id", "")),
        sentence=sentence,
        passages=_passages(row, place),
        label=_label(row.get("label"), place),
        question=str(row.get("question") or ""),
        type=_type(row.get("type") or row.get("fine") or ""),
        group=str(row.get("group") or ""),
    )


def _type(value: object) -> str:
    return "+".join(map(str, value)) if isinstance(value, list) else str(value)


def _label(value: object, place: str) -> str:
    label = {"1": "supported", "0": "unsupported"}.get(str(value), str(value))
    if isinstance(value, bool) or label not in LABELS:
        allowed = ", ".join(("1", "0", *LABELS))
        raise GroundingFileError(f"{place}: `label` must be one of {allowed}")
    return label


def _passages(row: dict[str, Any], place: str) -> tuple[Passage, ...]:
    """``passages`` as objects with a text, or ``evidence`` as the sentences of one passage."""
    evidence = row.get("evidence")
    listed = row.get("passages")
    if listed is None and isinstance(evidence, list):
        listed = [{"text": "\n".join(map(str, evidence))}]
    usable = isinstance(listed, list) and all(
        isinstance(item, dict) and isinstance(item.get("text"), str) for item in listed
    )
    if not usable or not listed:
        raise GroundingFileError(
            f"{place}: needs `passages` with a text each, or `evidence` as a list of texts"
        )
    return tuple(
        passage_of(
            item["text"],
            number,
            str(item.get("path", "")),
            tuple(map(str, item.get("heading_path") or ())),
        )
        for number, item in enumerate(listed)
    )
