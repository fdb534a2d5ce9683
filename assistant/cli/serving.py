"""`ui`: the page in a browser."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.invocation import interactive, invocation, print_json, typed

if TYPE_CHECKING:
    import socket

    from assistant.cli.invocation import Invocation
    from casefile.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("ui")(ui)


def ui(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Option("--for", metavar="NAME", help="Who will use the link; the name in the custody log.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port on this machine.")] = None,
    browser: Annotated[bool, typer.Option(help="Open the link in a browser.")] = True,  # noqa: FBT002
    as_json: Annotated[bool, typer.Option("--json", help="Print the link as one JSON document.")] = False,  # noqa: FBT002
) -> None:
    """Serve the page on this machine (127.0.0.1) and print a link that signs one person in, once.

    While the page is served, the same command in another terminal prints a further link and ends: one for each person.
    """
    from assistant.ui.running import OtherPage, claim_page, listen_at

    call = invocation(context)
    settings = call.settings({"page.port": port})
    call.home.prepare()
    found = claim_page(call.home.root)
    if isinstance(found, OtherPage):
        _print_link(call, settings, name, found.port, serving=False, as_json=as_json)
        return
    try:
        listening = listen_at(settings.page.port)
        found.tell(listening.getsockname()[1])
        address = _print_link(call, settings, name, listening.getsockname()[1], serving=True, as_json=as_json)
        if browser and interactive():
            _open_in_browser(address)
        _serve(call, settings, listening)
    finally:
        found.leave()


def _print_link(
    call: "Invocation", settings: "Settings", name: str | None, port: int, *, serving: bool, as_json: bool
) -> str:
    """Make a link, print it and what it means; returns it."""
    from assistant.ui.running import link
    from assistant.ui.sessions import Sessions

    actor = typed(name) if name else call.actor
    token = Sessions(call.home.root).make_link(actor, timedelta(minutes=settings.page.link_minutes))
    address = link(port, token)
    if as_json:
        print_json({"link": address, "serving": serving})
        return address
    typer.echo(f"Open this link once, within {settings.page.link_minutes} minutes:\n\n    {address}\n")
    if serving:
        typer.echo("Caseclerk is served on this machine only. Ctrl-C stops it; nothing is lost.")
    return address


def _serve(call: "Invocation", settings: "Settings", listening: "socket.socket") -> None:
    from assistant.chat_models.choosing import chat_model, close_chat_model
    from assistant.engines.writing.warming import warm_up_aside
    from assistant.ui.desk import Desk
    from assistant.ui.server import serve
    from assistant.ui.sessions import Sessions

    try:
        desk = Desk(call.home, settings, call.actor, chat_model)
        if desk.chat_model is not None:
            warm_up_aside(desk.chat_model, settings.model)
        serve(desk, listening, Sessions(call.home.root))
    finally:
        close_chat_model()


def _open_in_browser(address: str) -> None:
    """Open the link where a desktop is there; the printed link serves everybody else."""
    import os
    import webbrowser

    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(address)
