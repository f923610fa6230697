"""Ninety days of calls, played day by day against the operators who were on duty: who came too many at once waited or gave up.

Tickets that came by telephone have the call that opened them; the others were solved, asked about a ticket, or were nothing.
"""

import random
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from itsm.calendars.business import open_intervals
from itsm.records.models import Record
from itsm.records.numbering import next_numbers
from servicedesk.majors.models import MajorCaller, MajorIncident
from servicedesk.models import Call, CallLink, OperatorSpan, WrapUpCode

from .tickets import HOURS, WEEK

PARIS = ZoneInfo("Europe/Paris")
SEED, DAYS, SPAN_DAYS, MAJOR_CALLS = 20_261_201, 90, 31, 146
# Calls of a mean working day, and of an hour of this morning.
A_DAY, AN_HOUR, MORNING = 90, 22, timedelta(hours=3, minutes=42)
DIALLED, PLAYED = "+33155004000", "demo"
# What came of calls that opened no ticket.
OUTCOMES = [("solved", 50), ("chased", 24), ("transferred", 9), ("wrong", 6), ("silent", 4), ("call_back", 7)]
TALKS = {
    "ticket": 5.55,
    "solved": 5.3,
    "chased": 4.7,
    "transferred": 4.5,
    "wrong": 3.3,
    "silent": 2.8,
    "call_back": 4.6,
    "major": 4.3,
}  # logarithms of seconds
SHORT, IN_THE_MENU, UNTOLD, HELD = 0.03, 0.03, 0.003, 0.14
# When each of a day's operators is there; Mondays have one more.
SHIFTS = [(7, 15), (9, 17), (13, 20), (8, 16)]
LATEST = timedelta(minutes=7)
S = timedelta(seconds=1)


@dataclass
class Coming:
    """One who calls: when, about which ticket, and whether for the major incident."""

    at: datetime
    ticket: dict | None = None
    major: bool = False
    story: str = ""


@dataclass
class Duty:
    """An operator's day."""

    operator: object
    begins: datetime
    ends: datetime
    free: datetime = None
    calls: list = field(default_factory=list)


def build(s, scale: float) -> None:
    """Every call of the ninety days up to some minutes ago, with its links and what operators did meanwhile."""
    made = _History(s, scale)
    made.run()
    made.save()


