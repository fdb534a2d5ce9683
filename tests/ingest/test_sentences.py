import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sentences import sentences
from tests.ingest.linear_time import MOST, growth


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "parts",
    [
        [
            "Am 3. Mai 2024 traf Hr. Dr. Müller z.B. die Zeugin bzw. ihren Mann.",
            "Er kam um 14.05 Uhr.",
            "Danach ging er.",
        ],
        ["He met J. Smith of Acme Inc. in St. Louis.", "She paid $1.50.", "No. 5 was empty.", "Was it?", "Yes!"],
        ["See e.g. Smith et al. for more.", "Then stop."],
        ["M. Dupont a dit « Bonjour. »", "Mme Martin est partie.", "Cf. art. 5 du code.", "L'an 2024.", "Il est mort."],
        ["Dhr. Jansen woont op nr. 5.", "Hij belde om 14.00 uur.", "Tel. 020 624 1111 is van mevr. de Vries."],
        ["El Sr. García llegó a las 5 p.m.", "Después salió.", "La Sra. Pérez vive aquí."],
        ["See https://example.com/a.b?c=d.", "Mail bob@x.de.", "Version v1.2.3 is out."],
        ["„Ich war nicht da.“", "Er ging.", "„Wirklich?“ fragte sie.", '"Stop!" he said.', "She left."],
        ["今日は。", "明日！", "OK.", "Fine."],
        ["He was 45.", "The man left."],
        ["Er wohnt im 2. Stock links.", "Das war 1998.", "Sie kam am 3.5. 2024 an."],
        ["The U.S. Court of Appeals held so.", "Plan B.", "Then they left."],
        ["Wait...", "What?", "Yes.[2]", "No."],
        ["1. Der erste Punkt.", "2. Der zweite Punkt."],
        ["Er wohnt in der Hauptstr. 5 in Köln.", "Az. 4 Js 123/24 ist offen."],
        ["Konto DE89 3704 0044 0532 0130 00 bei der Bank.", "Betrag: EUR 1.234,56."],
    ],
)
def test_splits_where_a_reader_would(parts: list[str]) -> None:
    assert split(" ".join(parts) if "今日は。" not in parts else "今日は。明日！OK. Fine.") == parts


def test_wrapped_lines_go_on_and_paragraphs_end() -> None:
    text = (
        "This is a wrapped line that goes on and on until the end of\nthe line, and then continues. Next sentence.\n\n"
        "A paragraph without a stop\n\nAnother one, on\n3. Mai 2024"
    )
    assert split(text) == [
        "This is a wrapped line that goes on and on until the end of\nthe line, and then continues.",
        "Next sentence.",
        "A paragraph without a stop",
        "Another one, on\n3. Mai 2024",
    ]


def test_list_items_key_lines_and_chat_lines_begin_anew() -> None:
    text = "Items:\n- one. two\n• three\n1. Four\na) five\nName: Max\nDate: 3. Mai\n[03.05.24, 14:05] Max: hi\n[03.05.24, 14:06] Eva: ok"
    assert split(text) == text.split("\n")


@pytest.mark.parametrize(
    ("text", "expected"), [("", []), ("  \n\t ", []), (".", ["."]), ("x", ["x"]), ("\n\na\n\n", ["a"])]
)
def test_edges(text: str, expected: list[str]) -> None:
    assert split(text) == expected


@given(st.text(max_size=400) | st.text(alphabet='aB1.!?"» \n\t-:)([]。\r', max_size=300))
def test_every_non_blank_character_is_in_exactly_one_sentence(text: str) -> None:
    covered = [0] * len(text)
    position = 0
    for start, end in sentences(text):
        assert position <= start < end
        assert not text[start].isspace()
        assert not text[end - 1].isspace()
        for at in range(start, end):
            covered[at] += 1
        position = end
    assert all(
        count == 1 or (count == 0 and character.isspace()) for count, character in zip(covered, text, strict=True)
    )


@pytest.mark.parametrize(
    "unit", [".", ". ", " ", "\n", "a.", "A. ", "1. ", '."', "\n1. a", ".[1]", "x \n", "? »", "\r"]
)
def test_work_grows_in_step_with_the_text(unit: str) -> None:
    assert growth(sentences, unit * (80_000 // len(unit))) < MOST
