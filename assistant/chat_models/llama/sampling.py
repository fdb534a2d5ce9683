"""Which token is written: the likeliest, or one drawn with a seed; control tokens only where they have a place."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from assistant.chat_models.llama.grammar import Grammar
from assistant.chat_models.llama.vocabulary import Vocabulary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TokenChooser = Callable[["NDArray[np.float32]", int], int]
"""Logits and the number of tokens written so far to the next token: tests make a model write what they want."""


class Sampler:
    """Chooses the tokens of one answer.

    Of the control tokens a model can write the end; the beginning of a call where calls are allowed; and within a
    call the beginning of its arguments. All others, thoughts included, are never written.

    Args:
        vocabulary: of the model.
        temperature: 0 takes the likeliest token.
        seed: of the draw.
        calls_allowed: whether a call may begin.
        grammar: what may be written at all.
        choose: proposes tokens in place of the model; the grammar still disposes.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        temperature: float,
        seed: int,
        calls_allowed: bool,
        grammar: Grammar | None = None,
        choose: TokenChooser | None = None,
    ) -> None:
        import numpy as np

        self._vocabulary = vocabulary
        self._temperature = temperature
        self._random = np.random.default_rng(seed)
        self._calls_allowed = calls_allowed
        self._grammar = grammar
        self._choose = choose
        self._in_name = False
        self._written = 0

    def next(self, logits: "NDArray[np.float32]") -> int:
        """The next token; `</s>` where nothing else may come. Changes the logits of control tokens in place."""
        token = self._proposed(logits)
        if self._grammar is not None:
            token = self._permitted(self._grammar, token, logits)
        control = self._vocabulary.control
        self._in_name = token == control.call or (self._in_name and token != control.arguments)
        self._written += 1
        return token

    def _proposed(self, logits: "NDArray[np.float32]") -> int:
        if self._choose is not None:
            return self._choose(logits, self._written)
        self._forbid_controls(logits)
        return self._drawn(logits)

    def _permitted(self, grammar: Grammar, token: int, logits: "NDArray[np.float32]") -> int:
        end = self._vocabulary.control.end
        # to a grammar a control token is the text of its name: it could stand within a string
        misplaced = self._vocabulary.is_control(token) and token not in self._controls()
        if misplaced or not grammar.allows(token):
            if self._choose is not None:
                self._forbid_controls(logits)
            found = grammar.best(logits) if self._temperature == 0 else self._drawn_of(grammar, logits)
            token = end if found is None else found
        if token != end:
            grammar.accept(token)
        return token

    def _drawn_of(self, grammar: Grammar, logits: "NDArray[np.float32]") -> int | None:
        import numpy as np

        kept = grammar.filtered(logits)
        return self._drawn(kept) if np.isfinite(kept).any() else None

    def _drawn(self, logits: "NDArray[np.float32]") -> int:
        import numpy as np

        if self._temperature == 0:
            return int(np.argmax(logits))
        with np.errstate(over="ignore"):  # the nearer to 0 the temperature, the nearer to nothing all but the likeliest
            weights = np.exp((logits - logits.max()).astype(np.float64) / self._temperature)
        sums = np.cumsum(weights)
        drawn = int(np.searchsorted(sums, self._random.random() * sums[-1], side="right"))
        return min(drawn, len(sums) - 1)

    def _forbid_controls(self, logits: "NDArray[np.float32]") -> None:
        allowed = self._controls()
        kept = [float(logits[token]) for token in allowed]
        logits[: self._vocabulary.control_count] = float("-inf")
        logits[allowed] = kept

    def _controls(self) -> list[int]:
        control = self._vocabulary.control
        if self._in_name:
            return [control.end, control.arguments]
        if self._calls_allowed and (self._grammar is None or self._written == 0):
            return [control.end, control.call]
        return [control.end]
