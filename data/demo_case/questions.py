"""The questions that the case answers, asked as an investigator would. Their truth is the scenario's."""

from data.demo_case import questions_computed
from data.demo_case.asking import Sheet, day, money, number, phone, word


def ask(sheet: Sheet) -> None:
    """Add the 60 questions that have an answer or rest on a false premise."""
    _single(sheet)
    _single_other_languages(sheet)
    _several(sheet)
    questions_computed.ask(sheet)
    _follow_ups(sheet)
    _false_premises(sheet)


def _single(sheet: Sheet) -> None:
    s, facts = sheet.desk.scenario, sheet.desk.facts
    patrol = facts["t1.patrol"].text[-5:]
    sheet.ask(
        "single",
        f"What time did the first officers get to the {s.site1} site on the morning after the theft?",
        ["t1.patrol"],
        [word(patrol)],
    )
    sheet.ask(
        "single",
        f"Which garment did forensics pick up beside the loading ramps at {s.site1}?",
        ["t1.glove"],
        [word("glove")],
        also={"t1.glove": ("files/01_reports/forensic_report_traces.pdf",)},
    )
    sheet.ask(
        "single", f"How much diesel was in the {s.mini.kind} when it disappeared?", ["t1.fuel"], [word("35 litres")]
    )
    sheet.ask(
        "single",
        f"How wide was the hole that the thieves made in the fence at {s.site3}?",
        ["t3.cut"],
        [word("3.40 metres", "3.40")],
    )
    sheet.ask(
        "single",
        f"What does the site manager estimate the fence damage at {s.site3} to be?",
        ["t3.damage"],
        [money(_amount(facts["t3.damage"].text))],
    )
    sheet.ask(
        "single",
        f"What was the combination of the padlock at {s.site1}?",
        ["brief.code"],
        [word(facts["brief.code"].text.split(", ")[-1][:4])],
        note="stands only in the speaker's notes of the slides",
    )
    sheet.ask(
        "single",
        "How much money did the low loader's driver hand over at the fuel station?",
        ["attendant.paid"],
        [money(s.fuel_paid)],
    )
    sheet.ask(
        "single",
        f"What does {s.rental.name} charge per day for the wheel loader?",
        ["rental.rate"],
        [money(s.day_rate)],
    )
    sheet.ask(
        "single",
        f"How heavy is the {s.mini.maker} {s.mini.kind} when it is transported?",
        ["manual.weight"],
        [word(*_both(facts["manual.weight"].text.split(" is ")[1].split(" kg")[0]))],
    )
    sheet.ask(
        "single",
        "Under which number does the insurance company handle the loss of the excavator?",
        ["claim.number"],
        [word(s.insurance_claim)],
        also={"claim.number": ("files/03_mail/9_insurance_claim.eml!/claim_form.docx",)},
    )
    sheet.ask(
        "single",
        f"What does {s.trade_name} pay each month for the hall at the old brickworks?",
        ["storage.rent"],
        [money(_amount(facts["storage.rent"].text))],
        note="stands in a PDF that is named .jpg",
    )
    sheet.ask(
        "single",
        "Which telephone number is given in the contact form of the saved advert for the excavator?",
        ["ad.contact"],
        [phone(s.trade_phone)],
        note="an HTML form value, on the page that gives orders",
    )
    sheet.ask(
        "single",
        f"What reward had {s.mule.name} been promised for handing over account and card?",
        ["str.explained"],
        [money(s.mule_reward)],
    )
    sheet.ask(
        "single",
        "Where was the prepaid card without any identity check bought?",
        ["subscriber.shop"],
        [word("kiosk"), word(s.trade_town)],
    )


def _amount(text: str) -> float:
    return float(text.split("EUR ")[1].split(maxsplit=1)[0].rstrip(".").replace(",", ""))


def _both(figure: str) -> tuple[str, ...]:
    return figure, figure.replace(",", ""), figure.replace(",", ".")


def _single_other_languages(sheet: Sheet) -> None:
    s = sheet.desk.scenario
    sheet.ask(
        "single",
        f"Weshalb hat die Firma {s.insider.name} entlassen?",
        ["director.reason"],
        [word("Diesel")],
        language="de",
    )
    sheet.ask(
        "single",
        f"Hoeveel machines verkoopt {s.trader.name} naar eigen zeggen per jaar?",
        ["trader.volume"],
        [word("veertig", "40")],
        language="nl",
    )
    sheet.ask(
        "single",
        "Wat was er met de hand op het label van de gevonden sleutel geschreven?",
        ["pv.keytag"],
        [word(f"{s.victim.name.split()[0]} {s.mini.model}")],
        language="nl",
    )


