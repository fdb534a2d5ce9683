"""The tiny random model of the tests: Ministral's architecture, tokenizer and template, built once a test process."""

import functools
import os
from pathlib import Path

from eval.random_model import build


@functools.cache
def tiny_model_path() -> Path:
    """The GGUF file, about 25 MB, in the HOME of the tests, which is removed at the end. Takes some seconds once."""
    path = Path(os.environ["HOME"]) / "tiny-random-ministral.gguf"
    build(path)
    return path
