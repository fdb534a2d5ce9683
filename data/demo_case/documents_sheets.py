"""Money and lists: bank statements, books, registers, machine lists. Folders 04_finance and 07_machines (sheets)."""

from datetime import date, timedelta
from xml.sax.saxutils import escape

from data.demo_case import scenario as when
from data.demo_case.documents_reports import PDF, TEXT
from data.demo_case.papers import Desk, heading, pairs, paragraphs, table, title
from data.demo_case.rendering_office import CellValue, Sheet, to_ods, to_xls, to_xlsx
from data.demo_case.rendering_plain import to_html
from data.demo_case.rendering_print import to_pdf
from data.demo_case.scenario import Booking

CSV = ("text/csv", "text/plain")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def write(desk: Desk) -> None:
    """Write folder 04_finance and the machine list."""
    mule = _mule_bookings(desk)
    _mt940(desk, mule)
    _victim_statement(desk)
    _payment_overview(desk)
    _cash_book(desk)
    _purchases(desk)
    _open_items(desk)
    _register_xml(desk)
    _register_page(desk)
    _suspicion_report(desk)
    _machine_list(desk)


def _mule_bookings(desk: Desk) -> tuple[Booking, ...]:
    s = desk.scenario
    rows = [
        Booking(day, amount, s.victim.name, s.victim.account.iban, number)
        for day, amount, number in zip(s.paid_days, s.invoice_amounts, s.invoices, strict=True)
    ]
    rows += [
        Booking(day, -amount, f"ATM {place}", "", "CASH WITHDRAWAL")
        for day, amount, place in zip(s.cash_days, s.cash, (s.mule.town, s.trade_town, s.trade_town), strict=True)
    ]
    rows.append(Booking(s.forward_day, -s.forwarded, s.trade_name, s.trade_account.iban, "ADVANCE PAYMENT MACHINE"))
    return tuple(sorted(rows, key=lambda row: row.day))


def _mt940(desk: Desk, bookings: tuple[Booking, ...]) -> None:
    s, path = desk.scenario, "files/04_finance/account_statement_mule.sta"
    first = bookings[0].day
    lines = [
        ":20:STARTUMS",
        f":25:{s.mule_account.iban[4:12]}/{s.mule_account.iban[12:]}",
        ":28C:00002/001",
        f":60F:C{first:%y%m%d}EUR{_comma(s.mule_opening)}",
    ]
    balance = s.mule_opening
    for number, booking in enumerate(bookings):
        balance = round(balance + booking.amount, 2)
        sign = "C" if booking.amount > 0 else "D"
        code = "166" if booking.amount > 0 else "083" if not booking.account else "116"
        lines += [
            f":61:{booking.day:%y%m%d}{booking.day:%m%d}{sign}{_comma(abs(booking.amount))}N{'TRF' if booking.account else 'MSC'}NONREF",
            f":86:{code}?00{'CREDIT' if booking.amount > 0 else 'DEBIT'}?20[[mt940.{number}|{booking.purpose}]]?31{booking.account}?32{booking.party}",
        ]
    lines += [f":62F:C{s.frozen_day:%y%m%d}EUR{_comma(balance)}", "-"]
    text = desk.note(path, "\r\n".join(lines) + "\r\n")
    desk.file(
        path, text.encode(), TEXT, "application/mt940", note="MT940; read as text until it has a reader of its own"
    )


def _comma(amount: float) -> str:
    return f"{amount:.2f}".replace(".", ",")


def _victim_statement(desk: Desk) -> None:
    s, path = desk.scenario, "files/04_finance/Kontoauszug_Firma.csv"
    rows: list[tuple[date, str, str, str, float]] = []
    for number, (day, amount, invoice) in enumerate(zip(s.paid_days, s.invoice_amounts, s.invoices, strict=True)):
        rows.append((day, s.supplier.name, s.mule_account.iban, f"[[csv.paid{number}|Rechnung {invoice}]]", -amount))
    others = (
        ("Stadtwerke Grenzland", "Abschlag Strom"),
        ("Reifen Moll", "Reparatur Bagger rechts"),
        ("Berufsgenossenschaft Bau", "Beitrag"),
        (s.rental.name, "Miete Radlader"),
        ("Tankkarten Union", "Diesel Sammelrechnung"),
    )
    for number in range(16):
        party, purpose = others[number % 5]
        rows.append(
            (
                s.theft1 + timedelta(days=3 * number - 8),
                party,
                s.rental.account.iban if party == s.rental.name else "",
                purpose,
                -s.rng.randint(11000, 499000) / 100,
            )
        )
    rows.append(
        (s.theft1 + timedelta(days=12), "Gemeinde " + s.site_town, "", "Abschlagszahlung 4 Erschließung", 84250.0)
    )
    lines = ["Buchungstag;Empfänger/Auftraggeber;IBAN;Verwendungszweck;Betrag;Währung"]
    for day, party, iban, purpose, amount in sorted(rows):
        lines.append(f"{when.day_de(day)};{party};{iban};{purpose};{when.euro_plain(amount)};EUR")
    text = desk.note(path, "\r\n".join(lines) + "\r\n")
    desk.file(path, text.encode("cp1252"), *CSV, note="semicolons, decimal commas, Windows-1252")


