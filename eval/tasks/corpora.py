"""The cases behind batches: made once, kept for the next run, made again when texts, reading or model have changed.

They lie in `HOME/evaluation/corpora`, each in a HOME of its own, so that no list of cases shows them. Of one name only
the newest is kept. A case is put in place by a rename, so a kill leaves none that looks whole.
"""

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import assert_never

import ingest
from assistant.app import Assistant
from assistant.chat_models.port import ChatModel
from casefile import schema
from casefile.case import Case, create_case, open_case
from casefile.catalogue import EmbeddingModel
from casefile.errors import UsageError
from casefile.home import Home
from casefile.records import CaseDescription
from casefile.serial import now
from casefile.settings import Settings
from eval.corpus_case import CorpusDocument, Stretch, build_case
from eval.records import CaseCorpus, Corpus, FileCorpus, TextCorpus
from ingest.embedding.port import Embedder
from ingest.passages import cut
from ingest.pipeline import Pipeline
from ingest.progress import Progress
from ingest.readers.plain_text import text_blocks
from ingest.reading import Reading

_KEYS = "keys.json"
_ACTOR = "evaluation"


@dataclass(frozen=True, slots=True)
class OpenCorpus:
    """A case that can be asked. `keys` gives all keys of an exhibit, its own first, those of its containers after."""

    assistant: Assistant
    keys: Mapping[str, tuple[str, ...]]

    @property
    def case(self) -> Case:
        """The case."""
        return self.assistant.case

    def without_text(self) -> tuple[str, ...]:
        """First keys of the exhibits of which nothing was read."""
        exhibits = self.case.catalogue.exhibits()
        return tuple(self.keys[one.id][0] for one in exhibits if one.text_sha256 is None and one.id in self.keys)

    def exhibits(self, documents: Sequence[str]) -> tuple[str, ...]:
        """Ids of the exhibits that carry one of these keys."""
        wanted = frozenset(documents)
        return tuple(exhibit for exhibit, keys in self.keys.items() if wanted.intersection(keys))


