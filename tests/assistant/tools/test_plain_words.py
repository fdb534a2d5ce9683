"""Slash commands and plain words: what they mean, what they leave alone, and answers made of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.tools.plain_words import PlainCall, PlainHelp, command_names, plain_call, typed_command

MAY = {"since": "2024-05-03", "until": "2024-05-05"}


@pytest.mark.parametrize(
    ("line", "tool", "arguments"),
    [
        ("/search white van", "search", {"words": "white van"}),
        ("/open note.txt", "open_exhibit", {"exhibit": "note.txt"}),
        ("/open report.pdf page 3", "open_exhibit", {"exhibit": "report.pdf", "page": 3}),
        ("/open Bericht.pdf, Seite 12", "open_exhibit", {"exhibit": "Bericht.pdf", "page": 12}),
        ('  /Mentions "Anna Berger" ', "list_mentions", {"name": "Anna Berger"}),
        ("/count payments to Karl Voss", "count", {"rows": "payments to Karl Voss"}),
        ("/events 2024-05-03 2024-05-05", "events", MAY),
        ("/events 3 May 2024 to 5 May 2024", "events", MAY),
        ("/events 2024-05-03 2024-05-05 Voss", "events", {**MAY, "about": "Voss"}),
        ("/events February 2024", "events", {"since": "2024-02-01", "until": "2024-02-29"}),
        ("/describe IMG_0231.jpg", "describe_picture", {"exhibit": "IMG_0231.jpg"}),
        ("/describe scan.pdf page 2", "describe_picture", {"exhibit": "scan.pdf", "page": 2}),
        ("/export-mentions Anna Berger", "export_mentions", {"name": "Anna Berger"}),
    ],
)
def test_a_slash_command_means_a_tool(line: str, tool: str, arguments: dict[str, object]) -> None:
    call = typed_command(line, ("de",))
    assert call == PlainCall(tool, arguments, "de", typed=True)


@pytest.mark.parametrize(
    "line", ["/open", "/search ", "/events", "/events soon", "/events 05/03/2024", "/events 31 Feb 2024", "/count"]
)
def test_what_a_command_lacks_is_shown(line: str) -> None:
    said = typed_command(line)
    assert isinstance(said, PlainHelp)
    assert line.split(maxsplit=1)[0] in said.says


def test_an_unknown_command_says_what_there_is() -> None:
    said = typed_command("/delete everything")
    assert isinstance(said, PlainHelp)
    assert said.unknown
    assert all(name in said.says for name in command_names())
    assert typed_command("/tools") == PlainHelp(said.says.partition(". ")[2], unknown=False)


@pytest.mark.parametrize(
    "line",
    [
        "/home/anna/notes.txt says what?",
        "/home/anna",
        "/etc",
        "/tmp held what?",
        "/var/log/syslog",
        "/",
        "//",
        "/ search",
        "/2024",
        "/open/note.txt",
        "/C:/x",
        "/s3arch x",
        "What does /search do?",
        "",
        "/search " + "x" * 700,
    ],
)
def test_a_path_is_no_command(line: str) -> None:
    assert typed_command(line) is None


@pytest.mark.parametrize(
    ("question", "tool", "arguments", "language"),
    [
        ("Export all mentions of Anna Berger.", "export_mentions", {"name": "Anna Berger"}, None),
        ("Bitte exportiere alle Erw\u00e4hnungen von Anna Berger", "export_mentions", {"name": "Anna Berger"}, "de"),
        ("Exportez toutes les mentions d\u2019Anna Berger", "export_mentions", {"name": "Anna Berger"}, "fr"),
        ("Exporteer alle vermeldingen van Anna Berger!", "export_mentions", {"name": "Anna Berger"}, "nl"),
        ("Show me all mentions of the white van", "list_mentions", {"name": "the white van"}, "en"),
        ("Zeige alle Erw\u00e4hnungen von Anna Berger", "list_mentions", {"name": "Anna Berger"}, "de"),
        ("Montrez-moi toutes les mentions de Karl Voss", "list_mentions", {"name": "Karl Voss"}, "fr"),
        ("Toon alle vermeldingen van Karl Voss", "list_mentions", {"name": "Karl Voss"}, "nl"),
        ("What happened between 3 May 2024 and 5 May 2024?", "events", MAY, "en"),
        ("What happened between 3 and 5 May 2024?", "events", MAY, "en"),
        ("Was geschah zwischen dem 3. Mai 2024 und dem 5. Mai 2024?", "events", MAY, "de"),
        ("Was ist vom 3. bis 5. Mai 2024 passiert?", "events", MAY, "de"),
        ("Que s'est-il pass\u00e9 entre le 3 mai 2024 et le 5 mai 2024 ?", "events", MAY, "fr"),
        ("Wat is er tussen 3 mei 2024 en 5 mei 2024 gebeurd?", "events", MAY, "nl"),
        ("What is on IMG_0231?", "describe_picture", {"exhibit": "IMG_0231"}, "en"),
        ("What can be seen in the photo IMG_0231.jpg?", "describe_picture", {"exhibit": "IMG_0231.jpg"}, "en"),
        ("Was ist auf IMG_0231 zu sehen?", "describe_picture", {"exhibit": "IMG_0231"}, "de"),
        ("Was ist auf dem Foto IMG_0231.jpg zu sehen?", "describe_picture", {"exhibit": "IMG_0231.jpg"}, "de"),
        ("Que voit-on sur la photo IMG_0231 ?", "describe_picture", {"exhibit": "IMG_0231"}, "fr"),
        ("Wat is er te zien op IMG_0231?", "describe_picture", {"exhibit": "IMG_0231"}, "nl"),
        ("Open note.txt", "open_exhibit", {"exhibit": "note.txt"}, None),
        ("\u00d6ffne die Datei note.txt", "open_exhibit", {"exhibit": "note.txt"}, "de"),
        ("Ouvrez le fichier note.txt", "open_exhibit", {"exhibit": "note.txt"}, "fr"),
    ],
)
def test_plain_words_mean_a_tool(question: str, tool: str, arguments: dict[str, object], language: str | None) -> None:
    call = plain_call(question, ("en",))
    assert call is not None
    assert (call.tool, dict(call.arguments), call.typed) == (tool, arguments, False)
    assert language is None or call.language == language


@pytest.mark.parametrize(
    "question",
    [
        "What happened between Anna Berger and Karl Voss?",
        "What happened between 3 May 2024 and the trial?",
        "What happened between 05/03/2024 and 06/03/2024?",
        "What happened on 3 May 2024?",
        "How many payments are there?",
        "List every mention of Anna Berger.",
        "Who opened the door?",
        "Did she export all mentions of Anna?",
        "/home/anna/notes.txt",
        "?",
    ],
)
def test_other_questions_stay_questions(question: str) -> None:
    assert plain_call(question) is None


@given(st.text(max_size=80))
def test_any_line_is_understood_or_left_alone(text: str) -> None:
    for line in (text, f"/{text}", f"/events {text}", f"/open {text}"):
        typed_command(line)
    for line in (text, f"What happened between {text} and {text}?", f"Open {text}"):
        plain_call(line)


def test_long_lines_cost_little() -> None:
    for line in ("open " + "a " * 290 + "page", "what happened between " + "1 and " * 90, "/open " + "page " * 110):
        typed_command(line)
        plain_call(line)
