"""`ui`: the page in a browser."""

from datetime import timedelta
from typing import Annotated

import typer

from assistant.cli.invocation import interactive, invocation, print_json, typed


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
    from assistant.ui.desk import Desk
    from assistant.ui.server import bind, link, running_port, serve
    from assistant.ui.sessions import Sessions

    call = invocation(context)
    settings = call.settings({"page.port": port})
    call.home.prepare()
    sessions = Sessions(call.home.root)
    token = sessions.make_link(typed(name) if name else call.actor, timedelta(minutes=settings.page.link_minutes))
    running = running_port(call.home.root)
    listening = None if running is not None else bind(settings.page.port)
    address = link(running if listening is None else listening.getsockname()[1], token)  # type: ignore[arg-type]
    if as_json:
        print_json({"link": address, "serving": listening is not None})
    else:
        typer.echo(f"Open this link once, within {settings.page.link_minutes} minutes:\n\n    {address}\n")
    if listening is None:
        return
    if not as_json:
        typer.echo("Caseclerk is served on this machine only. Ctrl-C stops it; nothing is lost.")
    if browser and interactive():
        _open_in_browser(address)
    serve(Desk(call.home, settings, call.actor), listening, sessions)


def _open_in_browser(address: str) -> None:
    """Open the link where a desktop is there; the printed link serves everybody else."""
    import os
    import webbrowser

    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(address)
