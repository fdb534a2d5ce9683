"""A BERT sentence encoder as an ONNX graph, written straight from its float32 weights.

The graph reads one text at a time, so it needs no padding and no attention mask, and a text's vector cannot depend on
its neighbours. Sources: Devlin et al. 2019 (BERT); operators of ONNX opset 18 and ONNX Runtime's `com.microsoft`
domain version 1 (docs/ContribOperators.md of its repository); taming of outlier channels after Xiao et al. 2023
(SmoothQuant). The measured reason for each choice is in docs/decisions/020-embedding-runtime.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.model_directory import ModelDirectory

_CONTRIB = "com.microsoft"
_OPSET = 18
_IR_VERSION = 9
_LARGEST_INT8 = np.float32(127)
_SMALLEST_SCALE = np.float32(1e-12)
_OUTLIER = np.float32(2)
"""A channel whose maximum is above this many times the median channel's is scaled down to it before quantisation."""

Weights = Mapping[str, NDArray[Any]]
ChannelScales = Mapping[str, NDArray[np.float32]]


@dataclass
class _Graph:
    """Nodes and constants being collected; every method returns the name of the tensor it made.

    `scales` is None for a float32 graph; for int8 it divides the channels of the tensors it names.
    """

    scales: ChannelScales | None
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)
    quantised: set[str] = field(default_factory=set)

    def constant(self, name: str, value: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, operator: str, inputs: list[str], outputs: Sequence[str], *, domain: str = "", **more: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, outputs, name=f"{outputs[0]}_node", domain=domain, **more))
        return outputs[0]

    def linear(self, source: str, name: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        """`source @ weight + bias`, weight [inputs, outputs]."""
        if self.scales is None:
            product = self.node("MatMul", [source, self.constant(f"{name}_weight", weight)], [f"{name}_product"])
            return self.node("Add", [product, self.constant(f"{name}_bias", bias)], [name])
        divided = self.scales.get(source)
        if divided is not None:
            weight = weight * divided[:, np.newaxis]
        int8, scale = _as_int8(weight, axis=0)
        tensor, tensor_scale, tensor_zero = self._quantise(source)
        inputs = [
            tensor,
            self.constant(f"{name}_weight", int8),
            tensor_scale,
            self.constant(f"{name}_scale", scale[0]),
            tensor_zero,
            self.constant(f"{name}_zero", np.zeros(scale.shape[1], np.int8)),
            self.constant(f"{name}_bias", bias),
        ]
        return self.node("MatMulIntegerToFloat", inputs, [name], domain=_CONTRIB)

    def _quantise(self, source: str) -> tuple[str, str, str]:
        """Turn a float32 tensor into uint8 over the range that it has in this run, once for all its readers."""
        names = (f"{source}_uint8", f"{source}_uint8_scale", f"{source}_uint8_zero")
        if source not in self.quantised:
            self.quantised.add(source)
            even = source
            if self.scales is not None and source in self.scales:
                factors = self.constant(f"{source}_factors", np.float32(1) / self.scales[source])
                even = self.node("Mul", [source, factors], [f"{source}_even"])
            self.node("DynamicQuantizeLinear", [even], names)
        return names

    def normalise(self, source: str, name: str, layer: "_Layer", stem: str) -> str:
        """Layer normalisation. Plain, because ONNX Runtime's fused SkipLayerNormalization is eight times slower."""
        gamma = self.constant(f"{name}_gamma", layer[f"{stem}.weight"])
        beta = self.constant(f"{name}_beta", layer[f"{stem}.bias"])
        return self.node("LayerNormalization", [source, gamma, beta], [name], axis=-1, epsilon=layer.epsilon)


@dataclass(frozen=True)
class _Layer:
    weights: Weights
    prefix: str
    epsilon: float

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        return self.weights[self.prefix + name].astype(np.float32)

    def linear(self, name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Weight and bias. PyTorch keeps [outputs, inputs]; the graph multiplies from the other side."""
        return np.ascontiguousarray(self[f"{name}.weight"].T), self[f"{name}.bias"]


def build_graph(weights: Weights, model: ModelDirectory, scales: ChannelScales | None, *, observed: bool) -> bytes:
    """Write the encoder as a serialised ONNX model.

    Args:
        weights: the tensors of `model.safetensors`, named as in Hugging Face's `BertModel`.
        model: its declared sizes.
        scales: None for a float32 graph; for an int8 graph what `outlier_scales` made.
        observed: also give out the tensors of `observed_tensors`, float32 [1, tokens, channels] each.

    Returns:
        A model with one input `ids` int32 [1, tokens] and the output `embedding` float32 [1, dimension] of length 1.

    Raises:
        KeyError: a tensor that a BERT encoder has is missing.
    """
    from onnx import TensorProto, helper

    graph = _Graph(scales)
    hidden = _embeddings(graph, weights, model)
    for number in range(model.layers):
        layer = _Layer(weights, f"encoder.layer.{number}.", model.layer_norm_epsilon)
        hidden = _encoder_layer(graph, layer, number, hidden, model.heads)
    # the mean of the tokens, up to a factor that the normalisation removes
    graph.node("ReduceSum", [hidden, graph.constant("axis_tokens", np.array([1], np.int64))], ["pooled"], keepdims=0)
    graph.node("LpNormalization", ["pooled"], ["embedding"], axis=-1, p=2)
    dimension = weights["embeddings.word_embeddings.weight"].shape[1]
    outputs = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, dimension])]
    if observed:
        outputs += [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in observed_tensors(model)]
    made = helper.make_graph(
        graph.nodes,
        "encoder",
        [helper.make_tensor_value_info("ids", TensorProto.INT32, [1, "tokens"])],
        outputs,
        graph.constants,
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)]
    serialised: bytes = helper.make_model(made, opset_imports=opsets, ir_version=_IR_VERSION).SerializeToString()
    return serialised


def observed_tensors(model: ModelDirectory) -> tuple[str, ...]:
    """Name the inputs of linear layers that are known to have outlier channels: hidden states and GELU outputs."""
    return tuple(
        name for number in range(model.layers) for name in (f"hidden{number}", f"attended{number}", f"gelu{number}")
    )


def outlier_scales(maxima: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """Choose what to divide each channel by, so that a few large ones do not take the int8 range from the rest.

    Args:
        maxima: the largest magnitude per channel that was observed, by tensor.

    Returns:
        Per tensor one divisor for each channel, 1 for all but the outliers.
    """
    scales: dict[str, NDArray[np.float32]] = {}
    for name, maximum in maxima.items():
        limit = np.maximum(_OUTLIER * np.median(maximum), _SMALLEST_SCALE)
        scales[name] = np.maximum(maximum / limit, 1).astype(np.float32)
    return scales


def _as_int8(values: NDArray[np.float32], axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Quantise symmetrically with one scale for each row or column; `values ≈ int8 * scale`."""
    largest = np.abs(values).max(axis=axis, keepdims=True)
    scale = (np.maximum(largest, _SMALLEST_SCALE) / _LARGEST_INT8).astype(np.float32)
    return np.clip(np.rint(values / scale), -_LARGEST_INT8, _LARGEST_INT8).astype(np.int8), scale


def _embeddings(graph: _Graph, weights: Weights, model: ModelDirectory) -> str:
    """Sum of word, position and segment embeddings, normalised."""
    layer = _Layer(weights, "embeddings.", model.layer_norm_epsilon)
    words = _word_vectors(graph, layer["word_embeddings.weight"])
    positions = layer["position_embeddings.weight"] + layer["token_type_embeddings.weight"][0]
    graph.constant("positions", positions[: model.max_tokens].astype(np.float32))
    graph.node("Shape", ["ids"], ["token_count"], start=1, end=2)
    zero = graph.constant("zero", np.array([0], np.int64))
    graph.node("Slice", ["positions", zero, "token_count"], ["position_vectors"])
    summed = graph.node("Add", [words, "position_vectors"], ["embedded"])
    return graph.normalise(summed, "hidden0", layer, "LayerNorm")


def _word_vectors(graph: _Graph, table: NDArray[np.float32]) -> str:
    """Look words up; for int8 with one scale per word, which makes the file four times smaller and loading fast."""
    from onnx import TensorProto

    if graph.scales is None:
        return graph.node("Gather", [graph.constant("words", table), "ids"], ["word_vectors"], axis=0)
    int8, scale = _as_int8(table, axis=1)
    graph.node("Gather", [graph.constant("words", int8), "ids"], ["word_int8"], axis=0)
    graph.node("Gather", [graph.constant("word_scales", scale), "ids"], ["word_scale"], axis=0)
    graph.node("Cast", ["word_int8"], ["word_unscaled"], to=TensorProto.FLOAT)
    return graph.node("Mul", ["word_unscaled", "word_scale"], ["word_vectors"])


def _encoder_layer(graph: _Graph, layer: _Layer, number: int, hidden: str, heads: int) -> str:
    projected = [
        graph.linear(hidden, f"{part}{number}", *layer.linear(f"attention.self.{part}"))
        for part in ("query", "key", "value")
    ]
    graph.node("MultiHeadAttention", projected, [f"context{number}"], domain=_CONTRIB, num_heads=heads)
    mixed = graph.linear(f"context{number}", f"mixed{number}", *layer.linear("attention.output.dense"))
    summed = graph.node("Add", [mixed, hidden], [f"mixed_sum{number}"])
    attended = graph.normalise(summed, f"attended{number}", layer, "attention.output.LayerNorm")
    wide = graph.linear(attended, f"wide{number}", *layer.linear("intermediate.dense"))
    gelu = graph.node("Gelu", [wide], [f"gelu{number}"], domain=_CONTRIB)
    narrow = graph.linear(gelu, f"narrow{number}", *layer.linear("output.dense"))
    summed = graph.node("Add", [narrow, attended], [f"narrow_sum{number}"])
    return graph.normalise(summed, f"hidden{number + 1}", layer, "output.LayerNorm")
