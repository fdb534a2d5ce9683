"""True sentences over small made-up passages, and wrong ones that code makes of them, for measuring the quoting rule.

The even cases (`tuning`) were looked at while the rule was made; the odd ones (`held out`) were only counted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Told:
    """A true sentence, its verb, the passages that it cites (from 1), and how it says that it only reports."""

    text: str
    verb: str
    cites: tuple[int, ...] = (1,)
    hedge: str = ""


@dataclass(frozen=True, slots=True)
class ToldCase:
    """Passages with the people, days, sums and places in them, and what can be said truly."""

    passages: tuple[str, ...]
    told: tuple[Told, ...]
    people: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with what it cites; `kind` is `true` or the way in which it is wrong."""

    case: int
    kind: str
    text: str
    cites: tuple[str, ...]


_ACTS = (
    "threatened", "insured", "photographed", "burned", "praised", "stole", "hid", "repaired", "refused", "measured",
)  # fmt: skip
"""Verbs that no passage has."""
_SHORT = (
    "The officer approved this.", "She confirmed it.", "They denied everything.", "This is certain.", "He knew it.",
    "It was him.", "The owner agreed.", "Nobody helped them.", "The prosecutor objected.", "That is why.",
)  # fmt: skip

CASES = (
    ToldCase(
        (
            (
                "On 3 May 2024 Anna Berger transferred EUR 1,200.00 to Karl Voss from the Sparkasse in Bremen. On 7 May 2024 "
                "Ilka Brandt paid EUR 350.00 in cash in Hamburg. The head office was told of both payments."
            ),
            "Karl Voss gave Ilka Brandt a receipt in Hamburg. Anna Berger got none.",
        ),
        (
            Told("Anna Berger transferred EUR 1,200.00 to Karl Voss on 3 May 2024.", "transferred"),
            Told("On 7 May 2024 Ilka Brandt paid 350 euros in cash.", "paid"),
            Told("The head office was told of the payments.", "told"),
            Told("Ilka Brandt was given a receipt by Karl Voss.", "given", (2,)),
            Told("Karl Voss received a transfer of EUR 1,200.00 from Anna Berger.", "received"),
        ),
        ("Anna Berger", "Karl Voss", "Ilka Brandt"),
        ("3 May 2024", "7 May 2024"),
        ("Bremen", "Hamburg"),
    ),
    ToldCase(
        (
            (
                "Interview of Tom Reiss on 12 June 2023. Reiss said that Milan Kovac had taken the keys of the depot in "
                "Leipzig. He allegedly returned them on 15 June 2023. Sabine Ott kept a list of all keys."
            ),
            "The depot in Halle was locked on 14 June 2023. Sabine Ott checked the locks herself.",
        ),
        (
            Told("Reiss said that Milan Kovac had taken the keys of the depot.", "taken", (1,), "Reiss said that "),
            Told("Milan Kovac allegedly returned the keys on 15 June 2023.", "returned", (1,), "allegedly "),
            Told("Sabine Ott kept a list of the keys.", "kept"),
            Told("The depot in Halle was locked on 14 June 2023.", "locked", (2,)),
            Told("The locks were checked by Sabine Ott.", "checked", (2,)),
        ),
        ("Tom Reiss", "Milan Kovac", "Sabine Ott"),
        ("12 June 2023", "15 June 2023", "14 June 2023"),
        ("Leipzig", "Halle"),
    ),
    ToldCase(
        (
            (
                "The officers searched the warehouse in Hafenstrasse 12 at 06:30. They found 14 laptops and 3 phones behind a "
                "false wall. Some laptops had been reported as stolen in Kiel."
            ),
            "The van with the plate HH-KV 4711 belongs to Karl Voss. Jan Peters drove it to Rostock on 2 March 2024.",
        ),
        (
            Told("The officers found 14 laptops behind a false wall.", "found"),
            Told("The search of the warehouse in Hafenstrasse 12 began at 06:30.", "began"),
            Told("Some laptops had been reported stolen in Kiel.", "reported"),
            Told("Karl Voss owns the van HH-KV 4711.", "owns", (2,)),
            Told("Jan Peters drove the van to Rostock on 2 March 2024.", "drove", (2,)),
        ),
        ("Karl Voss", "Jan Peters"),
        ("14", "3"),
        ("Kiel", "Rostock"),
    ),
    ToldCase(
        (
            (
                "The alarm rang at 02:10. The guard, Peter Lang, left the gate at 02:25. At 02:40 Rosa Klein called the police "
                "from the canteen. Lang may have heard a lorry."
            ),
            "According to Rosa Klein, Peter Lang was drunk. The doctor measured nothing.",
        ),
        (
            Told("The alarm rang at 02:10.", "rang"),
            Told("Peter Lang left the gate at 02:25.", "left"),
            Told("Rosa Klein called the police at 02:40.", "called"),
            Told("Lang may have heard a lorry.", "heard", (1,), "may have "),
            Told("According to Rosa Klein, Peter Lang was drunk.", "was", (2,), "According to Rosa Klein, "),
        ),
        ("Peter Lang", "Rosa Klein"),
        ("02:10", "02:25", "02:40"),
        ("the gate", "the canteen"),
    ),
    ToldCase(
        (
            (
                "Invoice 2024-118 of Nordlicht GmbH over EUR 48,500.00 was approved by Heike Sommer on 9 January 2024. Invoice "
                "2024-121 over EUR 9,900.00 was rejected by Uwe Falk on 11 January 2024."
            ),
            "Nordlicht GmbH has no staff. Its only director is Uwe Falk, who lives in Malta.",
        ),
        (
            Told("Heike Sommer approved invoice 2024-118 on 9 January 2024.", "approved"),
            Told("Invoice 2024-121 over EUR 9,900.00 was rejected by Uwe Falk.", "rejected"),
            Told("Nordlicht GmbH issued invoice 2024-118 over EUR 48,500.00.", "issued"),
            Told("The director of Nordlicht GmbH is Uwe Falk.", "is", (2,)),
            Told("Uwe Falk lives in Malta.", "lives", (2,)),
        ),
        ("Heike Sommer", "Uwe Falk"),
        ("9 January 2024", "11 January 2024"),
        ("Malta",),
    ),
    ToldCase(
        (
            (
                'Nadia Haddad wrote to Piet de Vries on 21 August 2022: "The boxes are in Antwerp." Piet de Vries answered on '
                "22 August 2022 that Omar Said would collect them in Ghent."
            ),
            "The boxes weighed 640 kg. The customs office opened 12 of 40 boxes.",
        ),
        (
            Told("Nadia Haddad wrote that the boxes are in Antwerp.", "wrote", (1,), "Nadia Haddad wrote that "),
            Told("Piet de Vries answered on 22 August 2022.", "answered"),
            Told("Nadia Haddad wrote to Piet de Vries on 21 August 2022.", "wrote"),
            Told("The boxes had a weight of 640 kg.", "had", (2,)),
            Told("Customs opened 12 of the 40 boxes.", "opened", (2,)),
        ),
        ("Nadia Haddad", "Piet de Vries", "Omar Said"),
        ("21 August 2022", "22 August 2022"),
        ("Antwerp", "Ghent"),
    ),
    ToldCase(
        (
            (
                "The laboratory found traces of cocaine on the scale and on two bags. Fingerprints on the scale probably come "
                "from Dario Conti. The knife bore no traces."
            ),
            "Dario Conti rented the flat in Lindau from Eva Roth on 1 April 2021. The rent was EUR 740.00 a month.",
        ),
        (
            Told("Traces of cocaine were found on the scale.", "found"),
            Told("The fingerprints on the scale probably come from Dario Conti.", "come", (1,), "probably "),
            Told("No traces were on the knife.", "were"),
            Told("Eva Roth rented the flat in Lindau to Dario Conti.", "rented", (2,)),
            Told("The rent of the flat was EUR 740.00 per month.", "was", (2,)),
        ),
        ("Dario Conti", "Eva Roth"),
        ("1 April 2021", "EUR 740.00"),
        ("Lindau",),
    ),
    ToldCase(
        (
            (
                "Lena Hartmann reported the theft of her bicycle on 5 July 2024. The bicycle was seen in Potsdam on 8 July 2024. "
                "It is believed that Felix Graf sold it."
            ),
            "Felix Graf works at the station in Potsdam. His colleague Mia Busch has a shop in Cottbus.",
        ),
        (
            Told("Lena Hartmann reported her bicycle stolen on 5 July 2024.", "reported"),
            Told("The bicycle was seen in Potsdam on 8 July 2024.", "seen"),
            Told("It is believed that Felix Graf sold the bicycle.", "sold", (1,), "It is believed that "),
            Told("Felix Graf works at the station.", "works", (2,)),
            Told("Mia Busch has a shop in Cottbus.", "has", (2,)),
        ),
        ("Lena Hartmann", "Felix Graf", "Mia Busch"),
        ("5 July 2024", "8 July 2024"),
        ("Potsdam", "Cottbus"),
    ),
    ToldCase(
        (
            (
                "Am 4. Februar 2024 sah die Zeugin Petra Wolf einen roten Transporter vor dem Lager in Gera. Sie notierte das "
                "Kennzeichen. Ralf Zander lud angeblich sechs Kisten ein."
            ),
            "Ralf Zander wohnt in Jena. Der Transporter wurde am 6. Februar 2024 verkauft.",
        ),
        (
            Told("Petra Wolf sah am 4. Februar 2024 einen roten Transporter vor dem Lager.", "sah"),
            Told("Die Zeugin notierte das Kennzeichen.", "notierte"),
            Told("Ralf Zander lud angeblich sechs Kisten ein.", "lud", (1,), "angeblich "),
            Told("Der Transporter wurde am 6. Februar 2024 verkauft.", "verkauft", (2,)),
            Told("Ralf Zander wohnt in Jena.", "wohnt", (2,)),
        ),
        ("Petra Wolf", "Ralf Zander"),
        ("4. Februar 2024", "6. Februar 2024"),
        ("Gera", "Jena"),
    ),
    ToldCase(
        (
            (
                "Am 10. Oktober 2023 unterschrieb Jutta Merz den Vertrag in Fulda. Laut Bernd Kuhn wurde der Vertrag erst sp\u00e4ter "
                "datiert. Kuhn erhielt 4.000 Euro."
            ),
            "Bernd Kuhn leitete die Filiale in Kassel. Jutta Merz k\u00fcndigte am 1. Dezember 2023.",
        ),
        (
            Told("Jutta Merz unterschrieb den Vertrag am 10. Oktober 2023.", "unterschrieb"),
            Told("Laut Bernd Kuhn wurde der Vertrag sp\u00e4ter datiert.", "datiert", (1,), "Laut Bernd Kuhn "),
            Told("Kuhn erhielt 4.000 Euro.", "erhielt"),
            Told("Bernd Kuhn leitete die Filiale.", "leitete", (2,)),
            Told("Jutta Merz hat am 1. Dezember 2023 gek\u00fcndigt.", "gek\u00fcndigt", (2,)),
        ),
        ("Jutta Merz", "Bernd Kuhn"),
        ("10. Oktober 2023", "1. Dezember 2023"),
        ("Fulda", "Kassel"),
    ),
    ToldCase(
        (
            (
                "The court ordered the seizure of the account of Lukas Ernst at 11:00 on 20 May 2020. The bank in Zurich blocked "
                "CHF 75,000.00. Its branch in Geneva blocked CHF 2,400.00."
            ),
            "Lukas Ernst met Carla Neri in Geneva. Carla Neri suspected him of hiding money.",
        ),
        (
            Told("The court ordered that the account of Lukas Ernst be seized.", "ordered"),
            Told("The bank in Zurich blocked CHF 75,000.00.", "blocked"),
            Told("The branch in Geneva blocked 2,400 Swiss francs.", "blocked"),
            Told("Lukas Ernst met Carla Neri in Geneva.", "met", (2,)),
            Told("Carla Neri suspected him of hiding money.", "hiding", (2,)),
        ),
        ("Lukas Ernst", "Carla Neri"),
        ("CHF 75,000.00", "CHF 2,400.00"),
        ("Zurich", "Geneva"),
    ),
    ToldCase(
        (
            (
                "Vera Maly claims that Josef Blum hit her in the car park in Plzen on 30 September 2021. A doctor recorded a bruise "
                "on her arm. Josef Blum denied it."
            ),
            "The car park in Plzen has 2 cameras. The camera at the entrance recorded 41 cars in Brno Street.",
        ),
        (
            Told("Vera Maly claims that Josef Blum hit her in the car park.", "hit", (1,), "Vera Maly claims that "),
            Told("A doctor recorded a bruise on the arm of Vera Maly.", "recorded"),
            Told("Josef Blum denied that he hit Vera Maly.", "denied"),
            Told("The car park has 2 cameras.", "has", (2,)),
            Told("The camera at the entrance recorded 41 cars.", "recorded", (2,)),
        ),
        ("Vera Maly", "Josef Blum"),
        ("2", "41"),
        ("Plzen", "Brno Street"),
    ),
)


