"""Statements of witnesses and suspects about the thefts. They contradict each other, as statements do."""

from datetime import date, timedelta

from data.demo_case import asides
from data.demo_case import scenario as when
from data.demo_case.documents_reports import DOCX, ODT, PDF, TEXT
from data.demo_case.papers import Block, Desk, heading, pairs, paragraphs, title
from data.demo_case.people import Person
from data.demo_case.rendering_office import WordExtras, to_docx, to_odt
from data.demo_case.rendering_plain import to_rtf, to_text
from data.demo_case.rendering_print import to_pdf

RTF = ("application/rtf", "text/rtf")


def write(desk: Desk) -> None:
    """Write the statements about the thefts into folder 02_statements."""
    _foreman(desk)
    _watchman(desk)
    _neighbour(desk)
    _driver(desk)
    _attendant(desk)
    _trader(desk)
    _insider(desk)
    _buyer(desk)
    _other_guard(desk)


def opening(desk: Desk, person: Person, role: str, day: date, clock: str) -> tuple[Block, ...]:
    """The head of an English statement with the instruction."""
    s = desk.scenario
    caution = (
        "The witness was told that the statement has to be true and complete, and of the right to refuse to testify as a relative and to refuse to answer questions that would expose the witness or a relative to prosecution."
        if role == "Witness"
        else "The accused was told what the accusation is, that nobody has to say anything on the matter, that counsel may be consulted at any time and that evidence in defence may be asked for."
    )
    return (
        title(f"Record of interview - {role.lower()}"),
        pairs(
            ("Case reference", s.case_code),
            ("Name", person.name),
            ("Born", when.day_en(person.born)),
            ("Address", f"{person.street}, {person.town}"),
            ("Telephone", person.phone.national if person.phone.country == "49" else person.phone.international),
            ("Interviewed on", f"{when.day_en(day)}, {clock}"),
            ("Interviewed by", s.investigator.name),
        ),
        heading("Instruction"),
        *paragraphs(
            caution,
            s.one_of("The instruction was understood.", "The instruction was read out, understood and signed."),
        ),
    )


def closing(desk: Desk, person: Person, end: str) -> tuple[Block, ...]:
    """The end of an English statement."""
    s = desk.scenario
    return paragraphs(
        f"{s.one_of('Interview ended', 'End of the interview')} at {end}. Read over, approved and signed: {person.name}."
    )


def _foreman(desk: Desk) -> None:
    s, path = desk.scenario, "files/02_statements/statement_foreman.docx"
    blocks = [
        *opening(desk, s.foreman, "Witness", s.theft1 + timedelta(days=2), "09:05"),
        heading("Statement"),
        *paragraphs(
            f"I have been running sites for {s.victim.name} for eleven years. At {s.site1} I had eight people and two machines of our own.",
            f"On {when.weekday_en(s.theft1)} we stopped at half past six in the evening. I was the last to leave, an hour later. [[foreman.parked|I parked the excavator myself, lowered the bucket and hung the key on the hook in the container.]] I closed the padlock and turned the numbers.",
            "Question: Who knew the number of the lock?",
            f"[[foreman.code|Answer: All my people, the lorry drivers of {s.supplier.name}, and anybody who worked for us since last autumn, because we never changed it.]]",
            "The next morning I arrived at about twenty to seven. The lock was hanging open. First I thought that one of the men had come early. Then I saw the tracks. [[foreman.called|I phoned the office first and the police only after that, ten minutes later perhaps.]]",
            f"The {s.mini.kind} is a {s.mini.label}. [[foreman.mark|You can recognise it by a weld on the left side of the boom, as long as a hand, which I made myself two years ago.]] The rubber of the right track has a cut as well.",
            "Question: Is there anybody who had trouble with the company?",
            f"Answer: I don't want to accuse anyone. {s.insider.name} left in bad blood. [[foreman.quarrel|There had been a quarrel over unpaid overtime, 62 hours I think, and doors were slammed.]] But a good mechanic, I have to say that.",
            f"Question: How many keys are there for the wheel loader at {s.site2}?",
            "Answer: They hang in the container.",
        ),
        *paragraphs(*asides.foreman(s)),
        *closing(desk, s.foreman, "10:20"),
    ]
    clean = desk.manuscript(path, blocks)
    comment = desk.note(
        path, f"[[foreman.comment|Overtime claim confirmed by the labour court file, see annex 12. {s.analyst.family}]]"
    )
    desk.note(path, "I know of \n four \n three \n keys in all.")
    extras = WordExtras(
        comment=(9, s.analyst.name, comment),
        change=(11, " I know of ", "four", "three", " keys in all.", s.foreman.name),
    )
    data = to_docx(clean, s.investigator.name, f"{s.theft1 + timedelta(days=2)}T08:30:00Z", extras)
    desk.file(path, data, DOCX, issues_allowed=("hidden_text",), note="tracked change (four/three) and a comment")


