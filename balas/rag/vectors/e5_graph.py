"""The encoder of multilingual-e5-small as an int8 graph for onnxruntime. Needs `onnx`; imported by the build alone."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike
from onnx import TensorProto, helper, numpy_helper

from balas.rag.vectors.e5_weights import Weights

OPSET = 17


class Graph:
    """Nodes and constants under construction. Every node has one output, named like the node."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: ArrayLike) -> str:
        array = np.asarray(value)
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array) if array.ndim else array, name))
        return name

    def node(self, name: str, operation: str, *inputs: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operation, list(inputs), [name], name=name, **attributes))
        return name

    def affine(self, name: str, source: str, weight: np.ndarray[Any, Any], bias: np.ndarray[Any, Any]) -> str:
        product = self.node(name + ".product", "MatMul", source, self.constant(name + ".weight", weight))
        return self.node(name, "Add", product, self.constant(name + ".bias", bias))

    def normalisation(self, name: str, source: str, weights: Weights, tensor: str) -> str:
        scale = self.constant(name + ".scale", weights.floats(tensor + ".w"))
        shift = self.constant(name + ".shift", weights.floats(tensor + ".b"))
        return self.node(name, "LayerNormalization", source, scale, shift, epsilon=weights.epsilon)


def add_shared(graph: Graph, weights: Weights) -> None:
    """Constants of every layer, and the bias that hides padding from attention."""
    sizes = weights.sizes
    head = sizes.hidden // sizes.heads
    graph.constant("split_heads", np.array([0, 0, 3, sizes.heads, head], np.int64))
    graph.constant("join_heads", np.array([0, 0, sizes.hidden], np.int64))
    graph.constant("attention_scale", np.float32(head**-0.5))
    graph.constant("one", np.float32(1))
    graph.constant("half", np.float32(0.5))
    graph.constant("root_half", np.float32(0.5**0.5))
    graph.constant("hidden_score", np.float32(-1e4))
    graph.constant("axes_1_2", np.array([1, 2], np.int64))
    graph.constant("axis_2", np.array([2], np.int64))
    graph.constant("axis_1", np.array([1], np.int64))
    for part in range(3):
        graph.constant(f"part_{part}", np.array(part, np.int64))
    padding = graph.node("padding", "Sub", "one", "mask")
    graph.node("hiding_2d", "Mul", padding, "hidden_score")
    graph.node("hiding", "Unsqueeze", "hiding_2d", "axes_1_2")


def add_attention(graph: Graph, weights: Weights, source: str, layer: int) -> str:
    sizes, at = weights.sizes, f"l{layer}"
    matrices = [weights.matrix(f"{at}.{part}.w", sizes.hidden, sizes.hidden) for part in "qkv"]
    biases = [weights.floats(f"{at}.{part}.b") for part in "qkv"]
    joined = graph.affine(f"{at}.qkv", source, np.concatenate(matrices, axis=1), np.concatenate(biases))
    heads = graph.node(f"{at}.heads", "Reshape", joined, "split_heads")
    parts = []
    for number, part in enumerate("qkv"):
        picked = graph.node(f"{at}.{part}_rows", "Gather", heads, f"part_{number}", axis=2)
        order = [0, 2, 3, 1] if part == "k" else [0, 2, 1, 3]
        parts.append(graph.node(f"{at}.{part}", "Transpose", picked, perm=order))
    query, key, value = parts
    raw = graph.node(f"{at}.raw_scores", "MatMul", query, key)
    scaled = graph.node(f"{at}.scaled_scores", "Mul", raw, "attention_scale")
    masked = graph.node(f"{at}.scores", "Add", scaled, "hiding")
    shares = graph.node(f"{at}.shares", "Softmax", masked, axis=-1)
    context = graph.node(f"{at}.context_heads", "MatMul", shares, value)
    by_word = graph.node(f"{at}.context_rows", "Transpose", context, perm=[0, 2, 1, 3])
    rows = graph.node(f"{at}.context", "Reshape", by_word, "join_heads")
    out = weights.matrix(f"{at}.ao.w", sizes.hidden, sizes.hidden)
    attended = graph.affine(f"{at}.attended", rows, out, weights.floats(f"{at}.ao.b"))
    summed = graph.node(f"{at}.attention_sum", "Add", attended, source)
    return graph.normalisation(f"{at}.attention", summed, weights, f"{at}.aln")


def add_feed_forward(graph: Graph, weights: Weights, source: str, layer: int) -> str:
    sizes, at = weights.sizes, f"l{layer}"
    inner = weights.matrix(f"{at}.fi.w", sizes.feed_forward, sizes.hidden)
    wide = graph.affine(f"{at}.wide", source, inner, weights.floats(f"{at}.fi.b"))
    scaled = graph.node(f"{at}.gelu_scaled", "Mul", wide, "root_half")
    error = graph.node(f"{at}.gelu_error", "Erf", scaled)
    shifted = graph.node(f"{at}.gelu_shifted", "Add", error, "one")
    weighed = graph.node(f"{at}.gelu_weighed", "Mul", wide, shifted)
    active = graph.node(f"{at}.gelu", "Mul", weighed, "half")
    outer = weights.matrix(f"{at}.fo.w", sizes.hidden, sizes.feed_forward)
    narrow = graph.affine(f"{at}.narrow", active, outer, weights.floats(f"{at}.fo.b"))
    summed = graph.node(f"{at}.feed_forward_sum", "Add", narrow, source)
    return graph.normalisation(f"{at}.out", summed, weights, f"{at}.oln")


def encoder(weights: Weights) -> Any:
    """From `vectors` [batch, words, hidden] to the mean `embedding` [batch, hidden] of the words in `said`, and to
    `read`, each word as it is understood there.

    `mask` and `said` are [batch, words]: the words that are there, and those of them that count in the mean.
    """
    graph = Graph()
    add_shared(graph, weights)
    state = graph.normalisation("embedded", "vectors", weights, "emb.ln")
    for layer in range(weights.sizes.layers):
        state = add_attention(graph, weights, state, layer)
        state = add_feed_forward(graph, weights, state, layer)
    graph.node("said_3d", "Unsqueeze", "said", "axis_2")
    graph.node("kept", "Mul", state, "said_3d")
    graph.node("sum", "ReduceSum", "kept", "axis_1", keepdims=0)
    graph.node("count", "ReduceSum", "said", "axis_1", keepdims=1)
    graph.node("embedding", "Div", "sum", "count")
    graph.node("read", "Identity", state)
    hidden = weights.sizes.hidden
    inputs = [
        helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", "words", hidden]),
        helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["batch", "words"]),
        helper.make_tensor_value_info("said", TensorProto.FLOAT, ["batch", "words"]),
    ]
    outputs = [
        helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", hidden]),
        helper.make_tensor_value_info("read", TensorProto.FLOAT, ["batch", "words", hidden]),
    ]
    built = helper.make_graph(graph.nodes, "multilingual-e5-small", inputs, outputs, graph.constants)
    return helper.make_model(built, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)


def write_graph(weights: Weights, path: Path) -> None:
    """Quantise the weights to int8 a channel and write the graph. Activations are quantised while running.

    Seven of the eight bits are used: on processors without VNNI sums of two full products overflow silently. It costs
    0.0005 of the cosine to the original.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415 (slow, this step alone needs it)

    logging.getLogger().setLevel(logging.ERROR)  # the quantiser advises a preparation that changes nothing here
    model = encoder(weights)
    onnx.checker.check_model(model)
    quantize_dynamic(
        model,
        path,
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        op_types_to_quantize=["MatMul"],
        extra_options={"MatMulConstBOnly": True},
    )
