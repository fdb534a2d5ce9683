"""Folders 05_telecom and 06_vehicles: call records, chats, subscriber data, cameras, number-plate readings."""

import json
from datetime import UTC, datetime, timedelta

from data.demo_case import scenario as when
from data.demo_case.documents_reports import PDF, TEXT
from data.demo_case.papers import Desk, pairs, paragraphs, title
from data.demo_case.rendering_print import to_pdf

CSV = ("text/csv", "text/plain")


def write(desk: Desk) -> None:
    """Write folders 05_telecom and 06_vehicles."""
    _call_records(desk)
    _subscriber(desk)
    _whatsapp(desk)
    _telegram(desk)
    _contacts(desk)
    _plate_readings(desk)
    _camera_log(desk)
    _vehicle_register(desk)
    _gate_log(desk)
    _workshop(desk)


def _call_records(desk: Desk) -> None:
    s, path = desk.scenario, "files/05_telecom/call_records_haulier.csv"
    lines = ["start_local,caller,called,type,seconds,cell"]
    for number, call in enumerate(s.calls):
        at = f"{call.at:%Y-%m-%d %H:%M:%S}"
        at = (
            f"[[cdr.last|{at}]]"
            if call.at == s.last_night_call and call.called == s.trade_phone
            else f"[[cdr.row{number}|{at}]]"
            if call.called == s.trade_phone
            else at
        )
        lines.append(
            f"{at},{call.caller.e164},{call.called.e164},{'voice' if call.seconds else 'sms'},{call.seconds},{call.cell}"
        )
    desk.file(path, desk.note(path, "\n".join(lines) + "\n").encode(), *CSV)


def _subscriber(desk: Desk) -> None:
    s, path = desk.scenario, "files/05_telecom/subscriber_data.json"
    activated = s.at(s.theft1 - timedelta(days=7), 11, s.rng.randint(0, 59))
    rows = [
        {
            "number": s.driver.phone.e164,
            "holder": s.driver.name,
            "born": s.driver.born.isoformat(),
            "address": s.driver.town,
            "kind": "contract",
            "since": "2017-03-01",
        },
        {
            "number": s.insider.phone.e164,
            "holder": s.insider.name,
            "born": s.insider.born.isoformat(),
            "address": s.insider.town,
            "kind": "contract",
            "since": "2019-11-15",
        },
        {
            "number": s.mule.phone.e164,
            "holder": s.mule.name,
            "born": s.mule.born.isoformat(),
            "address": s.mule.town,
            "kind": "prepaid",
            "since": f"{s.year - 1}-08-02",
        },
        {
            "number": "not assigned in this network",
            "holder": "[[subscriber.shop|prepaid card, sold without a check of identity papers at a kiosk in "
            + s.trade_town
            + "]]",
            "activated": f"[[subscriber.activated|{activated.isoformat()}]]",
            "last_cell": "Venrooy-Zuid",
            "kind": "prepaid",
        },
    ]
    text = json.dumps(
        {"request": s.case_code, "answered": (s.search - timedelta(days=9)).isoformat(), "subscribers": rows},
        ensure_ascii=False,
        indent=2,
    )
    desk.file(path, (desk.note(path, text) + "\n").encode(), "application/json")


def _whatsapp(desk: Desk) -> None:
    s, path = desk.scenario, "files/05_telecom/chat_export_driver_insider.txt"
    me, him = s.driver.name, s.insider.name
    start = s.at(s.theft1 - timedelta(days=2), 18, 11)
    talk = (
        (0, me, "Darts on Thursday?"),
        (3, him, "If my back holds."),
        (9, me, "[[chat.code|What was that number again, the one with the founder's year]]"),
        (11, him, "You know it. Don't write such things here."),
        (14, me, f"[[chat.new|I have another number for this, {s.burner.bracketed}, write there from now on]]"),
        (15, him, "ok"),
        (60 * 47 + 8, me, "[[chat.rain|Rain is good, nobody goes out]]"),
        (60 * 47 + 30, him, "I know nothing"),
        (60 * 60, me, "[[chat.done|All went fine, envelope follows]]"),
        (60 * 61, him, "Delete this please"),
        (60 * 24 * 14, me, "Left it in your letter box"),
        (60 * 24 * 14 + 4, him, "[[chat.fee|That was less than we said]]"),
        (60 * 24 * 14 + 9, me, "He takes his share too."),
    )
    lines = [f"{start:%d.%m.%y, %H:%M} - Messages and calls are end-to-end encrypted."]
    lines += [f"{start + timedelta(minutes=minutes):%d.%m.%y, %H:%M} - {who}: {text}" for minutes, who, text in talk]
    desk.file(
        path,
        desk.note(path, "\n".join(lines) + "\n").encode(),
        TEXT,
        note="chat export; read as text until it has a reader of its own",
    )


