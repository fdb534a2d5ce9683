"""The projector: pictures at their place in a prompt, damaged ones refused, stopped at any step."""

import io
from pathlib import Path

import pytest
from PIL import Image

from assistant.chat_models.llama.pictures import LARGEST_SIDE, Projector
from assistant.chat_models.port import Picture
from casefile.errors import ModelRequestError, ModelUnavailableError
from eval.random_model import build
from eval.random_projector import TINY_WIDTH, build_projector

llama_cpp = pytest.importorskip("llama_cpp.llama_cpp")
BATCH = 64


def never() -> bool:
    return False


def picture(width: int, height: int, colour: str = "red", form: str = "PNG") -> Picture:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, form)
    return Picture(f"image/{form.lower()}", out.getvalue())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("projector")
    build(folder / "model.gguf")
    build_projector(folder / "projector.gguf")
    build_projector(folder / "other.gguf", width=2 * TINY_WIDTH)
    (folder / "noise.gguf").write_bytes(b"GGUF" + bytes(200))
    return folder


@pytest.fixture(scope="module")
def model(files: Path):
    from assistant.chat_models.llama.native_log import silence

    silence()
    llama_cpp.llama_backend_init()
    loaded = llama_cpp.llama_model_load_from_file(
        str(files / "model.gguf").encode(), llama_cpp.llama_model_default_params()
    )
    yield loaded
    llama_cpp.llama_model_free(loaded)


@pytest.fixture
def context(model):
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx, parameters.n_batch, parameters.n_ubatch = 1024, BATCH, BATCH
    made = llama_cpp.llama_init_from_model(model, parameters)
    yield made
    llama_cpp.llama_free(made)


@pytest.fixture
def projector(files: Path, model):
    made = Projector(files / "projector.gguf", model, threads=1)
    yield made
    made.close()
    made.close()


def held(context) -> int:
    """Positions that the context holds."""
    return llama_cpp.llama_memory_seq_pos_max(llama_cpp.llama_get_memory(context), 0) + 1


@pytest.mark.parametrize(
    ("size", "tokens"), [((448, 448), 272), ((448, 300), 187), ((1, 1), 12), ((448, 1), 17), ((3, 448), 32)]
)
def test_a_picture_takes_as_many_tokens_as_the_real_projector_makes_of_it(projector, context, size, tokens):
    told: list[int] = []
    with projector.prepare(picture(*size)) as prepared:
        assert prepared.tokens == tokens
        assert projector.read(context, prepared, 0, BATCH, never, told.append)
    assert held(context) == tokens
    assert told == [tokens - 1, tokens]


def test_two_pictures_stand_one_after_the_other(projector, context):
    position = 0
    for form in ("PNG", "JPEG"):
        with projector.prepare(picture(56, 56, form=form)) as prepared:
            assert projector.read(context, prepared, position, BATCH, never)
            position += prepared.tokens
    assert held(context) == position


def test_what_the_model_reads_depends_on_what_is_to_be_seen(projector, model, files):
    def scores(colour: str) -> tuple[float, ...]:
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx, parameters.n_batch = 512, BATCH
        context = llama_cpp.llama_init_from_model(model, parameters)
        with projector.prepare(picture(112, 112, colour)) as prepared:
            assert projector.read(context, prepared, 0, BATCH, never)
        token = (llama_cpp.llama_token * 1)(4)
        assert llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(token, 1)) == 0
        found = tuple(llama_cpp.llama_get_logits(context)[number] for number in range(200))
        llama_cpp.llama_free(context)
        return found

    assert scores("red") == scores("red")
    assert scores("red") != scores("blue")


@pytest.mark.parametrize(
    "bad",
    [
        Picture("image/png", b""),
        Picture("image/png", b"\x89PNG\r\n\x1a\n" + bytes(40)),
        Picture("image/png", picture(60, 60).data[:90]),
        Picture("image/png", picture(60, 60, form="JPEG").data),
        Picture("image/jpeg", picture(60, 60).data),
        Picture("image/gif", b"GIF89a"),
        Picture("audio/wav", b"RIFF\x00\x00\x00\x00WAVE"),
        Picture("image/png", b"https://example.org/a.png"),
        picture(LARGEST_SIDE + 1, 1),
    ],
)
def test_what_is_no_small_picture_is_refused_and_the_next_one_is_taken(projector, bad):
    with pytest.raises(ModelRequestError):
        projector.prepare(bad)
    projector.prepare(picture(28, 28)).close()


def test_it_stops_before_within_and_after_the_encoder(projector, context):
    asked = 0

    def counting() -> bool:
        nonlocal asked
        asked += 1
        return False

    with projector.prepare(picture(448, 448)) as prepared:
        assert projector.read(context, prepared, 0, BATCH, counting)
        steps = asked
        assert steps >= 8, "some layers, and the batches that the model reads"
        for last in range(steps):
            llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
            asked = 0

            def stopping(last: int = last) -> bool:
                nonlocal asked
                asked += 1
                return asked > last

            assert not projector.read(context, prepared, 0, BATCH, stopping), last
            assert asked <= last + 2
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
        assert projector.read(context, prepared, 0, BATCH, never), "it can be used again"
        assert held(context) == prepared.tokens


def test_a_picture_that_does_not_fit_the_context_is_refused(projector, model):
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx, parameters.n_batch = 256, BATCH
    small = llama_cpp.llama_init_from_model(model, parameters)
    with projector.prepare(picture(448, 448)) as prepared, pytest.raises(ModelRequestError, match="could not read"):
        projector.read(small, prepared, 0, BATCH, never)
    llama_cpp.llama_free(small)


@pytest.mark.parametrize("name", ["missing.gguf", "noise.gguf", "other.gguf", "model.gguf"])
def test_a_file_that_is_no_projector_of_this_model_is_told(files, model, name, capfd):
    with pytest.raises(ModelUnavailableError, match=name):
        Projector(files / name, model, threads=1)
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")
