"""The jobs of the demo company: the chain of the payroll around now, the night's batch, and ninety days of runs.

Times of the story are set off from the present, so that the plan always looks like twenty to eleven of a working morning.
"""

import random
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from itsm.calendars.models import Calendar
from itsm.cmdb import services as cmdb
from itsm.cmdb.models import ConfigurationItem, RelationType
from operations.control.scheduling import forecast, learning, planned, running, services, telling, timing
from operations.control.scheduling.models import DONE, Job, JobLink, JobPing, JobResource, JobRun, Resource, State

PARIS = ZoneInfo("Europe/Paris")
DAYS, SEED = 90, 20_261_130
NOON = 10 * 60 + 42
# name, planned at, expected, chain, host, criticality, team, deadline, what became of it today (state, minutes, exit status)
STORY = [
    ("SAUV_FULL_DB2", 300, 54, "", "lpar-prod1", 1, "N3-SGBD", None, ("ok", 45, 0)),
    ("REORG_DB2P", 312, 60, "", "db2p-paie", 2, "N3-SGBD", None, ("ok", 58, 0)),
    ("PAIE_CALC_J", 390, 108, "PAIE", "db2p-paie", 1, "EXP-ORD", None, ("ok", 110, 0)),
    ("STOCK_MES", 435, 33, "MES", "pg-mes", 2, "EXP-ORD", None, ("failed", 7, 12)),
    ("PAIE_VALID_J", 510, 94, "PAIE", "db2p-paie", 1, "EXP-ORD", 720, ("running", None, None)),
    ("TEMPS_IMPORT", 540, 30, "TEMPS", "vm-temps", 3, "APP-RH", None, ("too_fast", 5, 0)),
    ("PAIE_EDITION", 630, 60, "PAIE", "vm-print", 1, "EXP-EDI", 750, ("waiting", None, None)),
    ("CLOTURE_FIN", 690, 90, "FINANCE", "ora-fin", 1, "APP-FIN", 840, None),
    ("EXPORT_BANQUE", 840, 25, "PAIE", "lpar-prod1", 1, "EXP-ORD", 960, None),
]  # fmt: skip
AFTER = [
    ("REORG_DB2P", "SAUV_FULL_DB2", "ok"), ("PAIE_CALC_J", "REORG_DB2P", "done"), ("PAIE_VALID_J", "PAIE_CALC_J", "ok"),
    ("PAIE_EDITION", "PAIE_VALID_J", "ok"), ("EXPORT_BANQUE", "PAIE_EDITION", "ok"),
]  # fmt: skip
RESTART = {
    "STOCK_MES": "Purger la table de travail STK_TMP, puis relancer à l’étape 2. Prévenir l’atelier de Lille.",
    "PAIE_CALC_J": "Relancer à l’étape en échec. Ne jamais relancer depuis le début après l’étape 4 : les cumuls seraient doublés.",
    "PAIE_VALID_J": "Vérifier l’espace de TSPAIE03, puis relancer depuis le début.",
    "CLOTURE_FIN": "Appeler l’astreinte APP-FIN.",
}
COMMANDS = {
    "PAIE_CALC_J": "SUBMIT PAIE.JCL(CALCJ)",
    "STOCK_MES": "/opt/mes/bin/stock.sh --jour",
    "CLOTURE_FIN": "SUBMIT FIN.JCL(CLOT)",
}
# Whose batch it is, on what it runs, its team, and what its jobs do.
FAMILIES = [
    ("FIN", "ora-fin", "APP-FIN", "FINANCE", ("IMPORT_CPT", "EXPORT_CPT", "RAPPRO", "RELANCES", "TVA", "LETTRAGE", "TAUX", "CONTROLE")),
    ("PAIE", "db2p-paie", "EXP-ORD", "", ("CUMULS", "DSN", "ARCHIVE", "CONTROLE", "EXTRACT")),
    ("MES", "pg-mes", "APP-MET", "MES", ("OF", "STOCK", "QUALITE", "TRACE", "MAINT", "EXPED")),
    ("SAUV", "vm-print", "N2-SYS", "", ("VM", "FICHIERS", "BASES", "MESSAGERIE", "PORTAIL")),
    ("MSG", "vm-mail-01", "N2-MSG", "", ("PURGE", "INDEX", "QUOTAS", "ARCHIVE")),
    ("EDI", "vm-print", "EXP-EDI", "", ("FACTURES", "BULLETINS", "ETIQUETTES", "RELEVES")),
    ("SUP", "vm-portail", "EXP-PIL", "", ("JOURNAUX", "CERTIFS", "STATS", "DOUBLONS", "REFERENTIEL")),
]  # fmt: skip
TOTAL = 184


