"""Try a small network that compares a claim with its evidence token by token: report it by folds.

    python weights/judge/train_comparer.py GROUNDING PAIRS.jsonl NATURAL.jsonl CACHE

Decomposable attention (Parikh et al. 2016) on the bundled encoder's frozen token vectors: each
token of the claim brings the difference to what the evidence says at its place. Only differences
come in, so that no claim can be judged by its own wording. It adds to the regression's logit, so
that it can only learn what the regression leaves open. Nothing of it is shipped: docs/grounding.md
says why. Needs requirements-train.txt beside ragbook's own environment; the files as for fit.py.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from fit import area, fit, logit, predicted
from measured import CONTEXTUAL, FOLDS, MOST, WORD_FEATURES, Measured, Numbers, fold, read_sets
from torch import Tensor, nn

from chat.evaluate import Example, read_examples
from chat.grounding.alignment import Alignment
from chat.grounding.contextual import SENTENCES
from chat.grounding.source import prepare
from chat.grounding.terms import read_terms
from retrieval.search import token_vectors

WIDTH, PROJECTED, HIDDEN = 384, 48, 64
SHARPNESS = 20.0  # of a token's attention to its nearest token
EPOCHS, BATCH, RATE, DECAY, DROPOUT = 4, 64, 2e-3, 0.05, 0.4
LONGEST = 90  # tokens of a claim
EVERYTHING = range(len(WORD_FEATURES) + len(CONTEXTUAL))


class Beside(NamedTuple):
    """A claim beside its evidence: ``differences`` (tokens, WIDTH) and ``marks`` (tokens, 4)."""

    differences: Tensor
    marks: Tensor


class Batch(NamedTuple):
    """Claims of about one length, padded: ``rows`` are their positions among all examples."""

    rows: Sequence[int]
    differences: Tensor
    marks: Tensor
    mask: Tensor


# ── claims and evidence ──────────────────────────────────────────────────────────────────────


def beside(example: Example) -> Beside:
    alignment = Alignment([prepare(passage) for passage in example.passages])
    near = alignment.nearest(read_terms(example.sentence).terms, SENTENCES)
    texts = [example.sentence, *(alignment.segment(place).text[:800] for place in near)]
    claim, *found = (torch.from_numpy(text.vectors[:LONGEST]) for text in token_vectors(texts))
    evidence = torch.cat(found) if found else torch.zeros(1, WIDTH)
    nearness = claim @ evidence.T
    said = torch.softmax(SHARPNESS * nearness, dim=1) @ evidence
    places = nearness.argmax(dim=1)
    steps = torch.diff(places, prepend=places[:1] - 1) - 1
    first = nearness[:, : len(found[0])] if found else nearness
    marks = [nearness.amax(1), first.amax(1), (steps == 0).float(), (steps / 10).clamp(-1, 1)]
    return Beside((claim - said).half(), torch.stack(marks, dim=1))


def batches(claims: Sequence[Beside], rows: Sequence[int]) -> Iterator[Batch]:
    ordered = sorted(rows, key=lambda row: len(claims[row].marks))
    for start in range(0, len(ordered), BATCH):
        chosen = ordered[start : start + BATCH]
        parts = [claims[row] for row in chosen]
        pad = nn.utils.rnn.pad_sequence
        mask = pad([torch.ones(len(part.marks), 1) for part in parts], batch_first=True)
        yield Batch(
            chosen,
            pad([part.differences for part in parts], batch_first=True),
            pad([part.marks for part in parts], batch_first=True),
            mask,
        )


# ── the network ──────────────────────────────────────────────────────────────────────────────


class Comparer(nn.Module):
    """Tokens compared alone, then with their neighbours, then pooled with the judge's features."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.project = nn.Linear(WIDTH, PROJECTED, bias=False)
        self.alone = nn.Linear(2 * PROJECTED + 4, HIDDEN)
        self.around = nn.Conv1d(HIDDEN, HIDDEN, 3, padding=1)
        self.pooled = nn.Linear(2 * HIDDEN + features, HIDDEN)
        self.out = nn.Linear(HIDDEN, 1)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, batch: Batch, features: Tensor) -> Tensor:
        near = self.project(batch.differences.float())
        tokens = torch.cat([near, near.abs(), batch.marks], dim=-1)
        tokens = self.dropout(torch.relu(self.alone(tokens))) * batch.mask
        around = torch.relu(self.around(tokens.transpose(1, 2)).transpose(1, 2))
        tokens = (tokens + around) * batch.mask
        mean = tokens.sum(1) / batch.mask.sum(1).clamp(min=1)
        whole = torch.cat([self.dropout(mean), self.dropout(tokens.amax(1)), features], dim=-1)
        return self.out(self.dropout(torch.relu(self.pooled(whole)))).squeeze(-1)


