"""Folder 03_mail: the tracker's maker, the bank, the sale, and the daily post around the fraud."""

import io
import zipfile
from datetime import datetime, timedelta

from data.demo_case import documents_fraud
from data.demo_case import scenario as when
from data.demo_case.documents_media import photo
from data.demo_case.documents_reports import DOCX
from data.demo_case.mailing import Attachment, Letter, body, identity, pdf_part, post
from data.demo_case.papers import Desk, pairs, paragraphs, title
from data.demo_case.rendering_office import to_docx

CSV = ("text/csv", "text/plain")
ZIP = "application/zip"


def write(desk: Desk) -> None:
    """Write folder 03_mail."""
    documents_fraud.write(desk)
    _vendor(desk)
    _bank(desk)
    _offer(desk)
    _insider(desk)
    _insurer(desk)
    _newsletter(desk)
    _site_meeting(desk)


def _vendor(desk: Desk) -> None:
    s, path = desk.scenario, "files/03_mail/6_tracker_positions.eml"
    name, rows = "positions.csv", ["device;utc;latitude;longitude;ignition"]
    for step in range(14):
        at = s.last_fix - timedelta(minutes=11 * (13 - step))
        rows.append(
            f"{s.tracker};{at:%Y-%m-%dT%H:%M:%SZ};{51.02 + step * 0.0211:.4f};{6.41 - step * 0.0253:.4f};{'on' if step < 2 else 'off'}"
        )
    part = f"{path}!/{name}"
    data = "\r\n".join(rows) + "\r\n"
    desk.note(part, data)
    desk.note(part, f"[[vendor.lastrow|{s.last_fix:%Y-%m-%dT%H:%M:%SZ}]]")
    desk.expect(part, *CSV)
    text = body(
        desk,
        path,
        f"Hi {s.rental_manager.given},",
        f"attached is the history for {s.tracker}. All times in the file are UTC.",
        f"[[vendor.last|The unit last reported at {s.last_fix:%H:%M:%S} UTC from an industrial estate in {s.trade_town}, the Netherlands, and has been silent since.]] [[vendor.cut|Supply voltage was cut {s.rng.randint(61, 75)} minutes before that; it then ran on its own battery.]]",
        "[[vendor.antenna|The signal dropped from nine satellites to two within a minute, which usually means that somebody rolled it into a metal building.]]",
        "We keep the raw data for 90 days. A formal request by the police should go to our legal department.",
        f"{s.support.name}\nFieldTrace Support, Peoria IL\n{s.support.phone.international}",
    )
    letter = Letter(
        f"{s.support.name} <{s.support.email}>",
        f"{s.rental_manager.name} <{s.rental_manager.email}>",
        f"RE: stolen loader, unit {s.tracker}",
        s.vendor_mail,
        text,
        identity(desk, "fieldtrace.example"),
        attachments=(Attachment(name, "text/csv", data.encode()),),
        carbon=s.investigator.email,
    )
    desk.note(path, f"[[vendor.date|{s.vendor_mail:%d %b %Y %H:%M:%S -0500}]]")
    post(desk, path, letter, ("the Date header is in -0500",))


