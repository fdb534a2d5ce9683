"""Who and what a case is made of: people, companies, phones, accounts, vehicles, machines, drawn from a seed."""

import random
from dataclasses import dataclass
from datetime import date

_GERMAN_GIVEN = (
    "Katrin",
    "Jens",
    "Sabine",
    "Uwe",
    "Anja",
    "Holger",
    "Martina",
    "Detlef",
    "Silke",
    "Ralf",
    "Ute",
    "Carsten",
    "Birgit",
    "Volker",
    "Claudia",
    "Norbert",
    "Heike",
    "Dieter",
    "Petra",
    "Lothar",
)
_GERMAN_FAMILY = (
    "Hellwig",
    "Brandes",
    "Ohlsen",
    "Kaltenbach",
    "Reuschel",
    "Immendorf",
    "Wiechmann",
    "Dornseif",
    "Tappert",
    "Vossberg",
    "Lüttich",
    "Mertins",
    "Grasshoff",
    "Pfannkuch",
    "Sievers",
    "Rademacher",
    "Quast",
    "Zillmann",
    "Hübener",
    "Küppers",
    "Neuhoff",
    "Bartels",
    "Strothmann",
    "Eickhorst",
    "Wallraf",
    "Dreesen",
)
_TWIN_GIVEN = ("Thomas", "Andreas", "Markus", "Stefan", "Michael", "Frank")
_TWIN_FAMILY = ("Becker", "Krämer", "Lorenz", "Winkler", "Schuster", "Engel")
_DUTCH_GIVEN = ("Joost", "Wouter", "Sander", "Bram", "Maarten", "Ruben", "Jeroen", "Thijs")
_DUTCH_FAMILY = ("Verhagen", "Hoekstra", "van Rooijen", "Dijkhuis", "ter Braak", "Oosterveld", "Kuipers", "de Wit")
_BELGIAN_GIVEN = ("Luc", "Pieter", "Geert", "Koen", "Dirk", "Philippe")
_BELGIAN_FAMILY = ("Claessens", "Wauters", "Lambrecht", "Goossens", "Delvaux", "Peeters")
_AMERICAN = ("Dale Whitcomb", "Renee Castellan", "Travis Odom", "Marcy Lindgren", "Gordon Pruitt")
_GERMAN_TOWNS = (
    "Rheinwalde",
    "Nettersum",
    "Kaldenrath",
    "Brüggenhoven",
    "Selfenberg",
    "Lobbeken",
    "Hinsdorf",
    "Wegbergen",
)
_DUTCH_TOWNS = ("Venrooy", "Maasdonk", "Helderloo", "Tegelhout", "Roerdam")
_BELGIAN_TOWNS = ("Lommelbeek", "Maaskerke", "Bilzerhoven", "Peerdonk")
_STREETS = (
    "Gartenstraße",
    "Am Steinbruch",
    "Lindenallee",
    "Mühlenweg",
    "Bahnhofstraße",
    "Kirchgasse",
    "Ziegeleiweg",
    "Auf der Heide",
)
_SITES = (
    "Lindenhof",
    "Ziegelgrund",
    "Mühlenfeld",
    "Nordbogen",
    "Weiherpark",
    "Kastanienufer",
    "Fuchsbau",
    "Hafenblick",
)
_MAKERS = ("Norrmark", "Brannholt", "Hoshida", "Vantor", "Kestrel")
_OPERATIONS = ("HALYARD", "OSPREY", "GRAVEL ROAD", "QUARRYMAN", "SANDPIPER", "LONGSHORE")


