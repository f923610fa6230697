"""Shifts of the demo: two weeks of them with their log and hand-overs, and four weeks of morning checks, two of today's still to do."""

import random
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from itsm.cmdb.models import ConfigurationItem
from itsm.core.folding import fold
from itsm.people.models import Membership, Role, RoleGrant, User
from itsm.records.models import Record
from operations.control.shifts import checking, rostering, services
from operations.control.shifts.models import Check, CheckResult, Handover, LogEntry, Shift

SEED, DAYS, CHECK_DAYS = 71_007, 14, 28
ZONE = ZoneInfo("Europe/Paris")
NAMES = [("Sékou", "Diallo"), ("Maud", "Roy")]
SHIFTS = [
    ("Quart du matin", "Morning shift", time(6), time(14)), ("Quart d’après-midi", "Afternoon shift", time(14), time(22)),
    ("Quart de nuit", "Night shift", time(22), time(6)),
]  # fmt: skip
# minutes ago, who (an index of NAMES or a team), text, words of the ticket, to follow
TODAY = [
    (7, 0, "TSPAIE03 : N3-SGBD prévenu, reprise REORG en cours.", "PaieNet", False),
    (64, 0, "Messagerie : cellule ouverte, pont audio 2.", "", False),
    (152, "EXP-ORD", "STOCK_MES laissé en erreur, avis du site attendu.", "", True),
    (175, 1, "Bourrage IMP-PAR-4-02 : N1-PROX prévenu.", "", True),
]  # fmt: skip
# From which local hour until which it is written, and what.
USUAL = [
    (0, 24, "Tour des consoles fait, rien à signaler."), (0, 24, "Climatisation salle 2 : 24 °C, consigne vérifiée."), (8, 12, "Bande LTO externalisée, bordereau signé."),
    (5, 8, "Traitements de la nuit terminés avec dix minutes d’avance."), (8, 18, "Fichier des temps de Lille corrigé par le site, import relancé."),
    (8, 18, "Badge visiteur remis à l’opérateur du lien de Lille."), (8, 20, "EDI-PAIE : files purgées après accord d’EXP-EDI."),
    (9, 17, "Essai du groupe électrogène : 15 minutes, correct."), (0, 24, "Alerte BAIE-01 prise, N3-STO informé."),
    (7, 19, "Appel du site de Nantes : lenteur du réseau, transmis à N2-RES."), (0, 6, "Sauvegarde des bases relancée après contrôle du lecteur, terminée."),
    (1, 5, "Ronde de nuit faite, rien à signaler."), (20, 24, "Imprimantes du siège éteintes pour la nuit."),
]  # fmt: skip
# group fr, group en, name fr, name en, key of the item, rule, subject
CHECKS = [
    ("Sauvegardes", "Backups", "Sauvegarde DB2 production", "DB2 production backup", "db2p-paie", "", ""),
    ("Sauvegardes", "Backups", "Sauvegarde fichiers siège", "Head-office files backup", "", "", ""),
    ("Sauvegardes", "Backups", "Sauvegarde messagerie", "E-mail backup", "vm-mail-01", "", ""),
    ("Sauvegardes", "Backups", "Sauvegarde FinSuite", "FinSuite backup", "ora-fin", "", ""),
    ("Traitements de nuit", "Night jobs", "Chaîne PAIE", "PAIE chain", "", "", ""),
    ("Traitements de nuit", "Night jobs", "STOCK_MES", "STOCK_MES", "", "", ""),
    ("Traitements de nuit", "Night jobs", "TEMPS_IMPORT", "TEMPS_IMPORT", "", "", ""),
    ("Traitements de nuit", "Night jobs", "EXPORT_BANQUE de la veille", "EXPORT_BANQUE of the day before", "", "", ""),
    ("Mainframe", "Mainframe", "PROD1 en service", "PROD1 in service", "lpar-prod1", "item-state", ""),
    ("Mainframe", "Mainframe", "DB2P-PAIE en service", "DB2P-PAIE in service", "db2p-paie", "item-state", ""),
    ("Mainframe", "Mainframe", "Taux de remplissage du spool", "Spool utilisation", "lpar-prod1", "", ""),
    ("Réseau", "Network", "Cœur de réseau", "Network core", "sw-core-1", "alerts-of-item", ""),
    ("Réseau", "Network", "Lien de Lille", "Lille link", "wan-lille", "alerts-of-item", ""),
    ("Réseau", "Network", "Lien de Nantes", "Nantes link", "wan-nantes", "alerts-of-item", ""),
    ("Services", "Services", "Aucun incident majeur", "No major incident", "", "majors", ""),
    ("Services", "Services", "Connexion à la messagerie", "E-mail sign-in", "vm-mail-01", "", ""),
    ("Services", "Services", "Connexion à FinSuite", "FinSuite sign-in", "app-finsuite", "", ""),
    ("Salles", "Rooms", "Températures DC1", "DC1 temperatures", "rack-dc1-a07", "", ""),
    ("Salles", "Rooms", "Alimentations A et B", "Feeds A and B", "feed-a", "", ""),
    ("Salles", "Rooms", "Site de secours de Lyon", "Lyon DR site", "", "", ""),
]  # fmt: skip
# Names of checks that nobody has done today yet, and those that are not good.
LEFT = {"Températures DC1", "Site de secours de Lyon"}
BAD = {
    "Sauvegarde messagerie": ("red", "Deux échecs en sept nuits."),
    "STOCK_MES": ("amber", "RC = 12, laissé en erreur, avis du site attendu."),
}


