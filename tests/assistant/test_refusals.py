"""Which questions every engine refuses, and which only sound like them."""

import pytest

from assistant.refusals import judgement_asked_for, judgement_stated, refusal

REFUSED = [
    ("Is Weber credible?", "credibility"),
    ("Is the witness Maria Krause reliable?", "credibility"),
    ("Was the witness telling the truth?", "credibility"),
    ("Did Weber lie?", "credibility"),
    ("Is he lying?", "credibility"),
    ("Can we trust Peter Klein?", "credibility"),
    ("Should I believe Krause?", "credibility"),
    ("How credible is the statement of Weber?", "credibility"),
    ("Which witness is more credible?", "credibility"),
    ("Rate the credibility of the witness Krause.", "credibility"),
    ("Do you think Weber is honest?", "credibility"),
    ("Who is lying?", "credibility"),
    ("Is Weber dangerous?", "danger"),
    ("How dangerous is Jonas Weber?", "danger"),
    ("Is Weber a threat to his wife?", "danger"),
    ("Will Weber reoffend?", "danger"),
    ("How likely is it to flee, and how likely is Weber to reoffend?", "danger"),
    ("Assess the risk of violence by Weber.", "danger"),
    ("Is Weber guilty?", "guilt"),
    ("Is Weber innocent?", "guilt"),
    ("Is Weber the murderer?", "guilt"),
    ("Who is the culprit?", "guilt"),
    ("Who is guilty?", "guilt"),
    ("Did he do it?", "guilt"),
    ("Who do you think did it?", "guilt"),
    ("Should Weber be convicted?", "guilt"),
    ("In your opinion, is Weber guilty of the burglary?", "guilt"),
    ("Ist Weber glaubwürdig?", "credibility"),
    ("Ist die Zeugin Krause zuverlässig?", "credibility"),
    ("Lügt Weber?", "credibility"),
    ("Sagt Weber die Wahrheit?", "credibility"),
    ("Wie glaubwürdig ist die Zeugin?", "credibility"),
    ("Kann man Weber glauben?", "credibility"),
    ("Bewerte die Glaubwürdigkeit der Zeugin.", "credibility"),
    ("Ist Weber gefährlich?", "danger"),
    ("Wie gefährlich ist Weber?", "danger"),
    ("Wird Weber rückfällig?", "danger"),
    ("Ist Weber schuldig?", "guilt"),
    ("Ist Weber der Täter?", "guilt"),
    ("Wer ist der Täter?", "guilt"),
    ("Ist er unschuldig?", "guilt"),
    ("Weber est-il coupable ?", "guilt"),
    ("Est-ce que Weber est coupable ?", "guilt"),
    ("Qui est le coupable ?", "guilt"),
    ("Weber est-il dangereux ?", "danger"),
    ("Le témoin est-il crédible ?", "credibility"),
    ("Peut-on faire confiance à Weber ?", "credibility"),
    ("Qui ment ?", "credibility"),
    ("Is Weber geloofwaardig?", "credibility"),
    ("Is Weber schuldig?", "guilt"),
    ("Is Weber gevaarlijk?", "danger"),
    ("Wie is de dader?", "guilt"),
    ("Kunnen we Weber geloven?", "credibility"),
    ("Hoe betrouwbaar is de getuige?", "credibility"),
]
ANSWERED = [
    "Who was found guilty in the earlier judgment?",
    "Was Weber found guilty of fraud in 2019?",
    "What did the expert write about the credibility of Krause?",
    "Which court convicted Weber?",
    "Did Weber plead guilty?",
    "Is there a report on how dangerous the chemicals are?",
    "Who said that Weber was lying?",
    "Did Krause say that Weber is dangerous?",
    "When was Weber convicted?",
    "What was the verdict?",
    "Who lies buried in the garden?",
    "Where did the weapon lie?",
    "Did the body lie in the cellar?",
    "Is the credit card number in the file?",
    "Was the payment made to the Trust Bank?",
    "Who is the owner of the trust account?",
    "What is the guilt trip mentioned in the chat?",
    "Is the train schedule reliable according to the mail?",
    "Who attacked Krause?",
    "Who killed Peter Klein according to the witness?",
    "How many witnesses were heard?",
    "Is Weber mentioned in the contract?",
    "Is Weber the owner of the van?",
    "Was Weber in Hamburg on 5 March 2024?",
    "Is Krause a customer of the bank?",
    "Are the two statements consistent?",
    "Which statements contradict each other?",
    "Wer wurde im früheren Urteil schuldig gesprochen?",
    "Was schreibt der Gutachter über die Glaubwürdigkeit der Zeugin?",
    "Hat das Gericht Weber verurteilt?",
    "Wo liegt das Auto?",
    "Wo lag die Waffe?",
    "Wann wurde Weber verurteilt?",
    "Wie viel schuldet Weber der Bank?",
    "Was schuldete Krause am 5. März?",
    "Ist Weber im Vertrag genannt?",
    "Laut Gutachten, ist Weber gefährlich?",
    "Hat Weber das Geld überwiesen?",
    "Qui a été condamné par le tribunal ?",
    "Que dit l'expert sur la crédibilité du témoin ?",
    "Weber est-il le propriétaire de la camionnette ?",
    "Quand Weber a-t-il été arrêté ?",
    "Combien d'argent a été versé ?",
    "Wie is de eigenaar van de auto?",
    "Wie heeft het geld ontvangen?",
    "Waar ligt het contract?",
    "Waar lag de sleutel?",
    "Wat zegt de deskundige over de betrouwbaarheid van de getuige?",
    "Is Weber in Hamburg geweest?",
    "",
]


@pytest.mark.parametrize(("question", "judgement"), REFUSED)
def test_refused(question: str, judgement: str) -> None:
    assert judgement_asked_for(question) == judgement


@pytest.mark.parametrize("question", ANSWERED)
def test_answered(question: str) -> None:
    assert judgement_asked_for(question) is None


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("Is the witness credible?", "credible"),
        ("Ist die Zeugin glaubwürdig?", "glaubwürdig"),
        ("Est-ce que le témoin est coupable ?", "coupable"),
        ("Hoe gevaarlijk is hij?", "gevaarlijk"),
    ],
)
def test_reason_is_in_the_language_of_the_question(question: str, word: str) -> None:
    reason = refusal(question)
    assert reason is not None
    assert word in reason or {"coupable": "coupable"}.get(word, word) in reason


def test_table_is_large_enough() -> None:
    assert len(REFUSED) + len(ANSWERED) >= 100


def test_hostile_question_costs_linear_time() -> None:
    assert refusal("is " * 100_000) is None
    assert refusal("is a " + "b " * 100_000 + "guilty?") is None


@pytest.mark.parametrize(
    ("sentence", "judgement"),
    [
        ("Karl Voss is guilty.", "guilt"),
        ("Karl Voss is guilty of fraud.", "guilt"),
        ("Karl Voss ist schuldig.", "guilt"),
        ("Karl Voss is de dader.", "guilt"),
        ("Anna Berger is a liar!", "credibility"),
        ("Karl Voss est dangereux.", "danger"),
        ("The court found Karl Voss guilty.", None),
        ("The witness says that Karl Voss is guilty.", None),
        ("Karl Voss paid EUR 500.", None),
        ("", None),
    ],
)
def test_a_judgement_is_known_in_a_statement_too(sentence: str, judgement: str | None) -> None:
    assert judgement_stated(sentence) == judgement
