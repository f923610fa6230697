"""Consoles and runbooks of the demo: who sits where since this morning, what was ordered, what waits for a reply, what is carried out."""

from datetime import datetime, timedelta

from itsm.cmdb import services as cmdb
from itsm.cmdb.models import ConfigurationItem
from itsm.documents import running
from itsm.documents import services as documents
from itsm.documents.models import Document, DocumentRun
from itsm.events.models import Alert
from operations.control.consoles import services as consoles
from operations.control.consoles.models import ConsoleEntry

# key, name, site, team, post, authority, view, columns, product
CONSOLES = [
    ("console-zos-master", "ZOS-MASTER", "NAN", "EXP-PIL", "Salle de pilotage, poste 4201", "master", "ci_class=lpar&ci_class=db_server&ci_class=mainframe_cec", ["count", "since", "team", "state"], "z/OS"),
    ("console-pilotage", "CONSOLE-PILOTAGE", "PAR", "EXP-PIL", "Salle de pilotage, poste 4200", "cons", "", ["count", "since", "team", "record", "state"], "Vigie"),
    ("console-mur", "MUR-PILOTAGE", "PAR", "EXP-PIL", "Mur d’images", "info", "severity=critical&severity=major&severity=minor", ["since", "team", "state"], "Vigie"),
    ("console-reseau", "CONSOLE-RESEAU", "NAN", "N2-RES", "Supervision réseau, poste 4310", "io", "team=N2-RES", ["count", "since", "state"], "Vigie"),
]  # fmt: skip
# title, team, keys of items, text
RUNBOOKS = [
    (
        "Tablespace DB2 en RECP", "N3-SGBD", ["db2p-paie"],
        "À suivre dès qu’un tablespace passe en **RECP** (reprise en attente). Ne rien relancer avant l’étape 3.\n\n"
        "## Constater l’état\n\n```\n-DIS DB(DB2P) SPACENAM(TSPAIE*) RES\n```\n\nNoter les partitions et l’heure du premier message `DSNT500I`.\n\n"
        "## Prévenir N3-SGBD et arrêter la chaîne PAIE\n\n- appeler l’astreinte N3-SGBD ;\n- retenir `PAIE_VALID_J` et `PAIE_EDITION`.\n\n"
        "## Lancer la reprise\n\n```\nRECOVER TABLESPACE DPAIE.TSPAIE03 LOGONLY\n```\n\nDurée habituelle : 25 minutes.\n\n"
        "## Vérifier et relâcher\n\nL’état doit être `RW`. Relâcher les travaux retenus, dans l’ordre de la chaîne.\n\n"
        "## Rendre compte\n\nNoter au cahier de quart l’heure de fin et compléter l’incident.\n",
    ),
    (
        "File de messagerie sortante pleine", "N2-MSG", ["msg-edge-01", "vm-mail-01", "vm-mail-02"],
        "La file sortante dépasse 2 000 messages.\n\n## Mesurer\n\nRelever la taille de la file et l’âge du plus ancien message.\n\n"
        "## Chercher un expéditeur en boucle\n\nUn seul expéditeur au-dessus de 30 % : suspendre son compte et prévenir N3-SEC.\n\n"
        "## Relancer la remise\n\n1. vérifier le DNS ;\n2. relancer le service de remise ;\n3. attendre cinq minutes.\n\n## Confirmer le retour à la normale\n\nMoins de 200 messages en file.\n",
    ),
    (
        "Lien opérateur d’un site perturbé", "N2-RES", ["rtr-lil-01", "wan-lille", "wan-nantes", "wan-mtl"],
        "Perte de paquets ou lien coupé.\n\n## Mesurer la perte\n\nTest sur 200 paquets, dans les deux sens.\n\n## Basculer sur le secours\n\nUniquement si la perte dépasse 20 %.\n\n"
        "## Ouvrir un dossier chez l’opérateur\n\nFournir le numéro de lien et les mesures.\n\n## Informer le site\n",
    ),
    (
        "Relance d’un travail en erreur", "EXP-ORD", [],
        "## Lire le journal\n\nRelever le code retour et l’étape.\n\n## Comparer à la procédure de reprise\n\nElle est sur la page du travail.\n\n## Relancer ou prévenir\n\nUne relance au plus ; ensuite, l’équipe propriétaire.\n",
    ),
    (
        "IPL de PROD1", "N3-ZOS", ["lpar-prod1", "console-zos-master"],
        "Redémarrage complet d’une partition z/OS, **deux personnes** à la console.\n\n## Arrêter les applications\n\n`D A,L` puis arrêt dans l’ordre CICS, DB2, JES2.\n\n"
        "## Vérifier qu’aucune réponse n’est attendue\n\n`D R,L`\n\n## Charger\n\nAdresse et paramètre de chargement au coffre.\n\n## Répondre aux messages\n\n`R 00,I` au premier.\n\n## Contrôler les services\n",
    ),
]  # fmt: skip
# minutes ago, console, kind, system, text, answer
LOG = [
    (290, "console-zos-master", "order", "PROD1", "D A,L", "IEE114I 38 JOBS ACTIVE"), (262, "console-zos-master", "order", "PROD1", "$D SPOOL", "$HASP646 61 PERCENT SPOOL UTILIZATION"),
    (131, "console-zos-master", "order", "PROD1", "-DIS DB(DB2P) SPACENAM(TSPAIE03) RES", "TSPAIE03 TS 0003 RECP"), (55, "console-zos-master", "note", "", "Reprise de TSPAIE03 confiée à N3-SGBD.", ""),
    (180, "console-pilotage", "note", "", "Messagerie : cellule ouverte, pont audio 2.", ""),
]  # fmt: skip
MESSAGES = [
    (41, "console-zos-master", "PROD1", 12, "IEF238D PAIEVAL1 - REPLY DEVICE NAME OR 'CANCEL'."),
    (9, "console-zos-master", "PROD1", 14, "DSNJ128I -DB2P LOG OFFLOAD TASK WAITING, REPLY Y TO CONTINUE"),
]  # fmt: skip


