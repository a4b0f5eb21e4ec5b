"""Ways to compute the encoder's linear layers and word lookup: in float and in 8 bit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from graph import MS, Graph, Linear, Vectors
from numpy.typing import NDArray
from onnx import TensorProto

INT8_MATH = 4  # MatMulNBits accuracy_level: multiply in 8 bit, add up in 32 bit
LARGEST_CODE = 127  # of an activation, stored with 128 added to it
LARGEST_WEIGHT = (
    63  # twice 255 * 63 fits in 16 bit, where processors without 8-bit dot products add
)
SMOOTHING = 0.5  # how much of an input's size moves into the weights


# ── in float ─────────────────────────────────────────────────────────────────────────────────


def float_linear(graph: Graph, value: str, weight: Vectors, bias: Vectors, name: str) -> str:
    product = graph.node(
        "MatMul", [value, graph.constant(f"{name}.weight", weight.T)], f"{name}.product"
    )
    return graph.node("Add", [product, graph.constant(f"{name}.bias", bias)], name)


def float_lookup(graph: Graph, table: Vectors) -> str:
    return graph.node("Gather", [graph.constant("words.weight", table), "input_ids"], "words")


# ── in 8 bit, a scale for each token ─────────────────────────────────────────────────────────


def token_linear(largest: Mapping[str, Vectors] | None = None) -> Linear:
    """A weight scale per output, an activation scale per token: no text touches another's rounding.

    ``largest`` holds the largest size of each input of each layer, by the layer's name. With it
    inputs are divided, and weights multiplied, by a factor that evens both out (SmoothQuant, Xiao
    et al. 2023): a few inputs are a hundred times as large as the others and would set the scale.
    """

    def linear(graph: Graph, value: str, weight: Vectors, bias: Vectors, name: str) -> str:
        if largest is not None:
            factors = smoothing(largest[name], weight)
            divisor = graph.constant(f"{name}.smoothing", 1 / factors)
            value, weight = graph.node("Mul", [value, divisor], f"{name}.smooth"), weight * factors
        codes, scales = symmetric_int8(weight, LARGEST_WEIGHT)
        rows, scale = token_codes(graph, value, weight.shape[1], name)
        inputs = [
            rows,
            graph.constant(f"{name}.codes", codes.T),
            graph.constant("one", np.array(1, np.float32)),
            graph.constant(f"{name}.scales", scales[:, 0]),
            "zero",
        ]
        product = graph.node("MatMulIntegerToFloat", inputs, f"{name}.product", MS)
        scaled = graph.node("Mul", [product, scale], f"{name}.scaled")
        biased = graph.node("Add", [scaled, graph.constant(f"{name}.bias", bias)], f"{name}.rows")
        return like_texts(graph, biased, name)

    return linear


def smoothing(largest: Vectors, weight: Vectors) -> Vectors:
    """A factor for each input, of geometric mean one."""
    inputs, weights = np.maximum(largest, 1e-5), np.maximum(np.abs(weight).max(0), 1e-5)
    factors = inputs**SMOOTHING / weights ** (1 - SMOOTHING)
    return np.asarray(factors / np.exp(np.log(factors).mean()), np.float32)


def token_codes(graph: Graph, value: str, width: int, name: str) -> tuple[str, str]:
    """Codes of each token, (tokens, width), and what a code of it is worth, (tokens, 1)."""
    zero = graph.constant("zero", np.array(LARGEST_CODE + 1, np.uint8))
    shape = graph.constant(f"tokens.{width}", np.array([-1, width], np.int64))
    rows = graph.node("Reshape", [value, shape], f"{name}.tokens")
    axis = graph.constant("last.axis", np.array([-1], np.int64))
    sizes = graph.node("Abs", [rows], f"{name}.sizes")
    largest = graph.node("ReduceMax", [sizes, axis], f"{name}.largest", keepdims=1)
    most = graph.constant("largest.code", np.array(LARGEST_CODE, np.float32))
    scale = graph.node("Div", [largest, most], f"{name}.scale")
    flat = graph.node("Squeeze", [scale, axis], f"{name}.scale.flat")
    zeros = graph.node(
        "Expand", [zero, graph.node("Shape", [flat], f"{name}.count")], f"{name}.zeros"
    )
    return graph.node("QuantizeLinear", [rows, flat, zeros], f"{name}.rounded", axis=0), scale


def like_texts(graph: Graph, rows: str, name: str) -> str:
    """Rows (tokens, width) as (batch, sequence, width)."""
    texts = graph.node("Shape", ["input_ids"], f"{name}.texts")
    rest = graph.constant("rest", np.array([-1], np.int64))
    return graph.node(
        "Reshape", [rows, graph.node("Concat", [texts, rest], f"{name}.shape", axis=0)], name
    )


# ── in 8 bit, a scale for each block of inputs ───────────────────────────────────────────────


def block_linear(block: int) -> Linear:
    """Weights and activations with one scale per ``block`` inputs: closer to float, and slower."""

    def linear(graph: Graph, value: str, weight: Vectors, bias: Vectors, name: str) -> str:
        outputs, width = weight.shape
        codes, scales = symmetric_int8(weight.reshape(outputs, width // block, block))
        stored = (codes.astype(np.int16) + 128).astype(np.uint8)  # zero is 128 without zero points
        inputs = [
            value,
            graph.constant(f"{name}.codes", stored),
            graph.constant(f"{name}.scales", scales.reshape(outputs, -1)),
            "",
            "",
            graph.constant(f"{name}.bias", bias),
        ]
        sizes = {"K": width, "N": outputs, "bits": 8, "block_size": block}
        return graph.node("MatMulNBits", inputs, name, MS, accuracy_level=INT8_MATH, **sizes)

    return linear


def int8_lookup(graph: Graph, table: Vectors) -> str:
    codes, scales = symmetric_int8(table)
    rows = graph.node("Gather", [graph.constant("words.codes", codes), "input_ids"], "words.rows")
    values = graph.node("Cast", [rows], "words.values", to=TensorProto.FLOAT)
    scale = graph.node(
        "Gather", [graph.constant("words.scales", scales), "input_ids"], "words.scale"
    )
    return graph.node("Mul", [values, scale], "words")


def symmetric_int8(values: Vectors, most: int = 127) -> tuple[NDArray[np.int8], Vectors]:
    """Codes in -most..most and a scale for each run along the last axis."""
    largest = np.abs(values).max(axis=-1, keepdims=True)
    scales = (np.where(largest > 0, largest, 1) / most).astype(np.float32)
    return np.rint(values / scales).astype(np.int8), scales
