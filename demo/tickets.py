"""Ninety days of incidents in the shape of a working week, with their whole history, relative to today."""

import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from itsm.audit.models import Entry
from itsm.calendars.business import add_business_seconds
from itsm.core import now
from itsm.levels import clocks as levels
from itsm.levels.engine import Happening, Situation, follow
from itsm.levels.models import Clock, Kind, Metric
from itsm.levels.schedule import schedule_for
from itsm.records import priority, promises, suppliers
from itsm.records.models import FAR, CauseCode, Comment, HoldReason, Hop, Record, ResolutionCode
from servicedesk.incidents import bulk

from .texts import SUBJECTS

PARIS = ZoneInfo("Europe/Paris")
WEEK = [1.75, 1.15, 1.05, 1.0, 0.9, 0.12, 0.06]
HOURS = [0.1] * 7 + [1.2, 3.4, 4.2, 3.6, 2.6, 1.2, 1.9, 3.0, 2.7, 2.2, 1.5, 0.7, 0.3] + [0.15] * 4
CHANNELS = [("portal", 42), ("phone", 38), ("email", 14), ("walk_up", 4), ("chat", 2)]
CODES = [("solved", 40), ("workaround", 10), ("reboot", 12), ("hardware_replaced", 7), ("configuration", 12), ("patch", 4), ("user_education", 7), ("solved_by_caller", 3), ("solved_by_vendor", 3), ("not_reproducible", 2)]  # fmt: skip
CAUSES = [
    ("hardware", 18),
    ("software", 34),
    ("human_error", 16),
    ("change", 8),
    ("capacity", 5),
    ("supplier", 6),
    ("procedure", 5),
    ("unknown", 8),
]
BATCH = 400
# How many of those who speak with somebody are helped before they hang up.
SPOKEN, AT_ONCE = ("phone", "walk_up", "chat"), 0.72


class Maker:
    """Draws incidents. Each has a generator of its own: what the present cuts short in one changes no other."""

    def __init__(self, company, rng, *, seed: int, at: datetime | None = None):
        self.c, self.rng, self.now, self.seed, self.drawn = company, rng, at or now(), seed, 0
        self.codes = {x.code: x for x in ResolutionCode.objects.all()}
        self.causes = {x.code: x for x in CauseCode.objects.all()}
        self.holds = {x.code: x for x in HoldReason.objects.all()}

    def make(self, count: int, days: int = 90, progress=lambda done: None) -> None:
        """`count` incidents over the last `days`, in batches."""
        moments = self._moments(count, days)
        for start in range(0, len(moments), BATCH):
            bulk.load([self.one(at) for at in moments[start : start + BATCH]])
            progress(min(start + BATCH, len(moments)))

    def _moments(self, count: int, days: int) -> list[datetime]:
        today = self.now.astimezone(PARIS).replace(hour=0, minute=0, second=0, microsecond=0)
        dates = [today - timedelta(days=back) for back in range(days, -1, -1)]
        drawn = self.rng.choices(dates, [WEEK[d.weekday()] for d in dates], k=count)
        hours = self.rng.choices(range(24), HOURS, k=count)
        moments = [
            d.replace(hour=h, minute=self.rng.randrange(60), second=self.rng.randrange(60))
            for d, h in zip(drawn, hours, strict=True)
        ]
        return sorted(min(m, self.now - timedelta(minutes=self.rng.randint(2, 240))) for m in moments)

    def one(self, at: datetime, **fixed) -> bulk.Whole:
        """One incident opened at an instant, with everything that happened since."""
        solved_at = fixed.pop("solved_at", None)
        return self.born(at, **fixed).run(solved_at)

    def born(self, at: datetime, **fixed) -> "Life":
        """One incident at its opening: what happens to it is for the caller."""
        self.drawn += 1
        rng, c = random.Random(f"{self.seed}-{self.drawn}"), self.c  # noqa: S311 - the same on every machine on purpose
        category, title, body, impact, services = fixed.pop("subject", None) or rng.choice(SUBJECTS)
        person = fixed.pop("requester", None) or rng.choice(c.users)
        impact = fixed.pop("impact", None) or rng.choices([impact, 4, 3, 2, 1], [60, 26, 10, 3.4, 0.6])[0]
        urgency = fixed.pop("urgency", None) or rng.choices([1, 2, 3, 4], [4, 26, 52, 18])[0]
        team, leaf = c.teams["N1-CDS"], c.categories[category]
        channel = fixed.pop("channel", None) or rng.choices([x for x, _w in CHANNELS], [w for _x, w in CHANNELS])[0]
        record = Record(
            title=fixed.pop("title", None) or title.format(n=rng.randint(1, 6), site=person.site.name if person.site_id else ""), description=body,
            requester=person, organisation=person.organisation, site=person.site, category=leaf, impact=impact, urgency=urgency,
            priority=priority.compute(person.organisation_id, impact, urgency), channel=channel, kind=bulk.KIND,
            team=team, owner_team=team, level=team.level, language=person.organisation.language, state="new", phase="open", opened_at=at, updated_at=at,
            **fixed,
        )  # fmt: skip
        record.opened_by = person if record.channel in ("portal", "email") else rng.choice(c.agents["N1-CDS"])
        service = c.services.get(rng.choice(services)) if services else None
        record.service_id = service
        if category == "loss":
            record.confidentiality = c.circle_sec
        return Life(self, record, at, rng)


