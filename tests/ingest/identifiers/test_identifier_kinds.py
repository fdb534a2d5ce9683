import pytest

from casefile.records import Identifier
from ingest.identifiers.amount import AmountFinder, read_number
from ingest.identifiers.code import CodeFinder
from ingest.identifiers.date import DateFinder
from ingest.identifiers.email import EmailFinder
from ingest.identifiers.iban import IbanFinder, check_remainder
from ingest.identifiers.phone import PhoneFinder
from ingest.identifiers.port import Finder, FindingContext
from ingest.identifiers.url import UrlFinder


def found(finder: Finder, text: str, region: str = "DE") -> list[Identifier]:
    identifiers = list(finder.find(text, FindingContext(region, "Europe/Berlin", ("de",))))
    for identifier in identifiers:
        assert text[identifier.start : identifier.end] == identifier.raw
        assert identifier.kind == finder.kind
        assert identifier.rule.startswith(f"{finder.kind}:")
    return identifiers


def one(finder: Finder, text: str, region: str = "DE") -> tuple[str, str, int, str]:
    (identifier,) = found(finder, text, region)
    return identifier.raw, identifier.normal, identifier.tier, identifier.rule.partition(":")[2]


NUMBER = "+491712345678"


@pytest.mark.parametrize(
    ("text", "raw", "tier", "rule"),
    [
        ("ruf +49 (0)171 2345678 an", "+49 (0)171 2345678", 1, "international"),
        ("+49-171-2345678", "+49-171-2345678", 1, "international"),
        ("(+49) 171 2345678", "(+49) 171 2345678", 1, "international"),
        ("tel:+491712345678", "tel:+491712345678", 1, "international"),
        ("x 00491712345678.", "00491712345678", 2, "international_00"),
        ("0049 (0) 171 / 2345678", "0049 (0) 171 / 2345678", 2, "international_00"),
        ("Tel. 01712345678", "01712345678", 2, "national_labelled"),
        ("Handy: 0171 / 23 45 678", "0171 / 23 45 678", 2, "national_labelled"),
        ("téléphone 0171-2345678", "0171-2345678", 2, "national_labelled"),
        ("mobiel (0171) 2345678", "(0171) 2345678", 2, "national_labelled"),
        ("M: 0171.2345678", "0171.2345678", 2, "national_labelled"),
        ("er nannte 0171 / 23 45 678 als", "0171 / 23 45 678", 3, "national_unlabelled"),
        ("Zeile 01712345678 Ende", "01712345678", 3, "digits_only"),
        ("12 0171 2345678", "0171 2345678", 3, "national_unlabelled"),
    ],
)
def test_phone_spellings_have_one_normal_form(text: str, raw: str, tier: int, rule: str) -> None:
    assert one(PhoneFinder(), text) == (raw, NUMBER, tier, rule)


@pytest.mark.parametrize(
    ("text", "region", "normal"),
    [
        ("call (202) 456-1111 now", "US", "+12024561111"),
        ("Tél : 06 12 34 56 78", "FR", "+33612345678"),
        ("bel 020 624 1111", "NL", "+31206241111"),
        ("llame al 612 345 678", "ES", "+34612345678"),
        ("+33 6 12 34 56 78", "DE", "+33612345678"),
    ],
)
def test_national_phone_numbers_are_those_of_the_region(text: str, region: str, normal: str) -> None:
    assert one(PhoneFinder(), text, region)[1] == normal


def test_phone_numbers_side_by_side_are_all_found() -> None:
    text = "+1 (202) 456-1111 030/901820, 0171 2345678 0172 2345678\n2024 491712345678 01732345678 33"
    assert [identifier.normal for identifier in found(PhoneFinder(), text)] == [
        "+12024561111",
        "+4930901820",
        NUMBER,
        "+491722345678",
        "+491732345678",
    ]


@pytest.mark.parametrize(
    "text",
    ["am 03.05.2024", "192.168.178.12", "12.345.678 EUR", "4111111111111111", "12:30", "+49", "0", "VKT-0171-2345678"],
)
def test_no_phone_number_in(text: str) -> None:
    assert found(PhoneFinder(), text) == []


def test_a_number_behind_an_international_one_is_found() -> None:
    assert len(found(PhoneFinder(), "+49 171 2345678 0172 2345678 +33612345678, 0173 2345678")) == 4


def test_an_unknown_region_still_finds_international_numbers() -> None:
    assert one(PhoneFinder(), "tel 0612345678 +31612345678", "")[1] == "+31612345678"


