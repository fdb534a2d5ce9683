"""Settings: file < environment < flags; what is unknown or wrong is an error that names the place."""

import os
from pathlib import Path

import pytest

from casefile.errors import SettingsError
from casefile.offline import REMOVED, SWITCHES, switch_off
from casefile.settings import load_settings


def test_defaults_hold_without_a_file(tmp_path: Path) -> None:
    loaded = load_settings(tmp_path, {})
    assert loaded.settings.answering.engine == "auto"
    assert {row.origin for row in loaded.origins} == {"default"}
    assert all(row.description for row in loaded.origins)


def test_each_layer_goes_over_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('[answering]\nquotes = 5\npassages = 30\n[case]\nregion = "NL"\n')
    environment = {"CASECLERK_ANSWERING_QUOTES": "6", "CASECLERK_CASE_LANGUAGES": "nl,de", "PATH": "/bin"}
    loaded = load_settings(tmp_path, environment, {"answering.quotes": 7, "answering.engine": None})
    answering = loaded.settings.answering
    assert (answering.quotes, answering.passages, loaded.settings.case.region) == (7, 30, "NL")
    assert loaded.settings.case.languages == ("nl", "de")
    origins = {row.name: row.origin for row in loaded.origins}
    assert origins["answering.quotes"] == "flag"
    assert origins["case.languages"] == "environment (CASECLERK_CASE_LANGUAGES)"
    assert origins["case.region"].endswith("settings.toml")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[answering]\nquote = 5\n", "answering.quote"),
        ("[answers]\nquotes = 5\n", "answers"),
        ("[answering]\nquotes = 'many'\n", "answering.quotes"),
        ("[answering]\nquotes = 0\n", "answering.quotes"),
        ("quotes = 5\n", "section"),
        ("[answering\n", "cannot be read"),
        ("[answering]\nengine = 'oracle'\n", "answering.engine"),
    ],
)
def test_a_wrong_file_is_an_error_that_names_the_place(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "settings.toml").write_text(content)
    with pytest.raises(SettingsError, match=says):
        load_settings(tmp_path, {})


def test_a_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path, {})


def test_an_unknown_variable_is_an_error_and_ours_are_not(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="CASECLERK_ANSWERING_QUOTE"):
        load_settings(tmp_path, {"CASECLERK_ANSWERING_QUOTE": "1"})
    load_settings(tmp_path, {"CASECLERK_HOME": "/x", "CASECLERK_ACTOR": "y", "CASECLERK_CI": "1"})


def test_switches_go_into_the_environment_and_tokens_out() -> None:
    environment = {"HF_TOKEN": "secret", "OPENAI_API_KEY": "secret", "HOME": "/home/x"}
    switch_off(environment)
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert not set(REMOVED) & environment.keys()
    assert environment["HOME"] == "/home/x"
    assert SWITCHES.keys() <= environment.keys()
    assert "HF_HUB_OFFLINE" not in os.environ or os.environ["HF_HUB_OFFLINE"] == "1"
