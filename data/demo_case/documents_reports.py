"""The offence reports of the three thefts."""

from datetime import timedelta

from data.demo_case import asides
from data.demo_case import scenario as when
from data.demo_case.documents_media import typed_page
from data.demo_case.papers import Block, Desk, heading, items, pairs, paragraphs, table, title
from data.demo_case.rendering_office import WordExtras, to_docx
from data.demo_case.rendering_print import to_pdf

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
PDF = "application/pdf"
TEXT = "text/plain"
MARKDOWN = ("text/markdown", "text/plain")


def write(desk: Desk) -> None:
    """Write the three offence reports into folder 01_reports."""
    _first_theft(desk)
    _second_theft(desk)
    _third_theft(desk)


def head(desk: Desk, form: str, number: str) -> Block:
    """The head of a police form."""
    s = desk.scenario
    return pairs(
        ("Authority", "Kriminalkommissariat 22, Property Crime"),
        ("Form", form),
        ("Report number", number),
        ("Case reference", s.case_code),
        ("Docket", s.docket),
        ("Investigating officer", s.investigator.name),
    )


def _first_theft(desk: Desk) -> None:
    s = desk.scenario
    path = "files/01_reports/ST-1_offence_report.pdf"
    found, night = s.found_time, s.theft1 + timedelta(days=1)
    patrol = found + timedelta(minutes=s.rng.randint(38, 49))
    blocks = [
        title("Offence report: aggravated theft of construction plant"),
        head(desk, "PD 104, translated for the joint investigation", f"ST-1/{s.year}"),
        heading("1. Place and time"),
        *paragraphs(
            f"Building site {s.site1}, {s.site_town}, access from the farm track behind the allotments. Site of {s.victim.name}, {s.victim.town}; new housing, 42 units, earthworks under way.",
            f"[[t1.window|The offence was committed between {when.weekday_en(s.theft1)}, 19:30, when the last worker left, and {when.weekday_en(night)}, {found:%H:%M}.]] All times in this report are local time.",
            f"[[t1.patrol|The patrol car reached the gate at {patrol:%H:%M}]] and closed the track for the crime scene officers. It had rained until midnight; the ground was soft.",
        ),
        heading("2. What was found"),
        *paragraphs(
            f"The informant, {s.foreman.name}, who runs the site, opened up in the morning and noticed that the plant was missing. [[t1.gate|The chain of the main gate had not been cut; the padlock hung open and undamaged.]] "
            + s.one_of(
                "The code of the padlock is known to the crew and was last changed in the previous autumn.",
                "It is a four-digit combination lock which had not been changed since the autumn.",
            ),
            "[[t1.tracks|Two parallel tyre tracks 2.05 metres apart led from the parking place of the excavator to the asphalt, where pieces of bark from loading ramps lay.]] Casts were taken at two points (traces 1.1 and 1.2).",
            "[[t1.glove|A left-hand work glove, size 10, with a printed logo of a fuel company, was secured beside the ramps as trace 1.4]] and sent to the laboratory. A cigarette end (trace 1.5) was too wet to be examined with any prospect of success.",
        ),
        *paragraphs(*asides.first_report(s)),
        heading("3. Property taken"),
        table(
            ("No.", "Item", "Maker and model", "PIN", "Hours", "Replacement value"),
            (
                "1",
                s.mini.kind,
                s.mini.label,
                f"[[t1.mini_pin|{s.mini.pin}]]",
                f"[[t1.mini_hours|{s.mini.hours}]]",
                f"[[t1.mini_value|{when.euro_en(s.mini.value)}]]",
            ),
            (
                "2",
                s.plate.kind,
                s.plate.label,
                s.plate.pin,
                str(s.plate.hours),
                f"[[t1.plate_value|{when.euro_en(s.plate.value)}]]",
            ),
        ),
        *paragraphs(
            f"Both items belong to {s.victim.name}. [[t1.fuel|According to the foreman the tank of the excavator had been filled the afternoon before with about 35 litres of diesel.]] The plate compactor stood chained to the excavator's track.",
            "Small tools in the site container were left untouched although the container was not locked. The offenders therefore came for the machines.",
        ),
        heading("4. First steps"),
        *items(
            f"PINs entered in the national search system and in the Schengen Information System at {patrol + timedelta(minutes=95):%H:%M}.",
            f"Neighbourhood enquiries: the night guard {s.watchman.name} and the resident {s.neighbour.name} will be heard as witnesses.",
            f"Fuel stations along the route to the border asked to keep their recordings. [[t1.cctv_request|Recordings of the Grenzland station were secured on {when.day_en(s.theft1 + timedelta(days=3))}; the system keeps them for seven days only.]]",
            "Request for automatic number-plate readings of the federal road for the night in question.",
        ),
        heading("5. Remarks"),
        *paragraphs(
            "No suspicion against a particular person at the time of this report. "
            + s.one_of(
                "The undamaged lock speaks for somebody who knew the code.",
                "Knowledge of the lock code has to be assumed.",
            ),
            f"{s.investigator.name}, {when.day_en(night)}",
        ),
    ]
    desk.file(path, to_pdf(desk.manuscript(path, blocks), f"{s.case_code} - offence report ST-1"), PDF)


