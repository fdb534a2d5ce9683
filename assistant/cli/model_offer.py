"""`make run` offers a language model once: it asks before anything leaves the machine, and remembers a no."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from assistant.cli.invocation import interactive
from assistant.cli.printable import printable

if TYPE_CHECKING:
    from casefile.home import Home

OFFERED = "ministral-3-3b"
HOW = (
    f"Answers are quotes now, by the built-in engine. For answers in prose add a model: caseclerk models pull "
    f"{OFFERED}, or from a stick caseclerk models add PATH; then caseclerk models use ID."
)
_REMEMBERED = "offered"


def offer_model(home: "Home") -> tuple[str, ...]:
    """Ask a person at the terminal once whether to download the language model; else say how to add one.

    Nothing is sent before the person says yes; then the host has some seconds to answer.

    Returns:
        The id of the model to pull and use; nothing where there is none to pull.

    Raises:
        CaseclerkError: what is kept of models cannot be understood.
    """
    from assistant.cli.models import offer
    from assistant.models.catalogue import load_catalogue
    from assistant.models.download import answers
    from assistant.models.store import ModelStore

    home.prepare()
    store = ModelStore(home.models)
    if store.in_use("chat"):
        return ()
    here = [model.id for model in store.installed() if model.role == "chat"]
    if here:
        typer.echo(f"A language model is here, but none is in use: caseclerk models use {here[0]}")
        return ()
    remembered = home.models / _REMEMBERED
    if not interactive() or remembered.exists():
        typer.echo(HOW)
        return ()
    entry = load_catalogue(home.models).get(OFFERED)
    typer.echo(printable(f"A language model can write the answers. {offer(entry, home.models)}"))
    if not typer.confirm("Download it now? A no is remembered"):
        _remember(remembered)
        typer.echo(HOW)
        return ()
    if not answers(entry.address(entry.files[0])):
        typer.echo(f"{entry.host} does not answer: there is no network here, or a proxy is needed (HTTPS_PROXY). {HOW}")
        return ()
    return (entry.id,)


def _remember(path: Path) -> None:
    path.write_text("A download was offered and declined.\n", encoding="ascii")