class Life:
    """What happens to one incident, step by step, until the present."""

    def __init__(self, maker: Maker, record: Record, at: datetime, rng: random.Random):
        self.m, self.rng, self.c, self.record, self.at = maker, rng, maker.c, record, at
        self.whole = bulk.Whole(record)
        self.every = promises.first_clocks(record, at)
        self.clocks = {clock.metric: clock for clock in self.every if clock.kind == Kind.SLA}
        self.hop = Hop(team=record.team, level=record.level, started_at=at, moved_by=record.opened_by)
        self.whole.hops.append(self.hop)
        self.entry("opened", record.opened_by)
        if record.service_id:
            self.whole.items = [record.service_id] if self.rng.random() < 0.3 else []

    def run(self, solved_at: datetime | None = None) -> bulk.Whole:
        """Live as chance has it, or be solved at an instant."""
        if solved_at:
            self._live_until(solved_at)
        else:
            self._live()
        return self.finish()

    def finish(self) -> bulk.Whole:
        """The life as it is to be loaded."""
        resolve = self.clocks["resolve"]
        for clock in self.every:
            self._settle(clock)
        self.whole.clocks = self.every
        running = [
            k.due_at for k in self.every if k.state == Clock.State.RUNNING and k.due_at and k.metric != Metric.TRANSFER
        ]
        self.record.due_at, self.record.queue_at = resolve.due_at, min(running, default=FAR)
        self.record.version = len(self.whole.entries)
        self.record.updated_at = self.whole.entries[-1].at
        return self.whole

    def situation(self) -> Situation:
        """The record as it is, before something is done to it."""
        return promises.situation(self.record, {})

    def follow(self, before: Situation, *, taken: bool = False, spoken: bool = False) -> None:
        """Let the clocks follow what was done, as they do for every record (itsm.levels.engine)."""
        done = Happening(self.at, taken=taken, spoken=spoken, held_since=lambda: self.hop.started_at)
        follow(self.record, self.every, before, self.situation(), done)

    def _live(self) -> None:
        r, rng = self.record, self.rng
        target = self.clocks["resolve"].target_seconds or 10 * 28800
        pace = rng.lognormvariate(-1.05, 0.95)
        if rng.random() < 0.03 and r.priority > 2 and not self._pass(rng.randint(300, 7200)):
            return None
        if rng.random() < 0.025:
            return self._end("cancel")
        if r.channel in SPOKEN and r.priority > 2 and rng.random() < AT_ONCE:
            return self._at_once()
        if not self._pass(min(int(rng.lognormvariate(6.6, 1.1)), 12 * 3600)):
            return None
        self.acknowledge()
        for _hop in range(rng.choices([0, 1, 2, 3], [66, 25, 7, 2])[0]):
            if not self._pass(int(target * pace * 0.2) + 300):
                return None
            self._escalate()
        if rng.random() < 0.22 and not self._hold(int(rng.lognormvariate(11.4, 1.0))):
            return None
        if rng.random() < 0.55:
            self._say(r.assignee or self._agent(), rng.choice(REPLIES), public=True)
        if not self._pass(int(target * pace * 0.7) + 600):
            return None
        self.resolve()
        if rng.random() < 0.045:
            if not self._pass(rng.randint(3600, 2 * 86400), clock=True):
                return None
            self._reopen()
            if not self._pass(int(target * pace * 0.4) + 900):
                return None
            self.resolve()
        return self._close_later()

    def _at_once(self) -> None:
        """Solved while the caller is on the line."""
        if not self._pass(self.rng.randint(15, 60), clock=True):
            return
        self.acknowledge()
        if self._pass(self.rng.randint(90, 480), clock=True):
            self.resolve()
            self._close_later()

    def _close_later(self) -> None:
        confirmed = self.rng.random() < 0.4
        if self._pass(self.rng.randint(3600, 3 * 86400) if confirmed else 5 * 86400 + 60, clock=True):
            self.close(self.record.requester if confirmed else None)

    def _live_until(self, solved_at: datetime) -> None:
        """Taken up at once, solved then, and closed some days later; a major incident is closed by a person."""
        self._pass(self.rng.randint(60, 600), clock=True)
        self.acknowledge()
        self._say(self.record.assignee, REPLIES[0], public=True)
        self.at = solved_at
        self.resolve(code="reboot" if self.record.major else "solved")
        if self._pass(5 * 86400 + 60, clock=True):
            self.close(self.c.accounts["lead"] if self.record.major else None)

    def _pass(self, seconds: int, *, clock: bool = False) -> bool:
        """Let (business) time pass; False when that would be after the present."""
        then = (
            self.at + timedelta(seconds=seconds)
            if clock
            else add_business_seconds(self.clocks["resolve"].calendar_id, self.at, seconds)
        )
        if then >= self.m.now - timedelta(minutes=1):
            return False
        self.at = then
        return True

    def entry(self, verb: str, actor, changes=None, **data) -> None:
        """A line of the trail."""
        self.whole.entries.append(
            Entry(at=self.at, actor=actor, verb=f"incident.{verb}", changes=changes or {}, data=data)
        )

    def _say(self, author, body: str, *, public: bool) -> None:
        before = self.situation()
        self.whole.comments.append(Comment(author=author, body=body, public=public, at=self.at))
        if public and self.record.first_response_at is None and author != self.record.requester:
            self.record.first_response_at = self.at
        self.follow(before, spoken=public and author != self.record.requester)
        self.entry("commented", author, public=public)

    def _agent(self):
        """Somebody of the team, or of the first level; of a secret, somebody who may read it."""
        found = self.c.agents.get(self.record.team.code) or self.c.agents["N1-CDS"]
        if self.record.confidentiality_id:
            found = [person for person in found if person.pk in self.c.sworn] or [self.c.accounts["lead"]]
        return self.rng.choice(found)

    def acknowledge(self, agent=None) -> None:
        """Somebody of the team takes charge."""
        r, agent, was = self.record, agent or self._agent(), self.situation()
        before, r.assignee, r.state = r.state, agent, "in_progress"
        r.acknowledged_at = r.acknowledged_at or self.at
        self.follow(was, taken=True)
        self.entry("acknowledged", agent, {"state": [before, "in_progress"], "assignee_id": [None, agent.pk]})

    def _escalate(self) -> None:
        r = self.record
        wanted = self.c.path_of(r.category, r.level or 1)
        if wanted is None or wanted == r.team:
            return
        self.hand_over(wanted, r.assignee, kind=Hop.Kind.ESCALATION, reason=self.rng.choice(REASONS))
        if self._pass(int(self.rng.lognormvariate(6.4, 0.9))):
            self.acknowledge()

    def hand_over(self, wanted, actor, *, kind: str, reason: str = "") -> None:
        """To another team: by escalation, or by assignment."""
        r, was = self.record, self.situation()
        old, escalated = r.team, kind == Hop.Kind.ESCALATION
        self.hop.ended_at = self.at
        held = int((self.at - self.hop.started_at).total_seconds())
        r.past_teams = [*r.past_teams, old.pk]
        r.team, r.level, r.assignee, r.state = wanted, wanted.level, None, "assigned"
        r.escalation_count += escalated
        r.reassignment_count += 1
        self.hop = Hop(team=wanted, level=wanted.level, kind=kind, started_at=self.at, reason=reason, moved_by=actor)
        self.whole.hops.append(self.hop)
        self.follow(was)
        data = {"reason": reason, "held_seconds": held} if escalated else {"held_seconds": held}
        self.entry("escalated" if escalated else "assigned", actor, {"team_id": [old.pk, wanted.pk]}, **data)

    def _hold(self, seconds: int) -> bool:
        code = self.rng.choices(["requester", "supplier", "change", "parts"], [62, 22, 8, 8])[0]
        self.hold(code, self.rng.choice(QUESTIONS) if code == "requester" else "")
        if not self._pass(seconds, clock=True):
            return False
        self.wake(code, self.rng.choice(ANSWERS) if code == "requester" else "")
        return True

    def hold(self, code: str, question: str = "") -> None:
        """Work waits."""
        r, reason = self.record, self.m.holds[code]
        if question:
            self._say(r.assignee or self._agent(), question, public=True)
        was = self.situation()
        r.state_before_hold, r.state, r.phase, r.hold_reason = r.state, "on_hold", "waiting", reason
        r.hold_supplier_id = suppliers.proposed(r) if code == "supplier" else None
        self.follow(was)
        whom = {"hold_supplier_id": [None, r.hold_supplier_id]} if r.hold_supplier_id else {}
        self.entry("held", r.assignee, {"hold_reason_id": [None, reason.pk], "phase": ["open", "waiting"]} | whom)

    def wake(self, code: str, answer: str = "") -> None:
        """Work goes on."""
        r, was = self.record, self.situation()
        r.state, r.state_before_hold, r.phase, r.hold_reason = r.state_before_hold, "", "open", None
        r.hold_supplier = None
        self.follow(was)
        if answer:
            self._say(r.requester, answer, public=True)
        else:
            self.entry("resumed", r.assignee, {"phase": ["waiting", "open"]})

    def resolve(self, code: str = "") -> None:
        """Solved, with what was done and why it happened."""
        r, rng, was = self.record, self.rng, self.situation()
        agent = r.assignee or self._agent()
        code = self.m.codes[code or rng.choices([x for x, _w in CODES], [w for _x, w in CODES])[0]]
        cause = self.m.causes[rng.choices([x for x, _w in CAUSES], [w for _x, w in CAUSES])[0]]
        r.assignee, r.state, r.phase, r.resolved_at, r.resolution_code = agent, "resolved", "resolved", self.at, code
        self.follow(was)
        self.whole.child |= {"resolution": rng.choice(SOLUTIONS), "cause_code_id": cause.pk, "resolved_by_id": agent.pk}
        self.entry("resolved", agent, {"phase": ["open", "resolved"], "resolution_code_id": [None, code.pk]})

    def _reopen(self) -> None:
        r, was = self.record, self.situation()
        r.state, r.phase, r.resolved_at, r.resolution_code = "in_progress", "open", None, None
        r.reopen_count += 1
        self.follow(was)
        self.whole.child["resolved_by_id"] = None
        self._say(r.requester, "Le problème est revenu ce matin.", public=True)
        self.entry(
            "reopened",
            r.requester,
            {"phase": ["resolved", "open"], "reopen_count": [r.reopen_count - 1, r.reopen_count]},
            reason="Le problème est revenu ce matin.",
        )

    def close(self, actor) -> None:
        """Confirmed by the actor, or nobody said anything."""
        r, was = self.record, self.situation()
        r.state, r.phase, r.closed_at = "closed", "closed", self.at
        self.follow(was)
        self.entry("closed", actor, {"phase": ["resolved", "closed"]}, **({} if actor else {"automatic": True}))

    def _end(self, _verb: str) -> None:
        r = self.record
        if not self._pass(self.rng.randint(60, 3600)):
            return
        was = self.situation()
        r.state, r.phase, r.closed_at, r.resolution_code = "cancelled", "closed", self.at, self.m.codes["cancelled"]
        self.follow(was)
        self.entry("cancelled", r.requester, {"phase": ["open", "closed"]}, reason="Ouvert par erreur")

    def _settle(self, clock: Clock) -> None:
        """Steps that the present has passed were taken long ago: the sweep must not fire them all at once."""
        if clock.state != Clock.State.RUNNING or clock.target_seconds is None:
            return
        used = 100 * levels.elapsed(clock, self.m.now) // clock.target_seconds
        clock.step = max((s for s in schedule_for(clock).percents if s <= used), default=0)
        levels.plan(clock)


