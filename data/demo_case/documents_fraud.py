"""The mails of the invoice fraud: the real invoice, the false one, the reminder, the complaint."""

from datetime import timedelta

from data.demo_case import scenario as when
from data.demo_case.documents_reports import PDF
from data.demo_case.mailing import EML, Attachment, Letter, body, identity, pdf_part, post, to_eml
from data.demo_case.papers import Block, Desk, pairs, paragraphs, table, title
from data.demo_case.people import Account


def write(desk: Desk) -> None:
    """Write the four mails into folder 03_mail."""
    genuine = _genuine_invoice(desk)
    _fraud(desk)
    _forwarded(desk)
    _complaint(desk, genuine)


def _invoice(desk: Desk, number: int, account: Account, kind: str) -> tuple[Block, ...]:
    s = desk.scenario
    net = round(s.invoice_amounts[number] / 1.19, 2)
    return (
        title(f"Invoice {s.invoices[number]}"),
        pairs(
            ("From", f"{s.supplier.name}, {s.supplier.street}, {s.supplier.town}"),
            ("To", f"{s.victim.name}, {s.victim.town}"),
            ("Register", s.supplier.register),
            ("Date", when.day_en(s.fraud_mail - timedelta(days=9 - number))),
        ),
        table(
            ("Item", "Quantity", "Amount"),
            ("Concrete pipes DN 300, laid price", f"{24 + 6 * number} m", when.euro_en(round(net * 0.6, 2))),
            ("Gravel 0/32, delivered", f"{80 + 15 * number} t", when.euro_en(round(net - round(net * 0.6, 2), 2))),
            ("VAT 19 per cent", "", when.euro_en(round(s.invoice_amounts[number] - net, 2))),
            ("Total", "", f"[[invoice{number}.{kind}.total|{when.euro_en(s.invoice_amounts[number])}]]"),
        ),
        *paragraphs(
            f"Payable within 14 days without deduction to [[invoice{number}.{kind}.iban|{account.printed}]], {account.bank}.",
            "Goods remain our property until they are paid for in full.",
        ),
    )


def _genuine_invoice(desk: Desk) -> bytes:
    s, path = desk.scenario, "files/03_mail/2_invoice_from_supplier.eml"
    sent = s.at(s.fraud_mail - timedelta(days=8), 11, 24, 3)
    name = f"{s.invoices[0]}.pdf"
    pdf = pdf_part(desk, f"{path}!/{name}", _invoice(desk, 0, s.supplier.account, "genuine"), s.supplier.name)
    text = body(
        desk,
        path,
        f"Dear {s.bookkeeper.name},",
        f"[[genuine.mail|please find attached our invoice {s.invoices[0]} for the deliveries to {s.site1} and {s.site2}.]] Two more will follow at the end of the month.",
        "Our bank details are as ever.",
        f"Kind regards\n{s.clerk.name}\n{s.supplier.name}\n{s.supplier.phone.national}",
    )
    post(
        desk,
        path,
        Letter(
            f"{s.clerk.name} <{s.clerk.email}>",
            f"{s.bookkeeper.name} <{s.bookkeeper.email}>",
            f"Invoice {s.invoices[0]}",
            sent,
            text,
            identity(desk, s.supplier.domain),
            attachments=(Attachment(name, PDF, pdf),),
        ),
    )
    return pdf


def _fraud(desk: Desk) -> None:
    s, path = desk.scenario, "files/03_mail/3_change_of_bank_details.eml"
    sent = s.at(s.fraud_mail, 9, s.rng.randint(3, 48), 31)
    name = f"{s.invoices[0]}_corrected.pdf"
    pdf = pdf_part(desk, f"{path}!/{name}", _invoice(desk, 0, s.mule_account, "false"), s.supplier.name)
    text = body(
        desk,
        path,
        f"Dear {s.bookkeeper.name},",
        f"[[fraud.reason|because of a tax audit our account at {s.supplier.account.bank} cannot be used at the moment.]] [[fraud.iban|Please pay this and the following invoices to {s.mule_account.printed}, {s.mule_account.bank}, account holder {s.mule.name}, our trustee.]]",
        "The corrected invoice is attached. "
        + s.one_of("Please confirm shortly.", "A short confirmation would be kind."),
        f"If you have questions please use my new direct line only:\n[[fraud.phone|{s.burner.zeros}]]\n\n{s.clerk.name}\n{s.supplier.name}",
    )
    address = s.clerk.email.replace(s.supplier.domain, s.fraud_domain)
    received = (
        f"from mx3.{s.fraud_domain} (unknown [203.0.113.{s.rng.randint(5, 250)}]) by mail.{s.victim.domain}; {sent:%a, %d %b %Y %H:%M:%S} +0200",
    )
    post(
        desk,
        path,
        Letter(
            f"{s.clerk.name} <{address}>",
            f"{s.bookkeeper.name} <{s.bookkeeper.email}>",
            "Change of bank details - invoices of this month",
            sent,
            text,
            identity(desk, s.fraud_domain),
            attachments=(Attachment(name, PDF, pdf),),
            received=received,
        ),
    )
    desk.note(path, f"[[fraud.sender|{address}]]")


