"""Downloads from a server on loopback: whole, cut, changed, wrong, hostile."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.models import download
from assistant.models.download import MOST_CUTS, MOST_TRIES, Wanted, answers, fetch
from casefile.errors import ModelDownloadError, StorageError
from tests.assistant.models.file_server import Behaviour, FileServer, serving

CONTENT = bytes(range(256)) * 1200  # 307,200 bytes: several pieces of what makes progress


@pytest.fixture(scope="module")
def one_server() -> Iterator[FileServer]:
    with serving() as server:
        yield server


@pytest.fixture
def server(one_server: FileServer, monkeypatch: pytest.MonkeyPatch) -> FileServer:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    one_server.files = {"/m.gguf": CONTENT}
    one_server.plan = []
    one_server.seen = []
    return one_server


class Waits(list[float]):
    """Pauses that would have been made."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def wanted(server: FileServer, content: bytes = CONTENT, **more: object) -> Wanted:
    values = {
        "name": "m.gguf",
        "address": f"{server.url}m.gguf",
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return Wanted(**{**values, **more})  # type: ignore[arg-type]


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def silent(_name: str, _done: int, _total: int) -> None:
    pass


def test_a_file_comes_whole_hashed_and_told(server: FileServer, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    fetch(wanted(server), tmp_path / "sub" / "m.gguf", lambda *one: told.append(one), Waits())
    assert (tmp_path / "sub" / "m.gguf").read_bytes() == CONTENT
    assert left(tmp_path) == ["m.gguf"]
    assert told[-1] == ("m.gguf", len(CONTENT), len(CONTENT))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    _, _, headers = server.seen[0]
    assert headers["Accept-Encoding"] == "identity"
    assert not {name.lower() for name in headers} & {"authorization", "cookie", "proxy-authorization"}


def test_after_a_cut_it_goes_on_in_the_same_call(server: FileServer, tmp_path: Path) -> None:
    server.plan = [Behaviour(cut_after=100_000), Behaviour(cut_after=100_000), Behaviour()]
    waits = Waits()
    fetch(wanted(server), tmp_path / "m.gguf", silent, waits)
    assert (tmp_path / "m.gguf").read_bytes() == CONTENT
    assert server.ranges == ["", "bytes=100000-", "bytes=200000-"]
    assert [headers.get("If-Range") for _, _, headers in server.seen] == [None, '"v1"', '"v1"']
    assert waits == [1.0, 1.0], "each try brought something"


def test_a_later_call_goes_on_where_an_earlier_one_stopped(server: FileServer, tmp_path: Path) -> None:
    server.plan = [Behaviour(cut_after=70_000)] + [Behaviour(status=503)] * MOST_TRIES
    waits = Waits()
    with pytest.raises(ModelDownloadError, match=r"answers 503.*70,000 of 307,200 bytes are kept.*models add"):
        fetch(wanted(server), tmp_path / "m.gguf", silent, waits)
    assert left(tmp_path) == ["m.gguf.part", "m.gguf.part.etag"]
    assert waits == [1.0, 2.0, 4.0, 8.0]
    server.seen.clear()
    fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    assert server.ranges == ["bytes=70000-"]
    assert left(tmp_path) == ["m.gguf"]


def test_a_server_without_ranges_sends_it_from_the_beginning(server: FileServer, tmp_path: Path) -> None:
    server.plan = [Behaviour(cut_after=100_000), Behaviour(ranges=False)]
    fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    assert (tmp_path / "m.gguf").read_bytes() == CONTENT


def test_a_file_that_changed_meanwhile_comes_from_the_beginning(server: FileServer, tmp_path: Path) -> None:
    old = bytes(len(CONTENT))
    server.plan = [Behaviour(cut_after=100_000, content=old), Behaviour(etag='"v2"')]
    fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    assert (tmp_path / "m.gguf").read_bytes() == CONTENT
    assert server.ranges == ["", "bytes=100000-"]


def test_without_an_etag_the_hash_finds_pieces_of_two_files(server: FileServer, tmp_path: Path) -> None:
    old = bytes(len(CONTENT))
    server.plan = [Behaviour(cut_after=100_000, content=old, etag=""), Behaviour(etag=""), Behaviour(etag="")]
    fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    assert (tmp_path / "m.gguf").read_bytes() == CONTENT
    assert server.ranges == ["", "bytes=100000-", ""]
    assert all("If-Range" not in headers for _, _, headers in server.seen)


def test_a_weak_etag_is_never_sent_as_a_condition(server: FileServer, tmp_path: Path) -> None:
    server.plan = [Behaviour(cut_after=100_000, etag='W/"v1"'), Behaviour(etag='W/"v1"')]
    fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    assert all("If-Range" not in headers for _, _, headers in server.seen)


@pytest.mark.parametrize(
    "answer", [Behaviour(status=206, headers={"Content-Range": "bytes 0-9/307200"}), Behaviour(status=206)]
)
def test_a_rest_that_is_another_one_is_not_taken(server: FileServer, tmp_path: Path, answer: Behaviour) -> None:
    server.plan = [Behaviour(cut_after=100_000), answer]
    fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    assert (tmp_path / "m.gguf").read_bytes() == CONTENT
    assert server.ranges == ["", "bytes=100000-", ""]


def test_a_part_that_the_server_has_no_rest_of_begins_again(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "m.gguf.part").write_bytes(b"x" * 1000)
    server.plan = [Behaviour(status=416)]
    fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    assert (tmp_path / "m.gguf").read_bytes() == CONTENT


@pytest.mark.parametrize("part", [CONTENT, CONTENT + b"more", b"", b"wrong" * 1000])
def test_whatever_part_was_left_the_file_is_right(server: FileServer, tmp_path: Path, part: bytes) -> None:
    (tmp_path / "m.gguf.part").write_bytes(part)
    (tmp_path / "m.gguf.part.etag").write_bytes(b"\xff\nnonsense")
    fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    assert (tmp_path / "m.gguf").read_bytes() == CONTENT
    assert len(server.seen) == (0 if part == CONTENT else 2 if part.startswith(b"wrong") else 1)


def test_a_wrong_hash_removes_what_came_and_says_so(server: FileServer, tmp_path: Path) -> None:
    with pytest.raises(ModelDownloadError, match=r"its SHA-256 is [0-9a-f]{64}, not 0{64}.*removed.*models add"):
        fetch(wanted(server, sha256="0" * 64), tmp_path / "m.gguf", silent, Waits())
    assert left(tmp_path) == []
    assert len(server.seen) == 1


def test_a_wrong_hash_of_pieces_is_tried_once_more_and_no_oftener(server: FileServer, tmp_path: Path) -> None:
    server.plan = [Behaviour(cut_after=100_000), Behaviour(), Behaviour(cut_after=100_000), Behaviour()]
    with pytest.raises(ModelDownloadError, match="removed"):
        fetch(wanted(server, sha256="0" * 64), tmp_path / "m.gguf", silent, Waits())
    assert len(server.seen) == 4
    assert left(tmp_path) == []


@pytest.mark.parametrize("claims", [None, "", str(len(CONTENT))])
def test_a_body_that_is_too_long_is_refused(server: FileServer, tmp_path: Path, claims: str | None) -> None:
    server.plan = [Behaviour(content=CONTENT + b"more", claims=claims)]
    if claims == str(len(CONTENT)):  # what stands after the end that was said is never read
        fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
        assert (tmp_path / "m.gguf").read_bytes() == CONTENT
        return
    with pytest.raises(ModelDownloadError, match=r"307,204 bytes, the catalogue's 307,200|more than the 307,200 bytes"):
        fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    assert "m.gguf" not in left(tmp_path)


def test_a_file_of_another_size_is_refused_before_it_comes(server: FileServer, tmp_path: Path) -> None:
    server.plan = [Behaviour(content=b"a page that wants a sign-in", headers={"Content-Type": "text/html"})]
    with pytest.raises(ModelDownloadError, match=r"has 27 bytes, the catalogue's 307,200"):
        fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    assert (tmp_path / "m.gguf.part").read_bytes() == b""


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (404, "no longer there"),
        (410, "no longer there"),
        (401, "sign-in"),
        (403, "sign-in"),
        (204, "no file"),
        (304, "no file"),
    ],
)
def test_an_answer_that_is_final_is_not_asked_for_again(
    server: FileServer, tmp_path: Path, status: int, says: str
) -> None:
    server.plan = [Behaviour(status=status, content=b"")]
    with pytest.raises(
        ModelDownloadError, match=rf"127\.0\.0\.1 answers {status}: .*{says}.*models add.*catalogue\.toml"
    ):
        fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_an_answer_that_may_pass_is_waited_for(server: FileServer, tmp_path: Path, status: int) -> None:
    server.plan = [Behaviour(status=status, content=b"")] * 2
    waits = Waits()
    fetch(wanted(server), tmp_path / "m.gguf", silent, waits)
    assert waits == [2.0, 4.0]


