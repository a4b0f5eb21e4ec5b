"""Train a small network that reads a claim together with its evidence; report it on unseen halves.

    python weights/judge/train_comparer.py GROUNDING PAIRS NATURAL EDITED CACHE --more MORE

Two layers of attention over the bundled encoder's token vectors of the claim and of the sentences
nearest to it, which the judge has at hand: a quarter of what the whole encoder over both would
cost. Tokens that mean the same attend to each other from the start. PAIRS, NATURAL and EDITED are
what ``book_pairs.py``, ``natural_pairs.py`` and ``edited_pairs.py`` made, MORE what the first
makes with other seeds; GROUNDING and CACHE are as for ``fit.py``. The documents are divided into
two halves, the same in all files; each is judged by the network trained on the other, alone and
as one more input of the judge's regression. Nothing of it is shipped: docs/grounding.md says why.
Runs on CUDA where there is a device, else on one thread. Needs requirements-train.txt beside
ragbook's own environment.
"""

from __future__ import annotations

import argparse
import random
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from comparer import LONGEST, SENTENCES, Batch, Comparer
from fit import area, left_out
from measured import (
    CONTEXTUAL,
    MOST,
    SETS,
    WORD_FEATURES,
    Measured,
    Numbers,
    document,
    read_sets,
)
from torch import Tensor, nn
from torch.nn import functional

from chat.evaluate import read_examples
from chat.grounding.alignment import Alignment
from chat.grounding.source import prepare
from chat.grounding.terms import read_terms
from retrieval.embeddings import token_vectors

EVERYTHING = range(len(WORD_FEATURES) + len(CONTEXTUAL))
SHARES = {
    "edited": 0.38, "pairs": 0.2, "natural": 0.12, "wice_claims": 0.08,
    "squad2_dev_half_qa": 0.1, "summedits": 0.1, "ros2_sentences_dev": 0.02,
}  # fmt: skip
LATE, LATE_SHARES = 0.65, SHARES | {
    "edited": 0.19, "natural": 0.19, "wice_claims": 0.13, "squad2_dev_half_qa": 0.16,
    "summedits": 0.16,
}  # fmt: skip

LONGEST_SENTENCE, BUDGET = 56, 80  # tokens of a sentence, of all sentences
BATCH, RATE, DECAY, WARM_UP, SMOOTHING = 48, 1e-3, 0.02, 150, 0.03
ROUND = 120  # batches that are drawn at once and sorted by length
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Claim(NamedTuple):
    """``rank`` is the claim's row in its measured set, or -1."""

    file: str
    texts: tuple[str, ...]  # the claim, and its evidence, nearest first
    supported: float
    document: str
    rank: int


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def read_claims(path: Path, name: str, most: int = MOST) -> Iterator[Claim]:
    """All claims of a file; the first ``most`` have ranks, as in :func:`measured.read_set`."""
    examples = [example for example in read_examples(path) if example.label != "not_a_claim"]
    order = np.random.default_rng(0).permutation(len(examples))
    for rank, example in enumerate(examples[at] for at in order):
        alignment = Alignment([prepare(passage) for passage in example.passages])
        near = alignment.nearest(read_terms(example.sentence).terms, SENTENCES)
        texts = (example.sentence, *(alignment.segment(place).text[:500] for place in near))
        yield Claim(
            name, texts, float(example.label == "supported"), document(example),
            rank if rank < most else -1,
        )  # fmt: skip


class Tokens:
    """The token vectors of texts, (all tokens, WIDTH), and what tells equal words."""

    def __init__(self, texts: Sequence[str]) -> None:
        vectors, words, self._spans, start = [], [], {}, 0
        for text in texts:
            (found,) = token_vectors([text])
            vectors.append(found.vectors[:LONGEST].astype(np.float16))
            lowered = text.lower()
            words += [zlib.crc32(lowered[a:b].encode()) for a, b in found.spans[:LONGEST]]
            self._spans[text] = range(start, start := start + len(vectors[-1]))
        self.vectors = torch.from_numpy(np.concatenate(vectors)).to(DEVICE)
        self.words = torch.tensor(words, device=DEVICE)

    def of(self, claim: Claim) -> list[range]:
        """Where the claim's tokens are, and those of as many sentences as the budget allows."""
        first, *others = (self._spans[text] for text in claim.texts)
        left, found = BUDGET, [first]
        for number, span in enumerate(span[:LONGEST_SENTENCE] for span in others):
            if number == 0 or len(span) <= left:
                found.append(span)
                left -= len(span)
        return found


def batches(claims: Sequence[Claim], tokens: Tokens) -> Iterator[tuple[Sequence[Claim], Batch]]:
    """Batches of claims of about one length, in random order."""
    ordered = sorted(claims, key=lambda claim: sum(map(len, tokens.of(claim))))
    parts = [ordered[at : at + BATCH] for at in range(0, len(ordered), BATCH)]
    for part in random.Random(0).sample(parts, len(parts)):
        yield part, batch([tokens.of(claim) for claim in part], tokens)