def sentences(*, held_out: bool) -> Iterator[Sentence]:
    """True and wrong sentences of one half."""
    for number in range(int(held_out), len(CASES), 2):
        case = CASES[number]
        for told in case.told:
            yield _of(number, case, "true", told.text, told.cites)
            for kind, text in _changed(number, case, told):
                if text != told.text:
                    yield _of(number, case, kind, text, told.cites)
        for one, other in pairwise(case.told):
            yield from _joined(number, case, one, other)
        for place in range(2):
            short = _SHORT[(number + 5 * place) % len(_SHORT)]
            yield _of(number, case, "short", short, (1, 2))


def _of(number: int, case: ToldCase, kind: str, text: str, cites: tuple[int, ...]) -> Sentence:
    return Sentence(number, kind, text, tuple(case.passages[cite - 1] for cite in cites))


def _changed(number: int, case: ToldCase, told: Told) -> Iterator[tuple[str, str]]:
    text, german = told.text, case.passages[0].startswith("Am ")
    people = [name for name in case.people if name in text]
    others = [name for name in case.people if name not in text and name in _cited(case, told)]
    if people and others:
        yield "person", text.replace(people[0], others[0])
    if len(people) == 2 and not told.hedge and told.verb != "met":
        yield "role", _exchanged(text, *people)
    for kind, known in (("value", case.values), ("place", case.places)):
        for there in known:
            other = known[(known.index(there) + 1) % len(known)]
            if re.search(rf"(?<!\w){re.escape(there)}(?!\w)", text) and other != there and other not in text:
                yield kind, text.replace(there, other, 1)
    if not german and told.verb not in {"is", "was", "were", "had", "has", "may"}:
        passive = re.search(rf"\b(was|were|had been|had|be)\b(?= (?:\w+ )?{told.verb})", text)
        plain = f"did not in fact have {told.verb}" if passive is None else ""
        yield "negated", text.replace(told.verb, plain, 1) if plain else _with_not(text, passive)
        for word in ("never", "always", "only"):
            yield "never" if word == "never" else "all", text.replace(told.verb, f"{word} {told.verb}", 1)
        yield "act", text.replace(told.verb, _ACTS[(number + len(text)) % len(_ACTS)], 1)
    elif german:
        yield "all", text.replace(told.verb, f"immer {told.verb}", 1)
        yield "act", text.replace(told.verb, ("verbrannte", "lobte", "versteckte")[len(text) % 3], 1)
    if told.hedge:
        dropped = text.replace(told.hedge, "", 1)
        yield "hedge", dropped[:1].upper() + dropped[1:]