@pytest.mark.parametrize(
    ("text", "raw", "normal", "tier"),
    [
        ("an Max.Mueller@Example.DE, bitte", "Max.Mueller@Example.DE", "max.mueller@example.de", 1),
        ("<a@b.co.uk>.", "a@b.co.uk", "a@b.co.uk", 1),
        ("jürgen@müller.de", "jürgen@müller.de", "jürgen@müller.de", 1),
        ("mailto:a+b@x.org!", "a+b@x.org", "a+b@x.org", 1),
        ("foo [at] bar.de", "foo [at] bar.de", "foo@bar.de", 3),
        ("foo(at)bar(dot)org", "foo(at)bar(dot)org", "foo@bar.org", 3),
        ("me at host dot com", "me at host dot com", "me@host.com", 3),
    ],
)
def test_email(text: str, raw: str, normal: str, tier: int) -> None:
    assert one(EmailFinder(), text)[:3] == (raw, normal, tier)


@pytest.mark.parametrize(
    "text", ["x@y", "a@@b.de", "@", "@user", "a@b.c3", "meet me at noon", "home (at) noon", "a.@b.de"]
)
def test_no_email_in(text: str) -> None:
    assert found(EmailFinder(), text) == []


@pytest.mark.parametrize(
    ("text", "raw", "normal", "tier"),
    [
        (
            "see https://Example.COM:443/Path?q=1).",
            "https://Example.COM:443/Path?q=1",
            "https://example.com/Path?q=1",
            1,
        ),
        ("hxxps://evil[.]example[.]com/a", "hxxps://evil[.]example[.]com/a", "https://evil.example.com/a", 1),
        ("hxxp[:]//a.b/", "hxxp[:]//a.b/", "http://a.b", 1),
        ("www.foo.de,", "www.foo.de", "www.foo.de", 1),
        ("(http://en.org/A_(b))", "http://en.org/A_(b)", "http://en.org/A_(b)", 1),
        ("ftp://user:pw@host/x.", "ftp://user:pw@host/x", "ftp://user:pw@host/x", 1),
        ("https://[::1]/x", "https://[::1]/x", "https://[::1]/x", 1),
        ("at evil[.]example[.]org!", "evil[.]example[.]org", "evil.example.org", 2),
    ],
)
def test_url(text: str, raw: str, normal: str, tier: int) -> None:
    assert one(UrlFinder(), text)[:3] == (raw, normal, tier)


@pytest.mark.parametrize("text", ["http:// x", "www.", "a/b", "12[.]", "://", "end.Next"])
def test_no_url_in(text: str) -> None:
    assert found(UrlFinder(), text) == []


@pytest.mark.parametrize(
    ("text", "normal", "tier", "rule"),
    [
        ("DE89 3704 0044 0532 0130 00 BIC COBADEFF", "DE89370400440532013000", 1, "mod97"),
        ("de89370400440532013000", "DE89370400440532013000", 1, "mod97"),
        ("GB82 WEST 1234 5698 7654 32.", "GB82WEST12345698765432", 1, "mod97"),
        ("FR14 2004 1010 0505 0001 3M02 606", "FR1420041010050500013M02606", 1, "mod97"),
        ("NL91ABNA0417164300", "NL91ABNA0417164300", 1, "mod97"),
        ("IBAN DE89 37O4 0044 0532 O130 00", "DE89370400440532013000", 2, "lookalike_letters"),
        ("x DE89 37O4 0044 0532 O130 00", "DE89370400440532013000", 3, "lookalike_letters"),
        ("DE89 3704 0044 0532 0130 01", "DE89370400440532013001", 3, "checksum_failed"),
        ("IBAN: DE89 3704 0044 0532 013 00 und", "DE8937040044053201300", 3, "wrong_length"),
        ("Konto DE89370400440532013", "DE89370400440532013", 3, "wrong_length"),
    ],
)
def test_iban(text: str, normal: str, tier: int, rule: str) -> None:
    assert one(IbanFinder(), text)[1:] == (normal, tier, rule)


@pytest.mark.parametrize(
    "text", ["IS 12 months and", "In 1945", "DE89", "XX89370400440532013000", "is12abcdefgh", "89370400440532013000"]
)
def test_no_iban_in(text: str) -> None:
    assert found(IbanFinder(), text) == []


def test_iban_remainder_is_that_of_iso_7064() -> None:
    assert check_remainder("DE89370400440532013000") == 1
    assert check_remainder("GB82WEST12345698765432") == 1
    assert check_remainder("DE89370400440532013001") != 1


