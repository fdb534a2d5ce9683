"""The model in llama.cpp and its memory of what it has read. Everything here is called in one thread only."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.chat_models.llama.native_log import last_errors, silence
from assistant.chat_models.llama.vocabulary import Vocabulary
from assistant.chat_models.port import Stopped
from casefile.errors import ModelUnavailableError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ARCHITECTURE = "mistral3"
_ALL_LAYERS = 0x7FFF_FFFF
_DONE, _ABORTED = 0, 2
"""What `llama_decode` returns."""


@dataclass(frozen=True, slots=True)
class ContextSettings:
    """How a model is loaded.

    Attributes:
        model_path: the GGUF file.
        context_tokens: prompt and answer together.
        threads: processor threads, for reading and for writing.
        batch_tokens: tokens read at once.
        gpu_layers: layers on a graphics card; -1: all.
        projector_path: the GGUF file that gives it eyes; None where it has none.
    """

    model_path: Path
    context_tokens: int
    threads: int
    batch_tokens: int = 64
    gpu_layers: int = 0
    projector_path: Path | None = None


class NativeModel:
    """A loaded model with one sequence in its memory.

    Raises:
        ModelUnavailableError: llama.cpp is not installed, the file is not there or no Ministral 3, or memory is short.
    """

    def __init__(self, settings: ContextSettings) -> None:
        self._native = native = _llama_cpp()
        if not settings.model_path.is_file():
            raise ModelUnavailableError(
                f"There is no model file at {settings.model_path}. See `caseclerk models list`."
            )
        silence()
        native.llama_backend_init()
        self.model: Any = _load(native, settings)
        self.context: Any = None
        try:
            _check_architecture(native, self.model)
            self.vocabulary = Vocabulary.of_model(self.model)
            self.context = _make_context(native, self.model, settings)
        except ModelUnavailableError:
            self.close()
            raise
        self.loaded_vocabulary: Any = native.llama_model_get_vocab(self.model)
        self.context_tokens = int(native.llama_n_ctx(self.context))
        self.batch_tokens = settings.batch_tokens
        self._memory: Any = native.llama_get_memory(self.context)
        self._never = native.ggml_abort_callback(0)
        self._buffer = (native.llama_token * settings.batch_tokens)()

    def read(self, tokens: Sequence[int], stopped: Stopped | None = None) -> bool:
        """Read at most a batch behind what is in memory; False where `stopped` ended it: memory is then to be cut.

        Raises:
            ModelUnavailableError: llama.cpp cannot.
        """
        native = self._native
        count = len(tokens)
        self._buffer[:count] = tokens
        if stopped is not None:
            ask = native.ggml_abort_callback(lambda _data: bool(stopped()))
            native.llama_set_abort_callback(self.context, ask, None)
        try:
            code = native.llama_decode(self.context, native.llama_batch_get_one(self._buffer, count))
        finally:
            if stopped is not None:
                native.llama_set_abort_callback(self.context, self._never, None)
        if code not in {_DONE, _ABORTED}:
            raise ModelUnavailableError(f"llama.cpp could not read on (code {code}). {last_errors()}".strip())
        return bool(code == _DONE)

    def logits(self) -> "NDArray[np.float32]":
        """What may come next, one number a token: a view into llama.cpp's memory, valid until the next `read`."""
        import numpy as np

        pointer = self._native.llama_get_logits_ith(self.context, -1)
        view: NDArray[np.float32] = np.ctypeslib.as_array(pointer, (len(self.vocabulary.pieces),))
        return view

    def cut(self, kept: int) -> None:
        """Forget all but the first `kept` tokens."""
        if kept == 0 or not self._native.llama_memory_seq_rm(self._memory, 0, kept, -1):
            self._native.llama_memory_clear(self._memory, False)  # noqa: FBT003 (a native call takes no keywords)

    def save(self, path: Path, tokens: Sequence[int]) -> bool:
        """Write what is in memory, which are these tokens; whether that was possible."""
        given = (self._native.llama_token * len(tokens))(*tokens)
        return bool(self._native.llama_state_seq_save_file(self.context, _path_bytes(path), 0, given, len(tokens)))

    def load(self, path: Path, tokens: Sequence[int]) -> bool:
        """Fill memory with what `save` wrote; False, and memory empty, where it is not of these tokens.

        A damaged file can end the process: the caller checks a hash before.
        """
        self.cut(0)
        if not path.is_file():
            return False
        found = (self._native.llama_token * len(tokens))()
        count = ctypes.c_size_t(0)
        read = self._native.llama_state_seq_load_file(
            self.context, _path_bytes(path), 0, found, len(tokens), ctypes.byref(count)
        )
        if read and list(found[: count.value]) == list(tokens):
            return True
        self.cut(0)
        return False

    def close(self) -> None:
        """Give back memory. May be called twice."""
        if self.context:
            self._native.llama_free(self.context)
            self.context = None
        if self.model:
            self._native.llama_model_free(self.model)
            self.model = None


def _llama_cpp() -> Any:
    try:
        import llama_cpp
    except (ImportError, OSError, RuntimeError) as error:
        raise ModelUnavailableError(
            f"llama.cpp is not installed or does not start here ({error}). `caseclerk doctor` says what to do."
        ) from error
    return llama_cpp


def _load(native: Any, settings: ContextSettings) -> Any:
    parameters = native.llama_model_default_params()
    parameters.n_gpu_layers = _ALL_LAYERS if settings.gpu_layers < 0 else settings.gpu_layers
    parameters.load_mode = native.LLAMA_LOAD_MODE_NONE
    model = native.llama_model_load_from_file(_path_bytes(settings.model_path), parameters)
    if not model:
        raise ModelUnavailableError(
            f"{settings.model_path.name} cannot be loaded: {last_errors() or 'llama.cpp does not say why'}. "
            "`caseclerk models verify` tells whether the file is whole."
        )
    return model


def _check_architecture(native: Any, model: Any) -> None:
    buffer = ctypes.create_string_buffer(64)
    native.llama_model_meta_val_str(model, b"general.architecture", buffer, len(buffer))
    found = buffer.value.decode("utf-8", "replace")
    if found != _ARCHITECTURE:
        raise ModelUnavailableError(
            f"This file is no Ministral 3: its architecture is {found!r}. "
            "Choose another model with `caseclerk models use`."
        )


def _make_context(native: Any, model: Any, settings: ContextSettings) -> Any:
    parameters = native.llama_context_default_params()
    parameters.n_ctx = settings.context_tokens
    parameters.n_batch = parameters.n_ubatch = settings.batch_tokens
    parameters.n_threads = parameters.n_threads_batch = settings.threads
    parameters.flash_attn_type = native.LLAMA_FLASH_ATTN_TYPE_ENABLED
    parameters.no_perf = True
    context = native.llama_init_from_model(model, parameters)
    if not context:
        raise ModelUnavailableError(
            f"There is not enough memory for a context of {settings.context_tokens} tokens: {last_errors()}. "
            "Set model.context_tokens lower."
        )
    return context


def _path_bytes(path: Path) -> bytes:
    return str(path).encode("utf-8", "surrogateescape")
