"""The tiny projector: the same bytes each time, and llama.cpp sees pictures through it."""

import subprocess
import sys

import pytest
from gguf import GGUFReader

from casefile.errors import UsageError
from eval.random_projector import TINY_WIDTH, build_projector, main


def test_it_is_the_same_each_time_and_another_with_another_seed(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        build_projector(tmp_path / name, seed=seed)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b
    assert a != c
    assert len(a) < 1_000_000


def test_its_metadata_are_those_of_the_official_projector_in_miniature(tmp_path):
    assert main([str(tmp_path / "p.gguf"), "--width", "96"]) == 0
    fields = GGUFReader(tmp_path / "p.gguf").fields
    values = {
        key: fields[key].contents()
        for key in (
            "general.architecture",
            "general.type",
            "clip.projector_type",
            "clip.has_vision_encoder",
            "clip.vision.patch_size",
            "clip.vision.spatial_merge_size",
            "clip.vision.projection_dim",
        )
    }
    assert list(values.values()) == ["clip", "mmproj", "pixtral", True, 14, 2, 96]


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(UsageError, match="no folder"):
        build_projector(tmp_path / "missing" / "p.gguf")
    assert main([str(tmp_path / "missing" / "p.gguf")]) == 2


LOOK = """
import sys
import llama_cpp.llama_cpp as llama
import llama_cpp.mtmd_cpp as mtmd
llama.llama_backend_init()
model = llama.llama_model_load_from_file(sys.argv[1].encode(), llama.llama_model_default_params())
parameters = mtmd.mtmd_context_params_default()
parameters.use_gpu, parameters.warmup = False, True
print(bool(mtmd.mtmd_init_from_file(sys.argv[2].encode(), model, parameters)))
"""


def test_it_fits_the_tiny_model_and_no_other_width(tmp_path):
    from eval.random_model import build

    build(tmp_path / "m.gguf")
    build_projector(tmp_path / "fits.gguf")
    build_projector(tmp_path / "wide.gguf", width=2 * TINY_WIDTH)
    said = [
        subprocess.run(
            [sys.executable, "-c", LOOK, str(tmp_path / "m.gguf"), str(tmp_path / name)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        ).stdout.split()
        for name in ("fits.gguf", "wide.gguf")
    ]
    assert said == [["True"], ["False"]]
