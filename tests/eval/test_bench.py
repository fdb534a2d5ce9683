"""The bench's own arithmetic: verdicts, ratios, copies; the measuring itself is run by `make bench`."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from eval.bench.figures import Figure, info, judged, not_run, print_table
from eval.bench.peer import Load, choose, figures
from eval.bench.processes import proportional_bytes, watch
from eval.bench.search import Copies
from tests.end_to_end.odd_files import pdf


@pytest.mark.parametrize(
    ("value", "at_most", "verdict"),
    [(0.5, True, "met"), (0.51, True, "MISSED"), (0.5, False, "met"), (0.49, False, "MISSED")],
)
def test_a_bound_is_met_or_missed(value: float, at_most: bool, verdict: str) -> None:
    figure = judged("x", value, 0.5, unit="s", at_most=at_most)
    assert figure.verdict == verdict
    assert figure.target == ("<= 0.5 s" if at_most else ">= 0.5 s")


def test_ratios_are_medians_of_rounds() -> None:
    def loads(*seconds: float, peak: int) -> list[Load]:
        return [Load(100, 10, taken, taken + 1, peak) for taken in seconds]

    found = figures(
        {
            "ours": loads(10, 20, 10, peak=300),
            "peer A": loads(10, 10, 10, peak=400),
            "peer B": loads(20, 40, 50, peak=200),
        }
    )
    by_name = {figure.name: figure for figure in found}
    speed = by_name["pages/s over llama-index, 256-token chunks, all embedded"]
    memory = by_name["peak memory over llama-index, 256-token chunks, all embedded"]
    assert (speed.verdict, memory.verdict) == ("met", "MISSED")
    assert speed.measured.startswith("2.00 x")
    assert memory.measured.startswith("1.50 x")


def test_the_first_files_with_so_many_pages_are_chosen(tmp_path: Path) -> None:
    for name in "cab":
        pdf(tmp_path / f"{name}.pdf", "A page.")
    assert choose(tmp_path, 2) == ([tmp_path / "a.pdf", tmp_path / "b.pdf"], 2)
    assert choose(tmp_path, None)[1] == 3


def test_copies_differ_from_their_models_and_stay_near_them() -> None:
    generator = np.random.default_rng(1)
    vectors = generator.normal(size=(40, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    copies = Copies([f"word{n} other{n} more{n} text{n}" for n in range(40)], vectors, 250)
    made = copies.embed_passages([""] * 250)
    np.testing.assert_allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)
    assert np.array_equal(made[:40], vectors)
    cosines = np.sum(made[40:80] * vectors, axis=1)
    assert 0.7 < cosines.mean() < 0.999
    texts = [document.text[s.start : s.end] for document, stretches in copies.documents() for s in stretches]
    assert len(texts) == len(set(texts)) == 250


def test_a_program_and_its_children_are_watched() -> None:
    child = "x = bytearray(60_000_000); x[::4096] = b'1' * len(x[::4096]); sum(x)"  # long enough to be seen
    done = watch([sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"])
    assert done.code == 0
    assert done.seconds > 0
    assert done.peak_bytes > 60_000_000
    assert proportional_bytes(2**22 + 1) == 0


def test_the_table_has_a_line_for_each_figure(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(
        [
            judged("a", 1, 2, unit="s", at_most=True),
            info("b", "7"),
            not_run("c", "no data"),
            Figure("d", "", "", "info"),
        ]
    )
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["verdict", "met", "info", "not", "info"]


def test_without_data_it_says_so_and_fails_nothing() -> None:
    command = [sys.executable, "-m", "eval.bench", "--only", "ingestion", "--only", "search", "--only", "embedding"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("give the data's folder with --data") == 3
    wrong = subprocess.run([*command, "--data", "/no/such/folder"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "there is no folder /no/such/folder" in wrong.stderr


def test_the_page_of_the_bench_holds_every_figure_and_its_charts(tmp_path: Path) -> None:
    from eval.bench.figures import grown, times
    from eval.bench.page import ratio_bars, write_page

    found = [
        times("ours over <theirs>", 4.0),
        times("a quarter", 0.25),
        judged("bound", 2.0, 1.0, unit="x", at_most=True),
        *(grown("search, ms", size, value, "ms") for size, value in ((1_000, 5.0), (200_000, 50.0), (50_000, 20.0))),
    ]
    middle, bars = ratio_bars(found)
    assert bars[0].width == bars[1].width > bars[2].width
    assert bars[0].left == middle
    assert bars[1].left < middle
    write_page(found, tmp_path / "bench.html")
    page = (tmp_path / "bench.html").read_text(encoding="utf-8")
    assert "ours over &lt;theirs&gt;" in page
    assert "MISSED" in page
    assert page.index("1,000</text>") < page.index("50,000</text>") < page.index("200,000</text>")
    assert "http" not in page.replace("http-equiv", "")