REPLIES = ["Bonjour, je regarde cela tout de suite.", "Bonjour, votre demande est prise en charge, je vous tiens au courant.", "J’ai reproduit le problème, je cherche la cause.", "Le redémarrage du service est en cours.", "Hello, we are on it and will come back to you today."]  # fmt: skip
QUESTIONS = ["Pouvez-vous me donner le nom du poste ?", "Le problème se produit-il aussi sur un autre poste ?", "Pouvez-vous joindre une copie d’écran du message ?", "À quelle heure peut-on vous joindre ?"]  # fmt: skip
ANSWERS = ["Oui, le message apparaît aussi chez ma collègue.", "Voici la copie d’écran demandée.", "Le poste est PC-4127.", "Je suis joignable toute la matinée."]  # fmt: skip
REASONS = ["Compétence réseau nécessaire", "Droits d’administration nécessaires", "Analyse des journaux du serveur", "Le contournement N1 ne suffit pas", "Intervention sur la base de données"]  # fmt: skip
SOLUTIONS = ["Service redémarré et vérifié avec le demandeur.", "Profil recréé, données restaurées.", "Pilote mis à jour, impression de test réussie.", "Mot de passe réinitialisé et compte déverrouillé.", "Câble remplacé, débit vérifié.", "Paramètre corrigé selon la procédure.", "Cache vidé, mise à jour installée.", "Droits ajoutés après accord du responsable."]  # fmt: skip
