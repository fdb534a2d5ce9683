"""An answer taken out with its citations: plain text, Markdown, DOCX. Each says where every sentence comes from."""

import io
import re
from collections.abc import Sequence

from assistant.cli.printable import printable, printable_text
from assistant.ui.chat.turn_view import ClaimView, SourceView, TurnView
from assistant.ui.texts import Speaker

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&])")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_text(turn: TurnView, say: Speaker) -> str:
    """The answer as plain text."""
    lines = [printable(turn.question), ""]
    lines += [f"{printable_text(claim.text)}{_after(claim, say)}" for claim in turn.claims] or [
        printable_text(turn.reason)
    ]
    if turn.sources:
        lines += ["", say("chat.sources")]
        for source in turn.sources:
            quote = printable(" ".join(source.quote.split()))
            lines.append(f'[{source.n}] {_place(source, say)}: "{quote}"')
    return "\n".join([*lines, "", *_foot(turn, say), ""])


def as_markdown(turn: TurnView, say: Speaker) -> str:
    """The answer as Markdown; nothing of the evidence is read as markup."""
    lines = [f"**{_escaped(turn.question)}**", ""]
    for claim in turn.claims:
        lines += [_escaped(f"{claim.text}{_after(claim, say)}"), ""]
    if not turn.claims:
        lines += [_escaped(turn.reason), ""]
    if turn.sources:
        lines += [f"## {say('chat.sources')}", ""]
        for source in turn.sources:
            lines += [f"- \\[{source.n}\\] {_escaped(_place(source, say))}", "", f"  > {_escaped(source.quote)}", ""]
    return "\n".join([*lines, *(f"_{_escaped(line)}_" for line in _foot(turn, say)), ""])


def as_docx(turn: TurnView, say: Speaker) -> bytes:
    """The answer as a Word document."""
    from docx import Document

    document = Document()
    document.core_properties.title = _fit(turn.question)[:255]
    document.core_properties.author = ""
    document.add_heading(_fit(turn.question), level=1)
    for claim in turn.claims:
        document.add_paragraph(_fit(f"{claim.text}{_after(claim, say)}"))
    if not turn.claims:
        document.add_paragraph(_fit(turn.reason))
    if turn.sources:
        document.add_heading(say("chat.sources"), level=2)
    for source in turn.sources:
        document.add_paragraph(_fit(f"[{source.n}] {_place(source, say)}"))
        document.add_paragraph(_fit(source.quote), style="Quote")
    for line in _foot(turn, say):
        document.add_paragraph().add_run(_fit(line)).italic = True
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _after(claim: ClaimView, say: Speaker) -> str:
    """The marks behind a sentence, and what has to be said about it."""
    marks = "".join(f" [{source.n}]" for source in claim.sources)
    working = f" ({say('chat.computed')}: {printable(claim.working)})" if claim.computed else ""
    return f"{marks}{working}" + (
        "" if claim.supported else f" ({say('chat.unsupported')}: {printable(claim.because)})"
    )


def _place(source: SourceView, say: Speaker) -> str:
    place = f"{source.name}, {source.where}" if source.where else source.name
    return printable(f"{place} ({say('chat.machine', model=source.machine)})" if source.machine else place)


def _foot(turn: TurnView, say: Speaker) -> Sequence[str]:
    found = [say("chat.not_evidence")]
    if turn.engine:
        found.append(say("chat.engine", engine=printable(turn.engine)))
    if turn.coverage is not None:
        found.append(say("chat.searched", searched=turn.coverage.searched, exhibits=turn.coverage.exhibits))
    return found


def _in_a_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", _in_a_line(text))


def _fit(text: str) -> str:
    """What XML can hold; the rest becomes a replacement character."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", printable_text(text))
