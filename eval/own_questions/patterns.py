"""How drafted questions are put, in the languages that Caseclerk knows. A person corrects them."""

import datetime as dt

from assistant.lexicon import Language
from casefile.records import IdentifierKind

QUESTIONS: dict[Language, dict[str, str]] = {
    "en": {
        "mention": "Where does {thing} {value} appear?",
        "labelled": "What is given as “{label}” in {exhibit}?",
        "amount": "Which amount is mentioned in connection with {name}?",
        "event": "What happened on {date}?",
        "sent": "When was the mail “{title}” sent?",
        "name": "What do the files say about {name}?",
        "row": "What is the “{column}” for “{key_column}” {key}?",
        "lacking": "What is {name}'s {bare}?",
    },
    "de": {
        "mention": "Wo kommt {thing} {value} vor?",
        "labelled": "Was steht in {exhibit} unter „{label}“?",
        "amount": "Welcher Betrag wird im Zusammenhang mit {name} genannt?",
        "event": "Was geschah am {date}?",
        "sent": "Wann wurde die Mail „{title}“ gesendet?",
        "name": "Was steht in den Akten über {name}?",
        "row": "Was steht unter „{column}“, wo „{key_column}“ {key} ist?",
        "lacking": "Wie lautet {thing} von {name}?",
    },
    "fr": {
        "mention": "Où apparaît {thing} {value} ?",
        "labelled": "Qu'est-ce qui est indiqué sous « {label} » dans {exhibit} ?",
        "amount": "Quel montant est mentionné à propos de {name} ?",
        "event": "Que s'est-il passé le {date} ?",
        "sent": "Quand le courriel « {title} » a-t-il été envoyé ?",
        "name": "Que dit le dossier sur {name} ?",
        "row": "Que trouve-t-on sous « {column} » là où « {key_column} » est {key} ?",
        "lacking": "Dans le dossier, {thing} de {name}, c'est quoi ?",
    },
    "nl": {
        "mention": "Waar komt {thing} {value} voor?",
        "labelled": "Wat staat er in {exhibit} bij “{label}”?",
        "amount": "Welk bedrag wordt genoemd in verband met {name}?",
        "event": "Wat gebeurde er op {date}?",
        "sent": "Wanneer is de mail “{title}” verzonden?",
        "name": "Wat staat er in het dossier over {name}?",
        "row": "Wat staat er onder “{column}” waar “{key_column}” {key} is?",
        "lacking": "Wat is {thing} van {name}?",
    },
}
"""Questions by language and pattern."""

THINGS: dict[Language, dict[IdentifierKind, str]] = {
    "en": {
        "phone": "the phone number",
        "email": "the e-mail address",
        "url": "the web address",
        "iban": "the IBAN",
        "code": "the reference",
    },
    "de": {
        "phone": "die Telefonnummer",
        "email": "die E-Mail-Adresse",
        "url": "die Internetadresse",
        "iban": "die IBAN",
        "code": "das Kennzeichen oder Zeichen",
    },
    "fr": {
        "phone": "le numéro de téléphone",
        "email": "l'adresse e-mail",
        "url": "l'adresse internet",
        "iban": "l'IBAN",
        "code": "la référence",
    },
    "nl": {
        "phone": "het telefoonnummer",
        "email": "het e-mailadres",
        "url": "het internetadres",
        "iban": "het IBAN",
        "code": "het kenmerk",
    },
}
"""What an identifier is called, with its article."""

_MONTHS: dict[Language, str] = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}


def put(pattern: str, language: Language, **words: str) -> str:
    """A question by its pattern."""
    return QUESTIONS[language][pattern].format(**words)


def day_in_words(day: dt.date, language: Language) -> str:
    """A day as it is written out: `14 March 2024`, `14. März 2024`."""
    month = _MONTHS[language].split()[day.month - 1]
    number = f"{day.day}." if language == "de" else "1er" if language == "fr" and day.day == 1 else str(day.day)
    return f"{number} {month} {day.year}"


def day_forms(day: dt.date) -> tuple[str, ...]:
    """A day in the forms in which an answer may name it, in any of the languages."""
    numbers = (f"{day:%d.%m.%Y}", f"{day.day}.{day.month}.{day.year}", f"{day:%d/%m/%Y}", f"{day:%d-%m-%Y}")
    months = (_MONTHS["en"].split()[day.month - 1][:3], *(day_in_words(day, language) for language in _MONTHS))
    return tuple(dict.fromkeys((day.isoformat(), *numbers, f"{day.day} {months[0]} {day.year}", *months[1:])))
