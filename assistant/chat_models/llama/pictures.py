"""The projector: pictures become what the model reads, at their place between the tokens of a prompt.

It works below llama-cpp-python's chat handler, which opens addresses, reads marks out of text and empties the cache.
Here a picture is bytes in memory, unpacked by Pillow; no text and no path passes through. llama.cpp makes two chunks of
it: the picture, and the token that ends it. It is asked between any two steps whether to stop, while the picture is
encoded (a quarter of a minute on two cores) and while the model reads it.
"""

import ctypes
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from assistant.chat_models.llama.native_log import last_errors, silence_projector
from assistant.chat_models.port import Picture, Stopped
from casefile.errors import ModelRequestError, ModelUnavailableError

LARGEST_SIDE = 1540
"""Pixels; pictures come scaled down. The projector itself makes no more of a side."""
_TOO_LARGE = f"The picture has more than {LARGEST_SIDE:,} pixels on a side; scale it down first."
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG"}
_NODES_A_STEP = 16
"""Operations of the encoder between two looks at whether to stop: about one layer."""
_ENDED = 2
"""What the reading of a picture returns where it was stopped between two batches."""


@dataclass(frozen=True, slots=True)
class PreparedPicture:
    """A picture cut into patches, not yet encoded. To be closed, once read or not.

    Attributes:
        tokens: of context that it takes, the one that ends it included.
        chunks: llama.cpp's handle.
    """

    tokens: int
    chunks: Any

    def close(self) -> None:
        """Give its memory back."""
        from llama_cpp import mtmd_cpp

        mtmd_cpp.mtmd_input_chunks_free(self.chunks)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class Projector:
    """A projector loaded for a model. Only for the thread that owns the model.

    Args:
        path: its GGUF file.
        model: llama.cpp's handle of the model, which must outlive it.
        threads: of the processor.
        on_card: whether it may use a graphics card.

    Raises:
        ModelUnavailableError: it cannot be loaded, belongs to a model of another width, or sees no pictures.
    """

    def __init__(self, path: Path, model: Any, *, threads: int, on_card: bool = False) -> None:
        from llama_cpp import llama_cpp, mtmd_cpp

        silence_projector()
        self._mtmd = mtmd_cpp
        self._stopped: Stopped | None = None
        self._was_stopped = False
        self._operations = 0
        self._watch = llama_cpp.ggml_backend_sched_eval_callback(self._look)  # kept: native code calls it
        parameters = mtmd_cpp.mtmd_context_params_default()
        parameters.use_gpu = on_card
        parameters.print_timings = False
        parameters.n_threads = threads
        parameters.warmup = False
        parameters.cb_eval = self._watch
        self._context = mtmd_cpp.mtmd_init_from_file(str(path).encode(), model, parameters) if path.is_file() else None
        if not self._context or not mtmd_cpp.mtmd_support_vision(self._context):
            self.close()
            raise ModelUnavailableError(
                f"The projector {path.name} cannot be loaded for this model ({last_errors() or 'no reason given'}). "
                "`caseclerk models verify` checks the file; a projector belongs to the one model that it was made for."
            )

    def prepare(self, picture: Picture) -> PreparedPicture:
        """Unpack a picture and cut it into patches.

        Raises:
            ModelRequestError: it is no PNG or JPEG file that can be unpacked, or was not scaled down.
        """
        width, height, pixels = _unpacked(picture)
        mtmd = self._mtmd
        bitmap = mtmd.mtmd_bitmap_init(width, height, (ctypes.c_uint8 * len(pixels)).from_buffer_copy(pixels))
        chunks = mtmd.mtmd_input_chunks_init()
        part = mtmd.mtmd_input_part(None, bitmap)
        parts = (ctypes.POINTER(mtmd.mtmd_input_part) * 1)(ctypes.pointer(part))
        failed = mtmd.mtmd_tokenize_from_parts(self._context, chunks, parts, 1, False)  # noqa: FBT003 - a C function
        mtmd.mtmd_bitmap_free(bitmap)
        prepared = PreparedPicture(0 if failed else mtmd.mtmd_helper_get_n_tokens(chunks), chunks)
        if failed or not prepared.tokens:
            prepared.close()
            raise ModelRequestError("The model cannot take this picture. Try another one.")
        return prepared

    def read(
        self,
        context: Any,
        prepared: PreparedPicture,
        position: int,
        batch_tokens: int,
        stopped: Stopped,
        tell: Callable[[int], None] | None = None,
    ) -> bool:
        """Encode a picture and have the model read it at `position`; False where it was stopped.

        Where it was stopped or failed, what stands in the context from `position` on is of no use.

        Args:
            context: llama.cpp's handle of the model's context; sequence 0.
            prepared: the picture.
            position: tokens that were read before it.
            batch_tokens: most tokens at once; not more than the context was made for.
            stopped: asked between the steps.
            tell: gets how many tokens of it were read.

        Raises:
            ModelRequestError: it could not be encoded or read.
        """
        mtmd = self._mtmd
        end = position
        for number in range(mtmd.mtmd_input_chunks_size(prepared.chunks)):
            chunk = mtmd.mtmd_input_chunks_get(prepared.chunks, number)
            begin, place = end, ctypes.c_int32(end)
            if mtmd.mtmd_input_chunk_get_type(chunk) == mtmd.MTMD_INPUT_CHUNK_TYPE_TEXT:
                failed = mtmd.mtmd_helper_eval_chunk_single(
                    self._context,
                    context,
                    chunk,
                    begin,
                    0,
                    batch_tokens,
                    False,  # noqa: FBT003
                    ctypes.byref(place),
                )
            else:
                embeddings = self._encode(chunk, stopped)
                if embeddings is None:
                    return False
                failed = self._decode(context, chunk, embeddings, begin, batch_tokens, stopped, place)
            if failed:
                if stopped():
                    return False
                raise ModelRequestError("The model could not read this picture. Try another one.")
            end = place.value
            if tell is not None:
                tell(end - position)
        return True

    def close(self) -> None:
        """Give its memory back. May be called twice."""
        if self._context:
            self._mtmd.mtmd_free(self._context)
        self._context = None

    def _encode(self, chunk: Any, stopped: Stopped) -> Any:
        """The embeddings of a picture's patches, valid until the next call; None where it was stopped."""
        if stopped():
            return None
        self._stopped, self._was_stopped = stopped, False
        try:
            failed = self._mtmd.mtmd_encode_chunk(self._context, chunk)
        finally:
            self._stopped = None
        if self._broken_off():
            return None
        if failed:
            raise ModelRequestError("The model could not encode this picture. Try another one.")
        return ctypes.cast(self._mtmd.mtmd_get_output_embd(self._context), ctypes.POINTER(ctypes.c_float))

    def _broken_off(self) -> bool:
        """Whether the encoder was stopped in the middle: it says nothing of it itself."""
        return self._was_stopped

    def _decode(
        self,
        context: Any,
        chunk: Any,
        embeddings: Any,
        position: int,
        batch_tokens: int,
        stopped: Stopped,
        place: ctypes.c_int32,
    ) -> int:
        between = self._mtmd.mtmd_helper_post_decode_callback(lambda _batch, _data: _ENDED if stopped() else 0)
        failed: int = self._mtmd.mtmd_helper_decode_image_chunk(
            self._context, context, chunk, embeddings, position, 0, batch_tokens, ctypes.byref(place), between, None
        )
        return failed

    def _look(self, _tensor: int, asks: bool, _data: object) -> bool:  # noqa: FBT001 - native code calls it
        """Called before each operation of the encoder: whether to look after it; and then: whether to go on."""
        if asks:
            self._operations += 1
            return self._operations % _NODES_A_STEP == 0
        if self._stopped is not None and self._stopped():
            self._was_stopped = True
        return not self._was_stopped


def _unpacked(picture: Picture) -> tuple[int, int, bytes]:
    """Width, height and pixels, three bytes each."""
    from PIL import Image

    form = _FORMATS.get(picture.media_type)
    if form is None:
        raise ModelRequestError(f"A model takes PNG and JPEG pictures, not {picture.media_type[:60]!r}.")
    damaged = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError)
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(picture.data), formats=(form,)) as image:
            warnings.simplefilter("ignore")
            if max(image.size) > LARGEST_SIDE:
                raise ModelRequestError(_TOO_LARGE)
            plain = image.convert("RGB")
            return plain.width, plain.height, plain.tobytes()
    except Image.DecompressionBombError:
        raise ModelRequestError(_TOO_LARGE) from None
    except damaged:  # what Pillow's decoders raise on damaged files
        raise ModelRequestError("The picture is damaged, or is not what it is said to be.") from None
