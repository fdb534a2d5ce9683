"""Where an identifier or a name turns up: every place by the catalogue, however it is asked, and only when asked."""

from collections.abc import Iterator

import pytest

from assistant.case_facts import CatalogueFacts
from assistant.case_facts_port import NarrowedFacts
from assistant.engines.mentioning import mention_answer, quote_around
from assistant.questions import analyse
from casefile.case import Case
from casefile.locators import CellsLocator, LinesLocator
from casefile.records import Passage
from tests.assistant.retrieval_case import make_case

DOCUMENTS = {
    "a.txt": "Anna Müller called. Her direct line is 0171 2345678.\n\nMÜLLER, ANNA signed.",
    "b.txt": "Frau Mueller rief an.\n\nTelefon +49 171 2345678 oder 0049-171-2345678.",
    "c.txt": "Write to (0171) 23 45 678 from now on, said Peter Klein.\n\nNobody came.",
}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with make_case(tmp_path_factory.mktemp("home"), DOCUMENTS).case as opened:
        yield opened


def quotes(case: Case, question: str) -> list[str]:
    claims = mention_answer(analyse(question), CatalogueFacts(case))
    for claim in claims:
        for quote in claim.quotes:
            text = case.catalogue.text(quote.exhibit_id, quote.text_sha256)
            assert text[quote.start : quote.end] == quote.quote
    return [quote.quote for claim in claims for quote in claim.quotes]


@pytest.mark.parametrize(
    "question",
    [
        "Where does the number 0171 2345678 turn up, and who used it?",
        "In which documents does +49 171 2345678 appear?",
        "Who used the number 0171 2345678?",
        "List every mention of 0171 2345678.",
        "Wo taucht die Nummer 0171 2345678 auf?",
        "Wer benutzte die Nummer 0171 2345678?",
        "Où apparaît le numéro +49 171 2345678 ?",
        "Waar komt het nummer 0171 2345678 voor?",
    ],
)
def test_every_spelling_of_a_number_is_cited(case: Case, question: str) -> None:
    assert quotes(case, question) == [
        "Her direct line is 0171 2345678.",
        "Telefon +49 171 2345678 oder 0049-171-2345678.",
        "Write to (0171) 23 45 678 from now on, said Peter Klein.",
    ]


@pytest.mark.parametrize(
    "question",
    [
        "List every mention of Anna Müller.",
        "Show all mentions of Anna Müller",
        "In which documents is Anna Müller mentioned?",
        "Nenne alle Erwähnungen von Anna Müller.",
        "In welchen Dokumenten wird Anna Müller genannt?",
        "Liste toutes les mentions d'Anna Müller.",
        "Noem alle vermeldingen van Anna Müller.",
    ],
)
def test_every_mention_of_a_name_is_cited(case: Case, question: str) -> None:
    assert quotes(case, question) == ["Anna Müller called.", "MÜLLER, ANNA signed."]


@pytest.mark.parametrize(
    "question",
    [
        "Where was the car of 0171 2345678 found?",
        "What did Anna Müller sign?",
        "Where was Anna Müller born?",
        "Who called 0171 2345678 at night?",
        "How many times was 0171 2345678 called?",
        "Wie oft wurde 0171 2345678 angerufen?",
        "List all payments of Anna Müller.",
        "Where does the number 0151 9999999 turn up?",
        "List every mention of Otto Nobody.",
    ],
)
def test_nothing_is_listed_for_another_question_or_an_unknown_value(case: Case, question: str) -> None:
    assert quotes(case, question) == []


@pytest.mark.parametrize(
    "question",
    [
        "How many times is 0171 2345678 mentioned?",
        "How often does 0171 2345678 appear?",
        "Wie oft kommt 0171 2345678 vor?",
        "Hoe vaak wordt 0171 2345678 genoemd?",
    ],
)
def test_mentions_are_counted(case: Case, question: str) -> None:
    (claim,) = mention_answer(analyse(question), CatalogueFacts(case))
    assert claim.computed is not None
    assert claim.computed.value == "4"


@pytest.mark.parametrize(
    ("text", "found", "quoted"),
    [
        ("It came late. The code VKT-1 was lost. Nobody saw it.", "VKT-1", "The code VKT-1 was lost."),
        (f"{'word ' * 60}\nthe line with VKT-1 in it\n{'word ' * 60}", "VKT-1", "the line with VKT-1 in it"),
        ("x" * 500 + " VKT-1 " + "y" * 500, "VKT-1", "x" * 119 + " VKT-1 " + "y" * 119),
    ],
)
def test_the_sentence_or_the_line_is_quoted(text: str, found: str, quoted: str) -> None:
    passage = Passage(1, "e", "t", 0, text, "", LinesLocator(1, 1, 100, 100 + len(text)))
    at = 100 + text.index(found)
    quote = quote_around(passage, at, at + len(found))
    assert quote.quote == text[quote.start - 100 : quote.end - 100] == quoted


def test_of_a_table_the_whole_row_is_quoted() -> None:
    text = "Klein\t0171 2345678\tcalled. Twice."
    passage = Passage(1, "e", "t", 0, text, "", CellsLocator("S", "A2:C2", 0, len(text), ("a", "b", "c")))
    assert quote_around(passage, 6, 18).quote == text


def test_what_is_asked_of_a_few_exhibits_is_listed_in_those(case: Case) -> None:
    some = [exhibit.id for exhibit in case.catalogue.exhibits() if exhibit.name in {"a.txt", "c.txt"}]
    facts = NarrowedFacts(CatalogueFacts(case), some)
    claims = mention_answer(analyse("Where does the number 0171 2345678 turn up?"), facts)
    assert [quote.exhibit_id for claim in claims for quote in claim.quotes] == some
    assert list(NarrowedFacts(CatalogueFacts(case), ()).places_of("Anna Müller")) == []
