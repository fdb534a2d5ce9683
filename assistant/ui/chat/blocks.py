"""The conversation in Gradio: layout and events only. What they do stands in the modules beside this one.

Gradio reads the annotations of events, so it is imported at the top; only `server.build_app` imports this module.

Events carry the case and the conversation in hidden fields, not in Gradio's session state, so that a page outlives a
restart of the server; both are checked like any other address.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import gradio as gr
from fastapi import FastAPI

from assistant.cli.ending import keep_bug_report
from assistant.ui.chat import showing
from assistant.ui.chat.routes import own_conversation
from assistant.ui.chat.runs import Run
from assistant.ui.chat.scopes import scope_from_address, scope_from_text
from assistant.ui.texts import LANGUAGES, chosen_language, load_texts, speaker
from assistant.ui.visit import Visit
from casefile.errors import CaseclerkError

if TYPE_CHECKING:
    from assistant.ui.desk import Desk

FRAMES_PER_SECOND = 10
"""How often a running answer is drawn again, at most."""
SHOWN = 9
"""Outputs of every event that shows an answer."""
CONCURRENT = 64
"""Events of a kind at once: they wait for runs, and take no thread while they do."""


def _kept(error: Exception, request: gr.Request) -> gr.Error:
    """The boundary of events: Gradio would print the message of what escapes, and that may hold evidence."""
    if not isinstance(error, CaseclerkError):
        print(keep_bug_report(error), file=sys.stderr)  # noqa: T201 - for whoever started the page
    spoken = speaker(chosen_language(request.headers.get("accept-language", "")))
    return gr.Error(spoken("common.error.bug"), print_exception=False)


def _bounded(event: Callable[..., Any]) -> Callable[..., Any]:
    """An event that lets nothing out but a sentence of ours."""

    @wraps(event)
    def inside(self: "ChatEvents", *values: Any) -> Any:
        try:
            return event(self, *values)
        except Exception as error:  # noqa: BLE001 - a boundary: kept without its message
            raise _kept(error, values[-1]) from None

    return inside


def _bounded_stream(event: Callable[..., AsyncIterator[Any]]) -> Callable[..., AsyncIterator[Any]]:
    """The same for an event that streams."""

    @wraps(event)
    async def inside(self: "ChatEvents", *values: Any) -> AsyncIterator[Any]:
        try:
            async for frame in event(self, *values):
                yield frame
        except Exception as error:  # noqa: BLE001 - a boundary: kept without its message
            raise _kept(error, values[-1]) from None

    return inside


class ChatEvents:
    """What Gradio calls. Each returns values for the outputs named beside it."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk

    @_bounded
    def open(self, request: gr.Request) -> tuple[Any, ...]:
        """The page is opened: top, transcript, frame, scope, uploads, question, hidden case and conversation."""
        visit = self._visit(request)
        query = dict(request.query_params)
        try:
            assistant = visit.assistant(query.get("case", ""))
        except CaseclerkError as error:
            notice = visit.html("chat/live.html", {"turn": None, "notice": str(error)})
            return notice, "", "", "", "", gr.skip(), "", ""
        case = assistant.case
        asked = query.get("conversation", "")
        known = {old.id for old in case.conversations.all()}
        conversation = int(asked) if asked.isdigit() and int(asked) in known else own_conversation(visit, assistant)
        if query.get("scope"):
            try:
                scope = scope_from_address(case, query["scope"])
                case.conversations.set_scope(conversation, scope.to_text())
            except CaseclerkError:
                pass  # an old address: the scope stays what it is, and is on the page
        question = ""
        if query.get("edit", "").isdigit():
            turns = {turn.id: turn for turn in case.conversations.turns(conversation)}
            turn = turns.get(int(query["edit"]))
            question = turn.question if turn is not None else ""
        model = {"case_id": case.description.id, "conversation": conversation}
        return (
            showing.top(visit, case, conversation),
            visit.html("chat/transcript_live.html", model),
            visit.html("chat/frame.html", model),
            visit.html("chat/scope_live.html", model),
            visit.html("chat/uploads_live.html", model),
            gr.update(value=question or query.get("question", ""), interactive=True),
            case.description.id,
            str(conversation),
        )

    @_bounded_stream
    async def ask(self, question: str, case_id: str, conversation: str, request: gr.Request) -> AsyncIterator[Any]:
        """A question: the live turn as it grows, the emptied question, the buttons."""
        async for frame in self._asked(question, None, case_id, conversation, request):
            yield frame

    @_bounded_stream
    async def ask_instead(
        self, standalone: str, case_id: str, conversation: str, request: gr.Request
    ) -> AsyncIterator[Any]:
        """The last question again, with other words to search for."""
        question = standalone
        try:
            turns = self._visit(request).assistant(case_id).case.conversations.turns(_number(conversation))
            question = turns[-1].question if turns else standalone
        except CaseclerkError:
            pass  # told when it is asked
        async for frame in self._asked(question, standalone, case_id, conversation, request):
            yield frame

    @_bounded_stream
    async def ask_again(self, case_id: str, conversation: str, request: gr.Request) -> AsyncIterator[Any]:
        """The last question again."""
        question = self.last_question(case_id, conversation, request)
        async for frame in self._asked(question, None, case_id, conversation, request):
            yield frame

    @_bounded_stream
    async def watch(self, case_id: str, conversation: str, request: gr.Request) -> AsyncIterator[Any]:
        """A page that was opened while a question of its conversation is being answered follows it too."""
        visit = self._visit(request)
        run = self._desk.runs.of_conversation(case_id, _number(conversation))
        if run is None:
            yield (gr.skip(),) * SHOWN  # a generator that yields nothing empties its outputs
            return
        async for frame in self._follow(visit, case_id, run):
            yield frame

    @_bounded
    def stop(self, case_id: str, conversation: str, request: gr.Request) -> Any:
        """End the answer that is being written; the button says that this was heard."""
        self._visit(request)
        run = self._desk.runs.of_conversation(case_id, _number(conversation))
        if run is None:
            return gr.skip()
        run.stop()
        return gr.update(interactive=False)

    @_bounded
    def last_question(self, case_id: str, conversation: str, request: gr.Request) -> str:
        """The last question, to be edited."""
        turns = self._visit(request).assistant(case_id).case.conversations.turns(_number(conversation))
        return turns[-1].question if turns else ""

    @_bounded
    def last_search(self, case_id: str, conversation: str, request: gr.Request) -> Any:
        """What was searched for last, to be edited: the field and its button appear."""
        turns = self._visit(request).assistant(case_id).case.conversations.turns(_number(conversation))
        words = (turns[-1].standalone or turns[-1].question) if turns else ""
        return gr.update(value=words, visible=True), gr.update(visible=True)

    async def _asked(
        self, question: str, standalone: str | None, case_id: str, conversation: str, request: gr.Request
    ) -> AsyncIterator[Any]:
        visit = self._visit(request)
        try:
            assistant = await asyncio.to_thread(visit.assistant, case_id)
            scope = scope_from_text(assistant.case.conversations.summary(_number(conversation)).scope)
            run = await asyncio.to_thread(
                self._desk.runs.start, assistant, _number(conversation), question, scope, standalone
            )
        except CaseclerkError as error:
            notice = visit.html("chat/live.html", {"turn": None, "notice": str(error)})
            yield notice, question, *_buttons(running=False), gr.skip()
            return
        async for frame in self._follow(visit, case_id, run, emptied=""):
            yield frame

    async def _follow(self, visit: Visit, case_id: str, run: Run, emptied: Any = None) -> AsyncIterator[Any]:
        """The answer as it grows; `emptied` goes into the question field once, not over what is typed meanwhile."""
        case = visit.assistant(case_id).case
        question = gr.skip() if emptied is None else emptied
        shown = -1
        while True:
            now = run.snapshot
            if now.version != shown:
                shown = now.version
                html = showing.live(visit, case, showing.run_view(visit, case, run))
                title = showing.top(visit, case, now.conversation_id) if now.ended else gr.skip()
                yield html, question, *_buttons(running=not now.ended, stopping=run.stopped), title
                question = gr.skip()
            if now.ended:
                return
            await asyncio.sleep(1 / FRAMES_PER_SECOND)

    def _visit(self, request: gr.Request) -> Visit:
        inner = request.request
        assert inner is not None
        session = inner.scope["state"]["session"]
        language = chosen_language(inner.headers.get("accept-language", ""))
        return Visit(self._desk, session, speaker(language), "/chat/")


