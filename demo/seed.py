"""The demo company, made through the product's own services and bulk paths; the same on every machine."""

import random
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import transaction

from itsm.calendars.defaults import ensure_default_calendars
from itsm.calendars.models import Calendar
from itsm.core import now, reference, versions
from itsm.escalation.defaults import ensure_default_policies
from itsm.levels.defaults import ensure_default_agreements
from itsm.notify import outbox
from itsm.notify.models import Outbox
from itsm.people.defaults import ensure_default_roles
from itsm.people.models import Organisation, Team
from itsm.records import reference as codes
from itsm.records import search
from itsm.records.defaults import ensure_default_codes
from itsm.records.models import HoldReason, Record, ResolutionCode
from kpis import collecting
from servicedesk.access.defaults import ensure_access_agreement
from servicedesk.calls.defaults import ensure_call_codes
from servicedesk.incidents import services as incidents
from servicedesk.majors.defaults import ensure_major_rules
from servicedesk.requests.defaults import ensure_request_agreement

from . import (
    access,
    alerts,
    availability,
    backups,
    calls,
    catalogue,
    company,
    consoles,
    crisis,
    explained,
    inventory,
    items,
    jobs,
    mailboxes,
    networks,
    oncall,
    phrases,
    planning,
    printing,
    promises,
    requests,
    shifts,
    surveys,
    texts,
    tickets,
    trust,
    views,
    weekend,
)
from . import codes as categories

SEED = 20_261_123
USERS, AGENTS, TICKETS, LAPTOPS, CHILDREN = 1800, 45, 3200, 240, 61


def ensure_defaults() -> None:
    """What every installation starts with."""
    ensure_default_calendars()
    ensure_default_roles()
    ensure_default_codes()
    ensure_call_codes()
    ensure_default_agreements()
    ensure_request_agreement()
    ensure_access_agreement()
    ensure_default_policies()
    ensure_major_rules()
    forget()


def forget() -> None:
    """The caches of this process, after rows were made behind their back."""
    for name in ("people", "codes", "levels", "calendars", "escalation", "cmdb-graph"):
        versions.bump(name)
    cache.clear()
    reference.forget_everything()


def run(*, scale: float, say, at: datetime | None = None) -> None:
    """Everything, with progress on `say`. `at`: the present of the ninety days, for who wants the same ones twice."""
    rng = random.Random(SEED)  # noqa: S311 - the demo is the same on every machine on purpose
    ensure_defaults()
    with transaction.atomic():
        c = company.build(rng, users=int(USERS * min(scale, 1)), agents=AGENTS)
        Organisation.objects.filter(code="LUMEN").update(calendar=Calendar.objects.get(code="OFFICE"))
        Organisation.objects.filter(code="LUMEN-CA").update(calendar=Calendar.objects.get(code="OFFICE-MTL"))
        categories.build(c)
        promises.build(c)
        items.build(c, rng, laptops=int(LAPTOPS * min(scale, 1)))
        catalogue.build(c)
        trust.build(c, at or now())
        oncall.build(c)
        c.path_of = _path(c)
    forget()
    networks.build(c)
    inventory.build(c, SEED)
    say(f"    {len(c.users)} people, {AGENTS} agents, {len(c.teams)} teams, items and services")
    maker = tickets.Maker(c, rng, seed=SEED, at=at)
    count = int(TICKETS * scale)
    maker.make(count, progress=lambda done: say(f"    incidents: {done} of {count}"))
    _story(c, maker)
    explained.build(c, maker)
    weekend.build(c, maker)
    availability.build(c, maker)
    phrases.build(c)
    views.build(c)
    requests.build(c, maker.now)
    access.build(c, maker.now)
    alerts.build(c, maker.now)  # before the rooms of operations, which add their own
    surveys.build(SEED, maker.now)  # after everything that was resolved: nobody is asked today about weeks ago
    oncall.call(c, maker.now)
    mailboxes.build(c)
    jobs.build(c, maker.now)
    planning.build(c, maker.now)
    consoles.build(c, maker.now)
    backups.build(c, maker.now)
    printing.build(c, maker.now)  # after the jobs that make its outputs
    calls.build(c, maker.now, scale)
    crisis.build(c, maker.now)
    shifts.build(c, maker.now)  # after all that a log and checks tell of
    say("    telling search and indicators")
    forget()
    while Outbox.objects.filter(processed_at=None, next_try_at__lte=now()).exists() and outbox.drain(2000):
        pass
    search.refresh_lexemes()
    collecting.collect(days=100)