def _telegram(desk: Desk) -> None:
    s, path = desk.scenario, "files/05_telecom/telegram_export.json"
    talk = (
        (
            s.theft1 - timedelta(days=4),
            20,
            5,
            s.trader.name,
            "Ik zoek iets tussen 1,5 en 3 ton, geel, liefst zonder tracker",
        ),
        (s.theft1 - timedelta(days=4), 20, 9, s.driver.name, "Kan ich besorgen, Ende der Woche"),
        (
            s.theft1 + timedelta(days=1),
            7,
            2,
            s.driver.name,
            "[[tg.loaded|Steht bei dir in loods 2, Schlüssel liegt auf dem Rad]]",
        ),
        (
            s.theft1 + timedelta(days=1),
            7,
            40,
            s.trader.name,
            f"[[tg.price|{s.booked_purchase} zoals afgesproken, meer niet]]",
        ),
        (
            s.theft2 + timedelta(days=1),
            5,
            44,
            s.trader.name,
            "[[tg.tracker|Idioot, er zit een zender in, haal hem eruit]]",
        ),
        (s.theft2 + timedelta(days=1), 5, 51, s.driver.name, "Mach ich, Seitenschneider hab ich"),
        (
            s.forward_day,
            19,
            15,
            s.trader.name,
            "[[tg.money|Het geld van de facturen is binnen, jouw deel krijg je contant]]",
        ),
        (
            s.theft3 + timedelta(days=2),
            21,
            30,
            s.trader.name,
            "[[tg.poland|De grote gaat morgen naar Polen, eerst spuiten]]",
        ),
    )
    messages = [
        {
            "id": 4100 + number,
            "type": "message",
            "date": f"{day.isoformat()}T{hour:02d}:{minute:02d}:00",
            "date_unixtime": str(int(s.at(day, hour, minute).timestamp())),
            "from": who,
            "text": text,
        }
        for number, (day, hour, minute, who, text) in enumerate(talk)
    ]
    text = json.dumps(
        {"name": s.trader.name, "type": "personal_chat", "id": s.rng.randint(10**9, 10**10), "messages": messages},
        ensure_ascii=False,
        indent=1,
    )
    desk.file(path, desk.note(path, text).encode(), "application/json")


def _contacts(desk: Desk) -> None:
    s, path = desk.scenario, "files/05_telecom/phone_contacts_trader.csv"
    lines = ["name;number;group"]
    for name, number, group in (
        (s.buyer.name, s.buyer.phone.international, "klant"),
        (f"{s.driver.given} rit", s.driver.phone.international, "transport"),
        ("Veiling Helderloo", "+31 6 12345999", "inkoop"),
        ("[[contacts.painter|Spuiterij Jan (geel)]]", "+31 6 12345998", "werkplaats"),
        ("Mama", "+31 6 12345997", ""),
    ):
        lines.append(f"{name};{number};{group}")
    desk.file(path, desk.note(path, "\n".join(lines) + "\n").encode(), *CSV)


def _plate_readings(desk: Desk) -> None:
    s, path = desk.scenario, "files/06_vehicles/plate_readings_federal_road.csv"
    s_night = s.theft1 + timedelta(days=1)
    rows: list[tuple[datetime, str, str, str]] = [(s.anpr_time, s.low_loader, "B 221 km 14", "west to border")]
    rows += [
        (s.anpr_time - timedelta(hours=2, minutes=58), s.van, "B 221 km 14", "east"),
        (s.anpr_time + timedelta(hours=2, minutes=48), s.low_loader, "B 221 km 14", "east"),
    ]
    second = s.at(s.theft2 + timedelta(days=1), 4, s.rng.randint(2, 20), 11)
    rows += [(second, s.low_loader, "B 221 km 14", "west to border")]
    for _ in range(22):
        at = s.at(s_night, s.rng.randint(0, 5), s.rng.randint(0, 59), s.rng.randint(0, 59))
        rows.append(
            (
                at,
                s.rng.choice((s.other_lorry, f"WGB-PT {s.rng.randint(100, 999)}", f"NTS-AR {s.rng.randint(100, 999)}")),
                "B 221 km 14",
                s.rng.choice(("east", "west to border")),
            )
        )
    lines = ["read_at_local,plate,camera,direction"]
    for at, plate, camera, direction in sorted(rows):
        shown = f"{at:%Y-%m-%d %H:%M:%S}"
        if at == s.anpr_time:
            shown = f"[[anpr.hit|{shown}]]"
        elif plate == s.low_loader:
            shown = f"[[anpr.{'return' if at.date() == s_night else 'second'}|{shown}]]"
        elif plate == s.van:
            shown = f"[[anpr.van|{shown}]]"
        lines.append(f"{shown},{plate},{camera},{direction}")
    desk.file(path, desk.note(path, "\n".join(lines) + "\n").encode(), *CSV)