def _watchman(desk: Desk) -> None:
    s, path = desk.scenario, "files/02_statements/statement_night_guard.pdf"
    blocks = [
        *opening(desk, s.watchman, "Witness", s.theft1 + timedelta(days=3), "13:30"),
        heading("Statement"),
        *paragraphs(
            f"I work for a security company and drive rounds in {s.site_town}, six objects a night. {s.site1} is number four. I am not on the site all night; I look in three times.",
            f"On the night of {when.day_en(s.theft1)} I started at 21:00. It rained. My first round was quiet.",
            f"[[guard.van|At {s.watchman_time:%H:%M} a white van with a Dutch number plate was standing in front of the gate at {s.site1} with its lights off.]] I know the time because I had just scanned my control point. [[guard.plate|Of the number I only remember that it began with V-{s.van[2]} and was yellow.]]",
            "Question: Did you speak to anybody?",
            "[[guard.person|Answer: One man got out, about fifty, grey beard, and said in German with an accent that he was waiting for a colleague.]] I told him that it was private ground and he nodded. I drove on to the next object.",
            "Question: Was there a lorry or a trailer?",
            "[[guard.nolorry|Answer: No. I saw no lorry and no low loader, neither then nor later.]]",
            "My second round was at about three. The gate looked closed to me. I did not get out because of the rain. I regret that now. I did not look for the machines.",
            "[[guard.rounds|I entered both rounds in the round book, but the third round of that night I skipped because of a puncture.]]",
            "Question: Did you report the van?",
            "Answer: I made a note for my shift leader. Whether it was passed on I can't say.",
        ),
        *paragraphs(*asides.guard(s)),
        *closing(desk, s.watchman, "14:15"),
    ]
    desk.file(path, to_pdf(desk.manuscript(path, blocks), f"{s.case_code} - interview {s.watchman.family}"), PDF)


def _neighbour(desk: Desk) -> None:
    s, path = desk.scenario, "files/02_statements/Zeugenaussage_Anwohner.rtf"
    night = s.theft1 + timedelta(days=1)
    blocks = [
        title("Zeugenvernehmung"),
        pairs(
            ("Aktenzeichen", s.case_code),
            ("Name", s.neighbour.name),
            ("Geboren", when.day_de(s.neighbour.born)),
            ("Anschrift", f"{s.neighbour.street}, {s.site_town}"),
            ("Vernommen am", f"{when.day_de(s.theft1 + timedelta(days=4))}, 17:00 Uhr"),
        ),
        *paragraphs(
            "Nach Belehrung über die Wahrheitspflicht und das Zeugnisverweigerungsrecht erkläre ich:",
            f"Ich wohne gegenüber der Baustelle {s.site1}, zweiter Stock, das Schlafzimmer geht zur Straße. Seit dort gebaut wird, schlafe ich schlecht.",
            f"[[neighbour.time|In der Nacht zum {when.day_de_long(night)} bin ich um {s.neighbour_time:%H:%M} Uhr von einem Dieselmotor wach geworden; ich habe auf den Radiowecker gesehen.]]",
            "[[neighbour.lorry|Auf der Straße stand ein dunkelblauer Lastwagen mit Tieflader, auf der Plane war nichts aufgedruckt.]] Zwei Personen in Warnwesten haben Rampen angelegt. Eine dritte saß im Führerhaus.",
            "Auf Frage: [[neighbour.novan|Einen weißen Lieferwagen habe ich in dieser Nacht nicht gesehen.]] Es kann natürlich sein, dass vorher einer da war; geschlafen habe ich ab elf.",
            f"Auf Frage: [[neighbour.duration|Das Verladen hat keine zwanzig Minuten gedauert, dann sind sie Richtung {s.driver.town} abgefahren.]] Ich dachte, das sei eine Firma, die früh anfangen muss. Deshalb habe ich nicht angerufen.",
            *asides.neighbour(s),
            "Auf Frage: Gesichter konnte ich nicht erkennen. Einer von ihnen hat stark gehinkt, das linke Bein.",
            "Auf Frage: Das Kennzeichen habe ich nicht abgelesen. "
            + s.one_of("Es war ein deutsches, da bin ich sicher.", "Ein deutsches Kennzeichen war es aber sicher."),
            "Mehr kann ich dazu nicht sagen. Selbst gelesen, genehmigt und unterschrieben.",
        ),
    ]
    desk.file(path, to_rtf(desk.manuscript(path, blocks)), *RTF)


