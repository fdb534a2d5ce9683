"""docs/dependencies.md is what the script prints now, and no dependency has a licence that it may not have."""

import re
from importlib.metadata import version

import pytest

from scripts import list_dependencies
from scripts.list_dependencies import (
    BY_HAND,
    DOCUMENT,
    dependencies,
    direct,
    document,
    installed,
    is_acceptable,
    is_simply_permissive,
    pins,
    to_look_at,
)

SIZE = re.compile(r"\| (\d+ MB|< 1 MB|built here) \|")


def test_the_document_is_current() -> None:
    written = DOCUMENT.read_text(encoding="utf-8")
    assert SIZE.sub("| size |", document()) == SIZE.sub("| size |", written), (
        "run `python -m scripts.list_dependencies --write`"
    )
    assert len(SIZE.findall(written)) == len(dependencies())


def test_each_dependency_is_pinned_to_what_is_installed() -> None:
    for group, name in direct():
        if installed(name) is None:
            assert group == "llama", name
        else:
            assert version(name).partition("+")[0] == pins()[name]


def test_every_licence_is_permissive_lgpl_or_mpl() -> None:
    assert [row for row in dependencies() if not is_acceptable(row.licence) and row.name not in BY_HAND] == []
    assert [found for found in to_look_at().items() if not is_acceptable(found[1]) and found[0] not in BY_HAND] == []


def test_what_is_said_by_hand_is_about_a_dependency() -> None:
    assert BY_HAND.keys() <= {row.name for row in dependencies()}


@pytest.mark.parametrize(
    ("licence", "simply", "acceptable"),
    [
        ("MIT", True, True),
        ("BSD License", True, True),
        ("Python Software Foundation License", True, True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", False, True),
        ("GNU Lesser General Public License v2 or later (LGPLv2+)", False, True),
        ("LGPL-2.1-only", False, True),
        ("GPL-3.0-only", False, False),
        ("AGPL-3.0-or-later", False, False),
        ("GNU General Public License v3 (GPLv3)", False, False),
        ("GNU Affero General Public License v3", False, False),
        ("MIT AND GPL-2.0-only", False, False),
        ("Proprietary", False, False),
        ("not stated", False, False),
    ],
)
def test_licences_are_told_apart(licence: str, *, simply: bool, acceptable: bool) -> None:
    assert is_simply_permissive(licence) is simply
    assert is_acceptable(licence) is acceptable


def test_a_dependency_without_a_note_and_a_note_without_a_dependency_are_errors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = list_dependencies.notes()
    numpy = said.pop("numpy")
    monkeypatch.setattr(list_dependencies, "notes", lambda: dict(said))
    with pytest.raises(KeyError, match="numpy"):
        dependencies()
    monkeypatch.setattr(list_dependencies, "notes", lambda: {**said, "numpy": numpy, "left-over": numpy})
    with pytest.raises(KeyError, match="left-over"):
        dependencies()
