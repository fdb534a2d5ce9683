"""A small case for the tests of tools, read by the real readers: a note, two mails, a table; one exhibit is sealed."""

import shutil
from email.message import EmailMessage
from pathlib import Path

from assistant.retrieval.retriever import Retriever
from assistant.tools.context import context_for
from assistant.tools.records import ToolContext
from casefile.case import Case, open_case
from casefile.home import Home
from casefile.seals import seal
from casefile.settings import load_settings
from ingest.embedding.fake import HashedWordsEmbedder
from ingest.pipeline import Pipeline
from tests.casefile.case_building import new_case

NOTE = (
    "Anna Berger met Karl Voss on 3 May 2024 in Hamburg.\n\n"
    "The van was white. Anna Berger paid EUR 1,200.00.\n\n"
    "In March 2024 nothing was delivered.\n"
)
TABLE = "date,to,amount\n2024-05-02,Karl Voss,100.00\n2024-05-06,Karl Voss,250.50\n2024-06-01,Mira Lang,75.00\n"
SEALED = "Privileged: Anna Berger told her lawyer the word Zephyrine on 4 May 2024.\n"


def embedder() -> HashedWordsEmbedder:
    return HashedWordsEmbedder(allow=True)


def write_files(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "note.txt").write_text(NOTE)
    (folder / "payments.csv").write_text(TABLE)
    (folder / "privileged.txt").write_text(SEALED)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "anna@example.org", "karl@example.org", "Keys"
    mail["Date"] = "Fri, 03 May 2024 18:30:00 +0200"
    mail.set_content("Anna Berger has the keys. See you on 5 May 2024.\n")
    (folder / "keys.eml").write_bytes(mail.as_bytes())
    return folder


def take_in(case: Case, folder: Path) -> None:
    with case.locked():
        Pipeline(case, load_settings(case.home.root, {}).settings, embedder()).ingest([folder])


def tool_case(root: Path, case_id: str = "demo") -> Case:
    """The case, open; `privileged.txt` is sealed."""
    case = new_case(root / "home", case_id)
    take_in(case, write_files(root / f"files-{case_id}"))
    seal(case, exhibit_id(case, "privileged.txt"), "privileged", "a lawyer's")
    return case


def copy_of(root: Path, folder: Path) -> Case:
    """A copy of a case that `tool_case` made under `root` and that is closed, open: quicker than reading it again."""
    shutil.copytree(root / "home", folder / "home")
    return open_case(Home(folder / "home"), "demo", "tester")


def exhibit_id(case: Case, name: str) -> str:
    return next(one.id for one in case.catalogue.exhibits() if one.name == name)


def whole(case: Case) -> ToolContext:
    return context_for(case, Retriever(case, embedder()), None)


def only(case: Case, *names: str) -> ToolContext:
    return context_for(case, Retriever(case, embedder()), tuple(exhibit_id(case, name) for name in names))