def _sheet(desk: Desk, path: str, sheet: Sheet) -> Sheet:
    """The same sheet without marks; every cell's text is noted."""
    desk.note(path, sheet.name)
    rows = tuple(
        tuple(desk.note(path, value) if isinstance(value, str) and value else value for value in row)
        for row in sheet.rows
    )
    return Sheet(sheet.name, rows, sheet.hidden, sheet.widths)


def _payment_overview(desk: Desk) -> None:
    s, path = desk.scenario, "files/04_finance/payments_overview.xlsx"
    paid: list[tuple[CellValue, ...]] = [("Date", "Invoice", "Amount EUR", "Account", "Remark")]
    for number, (day, amount, invoice) in enumerate(zip(s.paid_days, s.invoice_amounts, s.invoices, strict=True)):
        paid.append((day, f"[[sheet.diverted{number}|{invoice}]]", amount, s.mule_account.iban, "diverted"))
    paid += [
        (
            s.fraud_mail - timedelta(days=30 - 4 * number),
            f"RB-{s.year}-{1000 + 9 * number}",
            s.rng.randint(90000, 890000) / 100,
            s.supplier.account.iban,
            "genuine account",
        )
        for number in range(7)
    ]
    out: list[tuple[CellValue, ...]] = [("Date", "What", "Amount EUR", "To")]
    out += [(day, "cash", amount, "ATM") for day, amount in zip(s.cash_days, s.cash, strict=True)]
    out.append((s.forward_day, "[[sheet.forwarded|transfer abroad]]", s.forwarded, s.trade_name))
    contacts: tuple[tuple[CellValue, ...], ...] = (
        ("Name", "Number", "Seen in", "Checked"),
        (s.driver.name, s.driver.phone.international, "subscriber data", True),
        (s.trader.name, s.trade_phone.international, "advert", True),
        ("[[hidden.contact|'Fuchs', not identified]]", s.burner.international, "signature of the false mail", False),
        (s.mule.name, s.mule.phone.international, "account opening", True),
    )
    sheets = (
        Sheet("Payments", tuple(paid), widths=(12, 16, 14, 26, 18)),
        Sheet("Money out", tuple(out), widths=(12, 18, 14, 28)),
        Sheet("Numbers (internal)", contacts, hidden=True),
    )
    data = to_xlsx(
        [_sheet(desk, path, sheet) for sheet in sheets], s.analyst.name, f"{s.frozen_day + timedelta(days=5)}T16:20:00Z"
    )
    desk.file(path, data, XLSX, issues_allowed=("hidden_text",), note="the sheet 'Numbers (internal)' is hidden")


def _cash_book(desk: Desk) -> None:
    s, path = desk.scenario, f"files/04_finance/kasboek_{desk.scenario.year}.xls"
    rows: list[tuple[CellValue, ...]] = [("Datum", "Omschrijving", "In", "Uit", "Bon")]
    rows.append(
        (
            s.theft1 + timedelta(days=1),
            f"[[cash.purchase|Inkoop minigraver, {s.driver.name}]]",
            None,
            float(s.booked_purchase),
            f"{s.purchase_no}",
        )
    )
    rows += [
        (
            day + timedelta(days=2),
            f"[[cash.ride{number}|Rit {number + 1} T.B. / nacht]]".replace(
                "T.B.", "".join(part[0] + "." for part in s.driver.name.split())
            ),
            None,
            fee,
            "geen bon",
        )
        for number, (day, fee) in enumerate(zip((s.theft1, s.theft2, s.theft3), s.driver_fees, strict=True))
    ]
    rows.append(
        (
            s.theft1 + timedelta(days=13),
            f"[[cash.key|Sleutel en code, {s.insider.given[0]}. (via {s.driver.given})]]",
            None,
            float(s.insider_fee + 300),
            "geen bon",
        )
    )
    rows.append(
        (
            s.handover,
            f"[[cash.sale|Verkoop minigraver contant, {s.buyer.family}]]",
            float(s.resale_cash),
            None,
            s.contract_no,
        )
    )
    rows += [
        (
            s.theft1 + timedelta(days=5 * number - 6),
            s.rng.choice(("Diesel", "Onderdelen filter", "Koffie kantoor", "Verf geel 5 l", "Marktplaats advertentie")),
            None,
            s.rng.randint(1200, 29000) / 100,
            f"B{number + 101}",
        )
        for number in range(9)
    ]
    body = sorted(rows[1:], key=lambda row: str(row[0]))
    data = to_xls([_sheet(desk, path, Sheet("Kas", (rows[0], *body)))])
    desk.file(
        path, data, "application/vnd.ms-excel", "application/x-ole-storage", note="the trader's own cash book, seized"
    )