def _second_theft(desk: Desk) -> None:
    s = desk.scenario
    path = "files/01_reports/Strafanzeige_ST-2.docx"
    alarm = s.fence_alarm
    blocks = [
        title("Strafanzeige: Besonders schwerer Fall des Diebstahls"),
        pairs(
            ("Dienststelle", "Kriminalkommissariat 22"),
            ("Aktenzeichen", s.case_code),
            ("Bericht", f"ST-2/{s.year}"),
            ("Sachbearbeitung", s.investigator.name),
        ),
        heading("Sachverhalt"),
        *paragraphs(
            f"In der Nacht vom {when.day_de_long(s.theft2)} auf den Folgetag wurde von der Baustelle {s.site2} in {s.site_town} ein {s.loader.kind_de} der Marke {s.loader.label} entwendet. Das Gerät gehört der {s.rental.name} und war an die {s.victim.name} vermietet.",
            f"[[t2.alarm|Der Zaunmelder auf der Nordseite löste um {alarm:%H:%M} Uhr aus, wurde von der Leitstelle des Wachdienstes aber als Fehlalarm quittiert.]] Eine Streife wurde nicht entsandt.",
            "Der Radlader wurde nach Spurenlage aus eigener Kraft bis zur Zufahrt gefahren. [[t2.key|Ein Einbruch in die Kabine ist nicht erkennbar; das Gerät wurde mit einem passenden Schlüssel gestartet.]]",
            "Die Zahl der im Baucontainer verwahrten Ersatzschlüssel wurde zunächst falsch angegeben.",
        ),
        heading("Entwendetes Gerät"),
        table(
            ("Gerät", "Hersteller und Typ", "Ident-Nr.", "Betriebsstunden", "Zeitwert"),
            (
                s.loader.kind_de,
                s.loader.label,
                f"[[t2.loader_pin|{s.loader.pin}]]",
                f"{s.loader.hours}",
                f"[[t2.loader_value|{when.euro_de(s.loader.value)}]]",
            ),
        ),
        heading("Spuren und Maßnahmen"),
        *paragraphs(
            f"Im Gerät ist der Ortungssender {s.tracker} des Herstellers FieldTrace verbaut. Die Positionsdaten wurden über {s.rental_manager.name} beim Hersteller in den USA angefordert.",
            "Am Zaunpfosten 17 wurde dunkelblauer Lackabrieb gesichert (Spur 2.3). [[t2.paint|Die Höhe des Abriebs von 78 cm passt zur Ladekante eines Tiefladers.]]",
            "Hinweise aus der Bevölkerung liegen bisher nicht vor. Die Anwohner werden nachbefragt.",
        ),
    ]
    clean = desk.manuscript(path, blocks)
    spoken = desk.note(
        path, f"[[t2.comment|Bitte klären, wer den dritten Schlüssel zuletzt hatte. {s.analyst.family}]]"
    )
    footnote = desk.note(
        path, "[[t2.footnote|Zeitwert laut Gutachten der Vermieterin vom Januar des Jahres, ohne Anbaugeräte.]]"
    )
    desk.note(path, "Laut Polier waren es \n drei \n zwei \n Schlüssel am Haken.")
    form = (
        (desk.note(path, "Geschädigte Firma"), desk.note(path, s.rental.name)),
        (
            desk.note(path, "Strafantrag gestellt am"),
            desk.note(path, f"[[t2.form|{when.day_de(s.theft2 + timedelta(days=2))}]]"),
        ),
    )
    extras = WordExtras(
        comment=(3, s.analyst.name, spoken),
        change=(3, " Laut Polier waren es ", "drei", "zwei", " Schlüssel am Haken.", s.investigator.name),
        footnote=(0, footnote),
        form=form,
    )
    data = to_docx(clean, s.investigator.name, f"{s.theft2 + timedelta(days=2)}T09:12:00Z", extras)
    desk.file(
        path,
        data,
        DOCX,
        issues_allowed=("hidden_text",),
        note="tracked change (drei/zwei), comment, footnote, content controls",
    )


