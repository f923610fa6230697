"""Ninety days of backups of the demo company: five plans, two bad nights, a restore that took too long, and what nobody covers."""

import hashlib
import random
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from itsm.cmdb.models import ConfigurationItem
from operations.control.backups import restoring, schedule, services, telling
from operations.models import BackupPlan, BackupRun, RestoreTest

PARIS, DAYS, SEED = ZoneInfo("Europe/Paris"), 90, 18
GIGA = 10**9
R = BackupRun.Result
# name, tool, kind, hours since the last good copy, every (hours), RPO and RTO (hours), days kept, covered, files, size, paths
PLANS = [
    ("DB2 production", "other", "full", 5, 24, 24, 4, 35, ("db2p-paie", "lpar-prod1"), 412, 640, ["DB2P.TSPAIE03", "DB2P.TSPAIE04", "DB2P.CATALOG"]),
    ("Fichiers siège", "restic", "incremental", 9, 24, 24, 8, 90, ("vm-portail", "vm-print", "vm-temps"), 1_843_000, 5200, ["/srv/partage", "/srv/profils"]),
    ("Messagerie", "borg", "incremental", 34, 24, 24, 8, 60, ("vm-mail-01", "vm-mail-02"), 96_500, 2900, ["/var/vmail"]),
    ("FinSuite", "other", "incremental", 7, 12, 12, 4, 400, ("ora-fin", "vm-fin-01", "vm-fin-02"), 1280, 2100, ["+DATA/ORAFIN", "+RECO/ORAFIN"]),
    ("AtelierMES", "restic", "incremental", 11, 6, 12, 6, 30, ("pg-mes", "srv-mes-lille"), 22_400, 180, ["/var/lib/postgresql", "/opt/mes"]),
]  # fmt: skip
DATABASES = ("DB2 production", "FinSuite")
COPIES = {
    "DB2 production": [
        ("Robot VTS Nanterre", "NAN", "tape", False, True),
        ("BAIE-02 Lyon", "LYO", "disk", True, False),
    ],
    "Fichiers siège": [
        ("NAS Nanterre", "NAN", "disk", False, False),
        ("Stockage objet Lyon", "LYO", "object", True, True),
    ],
    "Messagerie": [("NAS Nanterre", "NAN", "disk", False, False), ("NAS Lyon", "LYO", "disk", True, False)],
    "FinSuite": [("BAIE-02 Lyon", "LYO", "disk", True, False), ("Robot VTS Nanterre", "NAN", "tape", False, True)],
    "AtelierMES": [("NAS Lille", "LIL", "disk", False, False)],
}
# Nights before today's, and what came of them: the two failures and the copies that were not whole.
TROUBLE = {
    "Fichiers siège": {2: (R.WARNING, [{"code": "missing_paths", "paths": ["/srv/profils/archives"]}])},
    "Messagerie": {2: (R.FAILED, [{"code": "exit_status", "status": 2}, {"code": "no_copy"}]), 0: (R.FAILED, [{"code": "exit_status", "status": 2}, {"code": "no_copy"}])},
    "FinSuite": {4: (R.FAILED, [{"code": "exit_status", "status": 1}, {"code": "errors", "n": 1}])},
    "AtelierMES": {0: (R.WARNING, [{"code": "files_dropped", "files": 19_800, "usual": 22_400}])},
}  # fmt: skip


def build(c, now: datetime) -> None:
    """After the items: plans cover them."""
    rng = random.Random(SEED)  # noqa: S311 - the demo is the same on every machine on purpose
    items = {
        item.key: item
        for item in ConfigurationItem.objects.filter(organisation=c.orgs["LUMEN"]).exclude(ci_class="laptop")
    }
    for row in PLANS:
        plan = _plan(c, row, now, items)
        _runs(plan, row, now, rng)
        _settle(plan, now)
    _tests(c, now)
    later = (now + timedelta(days=200)).date()
    for key in ("esx-01", "esx-02", "esx-03"):
        if key in items:
            services.exempt(
                items[key],
                actor=c.accounts["ops"],
                reason="Hyperviseur sans données : réinstallé par script.",
                until=later,
            )


def _plan(c, row, now: datetime, items: dict) -> BackupPlan:
    name, tool, kind, age, every, rpo, rto, kept, covered, _files, _size, paths = row
    bad = len(TROUBLE.get(name, {}).keys() & {0})
    # The last run began as long ago as the age says; where it was bad, the last good one before it did.
    last = now - timedelta(hours=age - every * bad)
    local = last.astimezone(PARIS).replace(second=0, microsecond=0)
    plan = services.create_plan(
        actor=None, name=name, organisation=c.orgs["LUMEN"], tool=tool, kind=kind, starts_at=time(local.hour % every, local.minute), every_hours=every,
        rpo_minutes=rpo * 60, rto_minutes=rto * 60, retention_days=kept, paths=paths, grace_minutes=180, restore_every_days=180,
        copies=[
            {"place": place, "site": c.sites[site], "medium": medium, "is_offsite": away, "is_immutable": fixed, "is_encrypted": away}
            for place, site, medium, away, fixed in COPIES[name]
        ],
    )  # fmt: skip
    for key in covered:
        services.cover(plan, items[key], actor=None)
    plan.item.support_team = c.teams["N3-SGBD" if name in DATABASES else "N2-SYS"]
    plan.item.save(update_fields=["support_team"])
    return plan