def _purchases(desk: Desk) -> None:
    s, path = desk.scenario, "files/04_finance/inkoopregister.ods"
    rows: list[tuple[CellValue, ...]] = [("Nummer", "Datum", "Machine", "Leverancier", "Bedrag EUR")]
    rows += [
        (
            f"INK-{s.year}-{number * 3 + 4:03d}",
            date(s.year, 1, 9) + timedelta(days=9 * number),
            s.rng.choice(("rupskraan 8 t", "wiellader 4 t", "dumper", "trilplaat", "verreiker")),
            s.rng.choice(("Veiling Helderloo", "Mach-Oost GmbH", "particulier")),
            s.rng.randint(20, 180) * 100.0,
        )
        for number in range(8)
    ]
    rows.append(
        (
            f"[[register.no|{s.purchase_no}]]",
            s.theft1 + timedelta(days=1),
            f"[[register.item|minigraver {s.mini.label}]]",
            s.driver.name,
            float(s.booked_purchase),
        )
    )
    rows.append(
        (
            f"INK-{s.year}-{s.rng.randint(80, 95):03d}",
            s.theft2 + timedelta(days=3),
            "[[register.loader|wiellader, nog te factureren]]",
            "onbekend",
            0.0,
        )
    )
    data = to_ods(
        [
            _sheet(desk, path, Sheet("Inkoop", tuple(rows))),
            _sheet(
                desk,
                path,
                Sheet(
                    "Toelichting", (("Afkorting", "Betekenis"), ("INK", "inkoopnummer"), ("particulier", "geen btw"))
                ),
            ),
        ],
        f"{s.search}T10:10:00Z",
    )
    desk.file(path, data, "application/vnd.oasis.opendocument.spreadsheet")


def _open_items(desk: Desk) -> None:
    s, path = desk.scenario, "files/04_finance/open_items_supplier.tsv"
    lines = ["invoice\tdue\tamount\tstatus"]
    for number, (invoice, amount) in enumerate(zip(s.invoices, s.invoice_amounts, strict=True)):
        status = (
            f"[[open.third|reminder {number + 1} sent, delivery stop]]"
            if number == 2
            else f"reminder {number + 1} sent"
        )
        lines.append(f"{invoice}\t{(s.fraud_mail + timedelta(days=5 + number)).isoformat()}\t{amount:.2f}\t{status}")
    lines += [
        f"RB-{s.year}-{2001 + 7 * number}\t{(s.fraud_mail + timedelta(days=20 + number)).isoformat()}\t{s.rng.randint(40000, 700000) / 100:.2f}\t{s.rng.choice(('paid', 'not due'))}"
        for number in range(6)
    ]
    text = desk.note(path, "\n".join(lines) + "\n")
    desk.file(path, text.encode(), "text/tab-separated-values", "text/plain")


def _register_xml(desk: Desk) -> None:
    s, path = desk.scenario, "files/04_finance/trade_register_extract.xml"
    founded = date(2009, s.rng.randint(1, 12), s.rng.randint(1, 28))
    second = s.rng.choice(
        ("import and export of agricultural vehicles", "renting of construction plant without operator")
    )
    text = desk.note(
        path,
        f'<?xml version="1.0" encoding="UTF-8"?>\n<extract issued="{s.search.isoformat()}">\n  <company number="{s.trade_register}">\n    <name>{escape(s.trade_name)}</name>\n    <founded>{founded.isoformat()}</founded>\n    <seat>{s.trade_town}</seat>\n'
        f'    <activity>wholesale of used earth-moving machines</activity>\n    <activity>[[kvk.second|{second}]]</activity>\n    <director since="{founded.isoformat()}">{s.trader.name}</director>\n'
        f'    <remark>[[kvk.accounts|annual accounts for {s.year - 1} not filed]]</remark>\n    <bank iban="{s.trade_account.iban}">{s.trade_account.bank}</bank>\n  </company>\n</extract>\n',
    )
    desk.file(path, text.encode(), "application/xml", "text/xml")


