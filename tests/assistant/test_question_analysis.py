"""What a question asks for, in four languages."""

import pytest

from assistant.questions import analyse

KINDS = [
    ("Who transferred the money to Maria Krause?", "en", "who"),
    ("Whose phone number is 0170 1234567?", "en", "who"),
    ("To whom did Weber give the key?", "en", "who"),
    ("Which witness saw the van?", "en", "who"),
    ("When did Jonas Weber arrive?", "en", "when"),
    ("On which date was the contract signed?", "en", "when"),
    ("Where did Weber go on Friday?", "en", "where"),
    ("In which city was the van found?", "en", "where"),
    ("How much did Weber pay?", "en", "how_much"),
    ("What was the price of the van?", "en", "how_much"),
    ("How much did Weber pay in total?", "en", "sum"),
    ("What is the sum of all payments to Krause?", "en", "sum"),
    ("How many payments were made to Krause?", "en", "how_many"),
    ("How often did Weber call Krause?", "en", "how_many"),
    ("What is the IBAN of Krause?", "en", "which_number"),
    ("What is Klein's phone number?", "en", "which_number"),
    ("Which licence plate had the van?", "en", "which_number"),
    ("List every payment to Krause.", "en", "list"),
    ("Compare the statements of Weber and Krause.", "en", "compare"),
    ("Do the two statements contradict each other?", "en", "compare"),
    ("What was the largest payment?", "en", "extreme"),
    ("What is a quorum?", "en", "definition"),
    ("Why did Weber leave?", "en", "why"),
    ("How did Weber open the door?", "en", "how"),
    ("Did Weber pay the rent?", "en", "yes_no"),
    ("Wer hat das Auto gekauft?", "de", "who"),
    ("Wann hat Weber angerufen?", "de", "when"),
    ("An welchem Tag wurde der Vertrag unterschrieben?", "de", "when"),
    ("Wo wohnt Weber?", "de", "where"),
    ("Wie viel hat Weber bezahlt?", "de", "how_much"),
    ("Wie hoch war die Miete?", "de", "how_much"),
    ("Wie viele Zahlungen gab es?", "de", "how_many"),
    ("Wie viel hat Weber insgesamt bezahlt?", "de", "sum"),
    ("Was ist das Aktenzeichen?", "de", "which_number"),
    ("Wie lautet die Telefonnummer von Klein?", "de", "which_number"),
    ("Welche Zahlung war die höchste?", "de", "extreme"),
    ("Warum ist Weber gegangen?", "de", "why"),
    ("At what local time did the train leave?", "en", "when"),
    ("At which hour did she call?", "en", "when"),
    ("Zu welcher Stunde rief sie an?", "de", "when"),
    ("What is the chassis number of the van?", "en", "which_number"),
    ("What was the VAT number of the firm?", "en", "which_number"),
    ("Wie lautet die Motornummer des Traktors?", "de", "which_number"),
    ("What is the number of payments?", "en", "how_many"),
    ("What is the total number of calls?", "en", "how_many"),
    ("What did Weber pay for the boat?", "en", "how_much"),
    ("Wat betaalde De Vries per week?", "nl", "how_much"),
    ("Hat Weber die Miete bezahlt?", "de", "yes_no"),
    ("Qui a payé le loyer ?", "fr", "who"),
    ("Quand a-t-il quitté Paris ?", "fr", "when"),
    ("Où habite Dupont ?", "fr", "where"),
    ("Combien d'argent a-t-il versé ?", "fr", "how_much"),
    ("Combien de paiements y a-t-il ?", "fr", "how_many"),
    ("Quel est le numéro de téléphone de Dupont ?", "fr", "which_number"),
    ("Pourquoi est-il parti ?", "fr", "why"),
    ("Wie heeft de auto gekocht?", "nl", "who"),
    ("Wanneer is de auto verkocht?", "nl", "when"),
    ("Waar woont De Vries?", "nl", "where"),
    ("Hoeveel heeft De Vries betaald?", "nl", "how_much"),
    ("Hoeveel betalingen zijn er?", "nl", "how_many"),
    ("Wat is het kenteken van de auto?", "nl", "which_number"),
    ("Waarom is hij vertrokken?", "nl", "why"),
]


@pytest.mark.parametrize(("question", "language", "kind"), KINDS)
def test_language_and_kind(question: str, language: str, kind: str) -> None:
    analysis = analyse(question)
    assert (analysis.language, analysis.kind) == (language, kind)


def test_expected_types() -> None:
    assert analyse("What is the phone number of Klein?").expects == ("phone",)
    assert analyse("What is the IBAN?").expects[0] == "iban"
    assert analyse("At what time did he call?").expects == ("time",)
    assert analyse("How much did it cost?").expects[0] == "amount"
    assert analyse("Why did he leave?").expects == ()


def test_names_identifiers_phrases_and_what_is_taken_for_granted() -> None:
    analysis = analyse('Why did Jonas Weber write "nobody must know" on 5 May 2024 about EUR 400 to 0170 1234567?')
    assert analysis.names == ("Jonas Weber",)
    assert [value.raw for value in analysis.identifiers] == ["0170 1234567"]
    assert [value.kind for value in analysis.presupposed] == ["date", "amount"]
    assert analysis.phrases == ("nobody must know",)
    assert not analysis.exhaustive


@pytest.mark.parametrize(
    "question",
    ["List all phone numbers", "Show every mail to Krause", "Nenne alle Zahlungen", "Citez tous les paiements", "Noem alle betalingen"],
)  # fmt: skip
def test_everything_is_asked_for(question: str) -> None:
    assert analyse(question).exhaustive


def test_negation_and_operation() -> None:
    assert analyse("Who did not sign?").negated
    assert not analyse("Who signed?").negated
    assert analyse("What was the highest payment?").operation == "maximum"
    assert analyse("How many calls were made?").operation == "count"
    assert analyse("What is the average amount of the payments?").operation == "average"


def test_case_languages_settle_a_question_without_function_words() -> None:
    assert analyse("Kontonummer Weber", ("de",)).language == "de"
    assert analyse("", ("fr", "en")).language == "fr"


def test_hostile_question_costs_linear_time() -> None:
    for piece in ("who ", "how much ", "every the ", '"', "A. ", "largest "):
        assert analyse(piece * 5_000).kind


@pytest.mark.parametrize(
    ("question", "exhaustive"),
    [
        ("List all payments to Krause.", True),
        ("Name each witness.", True),
        ("Nenne jede Zahlung.", True),
        ("What does Weber pay each month?", False),
        ("Who walks the dog every evening?", False),
        ("Do Weber and Krause know each other?", False),
        ("Was zahlt Weber jeden Monat?", False),
        ("Combien paie-t-il chaque mois ?", False),
        ("Wat betaalt hij elke week?", False),
    ],
)
def test_each_month_is_not_a_wish_for_everything(question: str, exhaustive: bool) -> None:
    assert analyse(question).exhaustive is exhaustive


@pytest.mark.parametrize(
    ("question", "expects"),
    [
        ("How much money did Weber take?", ("amount",)),
        ("Wie viel hat Weber bezahlt?", ("amount",)),
        ("How much diesel was left?", ("amount", "percent", "number")),
    ],
)
def test_money_is_an_amount(question: str, expects: tuple[str, ...]) -> None:
    assert analyse(question).expects == expects