def _with_not(text: str, passive: "re.Match[str] | None") -> str:
    if passive is None:
        return text
    first = passive.group(1).split()[0]
    return text[: passive.start()] + f"{first} not" + text[passive.start() + len(first) :]


def _cited(case: ToldCase, told: Told) -> str:
    return " ".join(case.passages[cite - 1] for cite in told.cites)


def _exchanged(text: str, one: str, other: str) -> str:
    return text.replace(one, "\0").replace(other, one).replace("\0", other)


def _joined(number: int, case: ToldCase, one: Told, other: Told) -> Iterator[Sentence]:
    """One true sentence as the reason of the next; and the person of one in what another passage says."""
    cites = tuple(sorted({*one.cites, *other.cites}))
    word = "weil" if case.passages[0].startswith("Am ") else "because"
    because = f"{one.text.rstrip('.')} {word} {_small(other.text, case.people)}"
    yield _of(number, case, "cause", because, cites)
    if one.cites != other.cites:
        mine = [name for name in case.people if name in one.text]
        theirs = [name for name in case.people if name in other.text]
        if mine and theirs and not {*mine} & {*theirs}:
            yield _of(number, case, "joined", other.text.replace(theirs[0], mine[0]), cites)


def _small(text: str, people: tuple[str, ...]) -> str:
    return text if text.startswith(people) or text[0] == "L" else text[0].lower() + text[1:]
