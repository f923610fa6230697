"""Print queues of the demo company with what waits in them, a quarter of pages, and the outputs of the day."""

import hashlib
import random
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from itsm.cmdb import services as cmdb
from itsm.cmdb.models import ConfigurationItem
from operations.control.printing import outputs, telling
from operations.models import Delivery, Output, OutputRun, PageLine, PrintJob, PrintQueue, PrintServer

from . import jobs

PARIS, SEED, DAYS = ZoneInfo("Europe/Paris"), 54, 90
# name, site, batch (of the mainframe's spool), state, documents, minutes since the oldest, words
QUEUES = [
    ("EDI-PAIE", "NAN", True, "held", 1240, 94, "en attente de PAIE_EDITION"), ("IMP-PAR-4-02", "PAR", False, "stuck", 37, 157, "bourrage papier"),
    ("EDI-FACTURES", "NAN", True, "printing", 412, 38, ""), ("IMP-LIL-ATL", "LIL", False, "idle", 0, 0, ""), ("IMP-PAR-2-01", "PAR", False, "idle", 0, 0, ""),
    ("IMP-NTE-EXP", "NTE", False, "printing", 2, 1, ""),
]  # fmt: skip
TITLES = (
    "Compte rendu CODIR",
    "Bon de livraison",
    "Facture fournisseur",
    "Fiche de poste",
    "Planning atelier",
    "Contrat",
    "Plan de prévention",
    "Étiquettes",
)
# name, queue, job, class, form, destination, retention, due (a minute of the story where a job makes it), recipients
OUTPUTS = [
    ("Bulletins de paie", "EDI-PAIE", "PAIE_EDITION", "P", "BULL-A4", "Atelier d’édition, Nanterre", 30, 810, [("Direction RH", "PAR", 1), ("Paie Lille", "LIL", 1)]),
    ("Journal de paie", "EDI-PAIE", "PAIE_CALC_J", "J", "LISTING", "Service paie", 90, 600, [("Service paie", "PAR", 2)]),
    ("Factures clients", "EDI-FACTURES", "", "F", "FACT-A4", "Mise sous pli", 15, time(11, 30), [("Mise sous pli", "NAN", 1), ("Comptabilité clients", "PAR", 1)]),
    ("État des stocks", "IMP-LIL-ATL", "STOCK_MES", "S", "LISTING", "Atelier Lille", 7, 540, [("Magasin", "LIL", 1)]),
    ("Balance générale", "EDI-FACTURES", "CLOTURE_FIN", "B", "LISTING", "Direction financière", 365, 870, [("Contrôle de gestion", "PAR", 3)]),
]  # fmt: skip
# Of today: how far each is, in the order above.
TODAY = ("expected", "delivered", "printed", "delivered", "expected")


def build(c, now: datetime) -> None:
    """After the items and the jobs."""
    rng = random.Random(SEED)  # noqa: S311 - the demo is the same on every machine on purpose
    queues = {row[0]: _queue(c, row, now) for row in QUEUES}
    server = PrintServer.objects.create(
        name="CUPS siège",
        organisation=c.orgs["LUMEN"],
        url="http://cups.lumen.example:631",
        allow_private=True,
        is_active=False,
        answered_at=now,
    )
    PrintQueue.objects.filter(pk__in=[queues[row[0]].pk for row in QUEUES if not row[2]]).update(server=server)
    for row in QUEUES:
        if row[4]:
            _jobs(queues[row[0]], server, row, now, rng)
    _pages(c, queues, now, rng)
    _outputs(c, queues, now, rng)
    stuck = PrintQueue.objects.select_related("item__organisation").get(pk=queues["IMP-PAR-4-02"].pk)
    telling.queue_state(stuck, "idle")


def _queue(c, row, now: datetime) -> PrintQueue:
    name, site, batch, state, waiting, minutes, words = row
    item = ConfigurationItem.objects.filter(ci_class="print_queue", name=name).first()
    if item is None:
        item = cmdb.create_ci(
            actor=None, ci_class="print_queue", name=name, key=name.lower(), organisation=c.orgs["LUMEN"], site=c.sites[site], criticality=2 if batch else 3,
            support_team=c.teams["N2-POSTE"], environment="production",
        )  # fmt: skip
        server = ConfigurationItem.objects.get(key="lpar-prod1" if batch else "vm-print")
        cmdb.relate(item, server, "runs_on", actor=None)
    since = now - timedelta(minutes=minutes)
    return PrintQueue.objects.create(
        item=item, name=name, state=state, state_since=since, device_state={"idle": 3, "printing": 4}.get(state, 5 if state == "stuck" else 3), message=words,
        waiting=waiting, oldest_at=since if waiting else None, seen_at=now,
    )  # fmt: skip


