"""The int8 copy of a model: made once from its float32 weights, checked, and kept in a cache folder."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.model_directory import (
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    ModelDirectory,
    sha256_of_file,
)
from ingest.embedding.onnx_graph import ChannelScales, Weights, build_graph, observed_tensors, outlier_scales
from ingest.embedding.onnx_int8 import GRAPH_FILE, RUNTIME, ConversionError, OnnxEncoder, load_session, load_tokenizer

_MANIFEST_FILE = "manifest.json"
_LEAST_COSINE = 0.97
"""What the copy must reach against torch float32 on every sample; the recall it costs is measured apart."""

SAMPLES = (
    "The supplier shall deliver the goods within thirty days of the purchase order.",
    "Who called +45 20 12 34 56 on the evening of 3 March?",
    "Payment of EUR 14,250.00 was received from the account of the second suspect.",
    "Yes, he was there that night.",
    "From: anna@example.org Subject: Re: keys Date: Tue, 4 Mar 2025 09:12 +0100",
    "2024-11-02;Transfer;-1,200.00;DK5000400440116243;rent",
    "Der Zeuge sah den Wagen gegen neun Uhr vor dem Hafenbüro.",
    "IMEI 490154203237518, model SM-G991B",
    (
        "The witness stated that a dark blue estate car stood in front of the harbour office from about nine o'clock "
        "until shortly after midnight, that two men carried boxes from the side door to the car, and that one of them, "
        "whom she had seen before in the company of the tenant, wore a jacket with the logo of a courier service."
    ),
)
"""Texts of the kinds that cases hold: they show which channels are outliers, and check the copy."""

Reference = Callable[[Sequence[str]], NDArray[np.float32]]


def cached_copy(model: ModelDirectory, weights_sha256: str, cache: Path, reference: Reference) -> Path:
    """Give the folder that holds the int8 copy of a model, making it first where it is not there or damaged.

    A folder appears under its name only when it is complete and checked; two processes may race, one copy wins.

    Args:
        model: what to convert.
        weights_sha256: of its `model.safetensors`, already checked by the caller.
        cache: the folder of converted models, made if need be.
        reference: embeds `SAMPLES` in float32, rows of length 1; called only for a fresh copy.

    Raises:
        ConversionError: the copy cannot be made, or is too far from the reference.
    """
    folder = cache / f"{weights_sha256}-{RUNTIME}"
    if _is_intact(folder):
        return folder
    if model.unsuitable:
        raise ConversionError(f"The model in {model.path} has no int8 conversion: {model.unsuitable}.")
    try:
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        work = Path(tempfile.mkdtemp(prefix=".converting-", dir=cache))
    except OSError as cause:
        raise ConversionError(f"The folder of converted models {cache} cannot be written: {cause.strerror}.") from cause
    try:
        _convert(model, weights_sha256, work)
        _check_against(reference, work, model)
        _put_in_place(work, folder)
    except OSError as cause:
        raise ConversionError(f"The converted model cannot be written to {cache}: {cause.strerror}.") from cause
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def observe_outliers(weights: Weights, model: ModelDirectory) -> ChannelScales:
    """Run the float32 graph on `SAMPLES` and derive the scales that tame its outlier channels.

    Raises:
        ConversionError: ONNX Runtime cannot run it.
    """
    session = load_session(build_graph(weights, model, None, observed=True))
    tokenizer = load_tokenizer(model.path / TOKENIZER_FILE)
    tokenizer.enable_truncation(model.max_tokens)
    names = list(observed_tensors(model))
    maxima: dict[str, NDArray[np.float32]] = {}
    for text in SAMPLES:
        ids = np.array([tokenizer.encode(text).ids], dtype=np.int32)
        try:
            tensors = session.run(names, {"ids": ids})
        except Exception as cause:  # its errors share no base class but this one
            raise ConversionError(f"ONNX Runtime cannot run the model in {model.path}: {cause}") from cause
        for name, tensor in zip(names, tensors, strict=True):
            largest = np.abs(tensor[0]).max(axis=0)
            maxima[name] = np.maximum(maxima.get(name, largest), largest)
    return outlier_scales(maxima)


def _convert(model: ModelDirectory, weights_sha256: str, work: Path) -> None:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        weights = load_file(model.path / WEIGHTS_FILE)
        graph = build_graph(weights, model, observe_outliers(weights, model), observed=False)
    except (KeyError, ValueError, TypeError, SafetensorError) as cause:
        raise ConversionError(f"The weights in {model.path} are not those of a BERT encoder: {cause}.") from cause
    _write(work / GRAPH_FILE, graph)
    _write(work / TOKENIZER_FILE, (model.path / TOKENIZER_FILE).read_bytes())
    manifest = {
        "runtime": RUNTIME,
        "weights_sha256": weights_sha256,
        "files": {name: sha256_of_file(work / name) for name in (GRAPH_FILE, TOKENIZER_FILE)},
    }
    _write(work / _MANIFEST_FILE, json.dumps(manifest, indent=1, sort_keys=True).encode())


def _check_against(reference: Reference, work: Path, model: ModelDirectory) -> None:
    encoder = OnnxEncoder(work, model.max_tokens, threads=1)
    cosines = np.sum(encoder.embed(SAMPLES) * reference(SAMPLES), axis=1)
    if not bool(np.all(cosines > _LEAST_COSINE)):
        raise ConversionError(
            f"The int8 copy of {model.path} differs too much from float32 (least cosine {cosines.min():.4f})."
        )


def _put_in_place(work: Path, folder: Path) -> None:
    if folder.exists() and not _is_intact(folder):
        shutil.rmtree(folder)
    try:
        work.rename(folder)
    except OSError:
        if not _is_intact(folder):  # otherwise another process was first, and its copy serves
            raise
    _sync_directory(folder.parent)


def _is_intact(folder: Path) -> bool:
    try:
        manifest = json.loads((folder / _MANIFEST_FILE).read_bytes())
        expected: dict[str, str] = manifest["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    wanted = {GRAPH_FILE, TOKENIZER_FILE}
    if not isinstance(expected, dict) or set(expected) != wanted or manifest.get("runtime") != RUNTIME:
        return False
    return all((folder / name).is_file() and sha256_of_file(folder / name) == expected[name] for name in wanted)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
