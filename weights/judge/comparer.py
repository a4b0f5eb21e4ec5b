"""The network that ``train_comparer.py`` tries: a claim and its evidence read together."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

SENTENCES = 3
LONGEST = 90  # tokens of a claim or a sentence
WIDTH, DIMENSIONS, HEADS, LAYERS, DROPOUT = 384, 96, 4, 2, 0.15
FAR = -1e4


class Batch(NamedTuple):
    """``vectors`` (claims, tokens, WIDTH), the rest (claims, tokens).

    ``side`` is 0 for padding, 1 for the claim, from 2 on for its sentences; ``place`` counts the
    tokens of each.
    """

    vectors: Tensor
    words: Tensor
    side: Tensor
    place: Tensor


class Layer(nn.Module):
    """Attention that prefers near vectors, equal words or the other side, as each head learns."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.between = nn.LayerNorm(DIMENSIONS), nn.LayerNorm(DIMENSIONS)
        self.projected = nn.Linear(DIMENSIONS, 3 * DIMENSIONS)
        self.joined = nn.Linear(DIMENSIONS, DIMENSIONS)
        self.wide = nn.Linear(DIMENSIONS, 2 * DIMENSIONS)
        self.narrow = nn.Linear(2 * DIMENSIONS, DIMENSIONS)
        half = HEADS // 2
        start = torch.stack([torch.tensor([8.0, 0.0, 0.0])] * half + [torch.zeros(3)] * half)
        self.preferred = nn.Parameter(start)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, rows: Tensor, relations: Tensor, mask: Tensor) -> Tensor:
        claims, tokens, _ = rows.shape
        parts = self.projected(self.before(rows)).view(claims, tokens, 3, HEADS, -1)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        bias = torch.einsum("hr,crij->chij", self.preferred, relations) + mask[:, None, None]
        found = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        rows = rows + self.dropout(self.joined(found.transpose(1, 2).flatten(2)))
        return rows + self.dropout(self.narrow(functional.gelu(self.wide(self.between(rows)))))


class Comparer(nn.Module):
    """Each token beside what the other side says at its place, then all tokens together."""

    def __init__(self) -> None:
        super().__init__()
        self.project = nn.Linear(WIDTH, DIMENSIONS)
        self.side = nn.Embedding(SENTENCES + 2, DIMENSIONS)
        self.place = nn.Embedding(LONGEST, DIMENSIONS)
        for part, scale in ((self.project, 4.0), (self.side, 0.3), (self.place, 0.1)):
            part.weight.data.mul_(scale)
        self.marks = nn.Linear(5, DIMENSIONS)
        self.compared = nn.Linear(3 * DIMENSIONS, DIMENSIONS)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(DIMENSIONS)
        self.pooled = nn.Linear(3 * DIMENSIONS, DIMENSIONS)
        self.out = nn.Linear(DIMENSIONS, 1)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, batch: Batch) -> Tensor:
        real, claim = batch.side > 0, batch.side == 1
        across = (claim[:, :, None] != claim[:, None]) & real[:, :, None] & real[:, None]
        equal = ((batch.words[:, :, None] == batch.words[:, None]) & across).float()
        cosine = batch.vectors @ batch.vectors.transpose(1, 2)
        nearness = cosine.masked_fill(~across, -1.0)
        said = (20 * nearness + 5 * equal).masked_fill(~across, FAR).softmax(-1)
        own = self.project(batch.vectors)
        other = said @ own
        rows = self.compared(torch.cat([own - other, (own - other).abs(), own * other], -1))
        rows = rows + own + self.side(batch.side) + self.place(batch.place)
        rows = self.dropout(rows + self.marks(marks(nearness, equal, batch.side)))
        relations = torch.stack([cosine, across.float(), equal], 1)
        for layer in self.layers:
            rows = layer(rows, relations, torch.where(real, 0.0, FAR))
        return self.out(self.dropout(self.summary(self.norm(rows), claim, real & ~claim)))[:, 0]

    def summary(self, rows: Tensor, claim: Tensor, evidence: Tensor) -> Tensor:
        parts = [mean(rows, claim), rows.masked_fill(~claim[..., None], FAR).amax(1).clamp(-50)]
        joined = torch.cat([*parts, mean(rows, evidence)], -1)
        return functional.gelu(self.pooled(self.dropout(joined)))


def marks(nearness: Tensor, equal: Tensor, side: Tensor) -> Tensor:
    """How near the other side and its first sentence come, an equal word, and the order there."""
    best, at = nearness.max(-1)
    first = nearness.masked_fill((side > 2)[:, None], -1.0).amax(-1)
    steps = (torch.diff(at, dim=1, prepend=at[:, :1] - 1) - 1).clamp(-10, 10) / 10
    return torch.stack([best, first, equal.amax(-1), (steps == 0).float(), steps], -1)


def mean(rows: Tensor, chosen: Tensor) -> Tensor:
    share = chosen[..., None].float()
    return (rows * share).sum(1) / share.sum(1).clamp(min=1)
