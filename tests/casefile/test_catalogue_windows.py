"""Stretches of a text by the order of its passages, and by page."""

from pathlib import Path

from tests.casefile.case_building import add_text, new_case


def test_passages_come_by_their_place_in_the_order(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        exhibit, _ = add_text(case, tmp_path, "a.txt", "\n".join(f"line {number}" for number in range(20)))
        sha256 = case.catalogue.exhibit(exhibit).text_sha256 or ""
        between = case.catalogue.passages_between(exhibit, sha256, 3, 5)
        assert [(passage.text, cells) for passage, cells in between] == [("line 3", ()), ("line 4", ()), ("line 5", ())]
        assert case.catalogue.passages_between(exhibit, sha256, -10, 0)[0][0].text == "line 0"
        assert case.catalogue.passages_between(exhibit, sha256, 20, 99) == ()
        assert case.catalogue.passages_between(exhibit, "0" * 64, 0, 99) == ()
        assert case.catalogue.page_extent(exhibit, sha256, 1) is None
        assert case.catalogue.stated_moments(exhibit) == ()
