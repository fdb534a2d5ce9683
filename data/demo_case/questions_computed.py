"""Questions whose answer has to be counted, added up, compared or worked out from times."""

from data.demo_case.asking import Sheet, clock, day, money, number, word
from data.demo_case.scenario import LOCAL

_MULE_SHEET = "files/04_finance/payments_overview.xlsx"
_MULE_MT940 = "files/04_finance/account_statement_mule.sta"


def ask(sheet: Sheet) -> None:
    """Add counts, sums, comparisons and questions about times."""
    _counts(sheet)
    _sums(sheet)
    _comparisons(sheet)
    _times(sheet)


def _counts(sheet: Sheet) -> None:
    s, facts = sheet.desk.scenario, sheet.desk.facts
    rows = [*sorted(key for key in facts if key.startswith("cdr.row")), "cdr.last"]
    sheet.ask(
        "count",
        f"How many times did the haulier's phone ring the number {s.trade_phone.international} in the first night?",
        rows,
        [number(s.night_calls)],
    )
    sheet.ask(
        "count",
        "How many machines and attachments belong to the series of thefts?",
        [f"list.kind{at}" for at in range(5)],
        [number(5)],
    )
    sheet.ask(
        "count",
        "Hoeveel posten staan er op de lijst van in beslag genomen goederen?",
        [f"pv.seized{at}" for at in range(1, 8)],
        [word("7", "zeven", "seven")],
        language="nl",
    )
    paid = [(f"csv.paid{at}", f"sheet.diverted{at}") for at in range(3)]
    sheet.ask(
        "count",
        f"How many transfers of {s.victim.name} went to the account of {s.mule.name}?",
        paid,
        [number(3)],
        also={"csv.paid0": (_MULE_MT940, "files/04_finance/suspicious_transaction_report.pdf")},
    )
    sheet.ask(
        "count",
        f"How often was the plate {s.low_loader} read on the federal road?",
        ["anpr.hit", "anpr.return", "anpr.second"],
        [number(3)],
    )
    cash = [key for key in sorted(facts) if key.startswith("mt940.") and facts[key].text == "CASH WITHDRAWAL"]
    sheet.ask(
        "count",
        f"How many times was cash drawn from the account of {s.mule.name}?",
        cash,
        [number(3)],
        also={cash[0]: (_MULE_SHEET,)},
    )


def _sums(sheet: Sheet) -> None:
    s, facts = sheet.desk.scenario, sheet.desk.facts
    paid = [(f"csv.paid{at}", f"sheet.diverted{at}") for at in range(3)]
    sheet.ask(
        "sum",
        f"What is the total that {s.victim.name} paid to the wrong account?",
        paid,
        [money(s.diverted)],
        also={"csv.paid0": (_MULE_MT940, "files/04_finance/suspicious_transaction_report.pdf")},
    )
    cash = [key for key in sorted(facts) if key.startswith("mt940.") and facts[key].text == "CASH WITHDRAWAL"]
    sheet.ask(
        "sum",
        f"How much cash in all was taken from {s.mule.name}'s account?",
        cash,
        [money(sum(s.cash))],
        also={cash[0]: (_MULE_SHEET,)},
    )
    sheet.ask(
        "sum",
        "What are all stolen machines of the series worth together?",
        [f"list.kind{at}" for at in range(5)],
        [money(float(sum(machine.value for machine in s.stolen)))],
    )
    sheet.ask(
        "sum",
        "What do the three night rides in the trader's cash book add up to?",
        [f"cash.ride{at}" for at in range(3)],
        [money(sum(s.driver_fees))],
    )


def _comparisons(sheet: Sheet) -> None:
    s = sheet.desk.scenario
    difference = float(abs(s.loader.value - s.midi.value))
    also = {
        "list.kind2": ("files/01_reports/Strafanzeige_ST-2.docx",),
        "list.kind3": ("files/01_reports/ST-3_offence_report.pdf",),
    }
    sheet.ask(
        "comparison",
        f"Which is worth more, the {s.loader.kind} or the {s.midi.kind}, and by how much?",
        ["list.kind2", "list.kind3"],
        [word(s.loader.kind), money(difference)],
        also=also,
        note="the list alone will do, or both reports",
    )
    sheet.ask(
        "comparison",
        f"What is the gap between the price that {s.buyer_firm} paid for the {s.mini.kind} and the amount booked for its purchase by the trader?",
        [("contract.price", "buyer.paid"), ("cash.purchase", "register.item", "tg.price")],
        [money(float(s.resale - s.booked_purchase))],
    )
    sheet.ask(
        "comparison",
        f"How do the trader's statement and his purchase register differ on what he gave for the {s.mini.kind}?",
        ["trader.purchase", ("register.item", "cash.purchase", "tg.price")],
        [money(s.claimed_purchase), money(s.booked_purchase)],
    )
    sheet.ask(
        "comparison",
        f"How do the night guard and the resident opposite differ on the vehicle they saw at {s.site1}?",
        ["guard.van", "neighbour.lorry"],
        [word("white van", "weißer Lieferwagen"), word("dunkelblauer", "dark blue")],
        also={"guard.van": ("files/06_vehicles/security_round_book.tsv",)},
    )


def _times(sheet: Sheet) -> None:
    s = sheet.desk.scenario
    sheet.ask(
        "time",
        "At what local time did the camera at the lorry pump record the low loader?",
        ["cctv.hit"],
        [clock(s.cctv_time)],
        note="the log is in UTC, local time is two hours ahead",
    )
    local = s.vendor_mail.astimezone(LOCAL)
    sheet.ask(
        "time",
        "On which day and at what time in Germany did the mail of the tracker's maker go out?",
        ["vendor.date"],
        [day(local.date()), clock(local)],
        note="the header says -0500; in Germany it was the next day",
    )
    sheet.ask(
        "time",
        "On what day was the excavator handed over to the Belgian buyer?",
        ["buyer.handover"],
        [day(s.handover)],
        also={"buyer.handover": (f"files/04_finance/kasboek_{s.year}.xls",)},
        note="the contract's date alone can be read two ways; the buyer names the month",
    )
    days = (s.theft1 - s.dismissal).days
    sheet.ask(
        "time",
        f"How many days before the first theft had {s.insider.name} been dismissed?",
        [("insider.notice", "director.notice"), "t1.window"],
        [number(days)],
        also={
            "t1.window": (
                "files/02_statements/statement_foreman.docx",
                "files/02_statements/statement_night_guard.pdf",
                "files/02_statements/interview_haulier.pdf",
                "files/07_machines/list_of_stolen_machines.xlsx",
            )
        },
        note=f"from {s.dismissal} to {s.theft1}",
    )
    sheet.ask(
        "time",
        "At what hour, German time, did the wheel loader's tracker send its last position?",
        [("vendor.last", "vendor.lastrow")],
        [clock(s.last_fix.astimezone(LOCAL))],
        note="the mail gives UTC",
    )
    sheet.ask(
        "time",
        f"When was the last contact of the haulier's phone with {s.trade_phone.international} in the first night?",
        ["cdr.last"],
        [clock(s.last_night_call)],
    )
    sheet.ask(
        "time",
        "How many days before the mail with the changed account was the look-alike domain registered?",
        ["profile.domain", "book.mail"],
        [number(6)],
        also={"book.mail": ("files/03_mail/3_change_of_bank_details.eml",)},
    )
    sheet.ask(
        "time",
        "How long did the low loader stand at the pump according to the camera log?",
        ["cctv.hit", "cctv.leave"],
        [word("9 minutes", "9 min", "00:09:14", "9:14", "nine minutes")],
        note="9 minutes 14 seconds",
    )
