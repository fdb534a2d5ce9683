"""Nothing is sent where nobody allowed it, and what is connected to is what was checked."""

import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat_models.server import ServerModel
from assistant.chat_models.server_address import checked_address, numeric_addresses, read_key
from casefile.errors import ModelUnavailableError, SettingsError
from casefile.settings import ServerSettings


def settings_of(url: str, **more: Any) -> ServerSettings:
    return ServerSettings.model_validate({"enabled": True, "url": url} | more)


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("http://127.0.0.1:8000/v1", "127.0.0.1", 8000, "/v1"),
        ("http://127.8.9.10/v1/", "127.8.9.10", 80, "/v1"),
        ("http://[::1]:11434/v1", "::1", 11434, "/v1"),
        ("https://LocalHost:8443", "localhost", 8443, ""),
        ("http://localhost.:80/openai/v1", "localhost", 80, "/openai/v1"),
    ],
)
def test_this_machine_is_always_allowed(url: str, host: str, port: int, path: str) -> None:
    address = checked_address(settings_of(url))
    assert (address.host, address.port, address.path, address.local) == (host, port, path, True)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8000",
        "ftp://127.0.0.1/v1",
        "file:///etc/passwd",
        "http://",
        "http://127.0.0.1:0/v1",
        "http://127.0.0.1:99999/v1",
        "http://127.0.0.1:8000/v1?key=1",
        "http://127.0.0.1:8000/v1#part",
        "http://user:secret@127.0.0.1:8000/v1",
        "http://127.0.0.1@evil.example/v1",
        "http://127.0.0.1\\@evil.example/v1",
        "http://127.0.0.1 .evil.example/v1",
        "http://127.0.0.1\n.evil.example/v1",
        "http://localhost%2eevil.example/v1",
        "http://127.0.0.1/v1/../admin?",
        "http://ⓛocalhost/v1",
        "http://[::1%25eth0]/v1",
    ],
)
def test_a_url_that_could_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"server\.url"):
        checked_address(settings_of(url))


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0.0.0.0",
        "10.0.0.7",
        "169.254.169.254",
        "[::]",
        "[::ffff:10.0.0.7]",
        "gpu.example.org.evil.example",
    ],
)
def test_another_host_is_allowed_only_by_its_name(host: str) -> None:
    with pytest.raises(SettingsError, match=r"server\.hosts"):
        checked_address(settings_of(f"https://{host}/v1", hosts=("gpu.example.org",)))


def test_a_named_host_is_reached_over_https_only() -> None:
    address = checked_address(settings_of("https://GPU.example.org/v1", hosts=("gpu.Example.org.",)))
    assert (address.host, address.port, address.local) == ("gpu.example.org", 443, False)
    with pytest.raises(SettingsError, match="over https only"):
        checked_address(settings_of("http://gpu.example.org/v1", hosts=("gpu.example.org",)))


@given(st.text(max_size=40))
def test_no_host_slips_through(host: str) -> None:
    try:
        address = checked_address(settings_of(f"http://{host}/v1"))
    except SettingsError:
        return
    assert address.host == "localhost" or all(
        number.startswith("127.") or number == "::1" for number in numeric_addresses(address)
    )


def test_switched_off_is_the_default() -> None:
    with pytest.raises(SettingsError, match="enabled = true"):
        ServerModel(ServerSettings.model_validate({"url": "http://127.0.0.1:8000/v1"}))


def test_localhost_is_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "getaddrinfo")
    assert numeric_addresses(checked_address(settings_of("http://localhost/v1"))) == ("127.0.0.1", "::1")


def _name_service(monkeypatch: pytest.MonkeyPatch, *numbers: str) -> None:
    def look_up(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, 443)) for number in numbers]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize(
    "number", ["169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1%eth0", "::", "::ffff:169.254.1.1"]
)
def test_a_name_that_stands_for_no_server_is_refused(monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    address = checked_address(settings_of("https://gpu.example.org/v1", hosts=("gpu.example.org",)))
    _name_service(monkeypatch, number)
    with pytest.raises(ModelUnavailableError, match="no server can be"):
        numeric_addresses(address)
    _name_service(monkeypatch, number, "10.0.0.7", "10.0.0.7")
    assert numeric_addresses(address) == ("10.0.0.7",)


def test_an_unknown_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ModelUnavailableError, match="not known"):
        numeric_addresses(checked_address(settings_of("https://gpu.example.org/v1", hosts=("gpu.example.org",))))


def _key_file(folder: Path, content: bytes, mode: int = 0o600) -> ServerSettings:
    path = folder / "key"
    path.write_bytes(content)
    path.chmod(mode)
    return settings_of("http://127.0.0.1/v1", key_file=str(path))


def test_a_key_is_read_from_its_file(tmp_path: Path) -> None:
    assert read_key(_key_file(tmp_path, b"sk-abc_123\n")) == "sk-abc_123"
    assert read_key(settings_of("http://127.0.0.1/v1")) == ""


@pytest.mark.parametrize("content", [b"", b"two words", b"two\nlines", b"\xff\xfe", b"a\0b", b"k" * 5000])
def test_what_is_no_key_is_refused_and_not_repeated(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SettingsError, match=r"server\.key_file") as caught:
        read_key(_key_file(tmp_path, content))
    assert "words" not in str(caught.value)


def test_a_key_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="chmod 600"):
        read_key(_key_file(tmp_path, b"sk-abc", 0o644))
    with pytest.raises(SettingsError, match="cannot be read"):
        read_key(settings_of("http://127.0.0.1/v1", key_file=str(tmp_path / "none")))
    with pytest.raises(SettingsError, match="no file"):
        read_key(settings_of("http://127.0.0.1/v1", key_file=str(tmp_path)))


def test_an_authority_that_is_none_is_refused(tmp_path: Path) -> None:
    for content in (None, "no certificate"):
        path = tmp_path / "authority.pem"
        if content is not None:
            path.write_text(content)
        with pytest.raises(SettingsError, match=r"server\.ca_file"):
            ServerModel(settings_of("https://127.0.0.1/v1", ca_file=str(path)))