def _forwarded(desk: Desk) -> None:
    s, path = desk.scenario, "files/03_mail/4_fwd_reminder_attached.eml"
    inner_path, name = f"{path}!/reminder.eml", f"{s.invoices[1]}_corrected.pdf"
    address = s.clerk.email.replace(s.supplier.domain, s.fraud_domain)
    sent = s.at(s.paid_days[0] + timedelta(days=1), 16, s.rng.randint(2, 50), 9)
    pdf = pdf_part(desk, f"{inner_path}!/{name}", _invoice(desk, 1, s.mule_account, "false"), s.supplier.name)
    text = body(
        desk,
        inner_path,
        f"Dear {s.bookkeeper.name},",
        f"thank you for the first payment. [[reminder.hurry|Please bring the second and third transfer forward to this week, otherwise our carrier will stop the deliveries to {s.site3}.]]",
        f"{s.clerk.name}",
    )
    inner = Letter(
        f"{s.clerk.name} <{address}>",
        f"{s.bookkeeper.name} <{s.bookkeeper.email}>",
        "Reminder: transfers",
        sent,
        text,
        identity(desk, s.fraud_domain),
        attachments=(Attachment(name, PDF, pdf),),
    )
    for line in (inner.subject, inner.sender, inner.receiver):
        desk.note(inner_path, line)
    desk.expect(inner_path, EML)
    outer = body(
        desk,
        path,
        f"Hello {s.director.name},",
        f"the attached came from {s.supplier.name} yesterday. [[forward.ask|Is it all right if I split the third invoice so that I don't need a second signature?]]",
        s.bookkeeper.name,
    )
    post(
        desk,
        path,
        Letter(
            f"{s.bookkeeper.name} <{s.bookkeeper.email}>",
            f"{s.director.name} <{s.director.email}>",
            "WG: Reminder: transfers",
            sent + timedelta(hours=16),
            outer,
            identity(desk, s.victim.domain),
            attachments=(Attachment("reminder.eml", EML, to_eml(inner)),),
        ),
    )


def _complaint(desk: Desk, genuine: bytes) -> None:
    s, path = desk.scenario, "files/03_mail/5_unpaid_invoices.eml"
    first, name = f"files/03_mail/2_invoice_from_supplier.eml!/{s.invoices[0]}.pdf", f"{s.invoices[0]}.pdf"
    desk.texts[f"{path}!/{name}"] = desk.texts[first]
    desk.duplicate(f"{path}!/{name}", first)
    text = body(
        desk,
        path,
        f"Dear {s.director.name},",
        f"[[complaint.unpaid|to this day none of the invoices {s.invoices[0]}, {s.invoices[1]} and {s.invoices[2]} has been paid into our account.]] I attach the first one again.",
        "[[complaint.noaudit|There was no tax audit here and our account has never been blocked.]] [[complaint.nocall|In our office nobody received a call about new bank details; I asked all four colleagues.]]",
        f"Please let me know by Friday.\n\n{s.clerk.name}\n{s.supplier.phone.international}",
    )
    post(
        desk,
        path,
        Letter(
            f"{s.clerk.name} <{s.clerk.email}>",
            f"{s.director.name} <{s.director.email}>",
            "Unpaid invoices",
            s.at(s.complaint, 9, 40, 18),
            text,
            identity(desk, s.supplier.domain),
            attachments=(Attachment(name, PDF, genuine),),
            carbon=s.bookkeeper.email,
        ),
        ("the attachment is the same file as in mail 2",),
    )