def _bank(desk: Desk) -> None:
    s, path = desk.scenario, "files/03_mail/7_answer_of_bank.eml"
    archive = f"{path}!/answer.zip"
    pdf_path, csv_path = f"{archive}!/account_opening.pdf", f"{archive}!/logins.csv"
    opened = s.fraud_mail - timedelta(days=s.rng.randint(12, 20))
    pdf = pdf_part(
        desk,
        pdf_path,
        (
            title("Account opening - extract"),
            pairs(
                ("Account", s.mule_account.printed),
                ("Holder", s.mule.name),
                ("Born", when.day_en(s.mule.born)),
                ("Opened", when.day_en(opened)),
            ),
            *paragraphs(
                f"[[bank.opened|The account was opened online on {when.day_en(opened)} after a video identification that lasted four minutes.]]",
                f"[[bank.phone|As telephone number for approvals {s.mule.phone.international} was entered first and replaced two days later by a Dutch number.]]",
                "Stated purpose of the account: salary. No salary was ever received.",
            ),
        ),
        "Nordbank Direkt, compliance",
    )
    days = [
        s.paid_days[0],
        s.cash_days[0],
        s.paid_days[1],
        s.cash_days[1],
        s.paid_days[2],
        s.cash_days[2],
        s.forward_day,
    ]
    logins = ["time_local,ip,device,action"] + [
        f"{day.isoformat()} {s.rng.randint(7, 21):02d}:{s.rng.randint(0, 59):02d},198.51.100.{s.rng.randint(2, 250)},Android app,{'transfer' if day == s.forward_day else 'balance'}"
        for day in days
    ]
    desk.note(csv_path, "\r\n".join(logins))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        stamp = (s.frozen_day.year, s.frozen_day.month, s.frozen_day.day, 14, 12, 0)
        for name, data in (("account_opening.pdf", pdf), ("logins.csv", ("\r\n".join(logins) + "\r\n").encode())):
            out.writestr(zipfile.ZipInfo(name, stamp), data, zipfile.ZIP_DEFLATED)
    desk.texts[archive] = "account_opening.pdf\nlogins.csv"
    desk.expect(archive, ZIP, issues_allowed=("no_text",))
    desk.expect(csv_path, *CSV)
    text = body(
        desk,
        path,
        f"Dear {s.investigator.name},",
        f"re {s.case_code}, your request of {when.day_en(s.complaint + timedelta(days=1))}.",
        f"[[bank.frozen|We froze the account of {s.mule.name} on {when.day_en(s.frozen_day)}; the balance at that moment was {when.euro_en(s.frozen)}.]] Opening papers and log-ins are in the attached archive; the statement follows on paper and as MT940.",
        "[[bank.recall|Our attempt to recall the transfer to the Netherlands failed because the money had already been passed on.]]",
        f"{s.banker.name}\nNordbank Direkt, compliance",
    )
    post(
        desk,
        path,
        Letter(
            f"{s.banker.name} <{s.banker.email}>",
            f"{s.investigator.name} <{s.investigator.email}>",
            f"{s.case_code}: answer to your request",
            s.at(s.frozen_day + timedelta(days=1), 15, 3, 44),
            text,
            identity(desk, "nordbank.example"),
            attachments=(Attachment("answer.zip", ZIP, target.getvalue()),),
        ),
    )


def _offer(desk: Desk) -> None:
    s, path = desk.scenario, "files/03_mail/8_offer_to_buyer.eml"
    part = f"{path}!/machine.jpg"
    desk.expect(part, "image/jpeg", status="skipped", issues=("unsupported",), note="no reader yet")
    text = body(
        desk,
        path,
        f"Beste {s.buyer.given},",
        f"zoals besproken aan de telefoon. [[offer.price|De vraagprijs is {when.euro_nl(s.resale + 1500)}, maar voor contante betaling kan ik iets doen.]]",
        f"[[offer.place|Laten we afspreken bij {s.handover_place}, dat ligt voor u op de route en dan hoeft u niet naar ons terrein.]] Papieren breng ik mee.",
        f"Met vriendelijke groet\n{s.trader.name}\n{s.trade_name}\n{s.trade_phone.international}",
    )
    post(
        desk,
        path,
        Letter(
            f"{s.trade_name} <verkoop@{s.trade_domain}>",
            f"{s.buyer.name} <{s.buyer.email}>",
            f"Minigraver {s.mini.label}",
            s.at(s.handover - timedelta(days=3), 20, 14, 55),
            text,
            identity(desk, s.trade_domain),
            attachments=(Attachment("machine.jpg", "image/jpeg", photo(desk, s.mini.label)),),
        ),
    )


def _insider(desk: Desk) -> None:
    s, path = desk.scenario, "files/03_mail/1_reference_letter.eml"
    text = body(
        desk,
        path,
        "Sehr geehrte Damen und Herren,",
        "[[reference.ask|ich bitte zum dritten Mal um mein Arbeitszeugnis und um Auszahlung der Überstunden bis Monatsende.]]",
        "[[reference.threat|Wenn bis dahin nichts kommt, werden Sie sich noch wundern, was so alles vom Hof verschwindet.]]",
        f"{s.insider.name}\n{s.insider.phone.national}",
    )
    post(
        desk,
        path,
        Letter(
            f"{s.insider.name} <{s.insider.email}>",
            f"{s.director.name} <{s.director.email}>",
            "Zeugnis und Überstunden",
            s.at(s.theft1 - timedelta(days=6), 22, 47, 2),
            text,
            identity(desk, "postfach-west.example"),
        ),
    )


