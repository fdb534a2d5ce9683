import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.conversation import rewrite
from assistant.records import Turn


def turns(*pairs):
    return [Turn(question, question, answer) for question, answer in pairs]


PAID = turns(("How much did Jansen pay on 3 May?", "Jansen paid 500 EUR to DE89 3704 0044 0532 0130 00 on 3 May 2024."))
CALLED = turns(("Who called Jansen?", "Piet Vandenberg called Jansen from +49 171 2345678."))
ZAHLTE = turns(("Wie viel zahlte Meyer an Schulz am 3. Mai?", "Meyer zahlte 500 EUR."))
LEASE = turns(
    ("Who signed the lease between Harbour Crane Ltd and Anna Meyer?", "Anna Meyer signed it on 4 June 2023.")
)
APPELE = turns(("Quand Paul Dupont a-t-il appelé Martin ?", "Le 3 mai 2024."))
BETAALDE = turns(("Hoeveel betaalde Jansen op 3 mei?", "Jansen betaalde 500 euro."))
INSURANCE = turns(("Is unemployment insurance part of a federal program?", "Yes."))


@pytest.mark.parametrize(
    ("history", "question", "expected"),
    [
        (PAID, "And on 5 May?", "How much did Jansen pay on 5 May?"),
        (PAID, "What about Meyer?", "How much did Meyer pay on 3 May?"),
        (PAID, "and when?", "How much did Jansen pay on 3 May, and when?"),
        (PAID, "Who owns that account?", "Who owns the account DE89 3704 0044 0532 0130 00?"),
        (PAID, "What did he buy that day?", "What did Jansen buy on 3 May?"),
        (PAID, "What is his phone number?", "What is Jansen's phone number?"),
        (PAID, "Did he pay then?", "Did Jansen pay on 3 May?"),
        (CALLED, "When did he call?", "When did Piet Vandenberg call?"),
        (CALLED, "Whose is this number?", "Whose is the number +49 171 2345678?"),
        (
            LEASE,
            "What is the rent in that lease?",
            "What is the rent in the lease between Harbour Crane Ltd and Anna Meyer?",
        ),
        (LEASE, "When does it end?", "When does the lease between Harbour Crane Ltd and Anna Meyer end?"),
        (LEASE, "What does she do?", "What does Anna Meyer do?"),
        (ZAHLTE, "Und am 5. Mai?", "Wie viel zahlte Meyer an Schulz am 5. Mai?"),
        (ZAHLTE, "Und wann?", "Wie viel zahlte Meyer an Schulz am 3. Mai, und wann?"),
        (ZAHLTE, "Was ist mit Jansen?", "Wie viel zahlte Jansen an Schulz am 3. Mai?"),
        (ZAHLTE, "Wann hat er angerufen?", "Wann hat Meyer angerufen?"),
        (ZAHLTE, "Was ist seine Telefonnummer?", "Was ist Meyers Telefonnummer?"),
        (ZAHLTE, "Was weiß man davon?", "Was weiß man von Meyer?"),
        (APPELE, "Où est-il né ?", "Où Paul Dupont est-il né ?"),
        (APPELE, "Quel est son numéro ?", "Quel est le numéro de Paul Dupont ?"),
        (APPELE, "Quelle est son adresse ?", "Quelle est l'adresse de Paul Dupont ?"),
        (BETAALDE, "En op 5 mei?", "Hoeveel betaalde Jansen op 5 mei?"),
        (BETAALDE, "Waar woont hij?", "Waar woont Jansen?"),
        (BETAALDE, "Wat is zijn nummer?", "Wat is Jansens nummer?"),
        (BETAALDE, "En Meyer?", "Hoeveel betaalde Meyer op 3 mei?"),
        (INSURANCE, "How does it work?", "How does unemployment insurance work?"),
    ],
)
def test_a_follow_up_is_put_into_words_that_stand_alone(history, question, expected):
    result = rewrite(question, history, ("en",))
    assert result.question == expected
    assert result.changed
    assert result.carried


@pytest.mark.parametrize(
    ("history", "question"),
    [
        (PAID, "What did Meyer say?"),
        (PAID, "Is it possible to see the contract?"),
        (PAID, "Did Meyer say that he was ill?"),
        (ZAHLTE, "Gibt es weitere Zahlungen?"),
        (ZAHLTE, "Können Sie mir das erklären?"),
        (APPELE, "Y a-t-il d'autres appels ?"),
        (BETAALDE, "Zijn er andere betalingen?"),
        (INSURANCE, "Does the program cover their families?"),
        (INSURANCE, "Data isolation"),
        ([], "And when did he call?"),
        (PAID, ""),
        (PAID, "   "),
    ],
)
def test_a_question_that_stands_alone_is_returned_unchanged(history, question):
    result = rewrite(question, history, ("en",))
    assert result.question == question
    assert not result.changed
    assert result.carried == ()


def test_a_pointer_to_a_paper_narrows_the_search_to_what_was_cited():
    history = [Turn("Who wrote to Jansen?", "Who wrote to Jansen?", "Meyer wrote to Jansen.", ("sha256:aa",))]
    assert rewrite("Which date stands in that mail?", history).exhibits == ("sha256:aa",)
    assert rewrite("Who is Vandenberg?", history).exhibits == ()


def test_the_rewritten_question_before_is_carried_on_not_the_typed_one():
    history = [*PAID, Turn("And on 5 May?", "How much did Jansen pay on 5 May?", "Nothing was found.")]
    assert rewrite("And Meyer?", history).question == "How much did Meyer pay on 5 May?"
    assert rewrite("And Meyer?", history).background == ("How much did Jansen pay on 5 May?",)


def test_what_was_said_last_goes_before_what_was_said_earlier():
    history = [*PAID, *turns(("Where does Vandenberg live?", "In Ghent."))]
    assert rewrite("What is his phone number?", history).question == "What is Vandenberg's phone number?"


@settings(max_examples=200)
@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=200))
def test_any_text_is_rewritten_or_left_alone(question, before, answer):
    result = rewrite(question, turns((before, answer)))
    assert result.changed == (result.question != question)
    assert result.changed or not result.carried or result.question == question


def test_long_texts_take_linear_time():
    history = turns(("Who is " + "Aa " * 50_000 + "?", "1 " * 100_000))
    assert not rewrite("And " * 10_000, history).changed
    assert rewrite("Who is he?", history).question


def test_a_moment_in_an_answer_is_no_number_plate() -> None:
    """An ISO time was put before the plate that the question itself named."""
    before = Turn("Where was the card bought?", "Where was the card bought?", 'activated "2023-04-04T11:45:00+02:00"')
    question = "How often was the plate WGB-KDK 357 read on the federal road?"
    assert rewrite(question, (before,), ("en",)).question == question


@pytest.mark.parametrize(
    "question",
    [
        "How often was the plate WGB-KDK 357 read on the federal road?",
        "Whose is the account DE31 3905 0990 0191 7027 65?",
        "Who used the number +31 6 12345657?",
        "Wem gehört das Kennzeichen V-948-FR?",
    ],
)
def test_a_noun_with_its_value_points_at_nothing_earlier(question: str) -> None:
    said = "RB-2023-1027 to DE38 3903 0077 0691 2013 55, call 0171 3920007"
    assert rewrite(question, (Turn("What was paid?", "What was paid?", said),), ("en", "de")).question == question
