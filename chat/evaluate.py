"""How good the judge is on labelled sentences: the figures of ``evaluate_grounding``."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from chat.errors import ChatError
from chat.grounding.judge import LocalJudge
from chat.grounding.similarity import Vectors
from chat.markdown import plain
from chat.sentences import Piece, SentenceSplitter
from chat.verdict import Judgement, Verdict
from retrieval.passages import Kind, Passage

LABELS = ("supported", "partly", "unsupported", "not_a_claim")

_SHOWN = frozenset({Verdict.SUPPORTED, Verdict.NOT_A_CLAIM})


class GroundingFileError(ChatError):
    """A grounding file is missing, or a line of it cannot be used."""

    code = "grounding_file"


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled sentence with the passages that it is judged against."""

    id: str
    sentence: str
    passages: tuple[Passage, ...]
    label: str
    question: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of an example: ``support`` is the judge's score, ``ms`` its time."""

    label: str
    type: str
    support: float
    verdict: Verdict
    ms: float

    @property
    def shown(self) -> bool:
        """Whether a strict book would show the sentence."""
        return self.verdict in _SHOWN


@dataclass(slots=True)
class Report:
    """Figures over all examples, by type, and the judge's time for a sentence."""

    metrics: dict[str, float]
    types: list[dict[str, Any]] = field(default_factory=list)


def read_examples(path: Path) -> list[Example]:
    """Read a grounding file. Raises :class:`GroundingFileError` that names the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise GroundingFileError(f"cannot read {path}: {error}") from error
    examples = [
        _example(line, f"{path}:{number}")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not examples:
        raise GroundingFileError(f"{path} holds no examples")
    return examples


def judge_examples(examples: Iterable[Example], vectors: Vectors | None) -> Iterator[Judged]:
    """Judge each example as an answer of its own, with the judge's time per example."""
    for example in examples:
        judge = LocalJudge(example.passages, example.question, vectors)
        splitter = SentenceSplitter()
        pieces = [*splitter.feed(example.sentence), *splitter.finish()]
        begin = perf_counter()
        judgement = _judge(judge, pieces)
        elapsed = (perf_counter() - begin) * 1000
        yield Judged(example.label, example.type, judgement.support, judgement.verdict, elapsed)


def report(judged: Sequence[Judged]) -> Report:
    """AUROC and balanced accuracy of supported against unsupported, precision and recall of what
    a strict book shows, and the share shown of each type."""
    claims = [item for item in judged if item.label != "not_a_claim"]
    silent = [item for item in judged if item.label == "not_a_claim"]
    good = [item for item in claims if item.label == "supported"]
    bad = [item for item in claims if item.label == "unsupported"]
    shown = [item for item in claims if item.shown]
    times = sorted(item.ms for item in judged)
    return Report(
        metrics={
            "n": len(judged),
            "base_rate": _share(len(good), len(claims)),
            "auroc": auroc([item.support for item in good], [item.support for item in bad]),
            "balanced_accuracy": (_shown_share(good) + 1 - _shown_share(bad)) / 2,
            "precision": _share(sum(item.label == "supported" for item in shown), len(shown)),
            "recall": _shown_share(good),
            "unsupported_shown": _shown_share([i for i in claims if i.label != "supported"]),
            "not_a_claim_recall": _share(
                sum(item.verdict is Verdict.NOT_A_CLAIM for item in silent), len(silent)
            ),
            "ms_mean": _share(sum(times), len(times)),
            "ms_p50": _quantile(times, 0.5),
            "ms_p95": _quantile(times, 0.95),
        },
        types=_types(judged),
    )


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The chance that a positive scores above a negative, ties counted half (Mann-Whitney U).

    0.5 if one of the two is empty.
    """
    if not positive or not negative:
        return 0.5
    ordered = sorted([(score, 1) for score in positive] + [(score, 0) for score in negative])
    rank_sum, at = 0.0, 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        rank = (at + 1 + end) / 2
        rank_sum += rank * sum(is_positive for _, is_positive in ordered[at:end])
        at = end
    wins = rank_sum - len(positive) * (len(positive) + 1) / 2
    return wins / (len(positive) * len(negative))


def _judge(judge: LocalJudge, pieces: Sequence[Piece]) -> Judgement:
    """Judge an example as a whole, since its label is about the whole."""
    if len(pieces) == 1:
        return judge.judge(pieces[0])
    return judge.judge_text(" ".join(plain(piece.tree) for piece in pieces))


def _types(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    groups: dict[tuple[int, str], list[Judged]] = defaultdict(list)
    for item in judged:
        groups[LABELS.index(item.label), item.type].append(item)
    return [
        {
            "label": LABELS[label],
            "type": kind,
            "n": len(items),
            "shown": round(_shown_share(items), 4),
            "mean_support": round(sum(item.support for item in items) / len(items), 4),
        }
        for (label, kind), items in sorted(groups.items())
    ]


def _example(line: str, place: str) -> Example:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise GroundingFileError(f"{place}: not JSON: {error.msg}") from error
    if not isinstance(row, dict):
        raise GroundingFileError(f"{place}: not a JSON object")
    sentence = row.get("sentence", row.get("claim"))
    if not isinstance(sentence, str) or not sentence.strip():
        raise GroundingFileError(f"{place}: needs a text in `sentence` or `claim`")
    return Example(
        id=str(row.get("id", "")),
        sentence=sentence,
        passages=_passages(row, place),
        label=_label(row.get("label"), place),
        question=str(row.get("question") or ""),
        type=str(row.get("type") or row.get("fine") or ""),
    )


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
    return tuple(_passage(item, number) for number, item in enumerate(listed))


def _passage(item: dict[str, Any], number: int) -> Passage:
    heading = item.get("heading_path") or ()
    return Passage(
        key=str(number),
        book="",
        edition=0,
        path=str(item.get("path", "")),
        url="",
        anchor="",
        heading_path=tuple(map(str, heading)),
        kind=Kind.PROSE,
        text=item["text"],
    )


def _shown_share(items: Sequence[Judged]) -> float:
    return _share(sum(item.shown for item in items), len(items))


def _share(part: float, whole: int) -> float:
    return part / whole if whole else 0.0


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0
