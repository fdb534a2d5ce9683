"""The packaged model through both runtimes: the contract, the conversion cache, and the way back when it fails."""

import json
import logging
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from casefile.errors import ModelMissingError
from ingest.embedding import conversion, loading, onnx_int8
from ingest.embedding.conversion import cached_copy
from ingest.embedding.loading import EmbeddingChoice, load_embedder
from ingest.embedding.model_directory import default_model_directory, read_model_directory
from ingest.embedding.onnx_int8 import GRAPH_FILE, RUNTIME, ConversionError
from ingest.embedding.port import Embedder, EmbeddingIdentity
from tests.ingest.embedder_contract import HARBOUR, LONG, EmbedderContract

EVERYDAY = (HARBOUR, LONG, "Who paid the invoice?", "yes", "17:45", "Der Zeuge sah den Wagen gegen neun Uhr.")


@pytest.fixture(scope="session")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = tmp_path_factory.mktemp("models") / "onnx"
    load_embedder(cache)
    return cache


@pytest.fixture(scope="session")
def int8(converted: Path) -> Embedder:
    return load_embedder(converted)


@pytest.fixture(scope="session")
def float32(converted: Path) -> Embedder:
    import torch

    torch.set_num_threads(1)  # its threads wait for each other, which takes minutes when other tests run beside
    return load_embedder(converted, EmbeddingChoice(runtime="torch-float32"))