def build(c, present: datetime) -> None:
    """Register them all, in bulk, with the runs of ninety days and of the day and a half to come."""
    rng = random.Random(SEED)  # noqa: S311 - the demo is the same on every machine on purpose
    present = present.replace(second=0, microsecond=0)
    jobs = _register(c, rng, present)
    _runs(jobs, rng, present)
    _story(jobs, present)
    learning.learn(at=present)
    Job.objects.filter(pk=jobs["PAIE_VALID_J"].pk).update(
        learned={"n": 60, "high": 198 * 60, "expected_seconds": 96 * 60, "min_seconds": 2400, "max_seconds": 297 * 60}
    )
    services.make_key(actor=c.accounts["ops"], organisation=c.orgs["LUMEN"], name="Serveurs Linux")
    forecast.warn(present)


def _register(c, rng, present: datetime) -> dict[str, Job]:
    calendar = Calendar.objects.get(code="OFFICE")
    wanted = [_of_story(row, present) for row in STORY]
    wanted += [_of_family(n, rng) for n in range(TOTAL - len(STORY))]
    items = [
        ConfigurationItem(
            key=f"job-{each['name'].lower().replace('_', '-')}", ci_class="job", name=each["name"], organisation=c.orgs["LUMEN"],
            support_team=c.teams[each["team"]], criticality=each["criticality"], environment="production", source="demo",
            external_id=f"job-{each['name']}",
        )
        for each in wanted
    ]  # fmt: skip
    runs_on = RelationType.objects.get(code="runs_on")
    relations = [(item.key, each["host"], runs_on, 0, 1) for item, each in zip(items, wanted, strict=True)]
    made = cmdb.bulk_load(items, relations, actor=None, reason="Démonstration")
    rows = []
    for item, each in zip(items, wanted, strict=True):
        expected = each["expected"] * 60
        rows.append(Job(
            item=made[item.key], slug=each["name"].lower().replace("_", "-"), chain=each["chain"], schedule=each["schedule"], days=each["days"],
            nth=each["nth"], calendar=calendar if each["days"] != "every" else None, expected_seconds=expected, min_seconds=expected // 4,
            max_seconds=expected * 3, grace_seconds=600, deadline=each["deadline"], origin=each["origin"], command=each["command"],
            restart=RESTART.get(each["name"], ""), planned_until=present, next_check_at=present + timedelta(minutes=2),
        ))  # fmt: skip
    Job.objects.bulk_create(rows)
    jobs = {job.item.name: job for job in rows}
    JobLink.objects.bulk_create(
        [JobLink(job=jobs[after], predecessor=jobs[before], condition=how) for after, before, how in AFTER]
    )
    # Planned one after the other; since the payroll is late both want to print at once.
    stream = Resource.objects.create(organisation=c.orgs["LUMEN"], name="Flux éditique", capacity=1)
    JobResource.objects.bulk_create(
        [JobResource(job=jobs[name], resource=stream) for name in ("PAIE_EDITION", "CLOTURE_FIN")]
    )
    return jobs


def _of_story(row: tuple, present: datetime) -> dict:
    name, minute, expected, chain, host, criticality, team, deadline, _today = row
    at = at_minute(present, minute)
    return {
        "name": name, "expected": expected, "chain": chain, "host": host, "criticality": criticality, "team": team, "days": "every", "nth": None,
        "schedule": f"{at.minute} {at.hour} * * *", "deadline": at_minute(present, deadline).time() if deadline else None,
        "origin": "z/OS" if host in ("lpar-prod1", "db2p-paie") else "Ordonnanceur", "command": COMMANDS.get(name, ""),
    }  # fmt: skip


def at_minute(present: datetime, minute: int) -> datetime:
    """A time of the story's morning, moved so that now is 10:42."""
    return (present + timedelta(minutes=minute - NOON)).astimezone(PARIS)


