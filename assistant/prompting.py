"""Prompts: plain text files in `prompts/`, with a name, a version and the variables that go into them.

A file begins with three lines between `---`: `name`, `version` and `variables` (comma-separated, may be empty). In the
text `{{name}}` stands for a variable. What is put in is never looked at again: text of people and of evidence stays
text, whatever it looks like.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_FILE = re.compile(r"---\n(?P<head>.*?)\n---\n(?P<text>.*)", re.DOTALL)
_VARIABLE = re.compile(r"\{\{([a-z][a-z0-9_]*)\}\}")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_KEYS = ("name", "version", "variables")


class PromptError(ValueError):
    """A prompt file, or the way it is used, is wrong: a bug of ours, never of a person or of evidence."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as its file says it. `text` holds the variables as `{{name}}`."""

    name: str
    version: int
    variables: frozenset[str]
    text: str

    @property
    def sha256(self) -> str:
        """Of the text, variables not filled in."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def fill(self, **variables: str) -> str:
        """The text with its variables, each inserted literally.

        Raises:
            PromptError: a variable is missing, or is none of this prompt.
        """
        missing, unknown = self.variables - variables.keys(), variables.keys() - self.variables
        if missing or unknown:
            raise PromptError(
                f"The prompt {self.name!r} takes {sorted(self.variables)}: "
                f"missing {sorted(missing)}, unknown {sorted(unknown)}."
            )
        return _VARIABLE.sub(lambda found: variables[found[1]], self.text)


@cache
def load(name: str) -> Prompt:
    """The prompt in `prompts/<name>.md`, read once.

    Raises:
        PromptError: there is none of that name, or its file is no prompt.
    """
    if name not in names():
        raise PromptError(f"There is no prompt {name!r}; there are {', '.join(names())}.")
    prompt = parse((files("prompts") / f"{name}.md").read_text(encoding="utf-8"))
    if prompt.name != name:
        raise PromptError(f"prompts/{name}.md calls itself {prompt.name!r}.")
    return prompt


def names() -> tuple[str, ...]:
    """Names of all prompts, sorted."""
    found = (file.name for file in files("prompts").iterdir())
    return tuple(sorted(name.removesuffix(".md") for name in found if name.endswith(".md")))


def parse(content: str) -> Prompt:
    """A prompt from the content of its file; blank space around the text is dropped.

    Raises:
        PromptError: the head is not as it should be, or the text uses other variables than the head names.
    """
    found = _FILE.fullmatch(content.replace("\r\n", "\n"))
    if found is None:
        raise PromptError("A prompt file begins with `---`, the lines name, version and variables, and `---`.")
    head = _head(found["head"])
    text = found["text"].strip()
    if not _NAME.fullmatch(head["name"]):
        raise PromptError(f"{head['name']!r} is no name of a prompt: small letters, digits and underscores.")
    if not (head["version"].isascii() and head["version"].isdecimal() and int(head["version"]) > 0):
        raise PromptError(f"The version of {head['name']!r} is {head['version']!r}, not a number from 1.")
    variables = frozenset(name.strip() for name in head["variables"].split(",")) - {""}
    used = frozenset(_VARIABLE.findall(text))
    if not text or used != variables:
        raise PromptError(f"{head['name']!r} names {sorted(variables)} and uses {sorted(used)}.")
    if "{{" in _VARIABLE.sub("", text):
        raise PromptError(f"{head['name']!r} has {{{{ that begins no variable.")
    return Prompt(head["name"], int(head["version"]), variables, text)


def _head(lines: str) -> dict[str, str]:
    pairs = [line.partition(":") for line in lines.split("\n")]
    head = {key.strip(): value.strip() for key, _, value in pairs}
    if len(pairs) != len(_KEYS) or set(head) != set(_KEYS):
        raise PromptError(f"The head of a prompt has {', '.join(_KEYS)}, each once, and nothing else.")
    return head


def together_sha256(prompts: Iterable[Prompt]) -> str:
    """One hash for all prompts that an answer was made with; their order does not matter."""
    lines = sorted({f"{prompt.name} {prompt.sha256}\n" for prompt in prompts})
    return hashlib.sha256("".join(lines).encode()).hexdigest()
