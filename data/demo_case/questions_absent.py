"""Twenty questions that sound like this case and have no answer in it."""

from data.demo_case.asking import Sheet


def ask(sheet: Sheet) -> None:
    """Add the unanswerable questions; `absent` words are checked against every text of the case."""
    s = sheet.desk.scenario
    sheet.ask_in_vain(
        f"What is the engine number of the {s.loader.kind} {s.loader.label}?", ["engine number", "motornummer"]
    )
    sheet.ask_in_vain(f"Which lawyer represents {s.trader.name}?", ["lawyer", "attorney", "rechtsanwalt", "advocaat"])
    sheet.ask_in_vain(
        f"To what sentence was {s.driver.name} condemned?", ["sentenced", "convicted", "verdict", "urteil", "vonnis"]
    )
    sheet.ask_in_vain("What is the VAT number of Agro-Mech in Poznan?", ["vat number", "nip ", "btw-nummer", "ust-id"])
    sheet.ask_in_vain(f"What shoe size had the footprints at the fence of {s.site3}?", ["shoe", "footprint", "schuh"])
    sheet.ask_in_vain(
        f"With which insurer is the {s.loader.kind} of {s.rental.name} insured?",
        ["loader is insured", "radlader ist versichert", "insured with", "versichert bei"],
    )
    sheet.ask_in_vain(
        f"In which hospital was {s.watchman.name} treated after the night of the theft?",
        ["hospital", "krankenhaus", "ziekenhuis", "clinic"],
    )
    sheet.ask_in_vain(f"What is the e-mail address of the resident {s.neighbour.name}?", [s.neighbour.email])
    sheet.ask_in_vain(
        f"What is the private bank account of {s.insider.name}?",
        [f"account of {s.insider.name}", f"konto von {s.insider.name}", f"account holder {s.insider.name}"],
    )
    sheet.ask_in_vain(
        f"When did the low loader {s.low_loader} cross the Polish border?",
        ["polish border", "polnische grenze", "poolse grens"],
    )
    sheet.ask_in_vain(
        f"Who is the person filmed at the cash machine in {s.trade_town}?",
        ["identified as", "recognised on the film", "recognized"],
        note="the bank only says that it was not the holder",
    )
    sheet.ask_in_vain(
        f"Which weapons were found in the search at {s.trade_name}?", ["weapon", "pistol", "wapen", "firearm", "knife"]
    )
    sheet.ask_in_vain(
        "What did the examination of fingerprints on the red key label show?",
        ["fingerprint", "vingerafdruk", "fingerabdruck", "dactylo"],
    )
    sheet.ask_in_vain(
        f"Which make and model is the van {s.van}?", ["transit", "sprinter", "van of the make", "merk van de bestelbus"]
    )
    sheet.ask_in_vain(
        f"How much did {s.victim.name} pay as ransom for the return of the {s.midi.kind}?",
        ["ransom", "losgeld", "lösegeld"],
    )
    sheet.ask_in_vain(f"What is the name of the wife of {s.buyer.name}?", ["wife", "ehefrau", "echtgenote", "spouse"])
    sheet.ask_in_vain(
        f"Wer ist der Steuerberater von {s.supplier.name}?",
        ["steuerberater", "tax adviser", "accountant"],
        language="de",
    )
    sheet.ask_in_vain(
        f"Wie hoch war das Monatsgehalt von {s.insider.name}?",
        ["monatsgehalt", "monatslohn", "monthly wage", "brutto"],
        language="de",
    )
    sheet.ask_in_vain(
        f"Hoeveel werknemers heeft {s.trade_name}?", ["werknemer", "medewerker", "personeelsleden"], language="nl"
    )
    sheet.ask_in_vain(
        f"Welk wachtwoord hoort bij de laptop die in {s.trade_town} in beslag is genomen?",
        ["wachtwoord", "password is", "kennwort lautet"],
        language="nl",
    )
