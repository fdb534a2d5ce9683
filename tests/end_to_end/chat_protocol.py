"""A conversation over HTTP as the page in a browser holds it: Gradio's queue, without a browser. For load tests."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx

QUEUE = "/chat/gradio_api/queue"
PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Asked:
    """How one question went; seconds from sending it. `error` is empty where nothing went wrong."""

    client: int
    at: float
    evidence_s: float | None
    answer_s: float | None
    status: str
    error: str = ""


class ChatClient:
    """One person at the page, signed in by a link."""

    def __init__(self, number: int, origin: str, case_id: str) -> None:
        self.number = number
        self.case_id = case_id
        self.conversation = 0
        self._origin = origin
        self._http = httpx.AsyncClient(base_url=origin, headers={"origin": origin}, timeout=PATIENCE_S)
        self._session = secrets.token_hex(5)
        self._events: dict[str, int] = {}
        self._tags: dict[str, str] = {}

    async def enter(self, link: str) -> None:
        """Sign in, begin a conversation, learn which event is which."""
        answer = await self._http.get(link.removeprefix(self._origin))
        assert answer.status_code == 303, answer.status_code
        answer = await self._http.post(f"/case/{self.case_id}/conversations")
        self.conversation = int(answer.headers["location"].rpartition("conversation=")[2])
        config = (await self._http.get("/chat/config")).json()
        self._events = {event["api_name"]: event["id"] for event in config["dependencies"]}

    async def ask(self, question: str, *, leave_half_way: bool = False) -> Asked:
        """Ask, and follow the answer; `leave_half_way` closes the stream at the first sign of life."""
        began = time.monotonic()
        evidence = answered = None
        status = ""
        try:
            async with asyncio.timeout(PATIENCE_S):
                async for html in self._call("ask", [question, self.case_id, str(self.conversation)]):
                    elapsed = time.monotonic() - began
                    if evidence is None and ('class=\\"evidence\\"' in html or 'class=\\"answer' in html):
                        evidence = elapsed
                        if leave_half_way:
                            return Asked(self.number, began, evidence, None, "left")
                    if 'class=\\"answer' in html:
                        answered = time.monotonic() - began
                        status = html.partition('class=\\"answer ')[2].partition('\\"')[0]
        except (httpx.HTTPError, TimeoutError, ValueError, KeyError, AssertionError) as error:
            return Asked(self.number, began, evidence, answered, status, f"{type(error).__name__}: {error}")
        return Asked(self.number, began, evidence, answered, status, "" if answered is not None else "no answer came")

    async def fragment(self, path: str) -> int:
        """Ask for a live fragment as the page does; returns the HTTP status (304 where nothing has changed)."""
        answer = await self._http.get(path, headers={"if-none-match": self._tags.get(path, "")})
        self._tags[path] = answer.headers.get("etag", "")
        return answer.status_code

    async def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Any other request of this person."""
        return await self._http.request(method, path, **more)

    async def close(self) -> None:
        """Go away."""
        await self._http.aclose()

    async def _call(self, event: str, data: list[object]) -> AsyncIterator[str]:
        """Each message about an event, as JSON text."""
        body = {
            "data": data,
            "event_data": None,
            "fn_index": self._events[event],
            "trigger_id": None,
            "session_hash": self._session,
        }
        answer = await self._http.post(f"{QUEUE}/join", json=body)
        assert answer.status_code == 200, answer.text[:200]
        wanted = answer.json()["event_id"]
        async with self._http.stream("GET", f"{QUEUE}/data", params={"session_hash": self._session}) as stream:
            async for line in stream.aiter_lines():
                if not line.startswith("data:"):
                    continue
                message = json.loads(line.removeprefix("data:"))
                if message.get("event_id") not in {None, wanted}:
                    continue
                if message["msg"] == "process_completed":
                    if not message.get("success", False):
                        raise ValueError("the event failed")
                    return
                if message["msg"] in {"process_generating", "process_starts"}:
                    yield json.dumps(message)
