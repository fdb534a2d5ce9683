"""A small case on disk for the tests of retrieval, keyword lists and mentions."""

import re
from pathlib import Path

from eval.corpus_case import CorpusCase, CorpusDocument, Stretch, build_case
from ingest.embedding.fake import HashedWordsEmbedder
from ingest.identifiers.finder import find_identifiers


def paragraphs(document: CorpusDocument) -> list[Stretch]:
    return [Stretch(m.start(), m.end()) for m in re.finditer(r"\S(?:.|\n(?!\n))*", document.text)]


def identifiers_of(text: str):
    return find_identifiers(text, region="DE", time_zone="Europe/Berlin", languages=("de", "en"))


def make_case(folder: Path, documents: dict[str, str], *, embed: bool = True) -> CorpusCase:
    return build_case(
        folder,
        [CorpusDocument(key, text) for key, text in documents.items()],
        paragraphs,
        HashedWordsEmbedder(256, allow=True) if embed else None,
        identifiers_of,
    )
