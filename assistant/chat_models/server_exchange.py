"""One exchange with an OpenAI-compatible server, over a connection of its own that closes when it is cancelled.

The host's name is looked up once; every connection goes to the addresses found then, with the name checked against the
server's certificate. Redirects are not followed and no proxy of the environment is used.
"""

import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from assistant.chat_models.port import ChatEvent
from assistant.chat_models.server_address import ServerAddress, numeric_addresses
from assistant.chat_models.server_lines import EventLines
from assistant.chat_models.server_stream import ServerTurn, failure_in, readable
from casefile.errors import (
    ModelCrashedError,
    ModelError,
    ModelRequestError,
    ModelUnavailableError,
    PromptTooLongError,
    SettingsError,
)
from casefile.settings import ServerSettings

if TYPE_CHECKING:
    import ssl

    import httpx

CONNECT_SECONDS = 10.0
"""For looking the name up, and again for the connection with its handshake."""
SLOWEST_WRITING = 1.0
"""Seconds for one token, over a whole answer: a server that writes more slowly is given up."""
AFTER_THE_END = 5.0
"""Seconds that the usage may come after the reason for the end."""
FIRST_PAUSE = 0.5
"""Seconds before the first new try; each further pause is twice as long."""
LONGEST_PAUSE = 10.0
"""Seconds, also where the server asks for more with Retry-After."""
MOST_OF_AN_ERROR = 64 * 1024
MOST_OF_A_LIST = 1024 * 1024
LEAST_STREAM = 1024 * 1024
BYTES_PER_TOKEN = 4096
"""Of the stream: a chunk for each token has some hundred bytes of JSON around it."""
AGAIN = frozenset({429, 502, 503, 504})
DONE = "[DONE]"


class _Model(BaseModel):
    id: str


class _ModelList(BaseModel):
    data: list[_Model]


