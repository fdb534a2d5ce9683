"""The loop around the model: reads a prompt, writes an answer, stops when asked. Used by exactly one thread.

The same prompt gives the same answer, whether its beginning was in memory, came from disk or was read anew: floats
depend on which tokens are read together, so the borders of batches are made by the prompt alone (`batch_ends`), and
only whole batches are kept. What the model wrote itself was read token by token; it is read again in batches.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from assistant.chat_models.llama.encoding import encode
from assistant.chat_models.llama.grammar import Grammar, grammar_of_call, grammar_of_schema
from assistant.chat_models.llama.native import ContextSettings, NativeModel
from assistant.chat_models.llama.parsing import AnswerReader
from assistant.chat_models.llama.pictures import Projector
from assistant.chat_models.llama.sampling import Sampler, TokenChooser
from assistant.chat_models.llama.seen_prompt import SeenPrompt, picture_borders, seen
from assistant.chat_models.llama.vocabulary import Vocabulary
from assistant.chat_models.port import (
    AssistantMessage,
    ChatEvent,
    ChatRequest,
    Ended,
    EndReason,
    Reading,
    Stopped,
    Usage,
)
from casefile.errors import ModelRequestError, ModelUnavailableError, PromptTooLongError

LEAST_ANSWER_TOKENS = 32
"""Room that a prompt leaves for an answer, or all of `most_tokens` where that is less."""
_HIGHEST_TEMPERATURE = 2
_MEASURED_BATCH_TOKENS, _MEASURED_SECONDS = 16, 0.4
"""A measurement reads small batches, then writes, each for this long: with a warm-up about a second."""


@dataclass(frozen=True, slots=True)
class DriverSettings:
    """How the model is loaded, and what it does where a request does not say."""

    context: ContextSettings
    seed: int = 1
    temperature: float = 0.0


@dataclass(frozen=True, slots=True)
class MeasuredSpeed:
    """Tokens in a second."""

    read: float
    written: float


class KeptPrefixes(Protocol):
    """Where the state after system prompt and tools is kept on disk (`prefix.PrefixStore`)."""

    def find(self, tokens: Sequence[int]) -> Path | None:
        """The whole, undamaged state after these tokens."""
        ...

    def keep(self, tokens: Sequence[int], write: Callable[[Path], None]) -> bool:
        """Keep what `write` writes as the state after these tokens."""
        ...


class Driver:
    """A loaded model and what is in its memory.

    Args:
        settings: of the model.
        prefixes: where beginnings of prompts are kept on disk; None keeps none.
        choose: makes the model write what a test wants; None in production.

    Raises:
        ModelUnavailableError: the model cannot be loaded.
    """

    def __init__(
        self, settings: DriverSettings, prefixes: KeptPrefixes | None = None, choose: TokenChooser | None = None
    ) -> None:
        self._settings = settings
        self._prefixes = prefixes
        self._choose = choose
        self._model = NativeModel(settings.context)
        self._projector = self._eyes(settings.context)
        self._read: list[int] = []
        """Tokens in memory; numbers below zero are those of pictures (`seen_prompt`)."""
        self._ends: list[int] = []
        """After how many of them a batch of a prompt ended."""

    @property
    def context_tokens(self) -> int:
        """Prompt and answer together, as llama.cpp made the context."""
        return self._model.context_tokens

    @property
    def vocabulary(self) -> Vocabulary:
        """The model's tokens."""
        return self._model.vocabulary

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Tokens of each text; may be called between two events of `chat`."""
        return tuple(len(self._model.vocabulary.encode(text)) for text in texts)

    def chat(self, request: ChatRequest, stopped: Stopped | None = None) -> Iterator[ChatEvent]:
        """Yield reading, text and calls, and last exactly one `Ended`.

        Raises:
            ModelRequestError: the conversation, a schema, a tool or a picture cannot be taken.
            PromptTooLongError: the prompt leaves no room for an answer.
            ModelUnavailableError: llama.cpp failed.
        """
        encoded = encode(self._model.vocabulary, request.messages, request.tools)
        with seen(encoded, self._projector) as prompt:
            self._check(request, prompt)
            grammar = self._grammar(request)
            try:
                yield from self._turn(request, prompt, grammar, stopped or _never)
            finally:
                if grammar is not None:
                    grammar.close()

    def save_prefix(self, path: Path, tokens: Sequence[int]) -> bool:
        """Write the state after these tokens, which are all that is in memory; whether that was possible."""
        return self._read == list(tokens) and self._model.save(path, tokens)

    def load_prefix(self, path: Path, tokens: Sequence[int]) -> bool:
        """Fill memory with the state after these tokens; False where the file holds another, or none."""
        self._forget()
        if not self._model.load(path, tokens):
            return False
        self._read = list(tokens)
        self._ends = batch_ends(self._model.vocabulary, tokens, self._model.batch_tokens)
        return True

    def measure(self) -> MeasuredSpeed:
        """How fast it reads and writes, in about a second. Forgets what was read."""
        self._forget()
        size = min(_MEASURED_BATCH_TOKENS, self._model.batch_tokens)
        batch = list(range(self._model.vocabulary.control_count, self._model.vocabulary.control_count + size))
        self._model.read(batch)  # the first one finds nothing in the processor's caches
        speed = MeasuredSpeed(self._tokens_per_second(batch), self._tokens_per_second(batch[:1]))
        self._forget()
        return speed

    def _tokens_per_second(self, batch: list[int]) -> float:
        """Reads the batch again and again for a while, as often as half of the context takes it."""
        most = self.context_tokens // 4 // len(batch)
        begun = ended = time.perf_counter()
        times = 0
        while times == 0 or (times < most and ended - begun < _MEASURED_SECONDS):
            self._model.read(batch)
            times += 1
            ended = time.perf_counter()
        return times * len(batch) / (ended - begun)

    def close(self) -> None:
        """Give back memory. May be called twice."""
        if self._projector is not None:
            self._projector.close()
        self._model.close()

    def _eyes(self, settings: ContextSettings) -> Projector | None:
        if settings.projector_path is None:
            return None
        on_card = settings.gpu_layers != 0
        try:
            return Projector(settings.projector_path, self._model.model, threads=settings.threads, on_card=on_card)
        except ModelUnavailableError:
            self._model.close()
            raise

    def _check(self, request: ChatRequest, prompt: SeenPrompt) -> None:
        if request.schema is not None and request.tools:
            raise ModelRequestError("A schema and tools do not go together.")
        if request.most_tokens < 1:
            raise ModelRequestError("An answer has at least one token.")
        if request.temperature is not None and not 0 <= request.temperature <= _HIGHEST_TEMPERATURE:
            raise ModelRequestError(f"A temperature is between 0 and {_HIGHEST_TEMPERATURE}.")
        if request.seed is not None and request.seed < 0:
            raise ModelRequestError("A seed is 0 or more.")
        room = self.context_tokens - len(prompt.ids)
        if room < min(request.most_tokens, LEAST_ANSWER_TOKENS):
            raise PromptTooLongError(
                f"The prompt has {len(prompt.ids)} tokens, the context {self.context_tokens}. "
                "Ask about fewer exhibits, begin a new conversation, or set model.context_tokens higher."
            )

    def _grammar(self, request: ChatRequest) -> Grammar | None:
        if request.schema is not None:
            text = grammar_of_schema(request.schema)
        elif request.tool_choice == "required":
            text = grammar_of_call(request.tools, self._model.vocabulary)
        else:
            return None
        return Grammar(self._model.loaded_vocabulary, text)

    def _turn(
        self, request: ChatRequest, prompt: SeenPrompt, grammar: Grammar | None, stopped: Stopped
    ) -> Iterator[ChatEvent]:
        begun = time.perf_counter()
        kept = self._recall(prompt)
        yield Reading(kept, len(prompt.ids))
        yield from self._read_prompt(prompt, stopped)
        writing = time.perf_counter()
        answer = _Answer(AnswerReader(self._model.vocabulary, _next_call(request)))
        if len(self._read) < len(prompt.ids):
            answer.reason = "stopped"
        else:
            yield from self._write(request, self._sampler(request, grammar), answer, stopped)
        ended = time.perf_counter()
        usage = Usage(len(prompt.ids), kept, answer.written, (writing - begun) * 1000, (ended - writing) * 1000)
        yield Ended(answer.reason, usage)

    def _recall(self, prompt: SeenPrompt) -> int:
        """Keep what memory has of the prompt, or take its beginning from disk; return how many tokens that is."""
        kept = self._common(prompt.ids)
        if kept < prompt.stable_tokens and self._prefixes is not None:
            stable = prompt.ids[: prompt.stable_tokens]
            path = self._prefixes.find(stable)
            if path is not None and self.load_prefix(path, stable):
                return prompt.stable_tokens
            kept = self._common(prompt.ids)
        self._cut(kept)
        return kept

    def _common(self, ids: Sequence[int]) -> int:
        """Up to which end of a batch memory agrees with the prompt; its last batch is always read, for its logits."""
        same = 0
        for ours, theirs in zip(self._read, ids, strict=False):
            if ours != theirs:
                break
            same += 1
        return max((end for end in self._ends if end <= same and end < len(ids)), default=0)

    def _read_prompt(self, prompt: SeenPrompt, stopped: Stopped) -> Iterator[Reading]:
        """Batch for batch; ends early, at the end of a batch, where it is stopped."""
        ids = prompt.ids
        for end in batch_ends(self._model.vocabulary, ids, self._model.batch_tokens, picture_borders(prompt)):
            start = len(self._read)
            if end <= start:
                continue
            if stopped() or not self._read_batch(prompt, start, end, stopped):
                self._cut(start)
                return
            self._read += ids[start:end]
            self._ends.append(end)
            if end == prompt.stable_tokens and self._prefixes is not None:
                self._prefixes.keep(ids[:end], self._save)
            yield Reading(end, len(ids))

    def _read_batch(self, prompt: SeenPrompt, start: int, end: int, stopped: Stopped) -> bool:
        picture = prompt.pictures.get(start)
        if picture is None:
            return self._model.read(prompt.ids[start:end], stopped)
        assert self._projector is not None
        try:
            return self._projector.read(self._model.context, picture, start, self._model.batch_tokens, stopped)
        except ModelRequestError:
            self._cut(start)
            raise

    def _save(self, path: Path) -> None:
        if not self.save_prefix(path, self._read):
            raise OSError(f"llama.cpp could not write {path.name}")

    def _sampler(self, request: ChatRequest, grammar: Grammar | None) -> Sampler:
        return Sampler(
            self._model.vocabulary,
            temperature=self._settings.temperature if request.temperature is None else request.temperature,
            seed=self._settings.seed if request.seed is None else request.seed,
            calls_allowed=bool(request.tools) and request.tool_choice != "none",
            grammar=grammar,
            choose=self._choose,
        )

    def _write(
        self, request: ChatRequest, sampler: Sampler, answer: "_Answer", stopped: Stopped
    ) -> Iterator[ChatEvent]:
        end = self._model.vocabulary.control.end
        while True:
            if stopped():
                answer.reason = "stopped"
                break
            token = sampler.next(self._model.logits())
            if token == end:
                break
            answer.written += 1
            yield from answer.reader.read(token)
            if answer.written >= request.most_tokens or len(self._read) >= self.context_tokens:
                answer.reason = "length"
                break
            self._model.read([token])
            self._read.append(token)
        yield from answer.reader.end()
        if answer.reader.called and answer.reason == "stop":
            answer.reason = "calls"

    def _cut(self, kept: int) -> None:
        self._model.cut(kept)
        del self._read[kept:]
        self._ends = [end for end in self._ends if end <= kept]

    def _forget(self) -> None:
        self._cut(0)


@dataclass(slots=True)
class _Answer:
    """An answer as it grows."""

    reader: AnswerReader
    written: int = 0
    reason: EndReason = "stop"


def batch_ends(
    vocabulary: Vocabulary, ids: Sequence[int], batch_tokens: int, borders: frozenset[int] = frozenset()
) -> list[int]:
    """Where batches end: after each closing control token, and before they grow too long.

    An end depends on the tokens before it alone, so prompts that begin alike are cut alike.

    Args:
        vocabulary: of the model.
        ids: of the prompt.
        batch_tokens: most tokens of a batch.
        borders: where pictures begin and end; one is a batch of its own, however many tokens it has.
    """
    control = vocabulary.control
    closing = {control.end_system, control.end_tools, control.end_instruction, control.end_result}
    ends = []
    start = 0
    for place, token in enumerate(ids, 1):
        full = token >= 0 and place - start == batch_tokens
        if token in closing or full or place in borders or place == len(ids):
            ends.append(place)
            start = place
    return ends


def _next_call(request: ChatRequest) -> int:
    return 1 + sum(len(message.calls) for message in request.messages if isinstance(message, AssistantMessage))


def _never() -> bool:
    return False