def _driver(desk: Desk) -> None:
    s, path = desk.scenario, "files/02_statements/interview_haulier.pdf"
    blocks = [
        *opening(desk, s.driver, "Accused", s.interviews, "10:00"),
        heading("On the person"),
        *paragraphs(
            f"I have had my own haulage business with one low loader, {s.low_loader}, since 2016. No employees. [[driver.debts|I owe the leasing company five instalments, that is no secret.]] I have no previous convictions apart from a traffic matter.",
        ),
        heading("On the matter"),
        *paragraphs(
            f"Question: Where were you in the night of {when.day_en(s.theft1)}?",
            f"[[driver.alibi|Answer: At home in {s.driver.town}, from eight in the evening until seven in the morning, alone.]] My lorry stood in the yard, locked.",
            "Question: And your telephone?",
            "[[driver.phone|Answer: It lay on the kitchen table all night, as always, and I made no calls.]]",
            f"Question: Do you know {s.trader.name}?",
            f"[[driver.stranger|Answer: The name means nothing to me, I have never done business with {s.trade_name}.]]",
            f"Question: The plate of your lorry was read on the federal road at {s.anpr_time:%H:%M} that night.",
            "[[driver.plates|Answer: Then somebody has copied my plates, that happens.]]",
            "Question: You hired an additional trailer in the week before. Which telephone number did you give the hire firm?",
            "Answer: My own, I suppose. I don't know any more.",
            f"Question: Do you know {s.insider.name}?",
            "[[driver.insider|Answer: We play in the same darts team, everybody knows that.]] We don't talk about work.",
            "After a break of ten minutes the accused asked for counsel. The interview was broken off.",
        ),
        *paragraphs(*asides.driver(s)),
        *closing(desk, s.driver, "11:10"),
    ]
    desk.file(
        path,
        to_pdf(
            desk.manuscript(path, blocks), f"{s.case_code} - interview {s.driver.family}, born {s.driver.born.year}"
        ),
        PDF,
    )


def _attendant(desk: Desk) -> None:
    s, path = desk.scenario, "files/02_statements/statement_fuel_station.txt"
    blocks = [
        *opening(desk, s.attendant, "Witness", s.theft1 + timedelta(days=6), "15:45"),
        heading("Statement"),
        *paragraphs(
            "I do nights at the Grenzland fuel station, Thursday to Monday normally, but that week I stood in for a colleague.",
            "[[attendant.lowloader|At about half past two in the night of the theft a dark blue low loader stopped at the lorry pump with a small excavator under a tarpaulin.]] You could see the bucket. I noticed because nobody moves machines at that hour.",
            f"[[attendant.paid|The driver paid EUR {s.fuel_paid:.2f} in cash for diesel and two coffees and did not want a receipt in the name of a firm.]]",
            "[[attendant.cap|He wore a green cap and kept his gloves on while paying.]] About fifty, I would say. There was another person in the cab who did not get out.",
            f"Question: Are you related to the haulier {s.driver.name}?",
            "[[attendant.notrelated|Answer: No, it is only the same name; I got a parking fine of his by mistake once, that is how I know of him.]]",
            "Question: Would you recognise the driver?",
            "Answer: Perhaps. He looked down the whole time. I would rather not say.",
            "[[attendant.clock|The clock of our camera system is set to universal time, the head office wants it like that, so you have to add two hours in summer.]]",
        ),
        *paragraphs(*asides.attendant(s)),
        *closing(desk, s.attendant, "16:30"),
    ]
    text = to_text(desk.manuscript(path, blocks))
    desk.file(path, text.encode("utf-16"), TEXT, note="UTF-16 with byte order mark")


