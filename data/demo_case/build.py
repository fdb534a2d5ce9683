"""Builds the demo case: `python -m data.demo_case.build OUT_DIR [--seed N]`."""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from data.demo_case import (
    DEFAULT_SEED,
    documents_damaged,
    documents_firms,
    documents_mail,
    documents_media,
    documents_phones,
    documents_police,
    documents_reports,
    documents_sheets,
    documents_statements,
    questions,
    questions_absent,
)
from data.demo_case.asking import Sheet
from data.demo_case.papers import Desk
from data.demo_case.scenario import Scenario
from data.demo_case.truth import Contradiction, FileTruth, Keyword, Link, Question, Quote, Truth

_WRITERS = (
    documents_reports,
    documents_police,
    documents_statements,
    documents_mail,
    documents_firms,
    documents_sheets,
    documents_phones,
    documents_media,
    documents_damaged,
)

_CONTRADICTIONS = (
    ("vehicle at the first site: white van or dark blue low loader", "guard.van", "neighbour.lorry"),
    ("whether there was a lorry at the first site", "guard.nolorry", "attendant.lowloader"),
    ("whether there was a white van at the first site", "neighbour.novan", "guard.van"),
    ("where the haulier and his lorry were in the first night", "driver.alibi", "cctv.hit"),
    ("whether the haulier telephoned in the first night", "driver.phone", "cdr.last"),
    ("whether haulier and trader know each other", "driver.stranger", "trader.driver"),
    ("whether all excavator keys were returned", "insider.keys", "keys.count"),
    ("how the trader came by the excavator and what he paid", "trader.purchase", "cash.purchase"),
    ("what the former mechanic was paid", "insider.fee", "cash.key"),
    ("whether the bookkeeper's call reached the supplier", "book.called", "complaint.nocall"),
    ("whether there was a tax audit", "fraud.reason", "complaint.noaudit"),
    ("whether the guard did the third round", "guard.rounds", "rounds.third"),
    ("how many hours the excavator has run", "ad.hours", "t1.mini_hours"),
    ("the excavator's identification number: altered in the contract", "contract.pin", "t1.mini_pin"),
    ("where the money for the trader came from", "trader.transfer", "tg.money"),
)

_WORDS = (
    "darts",
    "weld",
    "kiosk",
    "tarpaulin",
    "immobiliser",
    "bolt cutter",
    "notch",
    "envelope",
    "isolator",
    "Tieflader",
    "Seitenschneider",
    "aanbetaling",
    "bark",
    "ramp*",
    "excavat*",
    "cocaine",
    "drone",
    "heroin*",
)


def build(out_dir: Path, seed: int = DEFAULT_SEED, progress: Callable[[str], None] | None = None) -> Truth:
    """Write the case of `seed` into `out_dir`: `files/...` and `truth.json`.

    Args:
        out_dir: made where missing; files that an earlier build left there are taken away first, others are left alone.
        seed: the same seed gives the same bytes.
        progress: told the path of each file as it is written.

    Returns:
        The truth, as written to `truth.json`.
    """
    _take_away(out_dir)
    desk = Desk(Scenario(seed), out_dir, progress or (lambda _: None))
    for writer in _WRITERS:
        writer.write(desk)
    sheet = Sheet(desk)
    questions.ask(sheet)
    questions_absent.ask(sheet)
    truth = _truth(desk, sheet.questions)
    (out_dir / "truth.json").write_text(truth.to_json(), encoding="utf-8")
    return truth


def _take_away(out_dir: Path) -> None:
    """Remove what an earlier build wrote, so that no file stays behind whose name depends on the seed."""
    earlier = out_dir / "truth.json"
    if earlier.is_file():
        for file in json.loads(earlier.read_text(encoding="utf-8"))["files"]:
            if "!/" not in file["path"]:
                (out_dir / file["path"]).unlink(missing_ok=True)


def _truth(desk: Desk, asked: list[Question]) -> Truth:
    s = desk.scenario
    files = tuple(
        FileTruth(
            paper.path,
            paper.media_types[0],
            paper.media_types,
            paper.status,
            paper.issues,
            paper.issues_allowed,
            desk.phrases_of(paper.path),
            paper.note,
        )
        for paper in sorted(desk.filed.values(), key=lambda paper: paper.path)
    )
    counts = Counter(paper.status for paper in files)
    return Truth(
        seed=s.seed,
        title=f"Operation {s.operation}",
        case_number=s.case_code,
        region="DE",
        time_zone="Europe/Berlin",
        languages=("en", "de", "nl"),
        demo_questions=_showcase(asked),
        ledger={status: counts[status] for status in ("complete", "partial", "failed", "skipped")},
        files=files,
        questions=tuple(asked),
        links=_links(desk),
        contradictions=tuple(Contradiction(fact, _quote(desk, a), _quote(desk, b)) for fact, a, b in _CONTRADICTIONS),
        keywords=tuple(_keyword(desk, term) for term in _WORDS),
    )


