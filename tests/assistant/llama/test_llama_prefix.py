"""Kept beginnings of prompts: whole or not at all, bounded, each for its own circumstances."""

import os
from pathlib import Path

import pytest

from assistant.chat_models.llama import prefix
from assistant.chat_models.llama.prefix import MOST_KEPT, PrefixStore

TOKENS = (1, 17, 4, 131_071)
STATE = b"a state as llama.cpp writes it" * 100


def store(folder: Path, *circumstances: str | int) -> PrefixStore:
    return PrefixStore(folder / "prefixes", circumstances or ("ab" * 32, 2048, 2, 64, 0, "0.3.36"))


def keep(kept: PrefixStore, tokens: tuple[int, ...] = TOKENS, state: bytes = STATE) -> bool:
    return kept.keep(tokens, lambda path: path.write_bytes(state) and None)


def test_what_was_kept_is_found_and_begins_with_the_state(tmp_path: Path) -> None:
    kept = store(tmp_path)
    assert kept.find(TOKENS) is None
    assert keep(kept)
    path = kept.find(TOKENS)
    assert path is not None
    assert path.read_bytes().startswith(STATE)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_other_tokens_or_circumstances_have_their_own(tmp_path: Path) -> None:
    keep(store(tmp_path))
    assert store(tmp_path).find(TOKENS[:-1]) is None
    assert store(tmp_path).find((*TOKENS, 5)) is None
    for place in range(6):
        circumstances: list[str | int] = ["ab" * 32, 2048, 2, 64, 0, "0.3.36"]
        circumstances[place] = "other"
        assert store(tmp_path, *circumstances).find(TOKENS) is None


@pytest.mark.parametrize("place", [0, 1, len(STATE) // 2, len(STATE), len(STATE) + 8, -1])
def test_one_changed_byte_is_noticed_and_the_file_removed(tmp_path: Path, place: int) -> None:
    kept = store(tmp_path)
    keep(kept)
    path = kept.path_for(TOKENS)
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    assert kept.find(TOKENS) is None
    assert not path.exists()
    assert keep(kept)
    assert kept.find(TOKENS) == path


@pytest.mark.parametrize("length", [0, 1, 39, 40, 41, len(STATE), len(STATE) + 39])
def test_a_file_that_is_cut_off_is_not_used(tmp_path: Path, length: int) -> None:
    kept = store(tmp_path)
    keep(kept)
    os.truncate(kept.path_for(TOKENS), length)
    assert kept.find(TOKENS) is None


def test_links_pipes_and_folders_are_not_followed(tmp_path: Path) -> None:
    kept = store(tmp_path)
    keep(kept)
    path = kept.path_for(TOKENS)
    path.rename(elsewhere := tmp_path / "elsewhere")
    path.symlink_to(elsewhere)
    assert kept.find(TOKENS) is None
    assert elsewhere.exists()
    os.mkfifo(path)
    assert kept.find(TOKENS) is None
    path.mkdir()
    assert kept.find(TOKENS) is None
    assert not keep(kept)  # a folder in its place: no file, no error
    assert kept.find(TOKENS) is None


def test_those_used_longest_ago_go_first(tmp_path: Path) -> None:
    kept = store(tmp_path)
    for number in range(MOST_KEPT):
        keep(kept, (number,))
        os.utime(kept.path_for((number,)), ns=(number, number))
    assert kept.find((0,)) is not None  # used just now
    keep(kept, (99,))
    left = [number for number in (*range(MOST_KEPT), 99) if kept.path_for((number,)).exists()]
    assert left == [0, *range(2, MOST_KEPT), 99]


def test_all_together_stay_within_their_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefix, "MOST_BYTES", 3 * len(STATE))
    kept = store(tmp_path)
    for number in range(5):
        assert keep(kept, (number,))
        os.utime(kept.path_for((number,)), ns=(number, number))
    assert [number for number in range(5) if kept.path_for((number,)).exists()] == [3, 4]
    assert not keep(kept, (9,), STATE * 3)
    assert kept.find((9,)) is None


def test_what_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    def full(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    kept = store(tmp_path)
    assert not kept.keep(TOKENS, full)
    assert list((tmp_path / "prefixes").iterdir()) == []
    (tmp_path / "file").write_text("")
    assert not keep(store(tmp_path / "file"))


def test_what_a_killed_process_left_is_cleared(tmp_path: Path) -> None:
    kept = store(tmp_path)
    keep(kept)
    (left := kept.path_for((5,)).with_suffix(".77.coming")).write_bytes(b"half")
    keep(kept, (6,))
    assert not left.exists()
