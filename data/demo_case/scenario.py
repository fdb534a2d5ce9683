"""What happened: the plot of the demo case. Every document and every expected answer is written from this."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from data.demo_case.people import Account, Phone, Registry, ascii_name

MONTHS_EN = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
MONTHS_DE = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)
MONTHS_NL = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)
WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAYS_DE = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")

LOCAL = timezone(timedelta(hours=2))
"""Central European Summer Time; the whole plot plays between April and September."""
CENTRAL_US = timezone(timedelta(hours=-5))
"""Central Daylight Time, where the tracker's maker sits."""


def day_en(day: date) -> str:
    """5 April 2024."""
    return f"{day.day} {MONTHS_EN[day.month - 1]} {day.year}"


def weekday_en(day: date) -> str:
    """Friday, 5 April 2024."""
    return f"{WEEKDAYS_EN[day.weekday()]}, {day_en(day)}"


def day_de(day: date) -> str:
    """05.04.2024."""
    return f"{day.day:02d}.{day.month:02d}.{day.year}"


def day_de_long(day: date) -> str:
    """5. April 2024."""
    return f"{day.day}. {MONTHS_DE[day.month - 1]} {day.year}"


def day_nl(day: date) -> str:
    """5 april 2024."""
    return f"{day.day} {MONTHS_NL[day.month - 1]} {day.year}"


def euro_en(amount: float) -> str:
    """EUR 12,400.00."""
    return f"EUR {amount:,.2f}"


def euro_plain(amount: float) -> str:
    """12.400,00: thousands and decimals as in German and Dutch, without the currency."""
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def euro_de(amount: float) -> str:
    """12.400,00 EUR."""
    return f"{euro_plain(amount)} EUR"


def euro_nl(amount: float) -> str:
    """€ 12.400,00."""
    return f"€ {euro_plain(amount)}"


@dataclass(frozen=True, slots=True)
class Call:
    """One line of a call record: `seconds` is 0 for a text message."""

    at: datetime
    caller: Phone
    called: Phone
    seconds: int
    cell: str


@dataclass(frozen=True, slots=True)
class Booking:
    """A payment; `amount` in euros, negative where money leaves the account."""

    day: date
    amount: float
    party: str
    account: str
    purpose: str