def _third_theft(desk: Desk) -> None:
    s = desk.scenario
    path = "files/01_reports/ST-3_offence_report.pdf"
    blocks = [
        title("Offence report: theft of construction plant"),
        head(desk, "PD 104, translated for the joint investigation", f"ST-3/{s.year}"),
        heading("1. Facts"),
        *paragraphs(
            f"{s.foreman.name} reported by telephone on {when.weekday_en(s.third_found.date())} at {s.third_found:%H:%M} that plant had been stolen overnight from the building site {s.site3}, {s.site_town}.",
            "[[t3.cut|This time the fence had been cut open over a width of 3.40 metres and two panels laid flat in the grass.]] The code of the gate lock had been changed after the first theft.",
            f"The {s.midi.kind} had been parked against the container as a precaution. [[t3.battery|It had been fitted with a battery isolator the week before; the isolator was found unscrewed on the ground.]]",
        ),
        heading("2. Property taken"),
        table(
            ("No.", "Item", "Maker and model", "PIN", "Hours", "Replacement value"),
            (
                "1",
                s.midi.kind,
                s.midi.label,
                f"[[t3.midi_pin|{s.midi.pin}]]",
                str(s.midi.hours),
                f"[[t3.midi_value|{when.euro_en(s.midi.value)}]]",
            ),
            (
                "2",
                s.breaker.kind,
                s.breaker.label,
                s.breaker.pin,
                str(s.breaker.hours),
                f"[[t3.breaker_value|{when.euro_en(s.breaker.value)}]]",
            ),
        ),
        heading("3. Traces"),
        *paragraphs(
            f"Bolt cutter marks on 14 wires were cast (traces 3.1 to 3.3). Tyre tracks as at {s.site1}, but the ground was dry and no measure could be taken.",
            f"[[t3.receipt|In the grass beside the fence lay a till receipt of the Grenzland fuel station for two coffees, printed at 01:{s.rng.randint(12, 38)} on the night of the offence.]]",
        ),
        *paragraphs(*asides.third_report(s)),
        heading("4. Damage"),
        *paragraphs(
            f"[[t3.damage|The site manager puts the damage to the fence at {when.euro_en(s.rng.randrange(820, 1480, 20))}.]] {s.victim.name} has filed a complaint. The insurer was told by the company itself.",
            "Annex: sketch of the site with hand-written measures (scan, one page).",
        ),
    ]
    scan = typed_page(
        (
            "SKETCH OF SITE - ANNEX 1",
            f"Site {s.site3}, not to scale",
            "",
            "Gate (locked, new code)        Container",
            "Fence cut here: panels 22 and 23",
            f"Excavator {s.midi.label} stood 4 m from fence",
            "",
            "Measured with tape, two persons",
        )
    )
    data = to_pdf(desk.manuscript(path, blocks), f"{s.case_code} - offence report ST-3", scans=(scan,))
    desk.file(path, data, PDF, status="partial", issues=("needs_ocr",), note="the last page is a scan")