def _insurer(desk: Desk) -> None:
    s, path = desk.scenario, "files/03_mail/9_insurance_claim.eml"
    part = f"{path}!/claim_form.docx"
    blocks = (
        title("Notice of loss"),
        pairs(("Claim number", s.insurance_claim), ("Policyholder", s.victim.name), ("Object", s.mini.label)),
        *paragraphs(
            f"[[claim.amount|The policyholder claims {when.euro_en(s.mini.value + 2100)} for the excavator, including a set of three buckets.]]",
            "[[claim.question|Open question of the insurer: why the key was kept in an unlocked container.]] No payment has been promised.",
        ),
    )
    data = to_docx(desk.manuscript(part, blocks), s.insurer.name, f"{s.theft1 + timedelta(days=9)}T10:00:00Z")
    desk.expect(part, DOCX)
    text = body(
        desk,
        path,
        f"Dear {s.director.name},",
        f"[[claim.number|your loss is kept here under {s.insurance_claim}.]] Please check the attached form and send it back signed.",
        "We will decide when the file of the police has been seen.",
        f"{s.insurer.name}\nAssekuranz Mitte",
    )
    post(
        desk,
        path,
        Letter(
            f"{s.insurer.name} <{s.insurer.email}>",
            f"{s.director.name} <{s.director.email}>",
            f"Claim {s.insurance_claim}",
            s.at(s.theft1 + timedelta(days=9), 12, 5, 21),
            text,
            identity(desk, "assekuranz-mitte.example"),
            attachments=(Attachment("claim_form.docx", DOCX, data),),
        ),
    )


def _newsletter(desk: Desk) -> None:
    s, path = desk.scenario, "files/03_mail/newsletter_plant_security.eml"
    lines = (
        "Plant security news",
        "Every third theft of an excavator happens at a weekend. Change the code of your padlock once a quarter, park machines in a circle, and take the key with you.",
        "[[news.discount|Readers get 15 per cent off our fence alarm until the end of the month.]]",
        "You get this mail because you visited our stand at the fair.",
    )
    clean = [desk.note(path, line) for line in lines]
    html = (
        "<html><body><h1>"
        + clean[0]
        + "</h1>"
        + "".join(f"<p>{line}</p>" for line in clean[1:])
        + '<img src="https://track.plantnews.example/o.gif" width="1" height="1"></body></html>'
    )
    post(
        desk,
        path,
        Letter(
            "Plant Security News <news@plantnews.example>",
            f"{s.foreman.name} <{s.foreman.email}>",
            "Is your excavator safe tonight?",
            s.at(s.theft1 - timedelta(days=20), 6, 0, 0),
            "\n\n".join(clean) + "\n",
            identity(desk, "plantnews.example"),
            html=html,
        ),
    )


def _site_meeting(desk: Desk) -> None:
    s, path = desk.scenario, "files/03_mail/site_meeting.eml"
    day = s.theft2 - timedelta(days=3)
    text = body(
        desk,
        path,
        "Good morning,",
        f"[[meeting.when|the meeting about the drainage at {s.site2} is moved to {when.weekday_en(day)}, 07:30, in the container.]]",
        "Please bring the delivery notes of last week. The wheel loader has to be free until noon because the road is being cleaned.",
        s.foreman.name,
    )
    post(
        desk,
        path,
        Letter(
            f"{s.foreman.name} <{s.foreman.email}>",
            f"{s.clerk.name} <{s.clerk.email}>",
            f"Site meeting {s.site2}",
            datetime(day.year, day.month, day.day, 7, 2, 0, tzinfo=when.LOCAL) - timedelta(days=2),
            text,
            identity(desk, s.victim.domain),
        ),
    )