def build(c, now: datetime) -> None:
    """Everything relative to the present; the past in bulk."""
    rng = random.Random(SEED)  # noqa: S311 - the demo is the same on every machine on purpose
    people = _people(c)
    patterns = _patterns(c, people)
    rostering.plan(since=now - timedelta(days=DAYS), patterns=patterns)
    _on_now(c, now)
    _log(c, rng, people, now)
    _checks(c, rng, people, now)


def _people(c) -> list[User]:
    """The operators at the consoles: two of them have names here, with the right to keep the log."""
    found = [user for user in c.agents["EXP-PIL"] if user != c.accounts["ops"]]
    found = [*found[:2], *(c.agents[code][0] for code in ("EXP-EDI", "EXP-ORD", "INF-DC", "N2-SYS"))]
    role = Role.objects.get(code="ops")
    for index, user in enumerate(found[:5]):
        if index < len(NAMES):
            user.first_name, user.last_name = NAMES[index]
            user.save(update_fields=["first_name", "last_name"])
            user.refresh_from_db()
        RoleGrant.objects.get_or_create(user=user, role=role, organisation=c.orgs["LUMEN"])
        Membership.objects.get_or_create(user=user, team=c.teams["EXP-PIL"])
    return found[:5]


def _patterns(c, people: list[User]) -> list:
    ops = c.accounts["ops"]
    crews = [people[:2], [*people[2:3], ops], people[3:5]]
    return [
        services.save_pattern(
            None, actor=ops, organisation_id=c.orgs["LUMEN"].pk, team_id=c.teams["EXP-PIL"].pk, name_fr=french, name_en=english, starts=starts,
            ends=ends, turns=[{"user_id": user.pk} for user in crew],
        )
        for (french, english, starts, ends), crew in zip(SHIFTS, crews, strict=True)
    ]  # fmt: skip


def _on_now(c, now: datetime) -> None:
    """The `ops` account is in the shift of the moment, whatever the hour of the demo."""
    shift = Shift.objects.at(now).order_by("starts_at").first()
    if shift and not shift.people.filter(user=c.accounts["ops"]).exists():
        services.add_person(shift.pk, actor=c.accounts["ops"], person=c.accounts["ops"])