class Data(NamedTuple):
    """All examples of all sets, one row each."""

    claims: Sequence[Beside]
    features: Tensor
    labels: Tensor
    importance: Tensor
    folds: Numbers


def trained(data: Data, rows: Sequence[int], offsets: Tensor) -> Comparer:
    """A network that adds to ``offsets``, the regression's logits. Prints the falling loss."""
    torch.manual_seed(0)
    net = Comparer(data.features.shape[1])
    chunks = list(batches(data.claims, rows))
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=DECAY)
    steps = EPOCHS * len(chunks)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, steps, pct_start=0.15)
    loss_of = nn.functional.binary_cross_entropy_with_logits
    for epoch in range(EPOCHS):
        losses, begin = [], time.monotonic()
        for at in np.random.default_rng(epoch).permutation(len(chunks)):
            rows = list(chunks[at].rows)
            guess = offsets[rows] + net(chunks[at], data.features[rows])
            loss = loss_of(guess, data.labels[rows], weight=data.importance[rows])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        print(f"epoch {epoch}: loss {np.mean(losses):.4f}, {time.monotonic() - begin:.0f} s")
    return net.eval()


@torch.no_grad()
def logits(net: Comparer, data: Data, rows: Sequence[int], offsets: Tensor) -> Numbers:
    found = np.zeros(len(data.claims))
    for batch in batches(data.claims, rows):
        kept = list(batch.rows)
        found[kept] = (offsets[kept] + net(batch, data.features[kept])).numpy()
    return found[list(rows)]


# ── by folds ─────────────────────────────────────────────────────────────────────────────────


def read_claims(path: Path, kept: Path) -> list[Beside]:
    """The examples of :func:`measured.read_set`, in its order, beside their evidence."""
    if kept.exists():
        return [Beside(*pair) for pair in torch.load(kept)]
    examples = [example for example in read_examples(path) if example.label != "not_a_claim"]
    chosen = np.random.default_rng(0).permutation(len(examples))[:MOST]
    claims = [beside(examples[at]) for at in chosen]
    torch.save([tuple(claim) for claim in claims], kept)
    return claims


def gathered(sets: Sequence[Measured], claims: Sequence[Beside]) -> Data:
    rows = np.concatenate([one.features[:, EVERYTHING] for one in sets])
    importance = np.concatenate([one.importance for one in sets])
    return Data(
        claims,
        torch.tensor((rows - rows.mean(0)) / (rows.std(0) + 0.05), dtype=torch.float32),
        torch.tensor(np.concatenate([one.supported for one in sets]), dtype=torch.float32),
        torch.tensor(importance / importance.mean(), dtype=torch.float32),
        np.array([fold(document) for one in sets for document in one.documents]),
    )


def left_out(sets: Sequence[Measured], data: Data) -> tuple[Numbers, Numbers]:
    """The logits of the regression alone and with the network, of documents that neither saw."""
    alone, together = np.zeros(len(data.claims)), np.zeros(len(data.claims))
    for number in range(FOLDS):
        print(f"fold {number}")
        seen = [one.part(np.array([fold(d) != number for d in one.documents])) for one in sets]
        weights = fit(seen, EVERYTHING)
        offsets = np.concatenate([logit(predicted(one, EVERYTHING, weights)) for one in sets])
        before = torch.tensor(offsets, dtype=torch.float32)
        net = trained(data, np.flatnonzero(data.folds != number).tolist(), before)
        rows = np.flatnonzero(data.folds == number).tolist()
        alone[rows] = offsets[rows]
        together[rows] = logits(net, data, rows, before)
    return alone, together


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in ("grounding", "pairs", "natural", "cache"):
        parser.add_argument(name, type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    sets = read_sets(options.grounding, options.pairs, options.natural, options.cache)
    others = {"pairs": options.pairs, "natural": options.natural}
    claims = [
        claim
        for one in sets
        for claim in read_claims(
            others.get(one.name, options.grounding / f"{one.name}.jsonl"),
            options.cache / f"{one.name}.pt",
        )
    ]
    alone, together = left_out(sets, gathered(sets, claims))
    print("| set | n | regression | with the network |")
    start = 0
    for one in sets:
        part = slice(start, start := start + len(one.supported))
        figures = (area(scores[part], one.supported) for scores in (alone, together))
        print(f"| {one.name} | {len(one.supported)} |", *(f"{it:.3f} |" for it in figures))


if __name__ == "__main__":
    main()