class _AgainError(Exception):
    """A failure after which a new try may help; `error` is raised when none is left."""

    def __init__(self, error: ModelError, pause: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.pause = pause


class Exchange:
    """Speaks to one server.

    Args:
        address: checked.
        key: API key; empty for none.
        settings: time limits, number of tries, authority of the certificate.

    Raises:
        SettingsError: the file of the certificate authority cannot be used.
    """

    def __init__(self, address: ServerAddress, key: str, settings: ServerSettings) -> None:
        self._address = address
        self._headers = {"Host": address.authority, "Accept-Encoding": "identity", "User-Agent": "caseclerk"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._settings = settings
        self._trust = _trust(settings)
        self._numbers: tuple[str, ...] = ()
        self._looking_up = threading.Lock()

    async def complete(
        self, body: bytes, most_tokens: int, new_turn: Callable[[], ServerTurn], emit: Callable[[ChatEvent], None]
    ) -> None:
        """Send a request and tell the events of its answer.

        Raises:
            ModelError: see the port.
        """
        import anyio

        silence = self._settings.timeout_seconds
        with anyio.move_on_after(silence + most_tokens * SLOWEST_WRITING + self._most_pauses()):
            await self._tries(lambda: self._stream(body, most_tokens, new_turn(), emit))
            return
        raise ModelCrashedError(
            f"The server writes more slowly than a token in {SLOWEST_WRITING:g} s and was given up. Others may be "
            "using it; ask again, or choose a smaller model."
        )

    async def model_names(self) -> tuple[str, ...]:
        """What the server says it has.

        Raises:
            ModelError: see the port.
        """
        import anyio

        names: list[str] = []

        async def ask() -> None:
            async with self._answer("GET", "/models", b"") as response:
                body = await _bounded(response, MOST_OF_A_LIST)
            try:
                names.extend(model.id for model in _ModelList.model_validate_json(body).data)
            except ValidationError as error:
                raise ModelUnavailableError(
                    f"What {self._where} lists are no models. Check the setting 'server.url'."
                ) from error

        with anyio.move_on_after(self._settings.timeout_seconds + self._most_pauses()):
            await self._tries(ask)
            return tuple(names)
        raise self._silent(ModelUnavailableError)

    @property
    def _where(self) -> str:
        return f"{self._address.scheme}://{self._address.authority}{self._address.path}"

    def _most_pauses(self) -> float:
        return self._settings.retries * (LONGEST_PAUSE + CONNECT_SECONDS)

    def _silent(self, kind: type[ModelError]) -> ModelError:
        return kind(
            f"The server {self._where} was silent for {self._settings.timeout_seconds:g} s (setting "
            "'server.timeout_seconds') and was given up."
        )

    async def _tries(self, once: Callable[[], Awaitable[None]]) -> None:
        import anyio

        for number in range(self._settings.retries + 1):
            try:
                await once()
            except _AgainError as failure:
                if number == self._settings.retries:
                    raise failure.error from failure.__cause__
                pause = FIRST_PAUSE * 2**number if failure.pause is None else failure.pause
                await anyio.sleep(min(pause, LONGEST_PAUSE))
            else:
                return

    async def _stream(self, body: bytes, most_tokens: int, turn: ServerTurn, emit: Callable[[ChatEvent], None]) -> None:
        import anyio

        lines = EventLines(LEAST_STREAM + BYTES_PER_TOKEN * most_tokens)
        seconds = self._settings.timeout_seconds
        with anyio.move_on_after(seconds) as silence:
            try:
                async with self._answer("POST", "/chat/completions", body) as response:
                    _require_events(response)
                    async for piece in response.aiter_raw():
                        chunks = lines.feed(piece)
                        if _told(chunks, turn, emit):
                            break
                        if chunks:  # a comment that keeps the connection open is no word
                            silence.deadline = anyio.current_time() + (AFTER_THE_END if turn.finished else seconds)
            except _AgainError as failure:
                if turn.begun and not turn.finished:
                    raise ModelCrashedError("The server broke off in the middle of its answer. Ask again.") from failure
                if not turn.finished:
                    raise
        if silence.cancelled_caught and not turn.finished:
            raise self._silent(ModelCrashedError if turn.begun else ModelUnavailableError)
        if not turn.begun and not turn.finished:
            raise _AgainError(ModelUnavailableError(f"The server {self._where} ended the connection without a word."))
        for event in turn.finish():
            emit(event)

    @asynccontextmanager
    async def _answer(self, method: str, path: str, body: bytes) -> "AsyncIterator[httpx.Response]":
        """The answer to one request, its status checked and its body not yet read; closed with the block."""
        import httpx

        numbers = await self._numeric_addresses()
        async with httpx.AsyncClient(
            verify=self._trust,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
            headers=self._headers,
        ) as client:
            try:
                response = await self._send(client, method, path, body, numbers)
                try:
                    await self._require_success(response)
                    yield response
                finally:
                    await response.aclose()
            except httpx.TransportError as error:
                raise self._not_reached(error) from error

    async def _numeric_addresses(self) -> tuple[str, ...]:
        import anyio
        from anyio import to_thread

        if not self._numbers:
            with anyio.move_on_after(CONNECT_SECONDS):
                found = await to_thread.run_sync(numeric_addresses, self._address, abandon_on_cancel=True)
                with self._looking_up:
                    self._numbers = self._numbers or found
        if not self._numbers:
            raise ModelUnavailableError(
                f"The name service does not say within {CONNECT_SECONDS:g} s where {self._address.host!r} is."
            )
        return self._numbers

    async def _send(
        self, client: "httpx.AsyncClient", method: str, path: str, body: bytes, numbers: tuple[str, ...]
    ) -> "httpx.Response":
        """Try the addresses of the host in order; the last failure counts."""
        import httpx

        # What is connected to is a number; the certificate must be one for the name.
        extensions = {"sni_hostname": self._address.host} if self._address.scheme == "https" else {}
        for number in numbers:
            request = client.build_request(
                method,
                self._address.url(number, path),
                content=body or None,
                headers={"Content-Type": "application/json", "Accept": "text/event-stream, application/json"},
                extensions=extensions,
            )
            try:
                return await client.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if number == numbers[-1]:
                    raise
        raise ModelUnavailableError(f"{self._address.host!r} has no address.")

    def _not_reached(self, error: Exception) -> Exception:
        said = readable(str(error))
        if "CERTIFICATE" in said or "certificate" in said:
            return ModelUnavailableError(
                f"The certificate of {self._where} is not valid for it or not signed by a known authority: {said}. "
                "Nothing was sent. The authority of an agency is named with the setting 'server.ca_file'."
            )
        return _AgainError(
            ModelUnavailableError(
                f"The server {self._where} cannot be reached{f': {said}' if said else ''}. Start it, or check "
                "'server.url'; if its address has changed since Caseclerk was started, start Caseclerk again."
            )
        )

    async def _require_success(self, response: "httpx.Response") -> None:
        """Raise what a status other than 200 stands for."""
        status = response.status_code
        if status == 200:
            return
        if 300 <= status < 400:
            raise ModelUnavailableError(
                f"The server {self._where} sends on to another address, which is never followed. Check "
                "the setting 'server.url'."
            )
        body = await _bounded(response, MOST_OF_AN_ERROR)
        if status in {401, 403}:
            raise ModelUnavailableError(
                f"The server {self._where} refuses the key (status {status}). Check the setting 'server.key_file'."
            )
        if status in AGAIN:
            raise _AgainError(failure_in(body, status, ModelUnavailableError), _retry_after(response))
        if status == 404:
            said = failure_in(body, status, ModelUnavailableError)
            raise ModelUnavailableError(f"{said} Check the settings 'server.url' and 'server.model'.")
        if status == 413:
            raise PromptTooLongError("The server takes no request of this length. Ask with less evidence.")
        raise failure_in(body, status, ModelRequestError if status < 500 else ModelCrashedError)


def _trust(settings: ServerSettings) -> "ssl.SSLContext":
    """Certificates and names are checked, against the authorities of the system or the one that is named."""
    import ssl

    try:
        return ssl.create_default_context(cafile=Path(settings.ca_file).expanduser() if settings.ca_file else None)
    except OSError as error:  # ssl.SSLError is one
        raise SettingsError(
            f"Setting 'server.ca_file' cannot be used: {settings.ca_file} holds no certificate in PEM form."
        ) from error


async def _bounded(response: "httpx.Response", most: int) -> bytes:
    """The body, cut at `most` bytes."""
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) >= most:
            break
    return bytes(body[:most])


def _told(chunks: list[str], turn: ServerTurn, emit: Callable[[ChatEvent], None]) -> bool:
    """Tell the events of the chunks; whether they were the last."""
    for chunk in chunks:
        if chunk == DONE:
            return True
        for event in turn.take(chunk):
            emit(event)
    return False


def _require_events(response: "httpx.Response") -> None:
    if not response.headers.get("content-type", "").lower().startswith("text/event-stream"):
        raise ModelUnavailableError(
            "The server does not stream its answers (text/event-stream). Check the setting 'server.url'; it ends in "
            "/v1 with most servers."
        )


def _retry_after(response: "httpx.Response") -> float | None:
    """Seconds that the server asks for (RFC 9110, section 10.2.3); dates are not taken."""
    said = response.headers.get("retry-after", "")
    return float(said) if said.isascii() and said.isdigit() and len(said) < 10 else None
