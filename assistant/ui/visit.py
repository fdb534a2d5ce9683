"""One request of somebody who is signed in, with what a page needs to answer it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from assistant.ui.sessions import Session
from assistant.ui.templates import rendered
from assistant.ui.texts import Speaker, chosen_language, speaker
from casefile.errors import CaseNotFoundError
from casefile.home import CASE_ID

if TYPE_CHECKING:
    from assistant.app import Assistant
    from assistant.ui.desk import Desk


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks, in which language, and the desk with the open cases."""

    desk: "Desk"
    session: Session
    say: Speaker
    path: str = "/"

    @property
    def actor(self) -> str:
        """The name for the custody log."""
        return self.session.actor

    def assistant(self, case_id: str) -> "Assistant":
        """The assistant over a case, acting for this visitor.

        Raises:
            CaseNotFoundError: there is no such case.
        """
        if not CASE_ID.fullmatch(case_id):  # as good as one that is not there, and never part of a path
            raise CaseNotFoundError("There is no case of this id.")
        return self.desk.assistant(case_id, self.actor)

    def page(self, template: str, model: Mapping[str, object] | None = None, status: int = 200) -> HTMLResponse:
        """A document made of a template. It gets `t` (texts), `visit`, and what the model holds."""
        return HTMLResponse(self.html(template, model), status)

    def html(self, template: str, model: Mapping[str, object] | None = None) -> str:
        """The same as text, for a fragment."""
        values: dict[str, Any] = {"t": self.say, "visit": self, "case": None, **(model or {})}
        return rendered(template, values)


def visit_of(request: Request) -> Visit:
    """The visit of a request. The guard has refused every request without a session before."""
    session = request.scope["state"]["session"]
    language = chosen_language(request.headers.get("accept-language", ""))
    return Visit(request.app.state.desk, session, speaker(language), request.url.path)


Visiting = Annotated[Visit, Depends(visit_of)]
"""A parameter of a route: the visit."""
