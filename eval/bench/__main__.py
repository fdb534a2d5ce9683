"""`python -m eval.bench [--data DIR]`: every figure beside its target, in one run.

DIR is the folder of public data that holds `contracts/` (else CASECLERK_EVAL_DATA). Without it only what needs no data
is measured, and the table says what was left out.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from casefile.offline import switch_off
from eval.bench import answering, model, peer, quality, search, startup
from eval.bench.figures import Figure, not_run, print_table, say, tell
from eval.bench.page import write_page

PARTS = ("startup", "ingestion", "answering", "search", "quality", "embedding")
MODEL = "model"
"""The part that needs llama.cpp; measured only when asked for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns 0 when every target that could be measured was met, else 1."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench", description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("CASECLERK_EVAL_DATA"))
    parser.add_argument("--only", choices=(*PARTS, MODEL), action="append", help="one part; may be given again")
    parser.add_argument("--model", type=Path, help="model file for the part `model` (else random weights)")
    parser.add_argument("--pages", type=int, default=200, help="pages of PDF for ingestion (default 200)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of the ingestion comparison (default 3)")
    parser.add_argument("--embedded", type=int, default=2000, help="passages embedded for search; the rest are copies")
    parser.add_argument("--questions", type=int, default=100, help="questions a batch beside the plain pipeline")
    parser.add_argument(
        "--full", action="store_true", help="all pages, all questions, all contracts, and growth from 1,000 to 200,000"
    )
    parser.add_argument("--out", type=Path, help="write the table and its charts to this HTML file")
    given = parser.parse_args(arguments)
    data = Path(given.data) if given.data else None
    if data is not None and not data.is_dir():
        parser.error(f"there is no folder {data}")
    switch_off()
    measures: dict[str, Callable[[], list[Figure]]] = {
        "startup": startup.run,
        "ingestion": lambda: peer.run(data, None if given.full else given.pages, given.rounds),
        "answering": lambda: answering.run(data),
        "search": lambda: search.run(data, 10_000 if given.full else given.embedded, growth=given.full),
        MODEL: lambda: model.run(given.model),
        "quality": lambda: quality.run(data, limit=None if given.full else given.questions, full=given.full),
    }
    chosen = given.only or PARTS
    figures: list[Figure] = []
    for name in [part for part in (*PARTS, MODEL) if part in chosen and part in measures]:
        try:
            figures += measures[name]()
        except (RuntimeError, OSError, ImportError) as error:
            tell(f"{name}: {error}")
            figures.append(not_run(name, str(error).strip().splitlines()[-1][:200]))
    print_table(figures)
    if given.out is not None:
        write_page(figures, given.out)
        say(f"Charts: {given.out}")
    if "embedding" in chosen:
        _embedding(data)
    return int(any(figure.verdict == "MISSED" for figure in figures))


def _embedding(data: Path | None) -> None:
    """The embedding runtimes side by side have a table of their own."""
    from eval.bench import embedding

    say("\nEmbedding runtimes (python -m eval.bench.embedding)")
    if data is None or not (data / "contracts" / "spans.jsonl").is_file():
        say("not run: no contracts: give the data's folder with --data")
        return
    embedding.main(["--data", str(data), "--rounds", "3", "--no-recall"])


if __name__ == "__main__":
    sys.exit(main())
