"""Cases become incidents with their history, in an organisation of their own with its own matrix, teams, people and codes."""

from datetime import datetime

from django.utils.text import slugify
from django.utils.translation import gettext as _

from itsm.audit.models import Entry
from itsm.calendars.models import Calendar
from itsm.core import reference, versions
from itsm.core.errors import DomainError
from itsm.core.folding import fold
from itsm.levels.models import Clock
from itsm.people import services as people
from itsm.people.models import Organisation, Team, User
from itsm.records.models import Category, HoldReason, Hop, PriorityCell, Record, ResolutionCode

from ..incidents.bulk import Whole
from .mapping import Mapping
from .reading import HOLD, Case, Event

PHASES = {"new": "open", "in_progress": "open", "on_hold": "waiting", "resolved": "resolved", "closed": "closed"}


class Writer:
    """Finds or makes what cases refer to, once each, and builds the rows."""

    def __init__(self, mapping: Mapping):
        self.mapping = mapping
        self.prefix = slugify(mapping.source).upper()[:20]
        self.organisation = self._organisation()
        self.calendar = Calendar.objects.get(code=mapping.organisation.get("calendar", "ONCALL24"))
        self.holds = self._holds()
        self.people = dict(User.objects.filter(organisation=self.organisation).values_list("username", "pk"))
        self.teams = dict(Team.objects.filter(organisation=self.organisation).values_list("code", "pk"))
        self.categories = dict(Category.objects.filter(organisation=self.organisation).values_list("code", "pk"))
        self.codes = dict(ResolutionCode.objects.filter(organisation=self.organisation).values_list("code", "pk"))

    def _organisation(self) -> Organisation:
        spec = self.mapping.organisation
        found = Organisation.objects.filter(code=spec["code"]).first()
        if found is None:
            found = people.create_organisation(
                actor=None, code=spec["code"], name=spec["name"], kind=spec.get("kind", "customer"), language=spec.get("language", "fr"),
                time_zone=spec.get("time_zone", "UTC"), calendar=Calendar.objects.get(code=spec.get("calendar", "ONCALL24")),
            )  # fmt: skip
            PriorityCell.objects.bulk_create(
                PriorityCell(organisation=found, impact=i, urgency=u, priority=p)
                for (i, u), p in self.mapping.matrix.items()
            )
            versions.bump("codes")
        return found

    def _holds(self) -> dict[str, int]:
        """Reasons of waits by code. DomainError for a mapping that names one that is not there."""
        found = dict(HoldReason.objects.values_list("code", "pk"))
        unknown = sorted({HOLD, *self.mapping.holds.values()} - found.keys())
        if unknown:
            raise DomainError(
                _("The mapping names unknown reasons of waits: %(names)s.") % {"names": ", ".join(unknown)}
            )
        return found

    def prepare(self, batch: list[Case]) -> None:
        """Make the people, teams, categories and codes that this batch names for the first time."""
        names = {
            n
            for c in batch
            for n in (c.requester, c.opened_by, *(e.assignee for e in c.events), *(e.actor for e in c.events))
            if n
        }
        fresh = sorted({self._login(n): n for n in names if self._login(n) not in self.people}.items())
        made = User.objects.bulk_create([self._contact(login, name) for login, name in fresh])
        self.people |= {user.username: user.pk for user in made}
        for name in sorted(
            {e.team for c in batch for e in c.events if e.team and self._code(e.team) not in self.teams}
        ):
            team = people.create_team(
                actor=None,
                code=self._code(name),
                name_fr=name[:120],
                name_en=name[:120],
                function="desk",
                organisation=self.organisation,
            )
            self.teams[team.code] = team.pk
        self._codify(Category, self.categories, {c.category for c in batch if c.category})
        self._codify(ResolutionCode, self.codes, {c.resolution_code for c in batch if c.resolution_code})

    def _codify(self, model, known: dict, names: set[str]) -> None:
        for name in sorted(names):
            code = self._code(name)
            if code in known:
                continue
            row = model.objects.create(
                code=code, name_fr=name[:120], name_en=name[:120], organisation=self.organisation
            )
            if model is Category:
                row.path = f"/{row.pk}/"
                row.save(update_fields=["path"])
            known[code] = row.pk
            versions.bump("codes")
            reference.forget_everything()

    def _contact(self, login: str, name: str) -> User:
        user = User(username=login, last_name=name[:150], organisation=self.organisation, is_active=True)
        user.set_unusable_password()
        user.sort_key = fold(f"{name}  {login}")[:310]
        return user

    def _login(self, name: str) -> str:
        return f"{slugify(self.mapping.source)}-{slugify(name)}"[:150]

    def _code(self, name: str) -> str:
        return f"{self.prefix}-{slugify(name).upper()}"[:40]

    def _person(self, name: str) -> int | None:
        return self.people.get(self._login(name)) if name else None

    def _team(self, name: str) -> int | None:
        return self.teams.get(self._code(name)) if name else None

    def whole(self, case: Case) -> Whole:
        """One incident with its entries, hops and clocks, as they were."""
        last, state = case.events[-1], case.state
        phase = PHASES[state]
        taken = next((e.at for e in case.events if e.state != "new"), None)
        record = Record(
            title=case.title, language=self.organisation.language, state=state, phase=phase, impact=case.impact, urgency=case.urgency,
            priority=case.priority, category_id=self.categories.get(self._code(case.category)) if case.category else None, channel=case.channel,
            organisation=self.organisation, requester_id=self._person(case.requester), opened_by_id=self._person(case.opened_by),
            team_id=self._team(last.team), assignee_id=self._person(last.assignee), opened_at=case.opened_at, acknowledged_at=max(taken, case.opened_at) if taken else None,
            resolved_at=case.resolved_at, closed_at=case.closed_at, updated_at=last.at, reopen_count=case.reopens, reassignment_count=case.reassignments,
            resolution_code_id=self.codes.get(self._code(case.resolution_code)) if case.resolution_code and phase in ("resolved", "closed") else None,
            hold_reason_id=self.holds[last.hold] if phase == "waiting" else None, state_before_hold="in_progress" if phase == "waiting" else "",
            version=len(case.events), source=self.mapping.source, external_id=case.key,
        )  # fmt: skip
        whole = Whole(record, {"resolution": case.resolution_code if case.resolved_at else ""})
        whole.entries = self._entries(case)
        whole.hops = self._hops(case)
        record.past_teams = sorted({h.team_id for h in whole.hops if h.team_id} - {record.team_id})
        whole.clocks = self._clocks(case, record)
        return whole

    def _entries(self, case: Case) -> list[Entry]:
        rows = [
            Entry(
                at=case.opened_at,
                actor_id=self._person(case.opened_by),
                verb="incident.opened",
                data={"imported": case.key},
            )
        ]
        before: Event | None = None
        for event in case.events:
            changes = self._changes(before, event)
            verb = _verb(before, event)
            if verb != "opened" and (changes or verb != "edited"):
                rows.append(
                    Entry(
                        at=max(event.at, case.opened_at),
                        actor_id=self._person(event.actor),
                        verb=f"incident.{verb}",
                        changes=changes,
                    )
                )
            before = event
        return rows

    def _changes(self, before: Event | None, event: Event) -> dict:
        if before is None:
            return {}
        pairs = {
            "state": (before.state, event.state), "team_id": (self._team(before.team), self._team(event.team)),
            "assignee_id": (self._person(before.assignee), self._person(event.assignee)), "priority": (before.priority, event.priority),
            "hold_reason_id": (self.holds.get(before.hold), self.holds.get(event.hold)),
        }  # fmt: skip
        return {name: [old, new] for name, (old, new) in pairs.items() if old != new}

    def _hops(self, case: Case) -> list[Hop]:
        hops = [Hop(team_id=self._team(case.events[0].team), started_at=case.opened_at)]
        for event in case.events[1:]:
            team = self._team(event.team)
            if team != hops[-1].team_id:
                at = max(event.at, hops[-1].started_at)
                hops[-1].ended_at = at
                hops.append(
                    Hop(team_id=team, started_at=at, kind=Hop.Kind.ASSIGNMENT, moved_by_id=self._person(event.actor))
                )
        if case.closed_at:
            hops[-1].ended_at = max(case.closed_at, hops[-1].started_at)
        return hops

    def _clocks(self, case: Case, record: Record) -> list[Clock]:
        ended = case.resolved_at or case.closed_at
        taken = record.acknowledged_at
        return [
            self._clock("own", case.opened_at, taken or ended, None, 0),
            self._clock("resolve", case.opened_at, ended, case.sla_met, _held(case, ended)),
        ]

    def _clock(self, metric: str, start: datetime, end: datetime | None, met: bool | None, held: int) -> Clock:
        """What the other system measured stands: the result is theirs, no step is due."""
        if end is None:
            return Clock(
                metric=metric, calendar=self.calendar, started_at=start, state=Clock.State.CANCELLED, stopped_at=start
            )
        elapsed = max(0, int((end - start).total_seconds()) - held)
        return Clock(
            metric=metric,
            calendar=self.calendar,
            started_at=start,
            state=Clock.State.STOPPED,
            stopped_at=max(end, start),
            elapsed_seconds=elapsed,
            met=met,
        )


def _held(case: Case, end: datetime | None) -> int:
    """Seconds on hold before the end."""
    total = 0.0
    for event, following in zip(case.events, case.events[1:], strict=False):
        if event.state == "on_hold" and end:
            total += max(0.0, (min(following.at, end) - max(event.at, case.opened_at)).total_seconds())
    return int(total)


def _verb(before: Event | None, event: Event) -> str:
    if before is None:
        return {
            "new": "opened",
            "in_progress": "acknowledged",
            "on_hold": "held",
            "resolved": "resolved",
            "closed": "closed",
        }[event.state]
    if event.state != before.state:
        if before.state in ("resolved", "closed") and event.state in ("new", "in_progress", "on_hold"):
            return "reopened"
        if before.state == "on_hold" and event.state == "in_progress":
            return "resumed"
        return {
            "new": "edited",
            "in_progress": "acknowledged",
            "on_hold": "held",
            "resolved": "resolved",
            "closed": "closed",
        }[event.state]
    return "assigned" if event.team != before.team else "edited"
