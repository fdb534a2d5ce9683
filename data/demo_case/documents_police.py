"""Further police papers: briefing, plan, search record, duty log, laboratory report, and an older case that looks alike."""

from datetime import timedelta

from data.demo_case import asides
from data.demo_case import scenario as when
from data.demo_case.documents_reports import DOCX, MARKDOWN, ODT, PDF, PPTX, TEXT, head
from data.demo_case.papers import Desk, heading, items, pairs, paragraphs, table, title
from data.demo_case.rendering_office import to_docx, to_odt, to_pptx
from data.demo_case.rendering_plain import to_markdown, to_text
from data.demo_case.rendering_print import to_pdf


def write(desk: Desk) -> None:
    """Write the further papers of folder 01_reports."""
    _overview(desk)
    _plan(desk)
    _search(desk)
    _duty_log(desk)
    _tool_marks(desk)
    _older_case(desk)


def _overview(desk: Desk) -> None:
    s = desk.scenario
    path = "files/01_reports/briefing_joint_team.pptx"
    slides = [
        (
            f"Operation {s.operation}",
            [f"Joint briefing, case {s.case_code}", f"Presented by {s.analyst.name}"],
            "Welcome the Dutch colleagues. Coffee is in room 2.14.",
        ),
        (
            "Three sites, one handwriting",
            [
                f"{s.site1}: lock opened with the code",
                f"{s.site2}: machine started with a key",
                f"{s.site3}: fence cut, isolator unscrewed",
            ],
            f"[[brief.code|The lock code at {s.site1} was the year in which the company was founded, {s.rng.randint(1961, 1989)}.]] Do not hand this slide out.",
        ),
        (
            "Next steps",
            [
                "Call records of the haulier",
                "Bank answer on the diverted payments",
                f"Search in {s.trade_town} with the Dutch police",
            ],
            f"[[brief.budget|The joint team has travel money for four more trips until the end of the quarter.]] Ask {s.liaison.name} about interpreters.",
        ),
    ]
    clean = [
        (desk.note(path, name), [desk.note(path, line) for line in lines], desk.note(path, notes))
        for name, lines, notes in slides
    ]
    desk.file(
        path,
        to_pptx(clean, s.analyst.name, f"{s.theft3 + timedelta(days=6)}T07:45:00Z"),
        PPTX,
        issues_allowed=("hidden_text",),
        note="two facts stand in the speaker's notes only",
    )


def _plan(desk: Desk) -> None:
    s = desk.scenario
    path = "files/01_reports/enquiry_plan.md"
    blocks = [
        title(f"Lines of enquiry, operation {s.operation}"),
        *paragraphs(f"Kept by {s.analyst.name}; last touched {when.day_en(s.theft3 + timedelta(days=9))}. Internal."),
        heading("Open"),
        *items(
            f"Who knew the code and had keys? Former staff of {s.victim.name} first.",
            "[[plan.trailer|Low-loader trailers: 31 hire firms within 60 km were written to, 27 have answered, one with a match.]]",
            "Adverts for used plant: three portals, alert set on maker and type.",
            f"Two persons of the name {s.driver.name} appear in the file. [[plan.twins|The haulier was born on {when.day_en(s.driver.born)}, the fuel station employee on {when.day_en(s.attendant.born)}; they are not related.]] Always write the date of birth.",
        ),
        heading("Done"),
        *items(
            "Search systems: all five PINs entered.",
            f"Banks: request to {s.banker.name} sent.",
            f"[[plan.prosecutor|The prosecutor agreed on {when.day_en(s.theft3 + timedelta(days=7))} to join the invoice fraud with the thefts under one docket.]]",
        ),
    ]
    desk.file(path, to_markdown(desk.manuscript(path, blocks)).encode(), *MARKDOWN)


def _search(desk: Desk) -> None:
    s = desk.scenario
    path = "files/01_reports/proces-verbaal_doorzoeking.odt"
    blocks = [
        title("Proces-verbaal van doorzoeking ter inbeslagneming"),
        pairs(
            ("Eenheid", "Grensregio, team Rechtshulp"),
            ("Verbalisant", s.liaison.name),
            ("Kenmerk", s.case_code),
            ("Datum", when.day_nl(s.search)),
        ),
        heading("Plaats en tijd"),
        *paragraphs(
            f"Op {when.day_nl(s.search)} om 06:00 uur betraden wij het bedrijfsterrein van {s.trade_name} te {s.trade_town}. [[pv.present|Bij de doorzoeking was de eigenaar, {s.trader.name}, vanaf 06:40 uur aanwezig.]] De doorzoeking eindigde om 11:25 uur.",
            f"Van Duitse zijde was {s.investigator.name} als waarnemer aanwezig.",
        ),
        heading("Aangetroffen"),
        *paragraphs(
            f"[[pv.loader|In loods 2 stond onder een dekzeil een {s.loader.kind_nl} van het merk {s.loader.label}, identificatienummer {s.loader.pin}.]] De behuizing van de ortingszender was leeg; twee afgeknipte draden hingen los.",
            f"De {s.midi.kind_nl} die in {s.site_town} is weggenomen, werd niet aangetroffen. [[pv.paint|In de spuitcabine waren sporen van verse gele lak zichtbaar op de vloer en op drie motorkappen.]]",
            f"[[pv.keytag|In de bureaulade lag een contactsleutel met een rood label waarop met de hand ‘{s.victim.name.split()[0]} {s.mini.model}’ was geschreven.]]",
        ),
        *paragraphs(*asides.search_record(s)),
        heading("In beslag genomen goederen"),
        *items(
            f"[[pv.seized1|1. {s.loader.kind_nl} {s.loader.label}]]",
            "[[pv.seized2|2. contactsleutel met rood label]]",
            "[[pv.seized3|3. twee mobiele telefoons, zwart]]",
            "[[pv.seized4|4. laptop met voeding]]",
            f"[[pv.seized5|5. kasboek {s.year} (bestand op de laptop en een uitdraai)]]",
            "[[pv.seized6|6. USB-stick 32 GB]]",
            f"[[pv.seized7|7. bestelbus, wit, kenteken {s.van}]]",
        ),
        heading("Verklaring ter plaatse"),
        *paragraphs(
            f"[[pv.remark|{s.trader.name} zei spontaan dat hij de {s.loader.kind_nl} ‘alleen in bewaring’ had voor een klant.]] Hij wilde de naam van die klant niet noemen. Hem is de cautie gegeven.",
        ),
    ]
    desk.file(path, to_odt(desk.manuscript(path, blocks), f"{s.search}T15:02:00Z"), ODT)


