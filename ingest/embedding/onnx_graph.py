"""A BERT sentence encoder as an ONNX graph with int8 weights, written straight from its float32 weights.

The graph reads one text at a time, so it needs no padding and no attention mask, and a text's vector cannot depend on
its neighbours. Sources: Devlin et al. 2019 (BERT); operators of ONNX opset 18 and ONNX Runtime's `com.microsoft`
domain version 1 (docs/ContribOperators.md of its repository). The measured reasons for each choice are in
docs/decisions/020-embedding-runtime.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.model_directory import ModelDirectory

_CONTRIB = "com.microsoft"
_OPSET = 18
_IR_VERSION = 9

Weights = Mapping[str, NDArray[Any]]


@dataclass
class _Graph:
    """Nodes and constants being collected; every method returns the name of the tensor it made."""

    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def constant(self, name: str, value: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, *, domain: str = "", **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(
            helper.make_node(operator, inputs, [output], name=f"{output}_node", domain=domain, **attributes)
        )
        return output

    def linear(self, source: str, name: str, weight: NDArray[np.float32]) -> str:
        """`source @ weight`, weight [inputs, outputs] as int8 with one scale per output, source quantised per call."""
        scales = np.maximum(np.abs(weight).max(axis=0), np.float32(1e-12)) / np.float32(127)
        quantised = np.clip(np.rint(weight / scales), -127, 127).astype(np.int8)
        return self.node(
            "DynamicQuantizeMatMul",
            [
                source,
                self.constant(f"{name}_weight", quantised),
                self.constant(f"{name}_scale", scales.astype(np.float32)),
                self.constant(f"{name}_zero", np.zeros(scales.shape, np.int8)),
            ],
            f"{name}_out",
            domain=_CONTRIB,
        )

    def add_and_normalise(self, source: str, skip: str, name: str, weights: "_Layer", stem: str) -> str:
        """Layer normalisation of `source + bias + skip`."""
        return self.node(
            "SkipLayerNormalization",
            [
                source,
                skip,
                self.constant(f"{name}_gamma", weights[f"{stem}.LayerNorm.weight"]),
                self.constant(f"{name}_beta", weights[f"{stem}.LayerNorm.bias"]),
                self.constant(f"{name}_bias", weights[f"{stem}.dense.bias"]),
            ],
            name,
            domain=_CONTRIB,
            epsilon=weights.epsilon,
        )


@dataclass(frozen=True)
class _Layer:
    weights: Weights
    prefix: str
    epsilon: float

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        return self.weights[self.prefix + name].astype(np.float32)

    def matrix(self, name: str) -> NDArray[np.float32]:
        """PyTorch keeps [outputs, inputs]; the graph multiplies from the other side."""
        return np.ascontiguousarray(self[name].T)


def build_int8_graph(weights: Weights, model: ModelDirectory) -> bytes:
    """Write the encoder as a serialised ONNX model.

    Args:
        weights: the tensors of `model.safetensors`, named as in Hugging Face's `BertModel`.
        model: its declared sizes.

    Returns:
        A model with one input `ids` int32 [1, tokens] and one output `embedding` float32 [1, dimension], length 1.

    Raises:
        KeyError: a tensor that a BERT encoder has is missing.
    """
    from onnx import TensorProto, helper

    graph = _Graph()
    hidden = _embeddings(graph, weights, model)
    for number in range(model.layers):
        layer = _Layer(weights, f"encoder.layer.{number}.", model.layer_norm_epsilon)
        hidden = _encoder_layer(graph, layer, f"layer{number}", hidden, model.heads)
    graph.node("ReduceSum", [hidden, graph.constant("axis_tokens", np.array([1], np.int64))], "pooled", keepdims=0)
    graph.node("LpNormalization", ["pooled"], "embedding", axis=-1, p=2)
    dimension = weights["embeddings.word_embeddings.weight"].shape[1]
    made = helper.make_graph(
        graph.nodes,
        "encoder",
        [helper.make_tensor_value_info("ids", TensorProto.INT32, [1, "tokens"])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, dimension])],
        graph.constants,
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)]
    serialised: bytes = helper.make_model(made, opset_imports=opsets, ir_version=_IR_VERSION).SerializeToString()
    return serialised


def _embeddings(graph: _Graph, weights: Weights, model: ModelDirectory) -> str:
    """Sum of word, position and segment embeddings, normalised. Words are int8 with one scale per word."""
    from onnx import TensorProto

    layer = _Layer(weights, "embeddings.", model.layer_norm_epsilon)
    words = layer["word_embeddings.weight"]
    scales = np.maximum(np.abs(words).max(axis=1, keepdims=True), np.float32(1e-12)) / np.float32(127)
    graph.constant("words", np.clip(np.rint(words / scales), -127, 127).astype(np.int8))
    graph.constant("word_scales", scales.astype(np.float32))
    positions = layer["position_embeddings.weight"] + layer["token_type_embeddings.weight"][0]
    graph.constant("positions", positions[: model.max_tokens].astype(np.float32))
    graph.node("Gather", ["words", "ids"], "word_int8", axis=0)
    graph.node("Cast", ["word_int8"], "word_unscaled", to=TensorProto.FLOAT)
    graph.node("Gather", ["word_scales", "ids"], "word_scale", axis=0)
    graph.node("Mul", ["word_unscaled", "word_scale"], "word_vectors")
    graph.node("Shape", ["ids"], "token_count", start=1, end=2)
    zero = graph.constant("zero", np.array([0], np.int64))
    graph.node("Slice", ["positions", zero, "token_count"], "position_vectors")
    graph.node("Add", ["word_vectors", "position_vectors"], "embedded")
    gamma = graph.constant("embedded_gamma", layer["LayerNorm.weight"])
    beta = graph.constant("embedded_beta", layer["LayerNorm.bias"])
    return graph.node(
        "LayerNormalization", ["embedded", gamma, beta], "hidden", axis=-1, epsilon=model.layer_norm_epsilon
    )


def _encoder_layer(graph: _Graph, layer: _Layer, name: str, hidden: str, heads: int) -> str:
    parts = ("query", "key", "value")
    projected = [
        graph.linear(hidden, f"{name}_{part}", layer.matrix(f"attention.self.{part}.weight")) for part in parts
    ]
    biases = np.concatenate([layer[f"attention.self.{part}.bias"] for part in parts])
    graph.node(
        "MultiHeadAttention",
        [*projected, graph.constant(f"{name}_qkv_bias", biases)],
        f"{name}_context",
        domain=_CONTRIB,
        num_heads=heads,
    )
    mixed = graph.linear(f"{name}_context", f"{name}_mix", layer.matrix("attention.output.dense.weight"))
    attended = graph.add_and_normalise(mixed, hidden, f"{name}_attended", layer, "attention.output")
    wide = graph.linear(attended, f"{name}_wide", layer.matrix("intermediate.dense.weight"))
    bias = graph.constant(f"{name}_wide_bias", layer["intermediate.dense.bias"])
    graph.node("BiasGelu", [wide, bias], f"{name}_gelu", domain=_CONTRIB)
    narrow = graph.linear(f"{name}_gelu", f"{name}_narrow", layer.matrix("output.dense.weight"))
    return graph.add_and_normalise(narrow, attended, f"{name}_hidden", layer, "output")