def batch(claims: Sequence[Sequence[range]], tokens: Tokens) -> Batch:
    def padded(rows: Sequence[Sequence[int]]) -> Tensor:
        listed = [torch.tensor(row) for row in rows]
        return nn.utils.rnn.pad_sequence(listed, batch_first=True).to(DEVICE)

    rows = padded([[at for span in spans for at in span] for spans in claims])
    side = padded([[k for k, span in enumerate(spans, 1) for _ in span] for spans in claims])
    place = padded([[at for span in spans for at in range(len(span))] for spans in claims])
    vectors = tokens.vectors[rows].float() * (side > 0)[..., None]
    return Batch(vectors, tokens.words[rows], side, place)


# ── training ─────────────────────────────────────────────────────────────────────────────────


def trained(claims: Sequence[Claim], tokens: Tokens, total: int) -> Comparer:
    """A network that has read ``total`` claims. Prints the falling loss."""
    torch.manual_seed(0)
    chance, net = random.Random(0), Comparer().to(DEVICE)
    optimiser = torch.optim.AdamW(net.parameters(), RATE, betas=(0.9, 0.98), weight_decay=DECAY)
    steps, step, begin = total // BATCH, 0, time.monotonic()
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda at: rate(at, steps))
    while step < steps:
        losses = []
        shares = LATE_SHARES if step > LATE * steps else SHARES
        for part, rows in batches(drawn(claims, shares, chance), tokens):
            wanted = torch.tensor([claim.supported for claim in part], device=DEVICE)
            wanted = wanted * (1 - 2 * SMOOTHING) + SMOOTHING
            loss = functional.binary_cross_entropy_with_logits(net(rows), wanted)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        step += len(losses)
        print(f"step {step}: loss {np.mean(losses):.4f}, {time.monotonic() - begin:.0f} s")
    return net.eval()


def rate(step: int, steps: int) -> float:
    """The learning rate's factor: a warm-up, 40% of the steps in full, then down to nothing."""
    return min((step + 1) / WARM_UP, max(0.02, min(1.0, (1 - step / steps) / 0.6)))


def drawn(
    claims: Sequence[Claim], shares: Mapping[str, float], chance: random.Random
) -> list[Claim]:
    """Claims for a round: of each file its share, half of it supported."""
    kinds = defaultdict(list)
    for claim in claims:
        kinds[claim.file, claim.supported].append(claim)
    weights = [shares[name] for name, _ in kinds]
    picked = chance.choices([*kinds], weights, k=ROUND * BATCH)
    return [chance.choice(kinds[kind]) for kind in picked]


# ── by halves ────────────────────────────────────────────────────────────────────────────────


def halves(claims: Sequence[Claim]) -> dict[str, int]:
    """The half that each document is in: the largest first, where its file has fewer claims."""
    sizes = Counter(claim.document for claim in claims)
    files = {claim.document: claim.file for claim in reversed(claims)}
    filled, found = defaultdict(lambda: [0, 0]), {}
    for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
        counts = filled[files[name]]
        found[name] = int(counts[0] > counts[1])
        counts[found[name]] += sizes[name]
    return found


@torch.no_grad()
def judge(
    net: Comparer, claims: Sequence[Claim], tokens: Tokens, found: Mapping[str, Numbers]
) -> None:
    """Write the probabilities of measured claims to their sets' rows in ``found``."""
    for part, rows in batches([claim for claim in claims if claim.rank >= 0], tokens):
        for claim, value in zip(part, net(rows).sigmoid().tolist(), strict=True):
            found[claim.file][claim.rank] = value


def report(sets: Sequence[Measured], found: Mapping[str, Numbers]) -> None:
    """AUROC of the regression, of the network, and of the regression with the network in it."""
    with_it = [beside(one, found[one.name]) for one in sets]
    columns = (left_out(sets, EVERYTHING), found, left_out(with_it, range(len(EVERYTHING) + 1)))
    print("| set | n | regression | network | both |")
    for one in sets:
        clear = np.array(["part" not in kind for kind in one.types])
        for name, rows in {one.name: clear | True, f"{one.name} without partly": clear}.items():
            figures = (area(column[one.name][rows], one.supported[rows]) for column in columns)
            print(f"| {name} | {rows.sum()} |", *(f"{figure:.3f} |" for figure in figures))


def beside(one: Measured, found: Numbers) -> Measured:
    """The set with the network's probability where the coverage, never weighed, stands."""
    return replace(one, features=np.hstack([one.features[:, EVERYTHING], found[:, None]]))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in ("grounding", "pairs", "natural", "edited", "cache"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--claims", type=int, default=73_000, help="read in training, each half")
    parser.add_argument("--more", type=Path, nargs="*", default=[], help="pairs of other seeds")
    options = parser.parse_args()
    torch.set_num_threads(1)
    files = {name: options.grounding / f"{name}.jsonl" for name in SETS}
    files |= {"pairs": options.pairs, "natural": options.natural}
    claims = [claim for name, path in files.items() for claim in read_claims(path, name)]
    claims += read_claims(options.edited, "edited", most=0)
    for path in options.more:
        claims += read_claims(path, "pairs", most=0)
    tokens = Tokens([*dict.fromkeys(text for claim in claims for text in claim.texts)])
    sets = read_sets(options.grounding, options.pairs, options.natural, options.cache)
    found = {one.name: np.zeros(len(one.supported)) for one in sets}
    half = halves(claims)
    for number in (0, 1):
        others = [claim for claim in claims if half[claim.document] != number]
        held = [claim for claim in claims if half[claim.document] == number]
        judge(trained(others, tokens, options.claims), held, tokens, found)
    report(sets, found)


if __name__ == "__main__":
    main()