def build(c, now: datetime) -> None:
    """After the alerts, by the product's services; the hours of what is told lie in the past."""
    texts = _runbooks(c)
    _consoles(c, now)
    _carry_out(c, now, texts[0])


def _items(c, rows, **more) -> dict[str, ConfigurationItem]:
    found = {}
    for key, ci_class, name, site, team, criticality in rows:
        item = ConfigurationItem.objects.filter(key=key).first()
        found[key] = item or cmdb.create_ci(
            actor=None, ci_class=ci_class, key=key, name=name, organisation=c.orgs["LUMEN"], site=c.sites[site], support_team=c.teams[team],
            criticality=criticality, environment="production", **more,
        )  # fmt: skip
    return found


def _runbooks(c) -> list[Document]:
    _items(c, [(key, "console", name, site, team, 2) for key, name, site, team, *_rest in CONSOLES])
    made = []
    for title, team, keys, text in RUNBOOKS:
        author = (c.agents.get(team) or [c.accounts["ops"]])[0]
        items = list(ConfigurationItem.objects.filter(key__in=keys))
        made.append(
            documents.write(
                actor=author,
                title=title,
                body=text,
                organisation=c.orgs["LUMEN"],
                owner_team=c.teams[team],
                items=items,
            )
        )
    first = made[0]
    better = RUNBOOKS[0][3].replace(
        "Durée habituelle : 25 minutes.",
        "Durée habituelle : 25 minutes ; au-delà de 40, appeler le responsable d’application.",
    )
    made[0] = documents.revise(
        first.pk, actor=(c.agents.get("N3-SGBD") or [c.accounts["ops"]])[0], version=1, title=first.title, body=better, owner_team=first.owner_team,
        items=[about.item for about in first.about.select_related("item")], note="Seuil d’appel du responsable d’application",
    )  # fmt: skip
    return made


def _consoles(c, now: datetime) -> None:
    ops = c.accounts["ops"]
    items = {
        item.key: item
        for item in ConfigurationItem.objects.filter(ci_class="console", key__in=[row[0] for row in CONSOLES])
    }
    for key, _name, _site, team, post, authority, view, columns, _product in CONSOLES:
        consoles.set_up(
            items[key], actor=ops, post=post, team=c.teams[team], authority=authority, view=view, columns=columns
        )
    consoles.sit_down(items["console-zos-master"].pk, actor=c.accounts["mainframe"])
    consoles.sit_down(items["console-pilotage"].pk, actor=ops)
    for minutes, key, kind, system, text, answer in LOG:
        pk, at = items[key].pk, now - timedelta(minutes=minutes)
        who = c.accounts["mainframe"] if key == "console-zos-master" else ops
        entry = (
            consoles.order(pk, actor=who, text=text, answer=answer, system=system)
            if kind == "order"
            else consoles.note(pk, actor=who, text=text)
        )
        ConsoleEntry.objects.filter(pk=entry.pk).update(at=at)
    for minutes, key, system, number, text in MESSAGES:
        entry = consoles.ask(items[key].pk, text=text, system=system, reply_id=number)
        ConsoleEntry.objects.filter(pk=entry.pk).update(at=now - timedelta(minutes=minutes))


def _carry_out(c, now: datetime, text: Document) -> None:
    """The runbook of the tablespace is under way for its alert, and was carried out once some weeks ago."""
    item = ConfigurationItem.objects.get(key="db2p-paie")
    expert, ops = (c.agents.get("N3-SGBD") or [c.accounts["ops"]])[0], c.accounts["ops"]
    old = running.start(text, actor=ops, item=item)
    for position in range(1, len(text.versions.get(number=text.version).steps) + 1):
        running.tick(old.pk, position, actor=expert if position > 2 else ops)
    _shift(old.pk, now - timedelta(days=24), 7)
    alert = Alert.objects.active().filter(item=item).order_by("rank", "-score").first()
    run = running.start(text, actor=ops, alert=alert, item=item)
    running.tick(run.pk, 1, actor=ops, note="TSPAIE03 partition 3, premier message à 08:31.")
    running.tick(run.pk, 2, actor=ops)
    _shift(run.pk, now - timedelta(minutes=120), 6)


def _shift(pk: int, began: datetime, minutes: int) -> None:
    """Put the ticks of a run where they belong in time."""
    run = DocumentRun.objects.get(pk=pk)
    ticked = list(run.steps.exclude(state="todo"))
    for step in ticked:
        step.at = began + timedelta(minutes=minutes * step.position)
        step.save(update_fields=["at"])
    run.started_at = began
    if run.ended_at and ticked:
        run.ended_at = ticked[-1].at
    run.save(update_fields=["started_at", "ended_at"])