def _jobs(queue: PrintQueue, server: PrintServer, row, now: datetime, rng: random.Random) -> None:
    """What waits; of the long queues only the first hundred are written out."""
    name, _site, batch, state, waiting, minutes, words = row
    made = []
    for n in range(min(waiting, 100)):
        at = now - timedelta(minutes=minutes * (1 - n / max(waiting, 1)))
        first = n == 0 and state in ("printing", "stuck")
        made.append(
            PrintJob(
                queue=queue, server=server, number=40_000 + n, uid=f"demo-{name}-{n}", title=f"BULL{n + 1:05}" if name == "EDI-PAIE" else f"FACT{n + 1:05}" if batch else rng.choice(TITLES),
                owner="STC" if batch else rng.choice(("cfontaine", "pmeyer", "lmartin", "jdurand")), created_at=at, printing_at=at if first else None,
                state="held" if state == "held" else "processing" if first else "pending", kilobytes=rng.randrange(20, 900), message=words if first else "",
            )
        )  # fmt: skip
    PrintJob.objects.bulk_create(made)


def _pages(c, queues: dict[str, PrintQueue], now: datetime, rng: random.Random) -> None:
    lines, people = [], [c.accounts["requester"], *c.users[:60]]
    offices = [name for name, _site, batch, *_rest in QUEUES if not batch]
    for day in range(DAYS):
        at = (now - timedelta(days=day)).astimezone(PARIS).replace(hour=9, minute=0, second=0, microsecond=0)
        if at.isoweekday() > 5:
            continue
        for n in range(rng.randrange(8, 16)):
            person, name = rng.choice(people), rng.choice(offices)
            when = at + timedelta(minutes=rng.randrange(0, 480))
            if when > now:
                continue
            digest = hashlib.sha256(f"demo {day} {n}".encode()).hexdigest()
            lines.append(
                PageLine(
                    queue=queues[name], queue_name=name, organisation=c.orgs["LUMEN"], at=when, job=day * 100 + n, user_name=person.username, person=person,
                    cost_centre=person.cost_centre or person.organisation.code, pages=max(1, int(rng.expovariate(1 / 9))), title=rng.choice(TITLES), digest=digest,
                )
            )  # fmt: skip
    PageLine.objects.bulk_create(lines, batch_size=1000)


def _outputs(c, queues: dict[str, PrintQueue], now: datetime, rng: random.Random) -> None:
    today = now.astimezone(PARIS).date()
    for place, (name, queue, job, spool_class, form, destination, kept, due, people) in enumerate(OUTPUTS):
        output = Output(
            name=name, organisation=c.orgs["LUMEN"], queue=queues[queue], spool_class=spool_class, form=form, destination=destination, retention_days=kept, due_at=_due(due, now),
            weekdays=[1, 2, 3, 4, 5, 6, 7], team=c.teams.get("EXP-EDI") or c.teams["EXP-PIL"], job_item=ConfigurationItem.objects.filter(ci_class="job", name=job).first(),
        )  # fmt: skip
        outputs.save_output(
            output, [{"name": who, "site": c.sites[site], "copies": n} for who, site, n in people], actor=None
        )
        for ago in range(14, -1, -1):
            _day(c, output, people, today - timedelta(days=ago), "delivered" if ago else TODAY[place], now, rng)


def _due(due: time | int, now: datetime) -> time:
    """After the job that makes it, whatever the hour of the demo; rounded up to five minutes, and within the day."""
    if isinstance(due, time):
        return due
    at, today = jobs.at_minute(now, due), now.astimezone(PARIS).date()
    if at.date() != today:
        return time(23, 55) if at.date() > today else time(0, 5)
    minute = min(-(-(at.hour * 60 + at.minute) // 5) * 5, 23 * 60 + 55)
    return time(minute // 60, minute % 60)


def _day(c, output: Output, people, day, state: str, now: datetime, rng: random.Random) -> None:
    due = datetime.combine(day, output.due_at, tzinfo=PARIS)
    made = min(due - timedelta(minutes=rng.randrange(40, 90)), now - timedelta(minutes=50))
    far = state != "expected"
    given = min(made + timedelta(minutes=35), now) if state == "delivered" else None
    run, _new = OutputRun.objects.update_or_create(
        output=output, day=day,
        defaults={
            "due_at": due, "state": state, "spool_id": f"JOB{rng.randrange(10_000, 99_999)}" if far else "", "pages": rng.randrange(40, 1900) if far else None,
            "spooled_at": made if far else None, "printed_at": made + timedelta(minutes=12) if far else None, "delivered_at": given,
            "is_late": state != "delivered" and due < now,
        },
    )  # fmt: skip
    if given:
        Delivery.objects.bulk_create(
            Delivery(
                run=run,
                recipient=who,
                received_by=rng.choice(("A. Petit", "M. Roy", "S. Diallo")),
                at=given,
                by=c.accounts["ops"],
            )
            for who, *_rest in people
        )