class Corpora:
    """Opens the case of a corpus.

    Args:
        home: of the user; cases of their own are opened in it.
        settings: those in force.
        embedder: loads the model, once.
        progress: told what is made.
        actor: who opens a case of the user's.
    """

    def __init__(
        self, home: Home, settings: Settings, embedder: Callable[[], Embedder], progress: Progress, actor: str
    ) -> None:
        self._home = home
        self._settings = settings
        self._embedder = embedder
        self._progress = progress
        self._actor = actor

    def chat_model(self) -> ChatModel:
        """The language model that settings name.

        Raises:
            UsageError: they name none.
        """
        from assistant.chat_models.choosing import chat_model

        found = chat_model(self._home, self._settings)
        if found is None:
            raise UsageError("No language model answers here: `caseclerk models list` shows what there is.")
        return found

    def has_random_weights(self) -> bool:
        """Whether the language model that answers was made by `eval.random_model`: its scores mean nothing then."""
        from assistant.chat_models.choosing import engine_kind
        from assistant.models.gguf_header import read_gguf_header
        from assistant.models.store import ModelStore
        from eval.random_model import RANDOM_NAME

        if engine_kind(self._home, self._settings).kind != "ministral":
            return False
        model = ModelStore(self._home.models).in_use("chat")
        return model is not None and read_gguf_header(model.path).text("general.name").startswith(RANDOM_NAME)

    @contextmanager
    def open(self, corpus: Corpus) -> Iterator[OpenCorpus]:
        """The case of a corpus, made now where it is not there."""
        if isinstance(corpus, CaseCorpus):
            with open_case(self._home, corpus.case_id, self._actor) as case:
                yield OpenCorpus(self._assistant(case), _exhibit_keys(case))
            return
        folder = self._made(corpus)
        keys = {exhibit: tuple(names) for exhibit, names in json.loads((folder / _KEYS).read_text("utf-8")).items()}
        with open_case(Home(folder), "corpus", _ACTOR) as case:
            yield OpenCorpus(self._assistant(case), keys)

    def _assistant(self, case: Case) -> Assistant:
        """With the models of the user's HOME: the case may have one of its own, in which there are none."""
        from assistant.chat_models.choosing import chat_model

        return Assistant(
            case, self._settings, embedder=self._embedder(), chat_model=chat_model(self._home, self._settings)
        )

    def _made(self, corpus: TextCorpus | FileCorpus) -> Path:
        kept = self._home.root / "evaluation" / "corpora"
        digest = _digest(corpus, self._embedder().identity.sha256)
        folder = kept / f"{_file_name(corpus.name)}-{digest}"
        if folder.is_dir():
            return folder
        self._progress.say(f"Making the case “{corpus.name}”; the next run finds it ready.")
        aside = kept / f".making-{secrets.token_hex(8)}"
        aside.mkdir(mode=0o700, parents=True)
        try:
            keys = self._text_case(aside, corpus) if isinstance(corpus, TextCorpus) else self._file_case(aside, corpus)
            (aside / _KEYS).write_text(json.dumps(keys), encoding="utf-8")
            if not folder.is_dir():  # another run may have been quicker
                aside.rename(folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        for older in kept.glob(f"{_file_name(corpus.name)}-{'?' * len(digest)}"):
            if older != folder:
                shutil.rmtree(older, ignore_errors=True)
        return folder

    def _text_case(self, folder: Path, corpus: TextCorpus) -> dict[str, list[str]]:
        documents = [CorpusDocument(d.key, d.text, d.title) for d in corpus.documents]
        embedder = self._embedder()
        identity = embedder.identity
        model = EmbeddingModel(
            identity.name,
            identity.sha256,
            identity.dimension,
            identity.runtime,
            identity.query_prefix,
            identity.passage_prefix,
        )
        built = build_case(folder, documents, _stretches, embedder, languages=corpus.languages, model=model)
        built.case.close()
        by_text: dict[str, list[str]] = {}
        for document in corpus.documents:
            by_text.setdefault(_sha256(document.text), []).append(document.key)
        return {exhibit: by_text[exhibit.removeprefix("sha256:")] for exhibit in built.keys}

    def _file_case(self, folder: Path, corpus: FileCorpus) -> dict[str, list[str]]:
        description = CaseDescription(
            "corpus", corpus.name, "evaluation", "", corpus.region, corpus.time_zone, corpus.languages, now()
        )
        with create_case(Home(folder), description, _ACTOR) as case:
            with case.locked():
                Pipeline(case, self._settings, self._embedder(), self._progress).ingest([corpus.root])
            return {exhibit.id: _paths(case, exhibit.id, corpus.root) for exhibit in case.catalogue.exhibits()}


def _paths(case: Case, exhibit_id: str, root: Path) -> list[str]:
    """Every place of an exhibit below the root, then those of the containers around it."""
    own = [line.path.removeprefix(f"{root}/") for line in case.catalogue.occurrences(exhibit_id)]
    around = []
    for path in own:
        while "!/" in path:
            path = path.rpartition("!/")[0]  # noqa: PLW2901 - walks up
            around.append(path)
    return list(dict.fromkeys([*own, *around]))


def _exhibit_keys(case: Case) -> dict[str, tuple[str, ...]]:
    """Each exhibit with the containers around it."""
    holder = {exhibit.id: exhibit.derived_from for exhibit in case.catalogue.exhibits()}
    keys: dict[str, tuple[str, ...]] = {}
    for exhibit in holder:
        chain: list[str] = []
        at: str | None = exhibit
        while at is not None and at not in chain:
            chain.append(at)
            at = holder.get(at)
        keys[exhibit] = tuple(chain)
    return keys


def _stretches(document: CorpusDocument) -> list[Stretch]:
    """Cut as ingestion cuts a plain-text file."""
    reading = Reading(document.text, text_blocks(document.text), title=document.title)
    return [Stretch(passage.start, passage.end, passage.context) for passage in cut(reading)]


def _digest(corpus: TextCorpus | FileCorpus, model: str) -> str:
    """Of the texts or files, the model, and the code that reads and keeps."""
    digest = hashlib.sha256(f"{model} {_code()} {' '.join(corpus.languages)}".encode())
    if isinstance(corpus, TextCorpus):
        for document in corpus.documents:
            digest.update(f"\0{document.key}\0{document.title}\0{_sha256(document.text)}".encode("utf-8", "replace"))
    elif isinstance(corpus, FileCorpus):
        digest.update(f"\0{corpus.region} {corpus.time_zone}".encode())
        for path in sorted(path for path in corpus.root.rglob("*") if path.is_file() and not path.is_symlink()):
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            digest.update(f"\0{path.relative_to(corpus.root)}\0{content}".encode("utf-8", "replace"))
    else:
        assert_never(corpus)
    return digest.hexdigest()[:16]


@cache
def _code() -> str:
    """Of the code that decides what stands in a case: all that reads, and the tables."""
    paths = [path for folder in ingest.__path__ for path in sorted(Path(folder).rglob("*.py"))]
    digest = hashlib.sha256()
    for path in (*paths, Path(schema.__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name)
