"""The tiny random model of the tests: Ministral's architecture, tokenizer and template, built once a test process."""

import functools
import os
from pathlib import Path
from typing import Any

from assistant.chat_models.llama.native_log import silence
from assistant.chat_models.llama.vocabulary import Vocabulary
from eval.random_model import build


@functools.cache
def tiny_model_path() -> Path:
    """The GGUF file, about 25 MB, in the HOME of the tests, which is removed at the end. Takes some seconds once."""
    path = Path(os.environ["HOME"]) / "tiny-random-ministral.gguf"
    build(path)
    return path


@functools.cache
def _vocabulary_only() -> Any:
    import llama_cpp

    silence()
    parameters = llama_cpp.llama_model_default_params()
    parameters.vocab_only = True
    return llama_cpp.llama_model_load_from_file(str(tiny_model_path()).encode(), parameters)


@functools.cache
def tiny_vocabulary() -> Vocabulary:
    """Its vocabulary; no weights are loaded."""
    return Vocabulary.of_model(_vocabulary_only())


def loaded_vocabulary() -> Any:
    """llama.cpp's handle of it; lives as long as the process."""
    import llama_cpp

    return llama_cpp.llama_model_get_vocab(_vocabulary_only())