def mount_chat(app: FastAPI, desk: "Desk") -> FastAPI:
    """The application with the conversation under /chat."""
    say = gr.I18n(**{language: _wordings(language) for language in LANGUAGES})
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        build_page(desk, say),
        i18n=say,
        path="/chat",
        footer_links=[],
        show_error=False,
        max_file_size=1,
        allowed_paths=[],
        enable_monitoring=False,
        pwa=False,
        theme=gr.themes.Default(primary_hue="blue", font=["system-ui", "sans-serif"], font_mono=["monospace"]),
    )
    return mounted


def build_page(desk: "Desk", say: Any) -> Any:
    """The layout, and which event calls what. `say` marks a text that the browser words in its own language."""
    events = ChatEvents(desk)
    with gr.Blocks(title="Caseclerk", analytics_enabled=False, fill_width=True) as page:
        top = gr.HTML(elem_id="top", padding=False, apply_default_css=False)
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="talk", scale=3, min_width=320):
                transcript = gr.HTML(elem_id="transcript", padding=False, apply_default_css=False)
                live = gr.HTML(elem_id="live", padding=False, apply_default_css=False)
                with gr.Row(elem_id="after"):
                    again = gr.Button(say("again"), size="sm", elem_id="again")
                    edit = gr.Button(say("edit"), size="sm", elem_id="edit")
                    search = gr.Button(say("edit_search"), size="sm", elem_id="edit-search")
                standalone = gr.Textbox(label=say("searched_for"), visible=False, elem_id="standalone", max_lines=6)
                instead = gr.Button(say("search_instead"), size="sm", visible=False, elem_id="search-instead")
                with gr.Column(elem_id="asking"):
                    scope = gr.HTML(elem_id="scope", padding=False, apply_default_css=False)
                    with gr.Row(elem_id="ask-row"):
                        question = gr.Textbox(
                            label=say("question"),
                            placeholder=say("placeholder"),
                            lines=1,
                            max_lines=8,
                            scale=5,
                            elem_id="question",
                            interactive=False,  # until the page knows its case
                            autofocus=True,
                        )
                        # here, where nothing that grows can push it away from under the mouse
                        stop = gr.Button(
                            say("stop"), variant="stop", scale=0, min_width=96, visible=False, elem_id="stop"
                        )
                        ask = gr.Button(say("ask"), variant="primary", scale=0, min_width=96, elem_id="ask")
                    uploads = gr.HTML(elem_id="uploads", padding=False, apply_default_css=False)
            with gr.Column(elem_id="source", scale=2, min_width=320):
                frame = gr.HTML(elem_id="source-frame", padding=False, apply_default_css=False)
        case_id = gr.Textbox(visible="hidden", elem_id="case-id", interactive=False, label="case")
        conversation = gr.Textbox(visible="hidden", elem_id="conversation-id", interactive=False, label="conversation")
        place = [case_id, conversation]
        shown = [live, question, stop, again, edit, search, standalone, instead, top]
        running: dict[str, Any] = {
            "concurrency_limit": CONCURRENT,
            "show_progress": "hidden",
            "api_visibility": "private",
        }
        quick: dict[str, Any] = {**running, "queue": True}
        opened = page.load(events.open, None, [top, transcript, frame, scope, uploads, question, *place], **quick)
        opened.then(events.watch, place, shown, concurrency_id="watch", **running)
        for trigger in (question.submit, ask.click):
            trigger(events.ask, [question, *place], shown, concurrency_id="ask", **running)
        again.click(events.ask_again, place, shown, concurrency_id="ask", **running)
        instead.click(events.ask_instead, [standalone, *place], shown, concurrency_id="ask", **running)
        stop.click(events.stop, place, stop, concurrency_id="stop", **running)
        edit.click(events.last_question, place, question, concurrency_id="edit", **running)
        search.click(events.last_search, place, [standalone, instead], concurrency_id="edit", **running)
    return page


def _buttons(*, running: bool, stopping: bool = False) -> tuple[Any, ...]:
    """Stop while an answer is written, the others afterwards; the field for other search words goes."""
    after = [gr.update(visible=not running)] * 3
    gone = gr.update(visible=False)
    return gr.update(visible=running, interactive=not stopping), *after, gone, gone


def _wordings(language: str) -> dict[str, str]:
    area = "chat."
    return {key.removeprefix(area): texts[language] for key, texts in load_texts().items() if key.startswith(area)}


def _number(text: str) -> int:
    return int(text) if text.isdigit() and len(text) < 12 else 0