@pytest.fixture(scope="session")
def by_path(converted: Path, tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    folder = shutil.copytree(default_model_directory(), tmp_path_factory.mktemp("own") / "model")
    choice = EmbeddingChoice(model_directory=folder, query_prefix="query: ", passage_prefix="passage: ")
    return load_embedder(converted, choice)


@pytest.fixture
def model_copy(tmp_path: Path) -> Path:
    """A model directory of the user's own, whose files a test may spoil."""
    return Path(shutil.copytree(default_model_directory(), tmp_path / "own-model"))


class TestOnnxInt8(EmbedderContract):
    neighbour_cosine = 0.999999

    @pytest.fixture
    def embedder(self, int8: Embedder) -> Embedder:
        return int8

    def test_neighbours_change_no_bit(self, embedder: Embedder) -> None:
        alone = embedder.embed_passages([HARBOUR])[0]
        assert np.array_equal(embedder.embed_passages([LONG] * 40 + [HARBOUR] + ["x"] * 40)[40], alone)

    def test_vectors_are_near_float32(self, embedder: Embedder, float32: Embedder) -> None:
        cosines = np.sum(embedder.embed_passages(EVERYDAY) * float32.embed_passages(EVERYDAY), axis=1)
        assert cosines.min() > 0.97
        assert embedder.identity.runtime == RUNTIME
        assert embedder.identity.comparable_with(float32.identity)

    def test_both_runtimes_count_the_same_tokens(self, embedder: Embedder, float32: Embedder) -> None:
        for text in EVERYDAY:
            assert embedder.count_tokens(text) == float32.count_tokens(text)

    def test_one_thread_gives_the_same_vectors(self, embedder: Embedder, converted: Path) -> None:
        texts = [f"{number} containers" for number in range(50)]
        single = load_embedder(converted, EmbeddingChoice(threads=1))
        assert np.array_equal(single.embed_passages(texts), embedder.embed_passages(texts))

    def test_prefixes_reach_the_model(self, embedder: Embedder, converted: Path) -> None:
        prefixed = load_embedder(converted, EmbeddingChoice(query_prefix="query: ", passage_prefix="passage: "))
        assert np.array_equal(prefixed.embed_queries(["x"]), embedder.embed_queries(["query: x"]))
        assert np.array_equal(prefixed.embed_passages(["x"]), embedder.embed_passages(["passage: x"]))
        assert prefixed.count_tokens("x") == embedder.count_tokens("passage: x")
        assert not prefixed.identity.comparable_with(embedder.identity)


class TestTorchFloat32(EmbedderContract):
    @pytest.fixture
    def embedder(self, float32: Embedder) -> Embedder:
        return float32


class TestModelByPath(EmbedderContract):
    """A model of the user's own, named by its folder, that wants prefixes as many multilingual ones do."""

    neighbour_cosine = 0.999999

    @pytest.fixture
    def embedder(self, by_path: Embedder) -> Embedder:
        return by_path

    def test_questions_and_passages_have_their_own_prefix(self, embedder: Embedder, int8: Embedder) -> None:
        assert np.array_equal(embedder.embed_queries([HARBOUR]), int8.embed_queries([f"query: {HARBOUR}"]))
        assert np.array_equal(embedder.embed_passages([HARBOUR]), int8.embed_passages([f"passage: {HARBOUR}"]))


def test_second_use_is_fast_path_without_torch(converted: Path) -> None:
    """The modules whose import takes seconds stay out, and the copy is not made again."""
    program = (
        "import sys; from pathlib import Path; from ingest.embedding.loading import load_embedder\n"
        "assert load_embedder(Path(sys.argv[1])).embed_queries(['who called?']).shape == (1, 384)\n"
        "slow = {'torch', 'transformers', 'sentence_transformers', 'onnx'} & set(sys.modules)\n"
        "assert not slow, slow\n"
    )
    graph = next(converted.glob(f"*/{GRAPH_FILE}"))
    made = graph.stat().st_mtime_ns
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", program, str(converted)], check=True, cwd=root, timeout=120)
    assert graph.stat().st_mtime_ns == made
    assert [entry.name for entry in converted.iterdir()] == [graph.parent.name]


def test_damaged_copy_is_made_again(converted: Path, tmp_path: Path) -> None:
    cache = Path(shutil.copytree(converted, tmp_path / "onnx"))
    graph = next(cache.glob(f"*/{GRAPH_FILE}"))
    sound = graph.read_bytes()
    graph.write_bytes(sound[:1000])
    vectors = load_embedder(cache, EmbeddingChoice(runtime="onnxruntime-int8")).embed_queries([HARBOUR])
    assert graph.read_bytes() == sound
    assert np.array_equal(vectors, load_embedder(converted).embed_queries([HARBOUR]))


@pytest.mark.parametrize("spoiled", ["", "[]", "{}", '{"files": 3}', '{"files": {"encoder.onnx": "x"}}', "\0"])
def test_copy_with_a_bad_manifest_is_not_trusted(converted: Path, tmp_path: Path, spoiled: str) -> None:
    cache = Path(shutil.copytree(converted, tmp_path / "onnx"))
    folder = next(cache.iterdir())
    (folder / "manifest.json").write_text(spoiled)
    assert not conversion._is_intact(folder)


def test_copy_far_from_the_reference_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    model = read_model_directory(default_model_directory())

    def other_model(texts: object) -> np.ndarray:
        return np.full((len(conversion.SAMPLES), 384), 384**-0.5, dtype=np.float32)

    with pytest.raises(ConversionError, match="differs too much"):
        cached_copy(model, "0" * 64, tmp_path / "onnx", other_model)
    assert list((tmp_path / "onnx").iterdir()) == []


def test_model_that_cannot_be_converted_falls_back_with_a_reason(
    model_copy: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pooling = model_copy / "1_Pooling" / "config.json"
    declared = json.loads(pooling.read_text())
    declared |= {"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}
    pooling.write_text(json.dumps(declared))
    choice = EmbeddingChoice(model_directory=model_copy)
    with caplog.at_level(logging.WARNING):
        embedder = load_embedder(tmp_path / "onnx", choice)
    assert embedder.identity.runtime == "torch-float32"
    assert "pooling_mode_cls_token" in caplog.text
    with pytest.raises(ConversionError, match="pooling_mode_cls_token"):
        load_embedder(tmp_path / "onnx", replace(choice, runtime="onnxruntime-int8"))


def test_unwritable_cache_falls_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A file stands where the cache folder should be: no user, not even root, can make it."""
    in_the_way = tmp_path / "onnx"
    in_the_way.write_text("")
    stand_in = object()
    monkeypatch.setattr(loading, "_torch", lambda *_: stand_in)
    with caplog.at_level(logging.WARNING):
        assert load_embedder(in_the_way) is stand_in
    assert "cannot be written" in caplog.text


def test_weights_of_another_hash_are_refused(model_copy: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="not the expected one"):
        load_embedder(tmp_path, EmbeddingChoice(model_directory=model_copy, sha256="0" * 64))


def test_tampered_package_is_refused(model_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "default_model_directory", lambda: model_copy)
    with (model_copy / "tokenizer.json").open("ab") as file:
        file.write(b" ")
    with pytest.raises(ModelMissingError, match=r"tokenizer\.json is not the expected one"):
        load_embedder(tmp_path)
    with (model_copy / "model.safetensors").open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\xff")
    with pytest.raises(ModelMissingError, match=r"model\.safetensors is not the expected one"):
        load_embedder(tmp_path)


def test_no_model_at_the_path(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="no embedding model"):
        load_embedder(tmp_path, EmbeddingChoice(model_directory=tmp_path / "nowhere"))


def test_missing_weights_are_named(model_copy: Path, tmp_path: Path) -> None:
    (model_copy / "model.safetensors").unlink()
    with pytest.raises(ModelMissingError, match=r"model\.safetensors cannot be read"):
        load_embedder(tmp_path, EmbeddingChoice(model_directory=model_copy))


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("model_type", "roberta", "model_type"),
        ("hidden_act", "relu", "hidden_act"),
        ("position_embedding_type", "relative_key", "position embeddings"),
    ],
)
def test_other_architectures_are_not_converted(model_copy: Path, key: str, value: str, reason: str) -> None:
    config = json.loads((model_copy / "config.json").read_text())
    (model_copy / "config.json").write_text(json.dumps(config | {key: value}))
    assert reason in read_model_directory(model_copy).unsuitable


def test_modules_that_do_more_are_not_converted(model_copy: Path) -> None:
    modules = json.loads((model_copy / "modules.json").read_text())
    modules.insert(2, {"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"})
    (model_copy / "modules.json").write_text(json.dumps(modules))
    assert "Dense" in read_model_directory(model_copy).unsuitable
    (model_copy / "modules.json").write_text("{")
    assert "modules.json" in read_model_directory(model_copy).unsuitable


def test_identity_ignores_the_runtime_only() -> None:
    one = EmbeddingIdentity("m", "0" * 64, 3, "a", "", "", 9)
    assert one.comparable_with(replace(one, runtime="b", name="n"))
    for other in (
        replace(one, sha256="1" * 64),
        replace(one, dimension=4),
        replace(one, query_prefix="q"),
        replace(one, passage_prefix="p"),
        replace(one, max_tokens=8),
    ):
        assert not one.comparable_with(other)


@pytest.mark.parametrize(
    ("machine", "flags", "overflows"),
    [
        ("x86_64", "fpu avx2 avx512f", True),
        ("x86_64", "fpu avx2 avx_vnni", False),
        ("AMD64", "fpu avx512_vnni", False),
        ("aarch64", "asimd", False),
    ],
)
def test_exact_products_are_asked_for_where_int8_would_overflow(
    monkeypatch: pytest.MonkeyPatch, *, machine: str, flags: str, overflows: bool
) -> None:
    monkeypatch.setattr(onnx_int8.platform, "machine", lambda: machine)
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: f"flags\t\t: {flags}\n")
    assert onnx_int8._overflows() is overflows
