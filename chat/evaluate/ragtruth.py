"""The RAGTruth data format (Niu et al. 2024): whole answers of models, with the spans made up.

A folder holds ``source_info.jsonl`` (``source_id``, ``task_type``, ``source_info``) and
``response.jsonl`` (``id``, ``source_id``, ``response``, ``split``, ``labels`` with ``start`` and
``end``). An answer counts as hallucinated if it has a labelled span, a sentence if it overlaps one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chat.evaluate.examples import GroundingFileError, passage_of, read_rows
from chat.evaluate.figures import auroc
from chat.evaluate.judging import Judged, pieces_of, timed
from chat.grounding.contextual import Encode
from chat.grounding.judge import LocalJudge
from retrieval.passages import Passage

_PASSAGE = re.compile(r"^passage \d+:", re.MULTILINE)
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Response:
    """A model's answer to ``question`` from ``passages``; ``spans`` of it are not in them."""

    id: str
    task: str
    question: str
    passages: tuple[Passage, ...]
    text: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class JudgedResponse:
    """A response's sentences as judged. ``support`` is that of its worst claim, 1 without any."""

    task: str
    hallucinated: bool
    sentences: tuple[Judged, ...]

    @property
    def support(self) -> float:
        return min((item.score for item in self.sentences), default=1.0)

    @property
    def shown_whole(self) -> bool:
        return all(item.shown for item in self.sentences)


def read_responses(folder: Path, split: str = "") -> list[Response]:
    """Read a folder. ``split`` chooses one of the responses' splits.

    Raises :class:`GroundingFileError` that names the line.
    """
    sources = {
        str(row.get("source_id")): (row, place)
        for row, place in read_rows(folder / "source_info.jsonl")
    }
    responses = [
        _response(row, sources, place)
        for row, place in read_rows(folder / "response.jsonl")
        if not split or row.get("split") == split
    ]
    if not responses:
        raise GroundingFileError(
            f"{folder} holds no responses" + (f" of split {split}" * bool(split))
        )
    return responses


def judge_responses(
    responses: Iterable[Response], encode: Encode | None
) -> Iterator[JudgedResponse]:
    """Judge each response sentence by sentence, as an answer is."""
    for response in responses:
        judge = LocalJudge(response.passages, response.question, encode)
        sentences = tuple(_judged(judge, response))
        yield JudgedResponse(response.task, bool(response.spans), sentences)


def response_metrics(judged: Sequence[JudgedResponse]) -> dict[str, float]:
    """How well the judge finds the hallucinated responses: those of which it withholds a part."""
    made_up = [item for item in judged if item.hallucinated]
    faithful = [item for item in judged if not item.hallucinated]
    withheld = [item for item in judged if not item.shown_whole]
    caught = sum(item.hallucinated for item in withheld)
    precision = caught / len(withheld) if withheld else 0.0
    recall = caught / len(made_up) if made_up else 0.0
    return {
        "responses": len(judged),
        "responses_hallucinated": len(made_up) / len(judged) if judged else 0.0,
        "response_auroc": auroc(
            [item.support for item in faithful], [item.support for item in made_up]
        ),
        "response_precision": precision,
        "response_recall": recall,
        "response_f1": 2 * precision * recall / (precision + recall) if caught else 0.0,
    }


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def _response(
    row: Mapping[str, Any], sources: Mapping[str, tuple[Mapping[str, Any], str]], place: str
) -> Response:
    text, labels = row.get("response"), row.get("labels")
    source, source_place = sources.get(str(row.get("source_id")), (None, ""))
    if source is None:
        raise GroundingFileError(f"{place}: source_info.jsonl has no such `source_id`")
    if not isinstance(text, str) or not isinstance(labels, list):
        raise GroundingFileError(f"{place}: needs a text in `response` and a list in `labels`")
    try:
        spans = tuple((int(label["start"]), int(label["end"])) for label in labels)
    except (KeyError, TypeError, ValueError):
        raise GroundingFileError(f"{place}: each label needs `start` and `end`") from None
    question, passages = _source(source.get("source_info"), source_place)
    task = str(source.get("task_type", ""))
    return Response(str(row.get("id", "")), task, question, passages, text, spans)


def _source(info: object, place: str) -> tuple[str, tuple[Passage, ...]]:
    """The question and the passages: a text, a question with passages, or a record of fields."""
    if isinstance(info, str):
        return "", (passage_of(info, 0),)
    if not isinstance(info, dict):
        raise GroundingFileError(f"{place}: `source_info` must be a text or an object")
    passages = info.get("passages")
    if isinstance(passages, str):
        texts = [text.strip() for text in _PASSAGE.split(passages) if text.strip()]
    else:
        texts = ["\n".join(_fields(info))]
    listed = tuple(passage_of(text, number) for number, text in enumerate(texts))
    return str(info.get("question") or ""), listed


def _fields(value: object, name: str = "") -> Iterator[str]:
    """A record as lines of "name: value", names of outer fields before inner ones."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _fields(inner, f"{name} {key}".strip().replace("_", " "))
    elif isinstance(value, list):
        for inner in value:
            yield from _fields(inner, name)
    else:
        yield f"{name}: {value}"


# ── judging ──────────────────────────────────────────────────────────────────────────────────


def _judged(judge: LocalJudge, response: Response) -> Iterator[Judged]:
    end = 0
    for piece in pieces_of(response.text):
        start, end = _place(piece.text, response.text, end)
        made_up = any(low < end and start < high for low, high in response.spans)
        judgement, ms, cpu_ms = timed(judge, [piece])
        label = "unsupported" if made_up else "supported"
        yield Judged(
            label, response.task, judgement.support, judgement.verdict, ms, cpu_ms, cold_ms=ms
        )


def _place(piece: str, text: str, start: int) -> tuple[int, int]:
    """Where the piece stands in the text from ``start`` on, whatever the white space between."""
    pattern = r"\s+".join(map(re.escape, _SPACES.split(piece.strip())))
    found = re.compile(pattern).search(text, start)
    return found.span() if found else (start, start + len(piece))
