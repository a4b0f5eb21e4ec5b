"""all-MiniLM-L6-v2 (Wang et al. 2020) as an ONNX graph, written node by node instead of traced.

So it holds the operators onnxruntime runs fastest and nothing else. How a linear layer and the
lookup of words are computed is left to ``rounding.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

LAYERS, HEADS, WIDTH = 6, 12, 384
EPSILON = 1e-12  # layer_norm_eps of the model's config.json
MS = "com.microsoft"  # onnxruntime's operators beyond the ONNX standard

Array = NDArray[np.generic]
Vectors = NDArray[np.float32]
Parameters = dict[str, Vectors]


class Graph:
    """Nodes and constants, collected in the order in which they are computed."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: Array) -> str:
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def node(
        self, op: str, inputs: Sequence[str], output: str, domain: str = "", **kw: object
    ) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, domain=domain, **kw))
        return output

    def split(self, value: str, outputs: Sequence[str]) -> Sequence[str]:
        """Cut the last axis into as many equal parts as there are outputs."""
        self.nodes.append(
            helper.make_node("Split", [value], outputs, axis=-1, num_outputs=len(outputs))
        )
        return outputs

    def model(self) -> onnx.ModelProto:
        axes = ["batch", "sequence"]
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, axes)
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ]
        output = helper.make_tensor_value_info(
            "last_hidden_state", TensorProto.FLOAT, [*axes, WIDTH]
        )
        graph = helper.make_graph(
            self.nodes, "all-MiniLM-L6-v2", inputs, [output], list(self.constants.values())
        )
        operators = [helper.make_opsetid("", 20), helper.make_opsetid(MS, 1)]
        model = helper.make_model(graph, opset_imports=operators, ir_version=9)
        onnx.checker.check_model(model)
        return model


# A way to write a linear layer: (graph, input, weight (out, in), bias, name) -> output
Linear = Callable[[Graph, str, Vectors, Vectors, str], str]
# A way to write the lookup of word vectors: (graph, table (words, width)) -> output
Lookup = Callable[[Graph, Vectors], str]


def build(weights: Parameters, linear: Linear, lookup: Lookup) -> onnx.ModelProto:
    graph = Graph()
    graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    hidden = embeddings(graph, weights, lookup)
    for number in range(LAYERS):
        hidden = encoder_layer(graph, weights, linear, number, hidden)
    return graph.model()


def embeddings(graph: Graph, weights: Parameters, lookup: Lookup) -> str:
    table = "embeddings.{}.weight".format
    words = lookup(graph, weights[table("word_embeddings")])
    graph.constant("positions.table", weights[table("position_embeddings")])
    graph.constant("types.table", weights[table("token_type_embeddings")])
    graph.constant("start", np.array([0], np.int64))
    graph.node("Shape", ["input_ids"], "length", start=1, end=2)
    graph.node("Slice", ["positions.table", "start", "length"], "positions")
    graph.node("Gather", ["types.table", "token_type_ids"], "types")
    graph.node("Add", [words, "positions"], "placed")
    graph.node("Add", ["placed", "types"], "embedded")
    norm = layer_norm(graph, weights, "embeddings.LayerNorm", "hidden.0")
    return graph.node(
        "LayerNormalization", ["embedded", *norm], "hidden.0", axis=-1, epsilon=EPSILON
    )


def encoder_layer(
    graph: Graph, weights: Parameters, linear: Linear, number: int, hidden: str
) -> str:
    source, name = f"encoder.layer.{number}", f"layer.{number}"
    weight, bias = joined(
        weights, [f"{source}.attention.self.{p}" for p in ("query", "key", "value")]
    )
    packed = linear(graph, hidden, weight, bias, f"{name}.qkv")
    query, key, value = graph.split(packed, [f"{name}.query", f"{name}.key", f"{name}.value"])
    graph.node(
        "MultiHeadAttention",
        [query, key, value, "", "mask"],
        f"{name}.context",
        MS,
        num_heads=HEADS,
    )
    mixed = linear(
        graph,
        f"{name}.context",
        *layer(weights, f"{source}.attention.output.dense"),
        f"{name}.mixed",
    )
    attended = add_and_norm(
        graph, weights, f"{source}.attention.output.LayerNorm", mixed, hidden, f"{name}.attended"
    )
    inner = linear(
        graph, attended, *layer(weights, f"{source}.intermediate.dense"), f"{name}.inner"
    )
    graph.node("Gelu", [inner], f"{name}.active")
    outer = linear(
        graph, f"{name}.active", *layer(weights, f"{source}.output.dense"), f"{name}.outer"
    )
    last = number == LAYERS - 1
    output = "last_hidden_state" if last else f"hidden.{number + 1}"
    return add_and_norm(graph, weights, f"{source}.output.LayerNorm", outer, attended, output)


def add_and_norm(
    graph: Graph, weights: Parameters, source: str, value: str, skip: str, output: str
) -> str:
    norm = layer_norm(graph, weights, source, output)
    return graph.node("SkipLayerNormalization", [value, skip, *norm], output, MS, epsilon=EPSILON)


def layer_norm(graph: Graph, weights: Parameters, source: str, name: str) -> tuple[str, str]:
    gain, bias = layer(weights, source)
    return graph.constant(f"{name}.gain", gain), graph.constant(f"{name}.shift", bias)


def layer(weights: Parameters, name: str) -> tuple[Vectors, Vectors]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def joined(weights: Parameters, names: Sequence[str]) -> tuple[Vectors, Vectors]:
    parts = [layer(weights, name) for name in names]
    return np.concatenate([w for w, _ in parts]), np.concatenate([b for _, b in parts])