def _duty_log(desk: Desk) -> None:
    s = desk.scenario
    path = "files/01_reports/duty_log_control_room.txt"
    night = s.theft1 + timedelta(days=1)
    entries = (
        (
            night.isoformat(),
            f"00:{s.rng.randint(3, 29):02d}",
            f"Caller reports young people on the site {s.site3}. Patrol finds nobody.",
        ),
        (
            night.isoformat(),
            f"{s.found_time + timedelta(minutes=9):%H:%M}",
            f"[[log.call|Foreman {s.foreman.name} reports mini excavator and plate stolen, {s.site1}. Car 22/4 sent.]]",
        ),
        (
            s.fence_alarm.date().isoformat(),
            f"{s.fence_alarm + timedelta(hours=4):%H:%M}",
            f"Security company reports a wheel loader missing, {s.site2}. It had not passed on its alarm of the night.",
        ),
        (
            s.complaint.isoformat(),
            "10:20",
            f"[[log.fraud|Director of {s.victim.name} asks for the fraud desk: supplier says three invoices unpaid.]]",
        ),
        (
            s.third_found.date().isoformat(),
            f"{s.third_found:%H:%M}",
            f"Foreman reports excavator and breaker stolen, {s.site3}.",
        ),
    )
    blocks = [
        title("CONTROL ROOM - EXTRACT OF THE DUTY LOG"),
        *paragraphs(f"Extract for {s.case_code}. Local time. Printed on {when.day_en(s.theft3 + timedelta(days=12))}."),
        table(
            ("Date", "Time", "Entry"),
            *sorted(entries),
        ),
    ]
    desk.file(path, to_text(desk.manuscript(path, blocks)).encode(), TEXT)


def _tool_marks(desk: Desk) -> None:
    s = desk.scenario
    path = "files/01_reports/forensic_report_traces.pdf"
    percent = s.rng.randint(34, 61)
    blocks = [
        title("Laboratory report on traces"),
        head(desk, "KTI report, short form", f"KTI-{s.rng.randint(2200, 7800)}/{s.year}"),
        heading("Material"),
        *paragraphs("Casts 1.1 and 1.2 (tyre tracks), glove 1.4, paint 2.3, casts 3.1 to 3.3 (wire ends)."),
        heading("Findings"),
        *paragraphs(
            f"Tyre tracks: [[kti.tyres|the tread of casts 1.1 and 1.2 corresponds in pattern and width to the rear axle tyres of the low loader {s.low_loader}]]; wear marks allow no identification of the single tyre.",
            "Glove: mixed DNA of at least three persons, not suitable for comparison. Paint: [[kti.paint|two-layer dark blue lorry paint over grey primer, in agreement with the comparison sample from the ramp of the same vehicle]].",
            f"Wire ends: [[kti.cutter|the wires were cut with a bolt cutter whose blade has a notch of {percent / 100:.2f} mm; the tool itself was not available.]] Comparison is possible as soon as a tool is submitted.",
        ),
        *paragraphs(*asides.laboratory(s)),
        heading("Assessment"),
        *paragraphs(
            "The findings describe agreement of class characteristics. They do not identify a driver. "
            + s.one_of("Further examinations are not planned.", "No further examination was ordered.")
        ),
    ]
    desk.file(path, to_pdf(desk.manuscript(path, blocks), f"{s.case_code} - laboratory report"), PDF)


def _older_case(desk: Desk) -> None:
    s = desk.scenario
    path = "files/01_reports/older_case_copper_cable.docx"
    blocks = [
        title("Offence report: theft of copper cable"),
        pairs(
            ("Report number", f"OV-{s.rng.randint(300, 799)}/{s.noise_theft.year}"),
            ("Investigating officer", "Police station South"),
            ("Attached to", f"{s.case_code}, for comparison only"),
        ),
        heading("Facts"),
        *paragraphs(
            f"In the night of {when.day_en(s.noise_theft)} unknown persons took about 480 metres of copper cable from the building site Ostring in {s.site_town}. The chain of the gate had been cut; the pieces lay on the ground.",
            f"The night guard of that site, {s.noise_person.name}, heard an engine at 22:50 and saw a red pick-up drive off. No number plate was read. An excavator parked beside the drums was left alone.",
            f"[[older.value|The owner puts the value of the cable at {when.euro_en(s.rng.randrange(5200, 7900, 100))}.]] The case was closed without result in the following month.",
        ),
        heading("Why it is in this file"),
        *paragraphs(
            "Same town, same season of darkness, but other goods, another vehicle and another way in. "
            + s.one_of(
                "A link to the present case is not seen.", "No connection with the present series has been found."
            )
        ),
    ]
    desk.file(
        path,
        to_docx(
            desk.manuscript(path, blocks), "Police station South", f"{s.noise_theft + timedelta(days=1)}T08:30:00Z"
        ),
        DOCX,
    )