def _register_page(desk: Desk) -> None:
    s, path = desk.scenario, "files/04_finance/company_profile_supplier.html"
    blocks = [
        title(s.supplier.name),
        pairs(
            ("Register", s.supplier.register),
            ("Seat", s.supplier.town),
            ("Domain", s.supplier.domain),
            ("Switchboard", s.supplier.phone.bracketed),
        ),
        *paragraphs(
            f"[[profile.domain|Notice of our IT: a domain that looks like ours, {s.fraud_domain}, was registered by strangers on {when.day_en(s.fraud_mail - timedelta(days=6))}.]] Never pay on the strength of a mail.",
            "Building materials since 1957. Opening hours of the yard 6:30 to 17:00.",
        ),
    ]
    clean = desk.manuscript(path, blocks)
    value = desk.note(path, f"[[profile.iban|{s.supplier.account.printed}]]")
    desk.file(
        path,
        to_html(
            clean,
            f"{s.supplier.name} - profile",
            "en",
            f'<form><label>Our bank account <input name="iban" value="{value}" readonly></label></form>\n',
        ).encode(),
        "text/html",
        issues_allowed=("hidden_text",),
        note="the account stands in a form value",
    )


def _suspicion_report(desk: Desk) -> None:
    s, path = desk.scenario, "files/04_finance/suspicious_transaction_report.pdf"
    blocks = [
        title("Suspicious transaction report"),
        pairs(
            ("Reporting body", "Nordbank Direkt"),
            ("Officer", s.banker.name),
            ("Account as keyed in by the branch", f"[[str.iban|{s.damaged_iban.printed}]]"),
            ("Holder", s.mule.name),
        ),
        heading("Reason"),
        *paragraphs(
            f"[[str.reason|Large credits of one company were drawn in cash or passed on within two days, which does not fit the stated profile.]] The holder is {s.mule.name}, employed as a warehouse worker.",
            f"[[str.explained|Asked by telephone, the holder said that a friend had promised EUR {s.mule_reward} for lending the account and the card.]]",
        ),
        table(
            ("Day", "Direction", "Amount"),
            *(
                (booking.isoformat(), "in", when.euro_en(amount))
                for booking, amount in zip(s.paid_days, s.invoice_amounts, strict=True)
            ),
            (s.forward_day.isoformat(), "out", when.euro_en(s.forwarded)),
        ),
        *paragraphs(
            "The report was passed on the same day. The customer was not informed. [[str.card|The withdrawals in the Netherlands were filmed; the person at the machine was not the holder.]]"
        ),
    ]
    desk.file(
        path, to_pdf(desk.manuscript(path, blocks), "STR - confidential"), PDF, note="the IBAN has one wrong digit"
    )


def _machine_list(desk: Desk) -> None:
    s, path = desk.scenario, "files/07_machines/list_of_stolen_machines.xlsx"
    sites = (s.site1, s.site1, s.site2, s.site3, s.site3)
    days = (s.theft1, s.theft1, s.theft2, s.theft3, s.theft3)
    states = (
        f"[[list.mini|found in {s.buyer.town}]]",
        "[[list.plate|missing]]",
        f"found in {s.trade_town}",
        "missing",
        "missing",
    )
    rows: list[tuple[CellValue, ...]] = [
        ("No.", "Kind", "Maker and model", "PIN", "Site", "Stolen in the night of", "Value EUR", "State")
    ]
    rows += [
        (
            number + 1,
            f"[[list.kind{number}|{machine.kind}]]",
            machine.label,
            machine.pin,
            site,
            day,
            float(machine.value),
            state,
        )
        for number, (machine, site, day, state) in enumerate(zip(s.stolen, sites, days, states, strict=True))
    ]
    other: tuple[tuple[CellValue, ...], ...] = (
        ("Kind", "Owner", "State"),
        ("copper cable, 480 m", "Ostring site", "other case"),
        ("generator 6 kVA", s.victim.name, "not stolen, found in the workshop"),
        ("dumper", s.rental.name, "returned by the customer"),
    )
    data = to_xlsx(
        [
            _sheet(desk, path, Sheet("Series", tuple(rows), widths=(6, 18, 18, 22, 16, 20, 12, 22))),
            _sheet(desk, path, Sheet("Not part of the series", other)),
        ],
        s.analyst.name,
        f"{s.report}T11:00:00Z",
    )
    desk.file(path, data, XLSX)