def _path(c):
    """The team above, by category and level, as the escalation rule finds it."""
    rows = {team.pk: team for team in Team.objects.all()}

    def above(category, level):
        for wanted in range(level + 1, 4):
            found = codes.team_for_category(category.pk, wanted)
            if found:
                return rows[found]
        return None

    return above


def _working_morning(present: datetime) -> datetime:
    """A quarter to nine in Paris on a working day nearly two weeks ago."""
    day = (present - timedelta(days=12)).astimezone(tickets.PARIS)
    day -= timedelta(days=max(0, day.weekday() - 4))
    return day.replace(hour=8, minute=42, second=0, microsecond=0)


def _story(c, maker: tickets.Maker) -> None:
    """A major incident with its children, and tickets of the other organisation."""
    start = _working_morning(maker.now)
    solved_at = start + timedelta(hours=2, minutes=10)
    down = {"subject": texts.MAIL_DOWN, "urgency": 1, "solved_at": solved_at}
    parent = tickets.bulk.load(
        [maker.one(start, title=texts.MAIL_DOWN[1], impact=1, requester=c.accounts["requester"], major=True, **down)]
    )[0]
    availability.of_the_major(c, parent, start, solved_at)
    children = [
        maker.one(
            start + timedelta(minutes=maker.rng.randint(1, 110)), title="Je ne reçois plus aucun message", impact=4,
            parent_id=parent, **(down | {"urgency": 2}),
        )
        for _n in range(CHILDREN)
    ]  # fmt: skip
    tickets.bulk.load(children)
    Record.objects.filter(pk=parent).update(child_count=CHILDREN)
    for n, person in enumerate([c.accounts["outsider"], *c.outsiders]):
        title, description = texts.ABROAD[n % len(texts.ABROAD)]
        incidents.open_incident(
            actor=person, requester=person, title=title, description=description, urgency=3, quiet=True
        )
    mine = [
        ("Deuxième écran qui scintille", 4),
        ("Accès au dossier Budget refusé", 3),
        ("Téléphone muet en réunion", 4),
        ("Clavier : trois touches ne répondent plus", 4),
    ]
    made = [
        incidents.open_incident(
            actor=c.accounts["requester"], requester=c.accounts["requester"], title=title, urgency=urgency, quiet=True
        )
        for title, urgency in mine
    ]
    incidents.acknowledge(made[1].pk, actor=c.accounts["agent"])
    incidents.comment(
        made[1].pk,
        actor=c.accounts["agent"],
        body="Bonjour Claire, je vérifie vos droits et je reviens vers vous.",
        public=True,
        quiet=True,
    )
    incidents.resolve(
        made[2].pk,
        actor=c.accounts["agent"],
        resolution_code=ResolutionCode.objects.get(code="configuration"),
        resolution="Micro autorisé dans les réglages du navigateur.",
        quiet=True,
    )
    parts = HoldReason.objects.get(code="parts")
    incidents.hold(made[3].pk, actor=c.accounts["agent"], reason=parts, comment="Clavier commandé, livraison jeudi.")
    incidents.open_incident(
        actor=c.users[0],
        requester=c.users[0],
        title="Ordinateur perdu avec des dossiers du personnel",
        category=c.categories["loss"],
        urgency=2,
        quiet=True,
    )
