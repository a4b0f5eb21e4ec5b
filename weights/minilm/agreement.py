"""How near a rounded encoder is to the float one in plain torch, and how fast it is."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime
import torch
from graph import EPSILON, HEADS, LAYERS, WIDTH, Parameters, Vectors
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn import functional

TEXTS = Path(__file__).resolve().parents[1] / "agreement.txt"


class Reference:
    """BERT (Devlin et al. 2019) in plain torch with the float weights."""

    def __init__(self, weights: Parameters) -> None:
        self.weights = {name: torch.from_numpy(value) for name, value in weights.items()}

    @torch.no_grad()
    def __call__(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Vectors:
        table = self.weights.__getitem__
        tokens = torch.from_numpy(ids)
        hidden = functional.embedding(tokens, table("embeddings.word_embeddings.weight"))
        hidden = hidden + table("embeddings.position_embeddings.weight")[: tokens.shape[1]]
        hidden = hidden + table("embeddings.token_type_embeddings.weight")[0]
        hidden = self._norm(hidden, "embeddings.LayerNorm")
        allowed = torch.from_numpy(mask)[:, None, None, :].bool()
        for number in range(LAYERS):
            hidden = self._layer(hidden, allowed, f"encoder.layer.{number}")
        return np.asarray(hidden.numpy(), np.float32)

    def _layer(self, hidden: torch.Tensor, allowed: torch.Tensor, name: str) -> torch.Tensor:
        heads = [
            self._linear(hidden, f"{name}.attention.self.{part}")
            .unflatten(-1, (HEADS, -1))
            .transpose(1, 2)
            for part in ("query", "key", "value")
        ]
        context = (
            functional.scaled_dot_product_attention(*heads, attn_mask=allowed)
            .transpose(1, 2)
            .flatten(2)
        )
        mixed = self._linear(context, f"{name}.attention.output.dense")
        hidden = self._norm(mixed + hidden, f"{name}.attention.output.LayerNorm")
        inner = functional.gelu(self._linear(hidden, f"{name}.intermediate.dense"))
        return self._norm(
            self._linear(inner, f"{name}.output.dense") + hidden, f"{name}.output.LayerNorm"
        )

    def _linear(self, value: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(
            value, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        )

    def _norm(self, value: torch.Tensor, name: str) -> torch.Tensor:
        gain, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return functional.layer_norm(value, (WIDTH,), gain, bias, EPSILON)


# (token ids (batch, sequence), mask of the same shape) -> (batch, sequence, WIDTH)
Encoder = Callable[[NDArray[np.int64], NDArray[np.int64]], Vectors]


class Sample(NamedTuple):
    questions: list[str]
    passages: list[str]


class Agreement(NamedTuple):
    """How far a model is from the reference; cosines are of unit vectors after mean pooling."""

    mean_cosine: float
    min_cosine: float
    same_first: float  # share of questions whose nearest passage is the reference's
    overlap_at_10: float  # share of the reference's ten nearest passages that are kept
    min_cosine_batched: float  # a text embedded alone against the same text among 15 others


class Speed(NamedTuple):
    """One thread, on this machine."""

    question_ms: float  # 12 tokens, best of sixty
    tokens_per_s: float  # 16 texts of 200 tokens, best of five


def sample() -> Sample:
    """The lines of agreement.txt as questions, and alone and in runs as passages."""
    lines = TEXTS.read_text("utf-8").splitlines()
    questions = [line[2:] for line in lines if line.startswith("? ")]
    single = [line for line in lines if line and not line.startswith(("# ", "? "))]
    runs = [
        " ".join(single[start : start + length])
        for length, step in ((2, 2), (4, 2), (15, 4))
        for start in range(0, len(single) - length + 1, step)
    ]
    return Sample(questions, single + runs)


def embed(encoder: Encoder, tokenizer: Tokenizer, texts: Sequence[str], batch: int) -> Vectors:
    """Unit vectors, (len(texts), WIDTH)."""
    return np.concatenate(
        [
            pooled(encoder, tokenizer, texts[start : start + batch])
            for start in range(0, len(texts), batch)
        ]
    )


def pooled(encoder: Encoder, tokenizer: Tokenizer, texts: Sequence[str]) -> Vectors:
    encoded = tokenizer.encode_batch(list(texts))
    mask = np.array([text.attention_mask for text in encoded])
    hidden = encoder(np.array([text.ids for text in encoded]), mask)
    mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
    return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)


def session(path: Path) -> Encoder:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    model = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def encode(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Vectors:
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        return np.asarray(model.run(["last_hidden_state"], inputs)[0], np.float32)

    return encode


def agreement(encoder: Encoder, reference: Encoder, tokenizer: Tokenizer) -> Agreement:
    questions, passages = sample()
    wanted, found = (embed(model, tokenizer, passages, 1) for model in (reference, encoder))
    batched = embed(encoder, tokenizer, passages, 16)
    cosines = (wanted * found).sum(1)
    right = nearest(embed(reference, tokenizer, questions, 1), wanted)
    ours = nearest(embed(encoder, tokenizer, questions, 1), found)
    kept = [len(set(a) & set(b)) / 10 for a, b in zip(right.tolist(), ours.tolist(), strict=True)]
    return Agreement(
        mean_cosine=float(cosines.mean()),
        min_cosine=float(cosines.min()),
        same_first=float((right[:, 0] == ours[:, 0]).mean()),
        overlap_at_10=statistics.fmean(kept),
        min_cosine_batched=float((found * batched).sum(1).min()),
    )


def nearest(questions: Vectors, passages: Vectors) -> NDArray[np.int64]:
    """The ten nearest passages of each question, best first."""
    return np.argsort(-(questions @ passages.T), axis=1)[:, :10]


def speed(encoder: Encoder) -> Speed:
    question, batch = (some_tokens(*shape) for shape in ((1, 12), (16, 200)))
    short = [seconds(encoder, question) for _ in range(60)]
    long = [seconds(encoder, batch) for _ in range(5)]
    return Speed(min(short) * 1000, batch.size / min(long))


def some_tokens(texts: int, length: int) -> NDArray[np.int64]:
    return np.random.default_rng(0).integers(1000, 29000, (texts, length))


def seconds(encoder: Encoder, ids: NDArray[np.int64]) -> float:
    """Of this thread, which computes alone, so that other programs count little."""
    start = time.thread_time()
    encoder(ids, np.ones_like(ids))
    return time.thread_time() - start
