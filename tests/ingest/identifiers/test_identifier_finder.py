import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefile.records import Identifier
from ingest.identifiers.code import CodeFinder
from ingest.identifiers.finder import FinderRegistry, default_registry, find_identifiers
from ingest.identifiers.url import UrlFinder
from tests.ingest.linear_time import MOST, growth


def find(text: str) -> tuple[Identifier, ...]:
    return find_identifiers(text, region="DE", time_zone="Europe/Berlin", languages=("de",))


def test_two_finders_of_one_kind_are_refused() -> None:
    registry = FinderRegistry((UrlFinder(),))
    registry.register(CodeFinder())
    with pytest.raises(ValueError, match="two finders for 'url'"):
        registry.register(UrlFinder())
    assert registry.kinds() == ("url", "code")


def test_every_kind_has_a_finder() -> None:
    assert set(default_registry().kinds()) == {"phone", "email", "url", "iban", "amount", "date", "code"}


def test_a_stretch_belongs_to_one_kind() -> None:
    text = (
        "IBAN DE89 3704 0044 0532 0130 01, http://x1.de/2024-05-03, a1@b2.de, 03.05.2024, EUR 1.234,00, +49 171 2345678"
    )
    assert [(identifier.kind, identifier.tier) for identifier in find(text)] == [
        ("iban", 3),
        ("url", 1),
        ("email", 1),
        ("date", 1),
        ("amount", 1),
        ("phone", 1),
    ]


def test_one_rare_number_in_four_spellings_is_one_value() -> None:
    text = "Er gab +49 (0)171 2345678 an.\nZeile: 01712345678\nauch 0171 / 23 45 678 und 00491712345678 standen da."
    phones = [identifier for identifier in find(text) if identifier.kind == "phone"]
    assert len(phones) == 4
    assert {phone.normal for phone in phones} == {"+491712345678"}
    assert {phone.tier for phone in phones} == {1, 2}
    assert sum(phone.rule.endswith("+second_hit") for phone in phones) == 2


def test_no_value_is_dropped_for_being_frequent() -> None:
    assert len(find("tel. 0171 2345678\n" * 500)) == 500


def test_values_behind_the_subfield_tags_of_a_bank_statement_are_found() -> None:
    text = ":86:166?00CREDIT?20RB-2023-1618?31NL91ABNA0417164300?32Venrooy B.V."
    assert [(found.kind, found.normal) for found in find(text)] == [
        ("code", "RB20231618"),
        ("iban", "NL91ABNA0417164300"),
    ]


def random_digits(seed: int, characters: int) -> str:
    source = random.Random(seed)
    groups: list[str] = []
    while sum(map(len, groups)) + len(groups) < characters:
        groups.append("".join(source.choices("0123456789", k=source.randint(1, 24))))
    return "".join(group + source.choice(" \n\t") for group in groups)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_digits_give_no_accepted_value(seed: int) -> None:
    digits = random_digits(seed, 30_000)
    assert [identifier for identifier in find(digits) if identifier.tier == 1] == []
    assert [identifier for identifier in find(digits.replace("\n", "").replace(" ", "")) if identifier.tier == 1] == []


@pytest.mark.prove
def test_a_megabyte_of_random_digits_gives_no_accepted_value() -> None:
    assert [identifier for identifier in find(random_digits(4, 1_000_000)) if identifier.tier == 1] == []


SHAPES = st.sampled_from(
    ["+49 171 2345678", "DE89 3704 0044 0532 0130 00", "EUR 1.234,56", "05/03/2024", "VKT-482-B", "a@b.de", "http://x.y/z",
     " ", "\n", ".", "-", "0171/2345678", "tel ", "[at]", "[.]", "\0", "\ud800", "é", "(", ")", "1", "a", "€", "/"]
)  # fmt: skip


@given(st.lists(SHAPES, max_size=30).map("".join) | st.text(max_size=200))
def test_found_values_lie_in_order_and_apart(text: str) -> None:
    position = 0
    for identifier in find(text):
        assert position <= identifier.start < identifier.end <= len(text)
        assert identifier.raw == text[identifier.start : identifier.end]
        assert identifier.normal
        position = identifier.end


@given(st.lists(st.integers(0, 9), min_size=18, max_size=18))
def test_an_iban_is_accepted_just_when_its_checksum_holds(account: list[int]) -> None:
    digits = "".join(map(str, account))
    check = 98 - int(digits + "131400") % 97
    (right,) = find(f"DE{check:02d}{digits}")
    assert (right.kind, right.tier) == ("iban", 1)
    wrong = 2 if check == 98 else check + 1
    (damaged,) = find(f"DE{wrong:02d}{digits}")
    assert (damaged.kind, damaged.tier, damaged.rule) == ("iban", 3, "iban:checksum_failed")


UNITS = [
    "1",
    "1 ",
    "a",
    "a1-",
    "A1 ",
    "@",
    "a@a.",
    "http://",
    "(",
    "[at]",
    "x[.]",
    "DE12 ",
    "AB 12 ",
    "+1(0)",
    "1/1/",
    "é",
    "\n",
    "1€",
    ".",
]


@pytest.mark.parametrize("unit", UNITS)
def test_work_grows_in_step_with_the_text(unit: str) -> None:
    assert growth(find, unit * (60_000 // len(unit)), repeats=2) < MOST


@pytest.mark.prove
@pytest.mark.parametrize("unit", UNITS)
def test_work_grows_in_step_from_half_a_megabyte_to_one(unit: str) -> None:
    assert growth(find, unit * (1_000_000 // len(unit)), repeats=1) < MOST