def _of_family(n: int, rng) -> dict:
    prefix, host, team, chain, verbs = FAMILIES[n % len(FAMILIES)]
    verb, number = verbs[(n // len(FAMILIES)) % len(verbs)], n // (len(FAMILIES) * len(verbs)) + 1
    hour = rng.choice((20, 21, 22, 22, 23, 23, 0, 1, 1, 2, 2, 3, 4, 5, 6, 8, 12, 13, 18))
    kind = rng.random()
    days, nth = (
        ("every", None) if kind < 0.7 else ("working", None) if kind < 0.93 else ("nth", rng.choice((1, -1, -2)))
    )
    return {
        "name": f"{prefix}_{verb}_{number:02}", "expected": rng.choice((3, 5, 8, 12, 15, 20, 30, 45, 60)), "chain": chain, "host": host,
        "criticality": rng.choice((2, 3, 3, 3, 4)), "team": team, "days": days, "nth": nth, "schedule": f"{rng.randrange(0, 60, 5)} {hour} * * *",
        "deadline": time((hour + 3) % 24, 0) if rng.random() < 0.1 else None, "origin": "Ordonnanceur", "command": "",
    }  # fmt: skip


def _runs(jobs: dict[str, Job], rng, present: datetime) -> None:
    """What was planned in ninety days, with what became of it; what lies ahead is planned."""
    begins, rows = present - timedelta(days=DAYS), []
    today = {name: at_minute(present, minute) for name, minute, *_rest in STORY}
    for name, job in jobs.items():
        ahead = []
        for at in timing.occurrences(timing.of(job), begins, present + planned.AHEAD_FOR, 2000):
            run = JobRun(
                job=job, organisation_id=job.item.organisation_id, at=at, planned_at=at, due_at=at,
                deadline_at=timing.deadline_after(job.deadline, job.time_zone, at),
            )  # fmt: skip
            if at <= present and not (name in today and at >= today[name] - timedelta(minutes=1)):
                _past(run, job, rng, present)
            elif at > present:
                ahead.append(at)
            rows.append(run)
        job.next_run_at = ahead[0] if ahead else None
        job.planned_until = present + planned.AHEAD_FOR
    JobRun.objects.bulk_create(rows, batch_size=2000)
    begun = {run.job_id: run for run in rows if run.state != State.PLANNED}  # of each the last, since they are in order
    for job in jobs.values():
        last = begun.get(job.pk)
        if last is not None:
            job.last_state, job.last_run_at = last.state, last.started_at or last.at
        if not job.next_run_at:
            planned.extend(job, present, 0)
    Job.objects.bulk_update(
        jobs.values(), ["next_run_at", "planned_until", "last_state", "last_run_at"], batch_size=500
    )


def _past(run: JobRun, job: Job, rng, present: datetime) -> None:
    chance, expected = rng.random(), job.expected_seconds
    seconds = int(expected * min(max(rng.gauss(1, 0.12), 0.7), 1.6))
    recent = present - run.at < timedelta(hours=20)
    if chance < 0.006 and not recent:
        run.state, run.ended_at = State.NOT_STARTED, run.at + timedelta(hours=4)
        return
    run.started_at = run.at + timedelta(seconds=rng.randint(1, 50))
    run.state = State.OK
    if chance < 0.016 and not recent:
        run.state, run.exit_status, run.reason, seconds = State.FAILED, rng.choice((1, 4, 8, 12)), "told", seconds // 3
    elif chance < 0.02 and not recent:
        run.state, seconds = State.TOO_FAST, max(1, seconds // 10)
    if job.item.name == "CLOTURE_FIN" and timedelta(days=11, hours=12) < present - run.at <= timedelta(
        days=12, hours=12
    ):
        # The night on which the closing ran into the morning.
        seconds, run.deadline_told, run.note = expected * 2, True, "Verrou sur la table des écritures"
    run.seconds, run.ended_at = seconds, run.started_at + timedelta(seconds=seconds)
    if run.ended_at > present:
        run.state, run.ended_at, run.seconds, run.exit_status = State.RUNNING, None, None, None


def _story(jobs: dict[str, Job], present: datetime) -> None:
    """What happened this morning, told as the jobs tell it."""
    for name, minute, _expected, _chain, _host, _criticality, _team, _deadline, today in STORY:
        if today is None:
            continue
        state, lasted, status = today
        job, at = jobs[name], at_minute(present, minute)
        run = JobRun.objects.filter(job=job, planned_at=at).first()
        if run is None:
            continue
        if state == "waiting":
            run.state, run.reason = State.WAITING, "predecessors"
            run.save()
            job.last_state = run.state
            running.keep(job)
            continue
        run.started_at, run.state = at, State.RUNNING
        job.last_state, job.last_run_at = run.state, at
        if lasted is not None:
            run.ended_at, run.seconds = at + timedelta(minutes=lasted), lasted * 60
            run.state, run.exit_status = state, status
            job.last_state = state
        run.save()
        if run.state in DONE:
            _words(job, run)
        if run.state in (State.FAILED, State.TOO_FAST):
            telling.trouble(job, run, run.state, at=run.ended_at)
        running.keep(job)


def _words(job: Job, run: JobRun) -> None:
    text = (
        b"STOCK_MES etape 2 : ORA-01653, extension impossible de STK_TMP\nRC=12\n"
        if run.state == State.FAILED
        else b"Fin normale\n"
    )
    rows = [JobPing(job=job, run=run, at=run.started_at, kind="start", exit_status=None)]
    rows.append(JobPing(
        job=job, run=run, at=run.ended_at, kind="fail" if run.state == State.FAILED else "success", exit_status=run.exit_status, body=text,
        size=len(text), agent="curl/7.88.1", address="10.20.4.17",
    ))  # fmt: skip
    JobPing.objects.bulk_create(rows)