def _runs(plan: BackupPlan, row, now: datetime, rng: random.Random) -> None:
    name, tool, files, size = row[0], row[1], row[9], row[10] * GIGA
    zone, grown, made = schedule.zone_of(plan), 0.0, []
    starts = []
    for at in schedule.occurrences(plan, now - timedelta(days=DAYS)):
        if at > now:
            break
        starts.append(at)
    last_night = schedule.night_of(starts[-1], zone)
    for at in starts:
        grown += 0.0004
        result, reasons = R.OK, []
        ago = (last_night - schedule.night_of(at, zone)).days
        bad = TROUBLE.get(name, {}).get(ago)
        if (
            bad
            and (ago or at == starts[-1])
            and not (made and made[-1].night == schedule.night_of(at, zone) and made[-1].result != R.OK)
        ):
            result, reasons = bad
        whole = result != R.FAILED
        share = next((r["files"] / r["usual"] for r in reasons if "usual" in r), 1)
        made.append(
            BackupRun(
                plan=plan, night=schedule.night_of(at, zone), started_at=at + timedelta(seconds=rng.randrange(5, 90)), received_at=at, origin="door" if tool != "other" else "api",
                result=result, exit_status=0 if result == R.OK or name == "AtelierMES" else reasons[0].get("status", 0), files=int(files * (1 + grown) * share) if whole else None,
                changed_files=int(files * rng.uniform(0.004, 0.012)) if whole else None, size=int(size * (1 + grown)) if whole else None,
                added=int(size * rng.uniform(0.008, 0.02)) if whole else None, snapshot=f"{rng.randrange(16**8):08x}" if whole else "", paths=plan.paths if whole else [],
                reasons=reasons, messages="" if result == R.OK else _words(name, result), digest=hashlib.sha256(f"{name} {at}".encode()).hexdigest(),
            )
        )  # fmt: skip
        run = made[-1]
        run.ended_at = run.received_at = run.started_at + timedelta(minutes=rng.uniform(0.9, 1.2) * (18 + row[10] / 60))
    # What was still running when the company was built has not been reported.
    BackupRun.objects.bulk_create([run for run in made if run.ended_at <= now])


def _words(name: str, result: str) -> str:
    if name == "Messagerie":
        return "Repository sauv-nan:/borg/messagerie does not exist."
    if result == R.FAILED:
        return "ORA-19504: failed to create file"
    return "/srv/profils/archives does not exist, skipping" if name == "Fichiers siège" else "19 800 fichiers lus"


def _settle(plan: BackupPlan, now: datetime) -> None:
    """The plan as its last runs leave it, and what the console is told of it."""
    runs = BackupRun.objects.filter(plan=plan).order_by("-started_at")
    last, good = runs.first(), runs.filter(result=R.OK).first()
    plan.created_at = now - timedelta(days=400)
    plan.last_run_at, plan.last_result, plan.last_good_at = last.over_at, last.result, good.started_at
    plan.expected_at = schedule.next_start(plan, last.started_at + schedule.early(plan))
    plan.rpo_told = services.rpo_deadline(plan) <= now
    plan.next_check_at = services.next_check(plan)
    plan.save()
    telling.of_run(plan, last)
    if plan.rpo_told:
        telling.rpo_missed(plan)


def _tests(c, now: datetime) -> None:
    """Restores that were tried: good ones, one above its RTO, one that is asked for."""
    plans = {plan.item.name: plan for plan in BackupPlan.objects.select_related("item")}
    ops = c.accounts["ops"]
    for name, days, hours, what in (
        ("DB2 production", 41, 2.6, "Tablespace TSPAIE03 sur TEST1"), ("Fichiers siège", 63, 1.4, "Dossier Budget, 12 Go"),
        ("FinSuite", 20, 6.2, "Base ORA-FIN entière sur vm-fin-02"),
    ):  # fmt: skip
        begun = now - timedelta(days=days, hours=5)
        test = restoring.ask(plans[name], actor=ops, what=what, planned_on=begun.date())
        RestoreTest.objects.filter(pk=test.pk).update(requested_at=begun - timedelta(days=4))
        restoring.start(test.pk, actor=ops, at=begun)
        slow = (
            "Débit de la baie divisé par deux pendant la copie de nuit."
            if name == "FinSuite"
            else "Comptages identiques à la production."
        )
        restoring.verify(test.pk, actor=ops, worked=True, notes=slow, at=begun + timedelta(hours=hours))
    restoring.ask(
        plans["Messagerie"], actor=ops, what="Boîte partagée direction", planned_on=(now + timedelta(days=6)).date()
    )