def _camera_log(desk: Desk) -> None:
    s, path = desk.scenario, "files/06_vehicles/fuel_station_camera.log"
    hit = s.cctv_time.astimezone(UTC)
    lines = ["# GRENZLAND STATION - EVENT LOG CAMERA 4 (LORRY PUMP) - TIMES IN UTC"]
    lines += [
        f"{hit + timedelta(minutes=minutes, seconds=s.rng.randint(0, 50)):%Y-%m-%dT%H:%M:%SZ} cam4 motion class={s.rng.choice(('car', 'lorry', 'person'))} plate=-"
        for minutes in (-188, -131, -96, -52, -17)
    ]
    lines.append(f"[[cctv.hit|{hit:%Y-%m-%dT%H:%M:%SZ} cam4 motion class=lorry plate={s.low_loader} conf=0.93]]")
    lines.append(
        f"[[cctv.leave|{hit + timedelta(minutes=9, seconds=14):%Y-%m-%dT%H:%M:%SZ} cam4 leave class=lorry plate={s.low_loader}]]"
    )
    lines += [
        f"{hit + timedelta(minutes=minutes, seconds=s.rng.randint(0, 50)):%Y-%m-%dT%H:%M:%SZ} cam4 motion class={s.rng.choice(('car', 'person'))} plate=-"
        for minutes in (38, 77, 140)
    ]
    desk.file(
        path, desk.note(path, "\n".join(lines) + "\n").encode(), TEXT, note="times are UTC, two hours behind local time"
    )


def _vehicle_register(desk: Desk) -> None:
    s, path = desk.scenario, "files/06_vehicles/vehicle_register_answer.xml"
    text = desk.note(
        path,
        f'<?xml version="1.0" encoding="UTF-8"?>\n<answer reference="{s.case_code}">\n  <vehicle plate="{s.low_loader}"><type>lorry with low-loader body</type><colour>[[vehicle.colour|dark blue]]</colour><keeper born="{s.driver.born.isoformat()}">[[vehicle.keeper|{s.driver.name}]]</keeper><first_registration>2012-09-18</first_registration>'
        f'<inspection_due>[[vehicle.inspection|{s.year}-{s.rng.randint(8, 11):02d}]]</inspection_due></vehicle>\n  <vehicle plate="{s.other_lorry}"><type>lorry, tipper</type><colour>white</colour><keeper>Gemeindewerke {s.site_town}</keeper><first_registration>2019-02-05</first_registration></vehicle>\n'
        f'  <vehicle plate="{s.van}" country="NL"><type>van</type><colour>white</colour><keeper>[[vehicle.van|{s.trade_name}]]</keeper></vehicle>\n</answer>\n',
    )
    desk.file(path, text.encode(), "application/xml", "text/xml")


def _gate_log(desk: Desk) -> None:
    s, path = desk.scenario, "files/06_vehicles/security_round_book.tsv"
    night = s.theft1 + timedelta(days=1)
    lines = ["date\ttime\tobject\tcontrol point\tremark"]
    rounds = (
        (s.theft1, 21, 14, "School centre", "ok"),
        (s.theft1, 22, 2, "Depot north", "ok"),
        (s.theft1, 23, 5, "Car dealer", "window open, closed"),
        (
            s.watchman_time.date(),
            s.watchman_time.hour,
            s.watchman_time.minute,
            s.site1,
            "[[rounds.van|white van NL, one person, says waiting]]",
        ),
        (night, 0, 41, "Swimming pool", "ok"),
        (night, 3, 8, s.site1, "[[rounds.second|seen from the road, gate closed]]"),
        (night, 4, 55, s.site1, "[[rounds.third|round done, nothing to report]]"),
    )
    lines += [
        f"{day.isoformat()}\t{hour:02d}:{minute:02d}\t{place}\tCP {number + 1}\t{remark}"
        for number, (day, hour, minute, place, remark) in enumerate(rounds)
    ]
    desk.file(
        path,
        desk.note(path, "\n".join(lines) + "\n").encode(),
        "text/tab-separated-values",
        "text/plain",
        note="the third round contradicts the guard's statement",
    )


def _workshop(desk: Desk) -> None:
    s, path = desk.scenario, "files/06_vehicles/workshop_invoice_low_loader.pdf"
    blocks = [
        title("Workshop invoice"),
        pairs(
            ("Customer", f"Transporte {s.driver.family}, {s.driver.town}"),
            ("Vehicle", s.low_loader),
            ("Date", when.day_en(s.theft2 + timedelta(days=6))),
        ),
        *paragraphs(
            f"[[workshop.ramp|Straightened the right loading ramp, painted the edge dark blue, renewed two lamps: {when.euro_en(s.rng.randrange(380, 690, 10))}.]]",
            f"[[workshop.odometer|Odometer at handover: {s.rng.randint(411, 689)},{s.rng.randint(100, 999)} km.]] The customer waited and paid in cash.",
            "Next service at the end of the year.",
        ),
    ]
    desk.file(path, to_pdf(desk.manuscript(path, blocks), "Workshop"), PDF)