class _History:
    def __init__(self, s, scale: float):
        self.s, self.c, self.scale = s, s.c, min(scale, 1.0) if scale >= 0.5 else scale
        self.rng = random.Random(SEED)  # noqa: S311 - the demo is the same on every machine on purpose
        self.codes = {row.code: row for row in WrapUpCode.objects.all()}
        self.until, self.start = s.at - LATEST, s.at - timedelta(days=DAYS)
        self.opens = list(open_intervals(s.calendar, self.start - timedelta(days=1), s.at + timedelta(days=1)))
        self.begins = [begins for begins, _ends in self.opens]
        self.calls: list[Call] = []
        self.links: list[tuple[Call, int, str]] = []
        self.spans: list[OperatorSpan] = []
        self.recent: list[dict] = []
        someone = next(iter(s.operators.values()))
        self.spare = Duty(someone, s.at, s.at, self.start)  # who answers a ticket's call when nobody was on duty
        self.major = Record.objects.filter(major=True).order_by("pk").first()

    # -- who calls

    def run(self) -> None:
        """Day by day."""
        tickets = self._tickets()
        day = self.start.astimezone(PARIS).replace(hour=0, minute=0, second=0, microsecond=0)
        while day <= self.s.at:
            following = (day + timedelta(hours=36)).replace(hour=0)
            mine = [row for row in tickets if day <= row["opened_at"] < following]
            self._day(day, self._coming(day, mine))
            day = following

    def _tickets(self) -> list[dict]:
        rows = Record.objects.filter(
            kind="incident", channel="phone", confidentiality=None, opened_at__gte=self.start, opened_at__lt=self.until, requester__isnull=False,
            organisation__code__startswith="LUMEN",
        )  # fmt: skip
        columns = (
            "pk",
            "opened_at",
            "requester_id",
            "site_id",
            "service_id",
            "category_id",
            "parent_id",
            "language",
            "resolved_at",
            "requester__phone",
            "requester__vip",
        )
        return list(rows.order_by("opened_at", "pk").values(*columns))

    def _coming(self, day: datetime, tickets: list[dict]) -> list[Coming]:
        rng = self.rng
        found = [
            Coming(
                row["opened_at"] - rng.randint(90, 260) * S, row, bool(self.major and row["parent_id"] == self.major.pk)
            )
            for row in tickets
        ]
        season = 1 + 0.12 * ((day.toordinal() % 60) - 30) / 30 + (0.1 if 25 <= day.day <= 28 else 0)
        wanted = A_DAY * WEEK[day.weekday()] * season * self.scale
        if day.date() == self.s.at.astimezone(PARIS).date():
            begins = max(day, self.s.at - MORNING)
            count = int(AN_HOUR * min(1.0, self.scale * 2) * (self.s.at - begins).total_seconds() / 3600)
            found += [Coming(begins + rng.random() * (self.until - begins)) for _n in range(count)]
        else:
            count = max(0, int(wanted + rng.uniform(-4, 4)) - len(tickets))
            for hour in rng.choices(range(24), HOURS, k=count):
                found.append(Coming(day.replace(hour=hour) + rng.randrange(3600) * S))
        if self.major and self.major.opened_at.astimezone(PARIS).date() == day.date():
            found += self._about_the_major([row for row in found if row.major])
        return sorted((row for row in found if self.start < row.at < self.until), key=lambda row: row.at)

    def _about_the_major(self, known: list[Coming]) -> list[Coming]:
        """Most come in the first hour; half of them are put on the list by the menu. Those who gave up are not counted in."""
        lasted = (self.major.resolved_at - self.major.opened_at).total_seconds()
        return [
            Coming(self.major.opened_at + min(1.0, abs(self.rng.gauss(0.25, 0.25))) * lasted * S, major=True, story="key" if n % 2 else "told")
            for n in range(MAJOR_CALLS - len(known))
        ]  # fmt: skip

    # -- one day at the switchboard

    def _day(self, day: datetime, coming: list[Coming]) -> None:
        team = list(self.s.operators.values())
        shift = day.toordinal()
        many = (
            len(SHIFTS)
            if day.weekday() == 0 or any(row.major for row in coming)
            else (3, 3, 3, 3, 3, 1, 0)[day.weekday()]
        )
        duties = []
        for n, (begins, ends) in enumerate(SHIFTS[:many]):
            opens = day.replace(hour=begins)
            duties.append(Duty(team[(shift + n) % len(team)], opens, day.replace(hour=ends), opens))
        for row in coming:
            self._call(row, duties)
        if self.s.at - day < timedelta(days=SPAN_DAYS):
            for duty in duties:
                self._spans(duty)

    def _is_open(self, at: datetime) -> bool:
        place = bisect_right(self.begins, at) - 1
        return (place >= 0 and at < self.opens[place][1]) or at > self.s.at - MORNING

    def _call(self, row: Coming, duties: list[Duty]) -> None:
        rng, call = self.rng, self._caller(row)
        call.started_at = row.at
        call.menu_path = ["+33155004000, Standard"]
        self.calls.append(call)
        if not (call.in_hours or row.ticket):
            return self._closed(call)
        call.in_hours = call.through_menu = True
        draw = rng.random()
        if row.story == "key":
            call.handled_by, call.pressed, call.cause = "menu", ["1", "1"], "normalClearing"
            return self._told(call, self.major.pk, "major", row.at + rng.randint(25, 50) * S)
        if not row.ticket and not row.major and draw < IN_THE_MENU:
            call.ended_at, call.state, call.cause = row.at + rng.randint(5, 30) * S, "abandoned", "normalClearing"
            return None
        call.queue = self.s.en if call.language == "en" else self.s.n1
        call.queued_at = row.at + rng.randint(8, 24) * S
        call.pressed = ["2"] if call.language == "en" else ["1", rng.choice("1123")]
        duty = self._who(duties, call.queued_at)
        ready = max(
            call.queued_at + max(3, int(rng.lognormvariate(2.4, 0.55))) * S, duty.free if duty else call.queued_at
        )
        patience = (rng.randint(2, 8) if draw < IN_THE_MENU + SHORT else int(rng.lognormvariate(4.3, 0.8)) + 10) * S
        certain = row.ticket is not None or row.major
        if not certain and (duty is None or ready - call.queued_at > patience):
            return self._gave_up(call, call.queued_at + patience)
        return self._served(call, row, duty or self.spare, min(ready, call.queued_at + timedelta(minutes=9)))

    def _caller(self, row: Coming) -> Call:
        rng = self.rng
        call = Call(organisation=self.c.orgs["LUMEN"], to_number=DIALLED, call_id="", in_hours=self._is_open(row.at))
        if row.ticket:
            call.caller_id, call.site_id, call.service_id, call.category_id = (
                row.ticket[k] for k in ("requester_id", "site_id", "service_id", "category_id")
            )
            call.from_number, call.vip, call.language = (
                row.ticket["requester__phone"],
                row.ticket["requester__vip"],
                row.ticket["language"],
            )
        elif (draw := rng.random()) < 0.84 or row.major:
            person = self.c.users[rng.randrange(len(self.c.users))]
            call.caller, call.site, call.vip, call.from_number = person, person.site, person.vip, person.phone
            call.language = "en" if rng.random() < 0.05 else "fr"
        elif draw < 0.95:
            call.from_number = f"+336{rng.randrange(10_000_000, 99_999_999)}"
        call.caller_certain = call.caller_id is not None
        return call

    def _who(self, duties: list[Duty], at: datetime) -> Duty | None:
        # This morning everybody is there, whatever the hour.
        now = at > self.s.at - MORNING
        there = [duty for duty in duties if now or duty.begins <= at < duty.ends]
        return min(there, key=lambda duty: (max(duty.free, at), duty.free), default=None)

    def _closed(self, call: Call) -> None:
        left = self.rng.random() < 0.4
        call.state, call.cause, call.handled_by = (
            ("voicemail", "voicemail", "person") if left else ("abandoned", "rejected", "menu")
        )
        call.ended_at = call.started_at + self.rng.randint(12, 60) * S

    def _told(self, call: Call, record: int, how: str, ended: datetime) -> None:
        call.state, call.ended_at, call.major_id = "closed", ended, self.major.pk
        self.links.append((call, record, how))

    def _gave_up(self, call: Call, at: datetime) -> None:
        """Whoever waited and can be called was called back within the day."""
        call.ended_at, call.state, call.cause = at, "abandoned", "normalClearing"
        call.wait_seconds = int((at - call.queued_at).total_seconds())
        if call.from_number and call.wait_seconds >= 10:
            call.state, call.call_back_at, call.call_back_waived, call.call_back_tries = (
                "closed",
                at + timedelta(minutes=2),
                True,
                1,
            )

    def _served(self, call: Call, row: Coming, duty: Duty, at: datetime) -> None:
        rng = self.rng
        what = (
            "ticket"
            if row.ticket
            else "major"
            if row.major
            else rng.choices([n for n, _w in OUTCOMES], [w for _n, w in OUTCOMES])[0]
        )
        call.operator, call.answered_at = duty.operator, at
        call.talk_seconds = max(8, min(1800, int(rng.lognormvariate(TALKS[what], 0.5))))
        if row.ticket:  # the ticket was opened while they spoke
            solved, opened = row.ticket["resolved_at"], row.ticket["opened_at"]
            until = solved if solved and solved - opened < timedelta(minutes=12) else opened
            call.talk_seconds = max(call.talk_seconds, int((until - at).total_seconds()) + 20)
        if rng.random() < HELD:
            call.hold_seconds = rng.randint(15, 150)
        call.wrap_up_seconds = rng.randint(8, 55)
        call.ended_at = at + (call.talk_seconds + call.hold_seconds) * S
        call.wrapped_at = call.ended_at + call.wrap_up_seconds * S
        call.state, call.cause = "closed", "normalClearing"
        call.wrap_up_code = self.codes[what]
        call.transfers = 1 if what == "transferred" else 0
        if rng.random() < UNTOLD:
            call.handled_by, call.cause, call.talk_seconds, call.ended_at = (
                "sweeper",
                "lost",
                None,
                at + timedelta(hours=4),
            )
            call.wrapped_at = call.wrap_up_seconds = None
        call.wait_seconds = int((at - call.queued_at).total_seconds())
        duty.free = at + (call.talk_seconds or 300) * S + call.hold_seconds * S + (call.wrap_up_seconds or 0) * S
        duty.calls.append(call)
        self._linked(call, row, what)

    def _linked(self, call: Call, row: Coming, what: str) -> None:
        if row.ticket:
            self.links.append((call, row.ticket["pk"], "created"))
            self.recent = [*self.recent[-60:], row.ticket]
        elif what == "chased" and self.recent:
            ticket = self.rng.choice(self.recent)
            call.caller_id, call.from_number, call.site_id = (
                ticket["requester_id"],
                ticket["requester__phone"],
                ticket["site_id"],
            )
            self.links.append((call, ticket["pk"], "attached"))
        if row.major:
            call.major_id = self.major.pk
            self.links.append((call, self.major.pk, "major"))

    def _spans(self, duty: Duty) -> None:
        """In call and wrap-up as the calls say, available in between."""
        last = min(duty.ends, self.until)
        cursor = duty.begins
        for call in [*duty.calls, None]:
            until = min(call.answered_at if call else last, last)
            if until > cursor:
                self._span(duty, "available", cursor, until)
                cursor = until
            if call is None or call.wrapped_at is None or call.answered_at < cursor or call.wrapped_at > self.until:
                continue
            self._span(duty, "in_call", call.answered_at, call.ended_at)
            self._span(duty, "wrap_up", call.ended_at, call.wrapped_at)
            cursor = max(cursor, call.wrapped_at)

    def _span(self, duty: Duty, state: str, began: datetime, ended: datetime) -> None:
        self.spans.append(OperatorSpan(operator=duty.operator, state=state, began_at=began, ended_at=ended))

    # -- into the database

    def save(self) -> None:
        """In the order in which they began."""
        self.calls = [call for call in self.calls if call.ended_at <= self.s.at]
        self.calls.sort(key=lambda call: call.started_at)
        for call, number in zip(self.calls, next_numbers("CAL", len(self.calls)), strict=True):
            call.number, call.changed_at = number, call.wrapped_at or call.ended_at
            if call.wait_seconds is None:
                call.wait_seconds = int((call.ended_at - (call.queued_at or call.started_at)).total_seconds())
        Call.objects.bulk_create(self.calls, batch_size=1000)
        CallLink.objects.bulk_create(
            [CallLink(call=call, record_id=record, how=how, at=call.answered_at or call.started_at) for call, record, how in self.links if call.pk],
            batch_size=2000,
        )  # fmt: skip
        OperatorSpan.objects.bulk_create(self.spans, batch_size=2000)
        self._major()

    def _major(self) -> None:
        """The major incident as it was led, with everybody who was to be told of its end."""
        record = self.major
        if record is None:
            return
        lead = self.c.accounts["lead"]
        row, _made = MajorIncident.objects.get_or_create(
            record=record,
            defaults={
                "state": "over", "why": [{"rule": "calls", "n": 12, "minutes": 15}], "proposed_at": record.opened_at + timedelta(minutes=9),
                "accepted_at": record.opened_at + timedelta(minutes=12), "accepted_by": lead, "over_at": record.resolved_at,
                "all_clear_at": record.resolved_at + timedelta(minutes=6), "all_clear_by": lead, "updated_at": record.resolved_at,
            },
        )  # fmt: skip
        first: dict[int, Call] = {}
        for call in self.calls:
            if call.major_id and call.caller_id:
                first.setdefault(call.caller_id, call)
        MajorCaller.objects.bulk_create(
            [
                MajorCaller(
                    major=row, person_id=pk, how="key" if call.handled_by == "menu" else "call", call=call, at=call.started_at, language=call.language,
                    told_at=record.resolved_at + timedelta(minutes=8), outcome="told",
                )
                for pk, call in first.items()
            ],
            batch_size=500, ignore_conflicts=True,
        )  # fmt: skip