@pytest.mark.parametrize(
    ("text", "raw", "normal"),
    [
        ("EUR 1.234,56.", "EUR 1.234,56", "EUR 1234.56"),
        ("1,234.56 USD", "1,234.56 USD", "USD 1234.56"),
        ("CHF 1'234.56", "CHF 1'234.56", "CHF 1234.56"),
        ("1 234,56 €", "1 234,56 €", "EUR 1234.56"),
        ("€50", "€50", "EUR 50.00"),
        ("50,- €", "50,- €", "EUR 50.00"),
        ("CHF 50.–", "CHF 50.–", "CHF 50.00"),
        ("EUR -50,00", "EUR -50,00", "EUR -50.00"),
        ("−12,5 EUR", "−12,5 EUR", "EUR -12.50"),
        ("100-200 €", "200 €", "EUR 200.00"),
        ("0.123 BTC", "0.123 BTC", "BTC 0.123"),
        ("1,5 Mio. €", "1,5 Mio. €", "EUR 1500000.00"),
        ("5k €", "5k €", "EUR 5000.00"),
        ("TEUR 20", "TEUR 20", "EUR 20000.00"),
        ("£5.5bn", "£5.5bn", "GBP 5500000000.00"),
        ("$10 million", "$10 million", "USD 10000000.00"),
        ("10 millions d'euros", "10 millions d'euros", "EUR 10000000.00"),
        ("1.500.000 Franken", "1.500.000 Franken", "CHF 1500000.00"),
        ("2,50 Euro", "2,50 Euro", "EUR 2.50"),
    ],
)
def test_amounts_are_read(text: str, raw: str, normal: str) -> None:
    assert one(AmountFinder(), text)[:3] == (raw, normal, 1)


@pytest.mark.parametrize("text", ["1234", "EUR", "5 km", "Section 5. EURO", "$", "12 Mio", "the 5 man", "EURO2024"])
def test_no_amount_in(text: str) -> None:
    assert found(AmountFinder(), text) == []


def test_three_digits_after_one_separator_are_thousands_and_the_rule_says_so() -> None:
    assert one(AmountFinder(), "1.234 €")[1:] == ("EUR 1234.00", 1, "three_digits_are_thousands")
    assert one(AmountFinder(), "0.123 €")[1:] == ("EUR 0.123", 1, "currency")
    assert str(read_number("12.345.678,90").value) == "12345678.90"
    assert str(read_number("1,234").value) == "1234"


def test_a_currency_name_shared_by_countries_is_the_regions_or_ambiguous() -> None:
    assert one(AmountFinder(), "500 kr", "SE")[1:] == ("SEK 500.00", 1, "krone_of_region")
    assert one(AmountFinder(), "500 kr", "DE")[1:] == ("DKK 500.00|NOK 500.00|SEK 500.00", 3, "krone_ambiguous")
    assert one(AmountFinder(), "$5", "CA")[1:] == ("CAD 5.00", 1, "dollar_of_region")
    assert one(AmountFinder(), "$5", "DE")[1:] == ("USD 5.00", 1, "dollar_usual")
    assert one(AmountFinder(), "5 pounds", "DE")[2] == 3


@pytest.mark.parametrize(
    ("text", "normal", "tier", "rule"),
    [
        ("3. Mai 2024", "2024-05-03", 1, "month_name"),
        ("03.05.24", "2024-05-03", 2, "two_digit_year"),
        ("05/03/2024", "2024-03-05|2024-05-03", 3, "ambiguous"),
        ("May 2024", "2024-05", 1, "month_and_year"),
    ],
)
def test_date(text: str, normal: str, tier: int, rule: str) -> None:
    assert one(DateFinder(), text)[1:] == (normal, tier, rule)


@pytest.mark.parametrize("region", ["US", "DE", "GB"])
def test_an_ambiguous_date_is_not_guessed_by_region(region: str) -> None:
    assert one(DateFinder(), "05/03/2024", region)[1] == "2024-03-05|2024-05-03"


@pytest.mark.parametrize(
    ("text", "normal", "tier"),
    [
        ("VKT-482-B", "VKT482B", 1),
        ("VKT482B", "VKT482B", 2),
        ("vkt-482-b", "VKT482B", 3),
        ("locker VKT 482 B", "VKT482B", 2),
        ("2024/AB/1234", "2024AB1234", 1),
        ("4 Js 123/24", "4JS12324", 1),
        ("Kennzeichen B-AB 1234", "BAB1234", 2),
        ("AA-123-BB", "AA123BB", 1),
        ("12-ABC-3", "12ABC3", 1),
        ("Nr. B12", "B12", 2),
        ("123e4567-e89b-12d3-a456-426614174000", "123E4567E89B12D3A456426614174000", 1),
        ("e3b0c44298fc1c149afbf4c8996fb924", "E3B0C44298FC1C149AFBF4C8996FB924", 1),
        ("K-ÖL-123", "KÖL123", 1),
    ],
)
def test_code(text: str, normal: str, tier: int) -> None:
    assert one(CodeFinder(), text)[1:3] == (normal, tier)


@pytest.mark.parametrize(
    "text", ["A4", "3D", "1st", "10km", "14h05", "2024-05-03", "word", "1234", "", "-", "x" * 500 + "1"]
)
def test_no_code_in(text: str) -> None:
    assert found(CodeFinder(), text) == []