def _trader(desk: Desk) -> None:
    s, path = desk.scenario, "files/02_statements/verhoor_handelaar.odt"
    blocks = [
        title("Proces-verbaal van verhoor verdachte"),
        pairs(
            ("Kenmerk", s.case_code),
            ("Naam", s.trader.name),
            ("Geboren", when.day_nl(s.trader.born)),
            ("Bedrijf", f"{s.trade_name}, KvK {s.trade_register}"),
            ("Datum verhoor", f"{when.day_nl(s.interviews)}, 14:00 uur"),
            ("Verbalisant", s.liaison.name),
        ),
        *paragraphs(
            "De verdachte is meegedeeld dat hij niet tot antwoorden verplicht is. Hij heeft afgezien van het recht op consultatie van een raadsman.",
            "Ik handel sinds 2009 in gebruikte grondverzetmachines. Ik koop op beurzen en via advertenties. [[trader.volume|Per jaar verkoop ik ongeveer veertig machines, vooral naar België.]]",
            f"Vraag: Hoe komt u aan de {s.mini.kind_nl} {s.mini.label}?",
            f"[[trader.purchase|Antwoord: Die heb ik op {when.day_nl(s.fair)} op de beurs in Helderloo contant gekocht van een onbekende man voor {when.euro_nl(s.claimed_purchase)}.]] Een factuur heb ik niet gekregen. De sleutel zat erin.",
            "Vraag: Aan wie hebt u de machine verkocht?",
            f"Antwoord: Aan {s.buyer_firm} uit {s.buyer.town}. [[trader.sale|De overdracht was op een parkeerplaats langs de snelweg, dat was handig voor ons beiden.]]",
            f"Vraag: Kent u {s.driver.name}?",
            "[[trader.driver|Antwoord: Ja, hij heeft wel eens een machine voor mij gereden, drie of vier keer dit jaar.]] Ik betaal hem per rit.",
            f"Vraag: Op uw zakelijke rekening is {when.euro_nl(s.forwarded)} binnengekomen van een Duitse rekening.",
            "[[trader.transfer|Antwoord: Dat was een aanbetaling van een klant voor een machine die ik nog moet leveren; de naam staat in mijn administratie.]] Op nadere vraag: die naam weet ik nu niet.",
            *asides.trader(s),
            f"Vraag: Van wie is de witte bestelbus {s.van}?",
            "Antwoord: Van het bedrijf. De sleutel hangt op kantoor, iedereen kan ermee weg.",
            "Na voorlezing volhard en ondertekend.",
        ),
    ]
    desk.file(path, to_odt(desk.manuscript(path, blocks), f"{s.interviews}T15:40:00Z"), ODT)


def _insider(desk: Desk) -> None:
    s, path = desk.scenario, "files/02_statements/interview_former_mechanic.docx"
    blocks = [
        *opening(desk, s.insider, "Accused", s.interviews + timedelta(days=1), "09:30"),
        heading("Statement"),
        *paragraphs(
            f"[[insider.job|I was a mechanic with {s.victim.name} for six years and looked after all the small machines.]] [[insider.notice|I was given notice on {when.day_en(s.dismissal)}.]]",
            "Question: Did you give back all keys when you left?",
            "[[insider.keys|Answer: All of them, I put the whole bunch on the desk of the office and nobody counted.]]",
            "Question: The handover record shows that one is missing.",
            "Answer: I never signed such a record.",
            "Question: Did you tell anyone the number of the padlock?",
            f"[[insider.code|Answer: After darts {s.driver.given} asked me how they lock up there and I told him the number; I thought it was just talk.]]",
            "Question: Did you get money for it?",
            f"[[insider.fee|Answer: He gave me an envelope with EUR {s.insider_fee} two weeks later and said that was for the beer.]] I did not ask.",
            f"Question: Did you have anything to do with the machine from {s.site3}?",
            "[[insider.third|Answer: No, by then I was afraid and did not answer the phone any more.]]",
            "Question: How often did you telephone in those days?",
            "Answer: He rang me, not the other way round.",
        ),
        *paragraphs(*asides.insider(s)),
        *closing(desk, s.insider, "10:50"),
    ]
    desk.file(
        path,
        to_docx(desk.manuscript(path, blocks), s.investigator.name, f"{s.interviews + timedelta(days=1)}T09:00:00Z"),
        DOCX,
    )