def _several(sheet: Sheet) -> None:
    s = sheet.desk.scenario
    sheet.ask(
        "multi",
        f"Where does the telephone number {s.burner.national} turn up, and who used it?",
        ["fraud.phone", "hire.phone", "chat.new", "hidden.contact"],
        [phone(s.burner), word(s.driver.name)],
        note="one number in four spellings in four formats, asked for in a fifth",
    )
    sheet.ask(
        "multi",
        f"Which evidence speaks against the claim of {s.driver.name} that he spent the first night at home?",
        ["driver.alibi", "anpr.hit", "cctv.hit", "cdr.last"],
        [word(s.low_loader)],
    )
    sheet.ask(
        "multi",
        f"Do {s.driver.name} the haulier and {s.trader.name} agree on whether they know each other?",
        ["driver.stranger", "trader.driver"],
        [],
        also={"trader.driver": ("files/05_telecom/telegram_export.json",)},
    )
    sheet.ask(
        "multi",
        f"By what feature can it be shown that the machine at {s.buyer_firm} is the one taken from {s.site1}?",
        ["foreman.mark", "buyer.weld"],
        [word("weld")],
    )
    sheet.ask(
        "multi",
        "Where did the tracker of the wheel loader fall silent, and where was the machine itself discovered?",
        ["vendor.last", "pv.loader"],
        [word(s.trade_town), word("loods 2", "hall 2")],
    )
    sheet.ask(
        "multi",
        f"What do {s.insider.name} and the company's own record say about the return of the excavator keys?",
        ["insider.keys", ("keys.count", "director.key")],
        [number(s.keys_returned)],
    )
    sheet.ask(
        "multi",
        f"What sum did {s.insider.name} admit to having received, and what does the trader's cash book show for key and code?",
        ["insider.fee", "cash.key"],
        [money(s.insider_fee), money(s.insider_fee + 300)],
    )
    sheet.ask(
        "multi",
        f"Did the check-back call of {s.bookkeeper.name} about the new account reach the real supplier?",
        ["book.called", "complaint.nocall"],
        [],
        note="the number called stood in the false mail's signature",
    )
    sheet.ask(
        "multi",
        f"Which laboratory findings tie the low loader {s.low_loader} to the scenes, and how high had the paint rubbed off?",
        ["kti.tyres", "t2.paint"],
        [word("tread", "tyre", "tyres"), word("78 cm")],
    )
    sheet.ask(
        "multi",
        "What became of the money that was passed on to the Netherlands, and how does the trader explain it?",
        [("mt940.6", "sheet.forwarded"), "trader.transfer"],
        [money(s.forwarded)],
        also={"mt940.6": ("files/04_finance/suspicious_transaction_report.pdf",)},
    )
    sheet.ask(
        "multi",
        f"What points to the {s.midi.kind} having been taken to Poland?",
        ["cmr.goods", "tg.poland", "stick.order"],
        [word("Poland", "Polen", "Poznan")],
    )
    sheet.ask(
        "multi",
        f"There are two men called {s.driver.name}. Which of them keeps the lorry, and are they relatives?",
        [("plan.twins", "attendant.notrelated"), "vehicle.keeper"],
        [day(s.driver.born)],
        also={
            "vehicle.keeper": (
                "files/02_statements/interview_haulier.pdf",
                "files/07_machines/trailer_hire_agreement.pdf",
            )
        },
        note="two people of one name",
    )


def _follow_ups(sheet: Sheet) -> None:
    s = sheet.desk.scenario
    sheet.ask(
        "follow_up",
        "And where did the key hang that evening?",
        ["foreman.parked"],
        [word("container")],
        also={
            "foreman.parked": (
                "files/01_reports/ST-1_offence_report.pdf",
                "files/03_mail/9_insurance_claim.eml!/claim_form.docx",
            )
        },
        history=[
            (
                f"Who closed up the site {s.site1} on the evening of the first theft?",
                f"{s.foreman.name} was the last to leave.",
            )
        ],
    )
    sheet.ask(
        "follow_up",
        "How much was still on it at that moment?",
        ["bank.frozen"],
        [money(s.frozen)],
        history=[
            (
                f"When did the bank block the account of {s.mule.name}?",
                f"It was frozen on {s.frozen_day.day} {s.frozen_day:%B} {s.frozen_day.year}.",
            )
        ],
    )
    sheet.ask(
        "follow_up",
        "Which number did he leave there?",
        ["hire.phone"],
        [phone(s.burner)],
        history=[("Who hired the additional trailer?", f"{s.driver.name}, the haulier from {s.driver.town}.")],
    )
    sheet.ask(
        "follow_up",
        "Und wohin ist er weggefahren?",
        ["neighbour.duration"],
        [word(s.driver.town)],
        language="de",
        history=[
            (
                "Was für ein Fahrzeug hat die Person von gegenüber gesehen?",
                "Einen dunkelblauen Lastwagen mit Tieflader.",
            )
        ],
    )


def _false_premises(sheet: Sheet) -> None:
    s = sheet.desk.scenario
    sheet.ask(
        "false_premise",
        f"With which tool was the chain of the gate at {s.site1} cut?",
        ["t1.gate"],
        note="the chain was not cut",
    )
    sheet.ask(
        "false_premise",
        f"What was loaded on the low loader that the night guard {s.watchman.name} saw?",
        ["guard.nolorry"],
        note="the guard saw none",
    )
    sheet.ask(
        "false_premise",
        "On which day did the bank get the money back from the Netherlands?",
        ["bank.recall"],
        note="the recall failed",
    )
    sheet.ask(
        "false_premise",
        f"Why did the fuel station employee {s.attendant.name} serve his own brother, the haulier?",
        ["attendant.notrelated"],
        also={"attendant.notrelated": ("files/01_reports/enquiry_plan.md",)},
        note="they are not related",
    )
    sheet.ask(
        "false_premise",
        f"How long did the tax audit at {s.supplier.name} last?",
        ["complaint.noaudit"],
        note="there was no audit",
    )