def _quote(desk: Desk, key: str) -> Quote:
    fact = desk.facts[key]
    return Quote(fact.path, fact.text)


def _showcase(asked: list[Question]) -> tuple[str, ...]:
    """One simple fact, one across several documents, one that is not in the case: their ids."""
    wanted = (
        ("single", "handed over", "hand over at the fuel station"),
        ("multi", "turn up, and who used it", "turn up, and who used it"),
        ("unanswerable", "Which lawyer represents", "Which lawyer represents"),
    )
    return tuple(
        next(q.id for q in asked if q.kind == kind and (first in q.question or second in q.question))
        for kind, first, second in wanted
    )


def _searchable(desk: Desk) -> dict[str, str]:
    """The texts that can be read today, exact copies left out."""
    return {path: text for path, text in sorted(desk.texts.items()) if path in desk.filed and desk.filed[path].readable}


def _links(desk: Desk) -> tuple[Link, ...]:
    s = desk.scenario
    people = (
        s.investigator,
        s.liaison,
        s.director,
        s.foreman,
        s.bookkeeper,
        s.insider,
        s.rental_manager,
        s.clerk,
        s.driver,
        s.attendant,
        s.watchman,
        s.mule,
        s.trader,
        s.buyer,
        s.support,
        s.banker,
        s.insurer,
    )
    phones = {person.phone: person.name for person in people} | {
        s.trade_phone: s.trade_name,
        s.burner: "the rare number: four spellings in four formats",
        s.supplier.phone: s.supplier.name,
        s.rental.phone: s.rental.name,
    }
    wanted: list[tuple[str, str, tuple[str, ...], str]] = [
        ("phone", phone.e164, phone.spellings, note) for phone, note in phones.items()
    ]
    wanted += [("email", person.email, (person.email,), person.name) for person in people]
    wanted.append(
        (
            "email",
            s.clerk.email.replace(s.supplier.domain, s.fraud_domain),
            (s.clerk.email.replace(s.supplier.domain, s.fraud_domain),),
            "look-alike domain",
        )
    )
    for account, note in (
        (s.mule_account, s.mule.name),
        (s.trade_account, s.trade_name),
        (s.supplier.account, s.supplier.name),
        (s.damaged_iban, "one digit wrong: the checksum fails; meant is the account before"),
    ):
        wanted.append(("iban", account.iban, (account.iban, account.printed), note))
    wanted += [("code", machine.pin, (machine.pin,), machine.label) for machine in s.stolen]
    wanted += [
        ("code", code.replace("-", ""), (code,), note)
        for code, note in (
            (s.tracker, "tracker"),
            (s.insurance_claim, "insurance claim"),
            (s.purchase_no, "purchase number"),
            *((invoice, "invoice") for invoice in s.invoices),
        )
    ]
    links: list[Link] = []
    for kind, normal, spellings, note in wanted:
        paths = tuple(
            path for path, text in _searchable(desk).items() if any(spelling in text for spelling in spellings)
        )
        if paths:
            links.append(Link(kind, normal, spellings, paths, note))  # type: ignore[arg-type]
    return tuple(links)


def _keyword(desk: Desk, term: str) -> Keyword:
    end = r"\w*" if term.endswith("*") else r"(?!\w)"
    pattern = re.compile(rf"(?<!\w){re.escape(term.rstrip('*'))}{end}", re.IGNORECASE)
    hits = {path: len(pattern.findall(text)) for path, text in _searchable(desk).items()}
    hits = {path: count for path, count in hits.items() if count}
    return Keyword(term, "wildcard" if term.endswith("*") else "phrase", hits, sum(hits.values()))


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Build the demo case and its truth.")
    parser.add_argument("out_dir", type=Path)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    options = parser.parse_args(arguments)
    truth = build(options.out_dir, options.seed, lambda path: print(path, file=sys.stderr))  # noqa: T201 - a command's output
    print(f"{truth.title}: {len(truth.files)} files and parts, {len(truth.questions)} questions, seed {truth.seed}")  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