def _buyer(desk: Desk) -> None:
    s, path = desk.scenario, "files/02_statements/statement_buyer.pdf"
    blocks = [
        *opening(desk, s.buyer, "Witness", s.search + timedelta(days=4), "11:00"),
        *paragraphs("Heard in Dutch with an interpreter; this is the English fair copy."),
        heading("Statement"),
        *paragraphs(
            f"I am the owner of {s.buyer_firm}. We dig trenches and garden ponds. In spring I was looking for a small excavator because ours had a broken gearbox.",
            "[[buyer.advert|I found the machine through an advertisement on a website for used plant, with five pictures and without a price.]] I telephoned; a friendly man answered in Dutch.",
            f"[[buyer.handover|We met on {when.weekday_en(s.handover)}, at a quarter to five or so, at {s.handover_place}, and he brought the machine on a low loader with a German plate.]]"
            if s.handover_time.minute == 45
            else f"[[buyer.handover|We met on {when.weekday_en(s.handover)}, at about {s.handover_time:%H:%M}, at {s.handover_place}, and he brought the machine on a low loader with a German plate.]]",
            f"[[buyer.paid|I paid {when.euro_en(s.resale_cash)} in cash on the spot and transferred {when.euro_en(s.resale_transfer)} the same evening.]] That is a fair price for such a machine, a bargain perhaps, but the track was damaged.",
            "Question: Did you check the identification number?",
            "[[buyer.plate|Answer: The type plate was there, but two rivets were new and shiny; I thought it had been repainted.]]",
            "Question: Which papers did you get?",
            "[[buyer.papers|Answer: A purchase contract, one key and a photocopy of a CE declaration that belonged to another type, as I know now.]]",
            "Question: Is there anything special about the machine?",
            "[[buyer.weld|Answer: On the left of the boom there is a weld, about as long as a hand, under new paint.]]",
            f"The machine was seized at my yard in {s.buyer.town} and I was left with the damage. I will claim it.",
        ),
        *paragraphs(*asides.buyer(s)),
        *closing(desk, s.buyer, "12:25"),
    ]
    desk.file(path, to_pdf(desk.manuscript(path, blocks), f"{s.case_code} - interview {s.buyer.family}"), PDF)


def _other_guard(desk: Desk) -> None:
    s, path = desk.scenario, "files/02_statements/statement_guard_copper_case.pdf"
    blocks = [
        *opening(desk, s.noise_person, "Witness", s.noise_theft + timedelta(days=2), "08:45"),
        heading("Statement"),
        *paragraphs(
            f"I was night guard on the Ostring site. In the night of {when.day_en(s.noise_theft)} I heard an engine at about ten to eleven. A pick-up without lights drove off, red, perhaps brown. I saw no number plate.",
            "The chain of the gate had been cut with a bolt cutter. The excavator was still there, the key was in my pocket. Only the cable drums were empty.",
            "[[otherguard.dog|My dog had barked half an hour before, but I thought of foxes.]] I saw one person, slim, dark jacket, running. I could not say whether it was a man or a woman.",
            "Question: Did you see a white van or a lorry?",
            "Answer: No, neither.",
            "[[otherguard.pay|I am paid by the hour by the owner of the cable himself and not by a security company.]]",
        ),
        *paragraphs(*asides.older_guard(s)),
        *closing(desk, s.noise_person, "09:20"),
    ]
    desk.file(path, to_pdf(desk.manuscript(path, blocks), "OV - interview night guard Ostring"), PDF)