@dataclass(frozen=True, slots=True)
class Phone:
    """A subscriber number: country calling code and the national number without its leading zero, split in two."""

    country: str
    area: str
    number: str

    @property
    def e164(self) -> str:
        """ITU-T E.164 form, the normal form of a phone identifier."""
        return f"+{self.country}{self.area}{self.number}"

    @property
    def international(self) -> str:
        """As printed on letterheads: +49 171 3920012."""
        return f"+{self.country} {self.area} {self.number}"

    @property
    def national(self) -> str:
        """0171 3920012."""
        return f"0{self.area} {self.number}"

    @property
    def slashed(self) -> str:
        """0171/3920012."""
        return f"0{self.area}/{self.number}"

    @property
    def zeros(self) -> str:
        """0049 171 39200 12."""
        return f"00{self.country} {self.area} {self.number[:5]} {self.number[5:]}"

    @property
    def bracketed(self) -> str:
        """(0171) 392 00 12."""
        return f"(0{self.area}) {self.number[:3]} {self.number[3:5]} {self.number[5:]}"

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every form that the demo case writes."""
        return (self.e164, self.international, self.national, self.slashed, self.zeros, self.bracketed)


@dataclass(frozen=True, slots=True)
class Account:
    """A bank account; `iban` without blanks, its check digits right (ISO 13616)."""

    iban: str
    bank: str

    @property
    def printed(self) -> str:
        """In groups of four, as on paper."""
        return " ".join(self.iban[at : at + 4] for at in range(0, len(self.iban), 4))

    def damaged(self, rng: random.Random) -> "Account":
        """The same with one digit of the account number changed, so that the checksum fails."""
        at = rng.randrange(len(self.iban) - 6, len(self.iban) - 1)
        digit = str((int(self.iban[at]) + rng.randint(1, 8)) % 10)
        return Account(self.iban[:at] + digit + self.iban[at + 1 :], self.bank)


@dataclass(frozen=True, slots=True)
class Person:
    """A fictional person."""

    name: str
    born: date
    town: str
    street: str
    phone: Phone
    email: str

    @property
    def family(self) -> str:
        """Family name with its particle."""
        return self.name.split(" ", 1)[1]

    @property
    def given(self) -> str:
        """Given name."""
        return self.name.split(" ", 1)[0]


@dataclass(frozen=True, slots=True)
class Company:
    """A fictional company."""

    name: str
    town: str
    street: str
    phone: Phone
    domain: str
    account: Account
    register: str


@dataclass(frozen=True, slots=True)
class Machine:
    """A piece of construction plant; `value` in whole euros, `pin` its 17-character product identification number."""

    kind: str
    kind_de: str
    kind_nl: str
    maker: str
    model: str
    pin: str
    value: int
    hours: int

    @property
    def label(self) -> str:
        """Maker and model."""
        return f"{self.maker} {self.model}"


def ascii_name(name: str) -> str:
    """The name in lower case, umlauts written out, as in addresses."""
    plain = name.lower()
    for umlaut, letters in (("ü", "ue"), ("ä", "ae"), ("ö", "oe"), ("ß", "ss")):
        plain = plain.replace(umlaut, letters)
    return plain


def _check_digits(country: str, bban: str) -> str:
    digits = "".join(str(int(c, 36)) for c in bban + country + "00")
    return f"{98 - int(digits) % 97:02d}"


class Registry:
    """Draws each name, number and place once, so that nothing in a case is there twice by accident."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._used: set[str] = set()

    def draw(self, pool: tuple[str, ...]) -> str:
        """One entry of `pool` that was not drawn before."""
        chosen = self._rng.choice([entry for entry in pool if entry not in self._used])
        self._used.add(chosen)
        return chosen

    def _fresh(self, low: int, high: int, space: str) -> int:
        while True:
            value = self._rng.randint(low, high)
            if f"{space}{value}" not in self._used:
                self._used.add(f"{space}{value}")
                return value

    def mobile_de(self) -> Phone:
        """From the range that the German regulator keeps free for films."""
        return Phone("49", "171", f"39200{self._fresh(0, 99, 'm171'):02d}")

    def landline_de(self) -> Phone:
        """From the Cologne range that the German regulator keeps free for films."""
        return Phone("49", "221", f"4710{self._fresh(0, 999, 'l221'):03d}")

    def mobile_nl(self) -> Phone:
        """A Dutch example number, 6 12345 and three digits."""
        return Phone("31", "6", f"12345{self._fresh(0, 999, 'nl'):03d}")

    def phone_us(self) -> Phone:
        """An American number for fiction, 555-01xx."""
        return Phone("1", self._rng.choice(("309", "319", "515")), f"55501{self._fresh(10, 99, 'us'):02d}")

    def account_de(self, bank: str, code: str) -> Account:
        """A German IBAN with an invented bank code (eight digits)."""
        bban = f"{code}{self._rng.randint(10**8, 10**9 - 1):010d}"
        return Account(f"DE{_check_digits('DE', bban)}{bban}", bank)

    def account_nl(self, bank: str, code: str) -> Account:
        """A Dutch IBAN with an invented bank code (four letters) that also passes the Dutch eleven test."""
        while True:
            number = f"{self._rng.randint(10**8, 10**9 - 1):010d}"
            if sum(int(digit) * weight for digit, weight in zip(number, range(10, 0, -1), strict=True)) % 11 == 0:
                return Account(f"NL{_check_digits('NL', code + number)}{code}{number}", bank)

    def _person(self, name: str, town: str, phone: Phone, domain: str, ages: tuple[int, int]) -> Person:
        born = date(2024 - self._rng.randint(*ages), self._rng.randint(1, 12), self._rng.randint(13, 28))
        plain = ascii_name(name)
        given, family = plain.split(" ", 1)
        street = f"{self._rng.choice(_STREETS)} {self._rng.randint(3, 89)}"
        return Person(name, born, town, street, phone, f"{given[0]}.{family.replace(' ', '')}@{domain}")

    def german(self, domain: str = "postfach-west.example", ages: tuple[int, int] = (28, 61)) -> Person:
        """A person with a German mobile number."""
        name = f"{self.draw(_GERMAN_GIVEN)} {self.draw(_GERMAN_FAMILY)}"
        return self._person(name, self._rng.choice(_GERMAN_TOWNS), self.mobile_de(), domain, ages)

    def namesakes(self) -> tuple[Person, Person]:
        """Two people of one name: the older and the younger."""
        name = f"{self.draw(_TWIN_GIVEN)} {self.draw(_TWIN_FAMILY)}"
        older = self._person(name, self.draw(_GERMAN_TOWNS), self.mobile_de(), "fracht-mail.example", (44, 49))
        younger = self._person(name, self.draw(_GERMAN_TOWNS), self.mobile_de(), "postfach-west.example", (26, 31))
        return older, younger

    def dutch(self, domain: str) -> Person:
        """A person with a Dutch mobile number."""
        name = f"{self.draw(_DUTCH_GIVEN)} {self.draw(_DUTCH_FAMILY)}"
        return self._person(name, self._rng.choice(_DUTCH_TOWNS), self.mobile_nl(), domain, (35, 58))

    def belgian(self, domain: str) -> Person:
        """A Belgian with a Dutch number, as people near that border have."""
        name = f"{self.draw(_BELGIAN_GIVEN)} {self.draw(_BELGIAN_FAMILY)}"
        return self._person(name, self._rng.choice(_BELGIAN_TOWNS), self.mobile_nl(), domain, (35, 58))

    def american(self, domain: str) -> Person:
        """Somebody at an American help desk."""
        return self._person(self.draw(_AMERICAN), "Peoria", self.phone_us(), domain, (30, 50))

    def town_de(self) -> str:
        """A German town that does not exist."""
        return self.draw(_GERMAN_TOWNS)

    def town_nl(self) -> str:
        """A Dutch town that does not exist."""
        return self.draw(_DUTCH_TOWNS)

    def site(self) -> str:
        """The name of a building site."""
        return self.draw(_SITES)

    def operation(self) -> str:
        """A code name for the investigation."""
        return self.draw(_OPERATIONS)

    def family_name(self) -> str:
        """A German family name for a company."""
        return self.draw(_GERMAN_FAMILY)

    def company_de(self, name: str, domain: str, bank: str, code: str) -> Company:
        """A German company."""
        street = f"{self._rng.choice(_STREETS)} {self._rng.randint(3, 120)}"
        register = f"HRB {self._rng.randint(10000, 98999)}"
        return Company(name, self.town_de(), street, self.landline_de(), domain, self.account_de(bank, code), register)

    def plate_de(self) -> str:
        """A German number plate with an invented district."""
        letters = self._rng.choice(("KD", "LB", "NT", "SW")) + self._rng.choice("AEHKM")
        return f"{self._rng.choice(('KLD', 'NTS', 'WGB'))}-{letters} {self._fresh(100, 999, 'plate')}"

    def plate_nl(self) -> str:
        """A Dutch number plate of the form V-123-BX."""
        return f"V-{self._fresh(100, 999, 'plate')}-{self._rng.choice('BDFGHJ')}{self._rng.choice('KLNPRST')}"

    def machine(self, kinds: tuple[str, str, str], model: str, value: tuple[int, int]) -> Machine:
        """A machine of an invented maker; `kinds` are its English, German and Dutch names."""
        maker = self.draw(_MAKERS)
        tail = "".join(self._rng.choice("0123456789") for _ in range(6))
        pin = f"{maker[:3].upper()}{self._rng.randint(10, 99)}{self._rng.choice('KLMPRT')}{self._rng.choice('ABCEH')}X{self._rng.randint(100, 999)}{tail}"
        worth = self._rng.randrange(value[0], value[1], 50)
        return Machine(*kinds, maker, f"{model}{self._rng.randint(14, 38)}", pin, worth, self._rng.randint(640, 4900))
