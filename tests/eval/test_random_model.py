"""The random model has what the real file has, but for the weights."""

from pathlib import Path

import numpy as np
import pytest

from eval.random_model import SHAPES, _tensors, _weights, build, main
from eval.tekken import SPECIAL_TOKENS, tekken_vocabulary, write_tekken
from tests.assistant.llama.tiny_model import tiny_model_path

OFFICIAL_3B_Q4_K_M_BYTES = 2_147_023_008
BLOCK_BYTES = {"Q4_K": 144 / 256, "Q6_K": 210 / 256, "F32": 4, "F16": 2}


def test_the_special_tokens_are_those_that_mistral_common_reads_in_a_tokenizer_of_version_13(tmp_path: Path):
    from mistral_common.tokens.tokenizers.instruct import InstructTokenizerV13
    from mistral_common.tokens.tokenizers.mistral import MistralTokenizer

    instruct = MistralTokenizer.from_file(write_tekken(tmp_path)).instruct_tokenizer
    assert isinstance(instruct, InstructTokenizerV13)
    assert instruct.tokenizer.n_words == 131_072
    assert [instruct.tokenizer.get_special_token(name) for name in SPECIAL_TOKENS] == list(range(36))
    assert (instruct.TOOL_CALLS, instruct.ARGS, instruct.BEGIN_THINK, instruct.END_THINK) == (9, 32, 34, 35)


def test_the_vocabulary_is_the_one_that_the_converter_of_llama_cpp_makes(tmp_path: Path):
    from gguf.vocab import MistralVocab

    write_tekken(tmp_path)
    theirs, ours = MistralVocab(tmp_path), tekken_vocabulary()
    assert tuple((text, int(kind)) for text, _score, kind in theirs.all_tokens()) == tuple(
        zip(ours.tokens, ours.types, strict=True)
    )
    assert tuple(theirs.extract_vocab_merges_from_model()) == ours.merges


def test_llama_cpp_loads_it_with_that_vocabulary():
    import llama_cpp

    model = llama_cpp.Llama(str(tiny_model_path()), n_ctx=64, vocab_only=True, verbose=False)
    vocabulary = llama_cpp.llama_model_get_vocab(model.model)
    assert model.metadata["general.architecture"] == "mistral3"
    assert model.n_vocab() == 131_072
    assert [llama_cpp.llama_vocab_get_text(vocabulary, n).decode() for n in range(36)] == list(SPECIAL_TOKENS)
    assert all(llama_cpp.llama_vocab_is_control(vocabulary, number) for number in range(1000))
    assert not any(llama_cpp.llama_vocab_is_control(vocabulary, number) for number in range(1000, 131_072))
    assert [number for number in range(131_072) if llama_cpp.llama_vocab_is_eog(vocabulary, number)] == [2]
    model.close()


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path):
    build(tmp_path / "again.gguf")
    assert (tmp_path / "again.gguf").read_bytes() == tiny_model_path().read_bytes()


def test_the_3b_shape_weighs_what_the_official_file_weighs():
    total = sum(tensor.rows * tensor.columns * BLOCK_BYTES[tensor.kind] for tensor in _tensors(SHAPES["3b"]))
    # the rest of the file is the vocabulary: 7 MB
    assert 0.995 < total / OFFICIAL_3B_Q4_K_M_BYTES < 1


@pytest.mark.parametrize("layer_tensor", ["blk.0.attn_q.weight", "blk.0.attn_v.weight", "blk.0.ffn_down.weight"])
def test_blocks_written_directly_hold_weights_of_the_wanted_spread(layer_tensor: str):
    from gguf import GGMLQuantizationType, dequantize

    tensor = next(tensor for tensor in _tensors(SHAPES["3b"]) if tensor.name == layer_tensor)
    values = dequantize(_weights(tensor, np.random.default_rng(1)), GGMLQuantizationType[tensor.kind])
    assert np.isfinite(values).all()
    assert abs(float(values.mean())) < 0.1 * tensor.columns**-0.5
    assert 0.5 < float(values.std()) * tensor.columns**0.5 < 2


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(tmp_path / "none" / "model.gguf")]) == 2
    assert "Create it" in capsys.readouterr().err