class Scenario:
    """The plot with all its names, numbers, dates and times.

    Args:
        seed: the same seed gives the same case, byte for byte.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = random.Random(f"caseclerk-demo:{seed}")
        registry = Registry(self.rng)
        self._dates()
        self._people(registry)
        self._machines(registry)
        self._nights()
        self._money(registry)
        self._calls()

    def one_of(self, *wordings: str) -> str:
        """One of several wordings of the same thing; which one depends on the seed."""
        return self.rng.choice(wordings)

    def at(self, day: date, hour: int, minute: int, second: int = 0) -> datetime:
        """A local time."""
        return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=LOCAL)

    def _dates(self) -> None:
        rng = self.rng
        self.year = rng.choice((2023, 2024, 2025))
        self.month = rng.randint(4, 6)
        self.theft1 = _workday(date(self.year, self.month, rng.randint(7, 12)))
        self.theft2 = _workday(self.theft1 + timedelta(days=rng.randint(9, 11)))
        self.handover = date(self.year, self.month + 1, rng.choice([d for d in range(4, 12) if d != self.month + 1]))
        self.theft3 = _workday(date(self.year, self.month + 1, rng.randint(14, 18)))
        self.dismissal = _workday(self.theft1 - timedelta(days=rng.randint(17, 33)))
        self.fraud_mail = _workday(self.theft2 + timedelta(days=rng.randint(2, 4)))
        self.search = _workday(date(self.year, self.month + 2, rng.randint(9, 14)))
        self.fair = self.theft1 - timedelta(days=rng.randint(40, 60))
        self.interviews = _workday(self.search + timedelta(days=2))
        self.report = self.search + timedelta(days=rng.randint(18, 22))
        self.noise_theft = self.theft1 - timedelta(days=rng.randint(120, 160))

    def _people(self, registry: Registry) -> None:
        rng = self.rng
        yy = self.year % 100
        self.operation = registry.operation()
        self.case_code = f"{rng.choice(('VKT', 'KDF', 'TRG', 'SBM'))}-{rng.randint(210, 899)}-{rng.choice('BCDF')}"
        self.docket = f"{rng.randint(110, 690)} Js {rng.randint(1200, 8900)}/{yy}"
        self.investigator = registry.german("polizei-west.example")
        self.analyst = registry.german("polizei-west.example")
        self.liaison = registry.dutch("politie-grens.example")
        victim_name = registry.family_name()
        self.victim = registry.company_de(
            f"{victim_name} Tiefbau GmbH", f"{_slug(victim_name)}-tiefbau.example", "Volksbank Niederheide", "39092710"
        )
        self.director = registry.german(self.victim.domain)
        self.foreman = registry.german(self.victim.domain)
        self.bookkeeper = registry.german(self.victim.domain)
        self.insider = registry.german()
        rental_name = registry.family_name()
        self.rental = registry.company_de(
            f"{rental_name} Mietpark GmbH", f"{_slug(rental_name)}-mietpark.example", "Sparkasse Wegland", "39050990"
        )
        self.rental_manager = registry.german(self.rental.domain)
        supplier_name = registry.family_name()
        self.supplier = registry.company_de(
            f"{supplier_name} Baustoffe KG",
            f"{_slug(supplier_name)}-baustoffe.example",
            "Sparkasse Wegland",
            "39050990",
        )
        self.fraud_domain = f"{_slug(supplier_name)}-baustofte.example"
        self.clerk = registry.german(self.supplier.domain)
        self.driver, self.attendant = registry.namesakes()
        self.watchman = registry.german()
        self.neighbour = registry.german()
        self.mule = registry.german()
        self.noise_person = registry.german()
        self.trader = registry.dutch("handel.example")
        self.trade_town = registry.town_nl()
        self.trade_name = f"{self.trade_town} Machinehandel B.V."
        self.trade_domain = f"{_slug(self.trade_town)}-machines.example"
        self.trade_account = registry.account_nl("Korenbank", "KORB")
        self.trade_register = str(rng.randint(61000000, 89999999))
        self.trade_phone = registry.mobile_nl()
        self.buyer = registry.belgian("aannemer.example")
        self.buyer_firm = f"{self.buyer.family} Grondwerken BV"
        self.support = registry.american("fieldtrace.example")
        self.banker = registry.german("nordbank.example")
        self.insurer = registry.german("assekuranz-mitte.example")
        self.burner = registry.mobile_de()
        self.friends = (registry.mobile_de(), registry.mobile_de(), registry.landline_de())
        self.site1, self.site2, self.site3 = registry.site(), registry.site(), registry.site()
        self.site_town = registry.town_de()
        self.low_loader = registry.plate_de()
        self.van = registry.plate_nl()
        self.other_lorry = registry.plate_de()

    def _machines(self, registry: Registry) -> None:
        self.mini = registry.machine(("mini excavator", "Minibagger", "minigraver"), "MX", (24000, 33000))
        self.plate = registry.machine(("vibrating plate", "Rüttelplatte", "trilplaat"), "VP", (3200, 5100))
        self.loader = registry.machine(("wheel loader", "Radlader", "wiellader"), "WL", (58000, 79000))
        self.midi = registry.machine(("midi excavator", "Kompaktbagger", "midigraver"), "KB", (46000, 56500))
        self.breaker = registry.machine(
            ("hydraulic breaker", "Hydraulikhammer", "hydraulische breker"), "HB", (6100, 8900)
        )
        self.stolen = (self.mini, self.plate, self.loader, self.midi, self.breaker)
        self.keys_issued, self.keys_returned = 4, 3
        self.tracker = f"FT-{self.rng.randint(3000, 9899)}-{self.rng.choice('QRSTV')}"

    def _nights(self) -> None:
        rng = self.rng
        night = self.theft1 + timedelta(days=1)
        self.watchman_time = self.at(self.theft1, 23, rng.randint(31, 49))
        self.neighbour_time = self.at(night, 1, rng.choice((10, 15, 20)))
        self.anpr_time = self.at(night, 2, rng.randint(4, 12), rng.randint(1, 59))
        self.cctv_time = self.at(night, 2, rng.randint(26, 34), rng.randint(1, 59))
        self.found_time = self.at(night, 6, rng.randint(31, 52))
        second = self.theft2 + timedelta(days=1)
        self.fence_alarm = self.at(second, 3, rng.randint(2, 40))
        self.last_fix = self.at(second, 5, rng.randint(3, 28), rng.randint(1, 59)).astimezone(UTC)
        vendor_day = self.theft2 + timedelta(days=rng.randint(1, 2))
        self.vendor_mail = datetime(
            vendor_day.year,
            vendor_day.month,
            vendor_day.day,
            rng.choice((18, 19)),
            rng.randint(4, 55),
            12,
            tzinfo=CENTRAL_US,
        )
        self.third_found = self.at(self.theft3 + timedelta(days=1), 7, rng.randint(5, 25))
        self.handover_place = rng.choice(("Schwalmhöhe services", "Maasbrug services", "Elmpter Wald services"))
        self.handover_time = self.at(self.handover, 16, rng.choice((15, 30, 45)))

    def _money(self, registry: Registry) -> None:
        rng = self.rng
        self.mule_account = registry.account_de("Nordbank Direkt", "39030077")
        self.damaged_iban: Account = self.mule_account.damaged(rng)
        self.invoices = tuple(f"RB-{self.year}-{number}" for number in sorted(rng.sample(range(1104, 1990), 3)))
        self.invoice_amounts = tuple(round(rng.uniform(low, low + 6000), 2) for low in (6100, 12800, 20500))
        self.paid_days = tuple(_workday(self.fraud_mail + timedelta(days=days)) for days in (3, 7, 11))
        self.diverted = round(sum(self.invoice_amounts), 2)
        self.complaint = _workday(self.paid_days[2] + timedelta(days=rng.randint(8, 11)))
        self.frozen_day = _workday(self.complaint + timedelta(days=rng.randint(1, 3)))
        self.forwarded = float(rng.randrange(15000, 19000, 250))
        self.forward_day = _workday(self.paid_days[2] + timedelta(days=2))
        self.cash_days = (
            self.paid_days[0] + timedelta(days=1),
            self.paid_days[1] + timedelta(days=1),
            self.paid_days[2] + timedelta(days=1),
        )
        self.cash = tuple(float(amount) for amount in rng.sample((1000, 1500, 1800, 2000, 2400), 3))
        self.mule_opening = round(rng.uniform(90, 480), 2)
        self.frozen = round(self.mule_opening + self.diverted - self.forwarded - sum(self.cash), 2)
        self.mule_reward = rng.choice((400, 500, 600))
        self.resale = rng.randrange(15500, 19000, 250)
        self.resale_cash = rng.choice((6500, 7500, 8500))
        self.resale_transfer = self.resale - self.resale_cash
        self.claimed_purchase = rng.choice((9500, 9800, 10500))
        self.driver_fees = tuple(float(fee) for fee in rng.sample(range(1160, 2400, 50), 3))
        self.insider_fee = rng.choice((700, 800, 900))
        self.booked_purchase = rng.randrange(3600, 4900, 100)
        self.purchase_no = f"INK-{self.year}-{rng.randint(31, 78):03d}"
        self.contract_no = f"KO/{self.year}/{rng.randint(104, 289)}"
        self.insurance_claim = f"SCH-{rng.randint(400000, 899999)}"
        self.fuel_paid = rng.randint(21000, 28999) / 100
        self.day_rate = float(rng.randrange(190, 290, 5))
        self.trailer_price = float(rng.randrange(240, 395, 5))

    def _calls(self) -> None:
        rng = self.rng
        cells = ("Kaldenrath-Nord", f"{self.site_town}-Ost", "Grenzland A61", "Venrooy-Zuid")
        start = self.at(self.theft1, 21, rng.randint(2, 9))
        calls: list[Call] = []
        self.night_calls = rng.randint(4, 6)
        for number in range(self.night_calls):
            at = start + timedelta(minutes=rng.randint(4, 11) + number * 52)
            cell = cells[0] if number == 0 else cells[1] if at < self.anpr_time else cells[2]
            calls.append(Call(at, self.driver.phone, self.trade_phone, rng.randint(18, 240), cell))
        for number in range(26):
            day = self.theft1 + timedelta(days=rng.choice((-3, -2, -1, 1, 2, 3)))
            at = self.at(day, rng.randint(8, 18), rng.randint(0, 59), rng.randint(0, 59))
            other = rng.choice((self.insider.phone, *self.friends))
            calls.append(
                Call(at, self.driver.phone, other, rng.choice((0, 31, 44, 75, 128, 301)), cells[number % 2 * 3])
            )
        self.calls = tuple(sorted(calls, key=lambda call: call.at))
        self.last_night_call = max(call.at for call in self.calls if call.called == self.trade_phone)
        self.insider_call_count = sum(1 for call in self.calls if call.called == self.insider.phone)


def _slug(name: str) -> str:
    return ascii_name(name).replace(" ", "-")


def _workday(day: date) -> date:
    return day + timedelta(days=(7 - day.weekday()) if day.weekday() > 4 else 0)