def _log(c, rng, people: list[User], now: datetime) -> None:
    lumen, rows, handovers = c.orgs["LUMEN"].pk, [], []
    past = list(
        Shift.objects.filter(organisation_id=lumen, starts_at__lte=now)
        .order_by("starts_at")
        .prefetch_related("people__user")
    )

    def line(at, text, actor, shift, **more):
        rows.append(
            LogEntry(
                organisation_id=lumen, shift=shift, team_id=shift.team_id, at=at, actor=actor, text=text, folded=fold(text),
                kind=more.pop("kind", "person"), **more,
            )
        )  # fmt: skip

    for before, shift in zip([None, *past], past, strict=False):
        here = [row.user for row in shift.people.all()]
        if before is not None and here:
            line(
                shift.starts_at + timedelta(minutes=rng.randrange(2, 12)),
                "Relève lue et acceptée. 3 points repris.",
                here[-1],
                shift,
                kind="handover",
            )
        if shift.ends_at <= now and here:
            said: set[str] = set()
            for _n in range(rng.randrange(2, 5)):
                at = shift.starts_at + timedelta(minutes=rng.randrange(20, 460))
                hour = at.astimezone(ZONE).hour
                text = rng.choice([text for since, until, text in USUAL if since <= hour < until and text not in said])
                said.add(text)
                line(at, text, rng.choice(here), shift)
    for leaving, coming in zip(past, past[1:], strict=False):
        crew, relief = ([row.user for row in each.people.all()] for each in (leaving, coming))
        if crew and relief:
            handovers.append(
                Handover(
                    shift=leaving, to=coming, note="Rien d’autre à signaler.", summary=[], points=3, signed_by=crew[0],
                    signed_at=leaving.ends_at - timedelta(minutes=8), accepted_by=next(user for user in reversed(relief) if user != crew[0]),
                    accepted_at=coming.starts_at + timedelta(minutes=4),
                )
            )  # fmt: skip
    for minutes, who, text, words, follow in TODAY:
        at = now - timedelta(minutes=minutes)
        shift = next((each for each in past if each.starts_at <= at < each.ends_at), past[-1])
        record = (
            Record.objects.filter(kind="incident", title__icontains=words, confidentiality=None)
            .active()
            .order_by("-pk")
            .first()
            if words
            else None
        )
        if isinstance(who, str):
            line(at, text, None, shift, record=record, follow=follow, kind="machine")
            rows[-1].team = c.teams[who]
        else:
            line(at, text, people[who], shift, record=record, follow=follow)
    LogEntry.objects.bulk_create(sorted(rows, key=lambda row: row.at))
    Handover.objects.bulk_create(handovers)


def _checks(c, rng, people: list[User], now: datetime) -> None:
    keys = dict(ConfigurationItem.objects.filter(key__in=[row[4] for row in CHECKS]).values_list("key", "pk"))
    checklist = checking.save_list(
        None, actor=c.accounts["ops"], organisation_id=c.orgs["LUMEN"].pk, team_id=c.teams["EXP-PIL"].pk, name_fr="Contrôles du matin",
        name_en="Morning checks", due=time(9, 30),
        checks=[
            {"group_fr": gf, "group_en": ge, "name_fr": nf, "name_en": ne, "item_id": keys.get(key), "rule": rule, "subject": subject}
            for gf, ge, nf, ne, key, rule, subject in CHECKS
        ],
    )  # fmt: skip
    today, rows = checking.local_day(checklist, now), []
    for check in Check.objects.filter(checklist=checklist).order_by("position"):
        for back in range(CHECK_DAYS, -1, -1):
            if back == 0 and check.name_fr in LEFT:
                continue
            day = today - timedelta(days=back)
            colour = rng.choices(["green", "amber", "red"], [93, 5, 2])[0] if back else "green"
            note = {"green": "", "amber": "En retard, terminé avant 10:00.", "red": "Échec, incident ouvert."}[colour]
            if back == 0 and check.name_fr in BAD:
                colour, note = BAD[check.name_fr]
            at = datetime.combine(day, time(7, 10), ZONE) + timedelta(minutes=rng.randrange(0, 90))
            rows.append(
                CheckResult(
                    check_of=check, day=day, colour=colour, note=note, at=min(at, now), by=None if check.rule else people[rng.randrange(2)]
                )
            )  # fmt: skip
    CheckResult.objects.bulk_create(rows)