def test_an_encoding_nobody_asked_for_is_refused(server: FileServer, tmp_path: Path) -> None:
    server.plan = [Behaviour(headers={"Content-Encoding": "gzip"})]
    with pytest.raises(ModelDownloadError, match="another encoding"):
        fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())


def test_a_server_that_always_cuts_is_given_up(server: FileServer, tmp_path: Path) -> None:
    server.plan = [Behaviour(cut_after=10)] * 50
    with pytest.raises(ModelDownloadError, match="ended early"):
        fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    assert len(server.seen) == MOST_TRIES


def test_a_server_that_always_changes_is_given_up(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MOST_CUTS", 9)
    changed = Behaviour(status=206, headers={"Content-Range": "bytes 1-2/3"})
    server.plan = [Behaviour(cut_after=100_000), changed] * 10
    with pytest.raises(ModelDownloadError, match=r"ended early|has changed"):
        fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    assert len(server.seen) == 9
    assert MOST_CUTS == 200


def test_nobody_at_the_other_end(tmp_path: Path, server: FileServer) -> None:
    nobody = wanted(server, address="http://127.0.0.1:9/m.gguf")
    with pytest.raises(ModelDownloadError, match=r"127\.0\.0\.1 cannot be reached.*models add PATH"):
        fetch(nobody, tmp_path / "m.gguf", silent, Waits())


def test_what_speaks_no_http_is_no_server(tmp_path: Path) -> None:
    import socket
    import threading

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def babble() -> None:
            for _ in range(MOST_TRIES):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(b"\0\1\2 220 hello\r\n")

        thread = threading.Thread(target=babble)
        thread.start()
        odd = Wanted("m", f"http://127.0.0.1:{listener.getsockname()[1]}/m", 10, "0" * 64)
        with pytest.raises(ModelDownloadError, match="connection broke"):
            fetch(odd, tmp_path / "m", silent, Waits())
        thread.join()


# ---- redirections ---------------------------------------------------------------------------------------------------


def test_a_redirection_to_the_same_host_is_followed_with_the_range(server: FileServer, tmp_path: Path) -> None:
    server.files["/cdn/m"] = CONTENT
    to_cdn = Behaviour(status=302, content=b"", headers={"Location": "/cdn/m"})
    server.plan = [to_cdn, Behaviour(cut_after=100_000), to_cdn, Behaviour()]
    fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    assert [path for _, path, _ in server.seen] == ["/m.gguf", "/cdn/m"] * 2
    assert server.ranges == ["", "", "bytes=100000-", "bytes=100000-"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_loop_of_redirections_ends(server: FileServer, tmp_path: Path, status: int) -> None:
    server.plan = [Behaviour(status=status, content=b"", headers={"Location": "/m.gguf"})] * 20
    with pytest.raises(ModelDownloadError, match="more than 5 times"):
        fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    assert len(server.seen) == 6


@pytest.mark.parametrize(
    "location",
    [
        "",
        "file:///etc/passwd",
        "ftp://127.0.0.1/m",
        "http://localhost:9/m",
        "http://other.example/m",
        "https://name:secret@other.example/m",
        "http://[::1/m",
        "javascript:alert(1)",
        "data:,x",
    ],
)
def test_a_redirection_elsewhere_is_refused(server: FileServer, tmp_path: Path, location: str) -> None:
    server.plan = [Behaviour(status=302, content=b"", headers={"Location": location})]
    with pytest.raises(ModelDownloadError, match="the server redirects to"):
        fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    assert len(server.seen) == 1


def test_a_host_that_the_entry_names_may_be_redirected_to(server: FileServer, tmp_path: Path) -> None:
    named = server.url.replace("127.0.0.1", "localhost") + "cdn"
    server.files["/cdn"] = CONTENT
    server.plan = [Behaviour(status=307, content=b"", headers={"Location": named})]
    fetch(wanted(server, hosts=("localhost",)), tmp_path / "m.gguf", silent, Waits())
    assert (tmp_path / "m.gguf").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("first", "location", "hosts", "allowed"),
    [
        ("https://a.example/m", "https://cdn.example/m", (), True),
        ("https://a.example/m", "http://a.example/m", (), False),
        ("https://a.example/m", "http://b.example/m", ("b.example",), True),
        ("http://a.example/m", "https://b.example/m", (), True),
        ("http://a.example/m", "http://b.example/m", (), False),
    ],
)
def test_who_may_be_redirected_to(first: str, location: str, hosts: tuple[str, ...], allowed: bool) -> None:
    one = Wanted("m", first, 1, "0" * 64, hosts)
    if allowed:
        assert download._next_address(one, first, location) == location
    else:
        with pytest.raises(ModelDownloadError, match="does not name"):
            download._next_address(one, first, location)


def test_encryption_is_never_left_for_the_same_host() -> None:
    one = Wanted("m", "https://a.example/m", 1, "0" * 64)
    with pytest.raises(ModelDownloadError):
        download._next_address(one, "https://cdn.example/m", "http://a.example/m")


# ---- the administrator's network ------------------------------------------------------------------------------------


def test_the_administrators_proxy_is_used(server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("no_proxy", "")
    server.files["http://models.example/m.gguf"] = CONTENT
    fetch(wanted(server, address="http://models.example/m.gguf"), tmp_path / "m.gguf", silent, Waits())
    assert server.seen[0][1] == "http://models.example/m.gguf"


def test_an_encrypted_address_goes_through_the_proxy_as_a_tunnel(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", server.url)
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(ModelDownloadError, match=r"models\.example cannot be reached|connection broke"):
        fetch(wanted(server, address="https://models.example/m.gguf"), tmp_path / "m.gguf", silent, Waits())
    assert not (tmp_path / "m.gguf").exists()


def test_a_certificate_that_is_not_trusted_is_final(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ssl
    from urllib.error import URLError

    calls: list[str] = []

    def refuse(address: str, *_rest: object) -> None:
        calls.append(address)
        error = ssl.SSLCertVerificationError(1, "certificate verify failed")
        error.verify_message = "self-signed certificate"
        raise URLError(error)

    monkeypatch.setattr(download, "_request", refuse)
    with pytest.raises(ModelDownloadError, match=r"self-signed certificate.*SSL_CERT_FILE"):
        fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    assert len(calls) == 1


def test_whether_a_host_answers(server: FileServer) -> None:
    assert answers(f"{server.url}m.gguf")
    assert answers(f"{server.url}nothing"), "whatever it says, it is there"
    assert not answers("http://127.0.0.1:9/m")
    assert [method for method, _, _ in server.seen] == ["HEAD", "HEAD"]


# ---- the disk -------------------------------------------------------------------------------------------------------


def test_a_full_disk_is_told_and_what_came_is_kept(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = download._Part.append

    def full_after_a_while(self: download._Part, chunk: bytes) -> None:
        if self.size > 100_000:
            with download._disk(tmp_path / "m.gguf"):
                raise OSError(28, "No space left on device")
        original(self, chunk)

    monkeypatch.setattr(download._Part, "append", full_after_a_while)
    with pytest.raises(StorageError, match=r"No space left.*goes on from what has come"):
        fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    monkeypatch.undo()
    assert (tmp_path / "m.gguf.part").stat().st_size > 0
    assert not (tmp_path / "m.gguf").exists()


def test_a_truly_full_disk(server: FileServer, tmp_path: Path) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    import signal

    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(StorageError, match="cannot be written"):
            fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old)
    fetch(wanted(server), tmp_path / "m.gguf", silent, Waits())
    assert (tmp_path / "m.gguf").read_bytes() == CONTENT


def test_a_folder_that_nobody_may_write_is_told(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="cannot be written"):
        fetch(wanted(server), tmp_path / "file" / "m.gguf", silent, Waits())


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, 4000), max_size=4), ranges=st.booleans(), tag=st.sampled_from(["", '"a"', 'W/"a"']))
def test_however_it_is_cut_the_file_is_right(
    server: FileServer, tmp_path: Path, cuts: list[int], ranges: bool, tag: str
) -> None:
    content = CONTENT[:4000]
    server.files["/m.gguf"] = content
    server.plan = [Behaviour(cut_after=cut, ranges=ranges, etag=tag) for cut in cuts[: MOST_TRIES - 1]]
    fetch(wanted(server, content), tmp_path / "m.gguf", silent, Waits())
    assert (tmp_path / "m.gguf").read_bytes() == content
    (tmp_path / "m.gguf").unlink()
    server.plan = []
