"""Every place on disk is found or said: links, loops, pipes, odd names, what is not there."""

import os
import socket
import subprocess
from pathlib import Path

from ingest.discovery import discover, shown


def _places(folder: Path) -> dict[str, str | None]:
    return {
        place.path.removeprefix(f"{folder}"): place.issue.category if place.issue else None
        for place in discover([folder])
    }


def test_files_come_in_order_of_their_names_hidden_ones_too(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", ".hidden", "sub/z.txt", "sub/.x/y"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert list(_places(tmp_path)) == ["/.hidden", "/a.txt", "/b.txt", "/sub/.x/y", "/sub/z.txt"]


def test_paths_are_shown_as_given(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "f").write_text("x")
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        assert [place.path for place in discover([Path("d")])] == ["d/f"]
        assert [place.path for place in discover([Path("d/f")])] == ["d/f"]
    finally:
        os.chdir(before)


def test_links_to_files_are_read_and_links_to_folders_said(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "f.txt").write_text("x")
    (tmp_path / "file-link").symlink_to(tmp_path / "real" / "f.txt")
    (tmp_path / "folder-link").symlink_to(tmp_path / "real")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "nowhere").symlink_to(tmp_path / "missing")
    (tmp_path / "itself").symlink_to(tmp_path / "itself")
    assert _places(tmp_path) == {
        "/file-link": None,
        "/folder-link": "unsupported",
        "/itself": "too_deep",
        "/loop": "unsupported",
        "/nowhere": "changed",
        "/real/f.txt": None,
    }


def test_a_link_that_leads_out_of_the_folder_is_said_and_not_followed(tmp_path: Path) -> None:
    """Evidence may hold a link to the investigator's own files."""
    (tmp_path / "private.txt").write_text("x")
    (tmp_path / "evidence" / "inner").mkdir(parents=True)
    (tmp_path / "evidence" / "f.txt").write_text("x")
    (tmp_path / "evidence" / "inner" / "out").symlink_to("../../private.txt")
    (tmp_path / "evidence" / "inner" / "within").symlink_to("../f.txt")
    assert _places(tmp_path / "evidence") == {"/f.txt": None, "/inner/out": "unsupported", "/inner/within": None}
    given = list(discover([tmp_path / "evidence" / "inner" / "out"]))
    assert [place.issue for place in given] == [None]


def test_nothing_below_our_own_home_is_taken_in_by_any_way(tmp_path: Path) -> None:
    (tmp_path / "home" / "cases").mkdir(parents=True)
    (tmp_path / "home" / "cases" / "case.db").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "home" / "cases" / "case.db")
    (tmp_path / "folder-link").symlink_to(tmp_path / "home" / "cases")
    ways = ("home", "home/cases", "home/cases/case.db", "home/../home/cases/case.db", "link", "folder-link")
    found = [place for way in ways for place in discover([tmp_path / way], excluded=tmp_path / "home")]
    assert [place.issue.category if place.issue else None for place in found] == ["unsupported"] * len(ways)
    assert all(place.issue is not None and "Caseclerk's own" in place.issue.message for place in found)


def test_folders_within_folders_as_deep_as_a_path_can_be(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1200):  # deeper than a program may call itself
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("deep.txt", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    assert [(place.name, place.issue) for place in discover([tmp_path])] == [("deep.txt", None)]
    subprocess.run(["rm", "-r", str(tmp_path / "d")], check=True)


def test_a_folder_given_by_a_link_is_entered(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "f.txt").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert [place.path for place in discover([tmp_path / "link"])] == [f"{tmp_path}/link/f.txt"]


def test_pipes_and_sockets_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        assert _places(tmp_path) == {"/pipe": "unsupported", "/socket": "unsupported"}


def test_our_own_home_is_not_taken_in(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "case.db").write_text("x")
    (tmp_path / "a.txt").write_text("x")
    found = {place.name: place.issue for place in discover([tmp_path], excluded=tmp_path / "home")}
    assert found["a.txt"] is None
    assert found["home"] is not None
    assert "case.db" not in found


def test_names_that_are_no_text_can_be_shown(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("x")
    (tmp_path / "line\nbreak").write_text("x")
    names = [place.name for place in discover([tmp_path])]
    assert names == ["caf\\xe9.txt", "line\nbreak"]
    assert shown("Ünïcode") == "Ünïcode"


def test_a_path_that_is_gone_is_said(tmp_path: Path) -> None:
    (place,) = discover([tmp_path / "missing"])
    assert place.issue is not None
    assert place.issue.category == "changed"
