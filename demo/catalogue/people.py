"""Somebody comes, moves, leaves."""

from .words import among, ask, from_, item, manager, need, stage, step, task, team, when

SHELF = "people"
DATE_HELP = ("Prévenez-nous au moins cinq jours ouvrés avant.", "Tell us at least five working days ahead.")

JOINER = item(
    "joiner", SHELF, "user-plus",
    ("Nouvel arrivant", "Joiner"),
    ("Compte, poste, badge et téléphone pour le premier jour", "Account, workstation, badge and phone for the first day"),
    [
        need("name", "text", "Prénom et nom", "First and last name", min=3, max=120),
        need("start", "date", "Premier jour", "First day", min="today+1", help=DATE_HELP),
        need("contract", "choice", "Type de contrat", "Type of contract", choices=among(
            ("permanent", "CDI", "Permanent"), ("fixed", "CDD ou intérim", "Fixed term"), ("intern", "Stage ou alternance", "Internship"),
            ("contractor", "Prestataire", "Contractor"),
        )),
        need("end", "date", "Dernier jour prévu", "Expected last day", min="today+1", shown_if=when("contract", "permanent", "not")),
        need("company", "text", "Société du prestataire", "Contractor’s company", max=120, shown_if=when("contract", "contractor")),
        need("job", "text", "Fonction", "Job title", max=120),
        need("site", "site", "Site", "Site", default=from_("site")),
        need("manager", "person", "Responsable", "Manager", default=from_("requester")),
        need("workstation", "choice", "Poste de travail", "Workstation", choices=among(
            ("laptop", "PC portable", "Laptop"), ("desktop", "PC fixe", "Desktop"), ("none", "Aucun", "None"),
        ), default={"value": "laptop"}),
        ask("screen", "yesno", "Un écran en plus ?", "An extra monitor?", shown_if=when("workstation", ["laptop", "desktop"], "in")),
        ask("phone", "choice", "Téléphone", "Phone", choices=among(
            ("mobile", "Mobile", "Mobile"), ("desk", "Poste fixe", "Desk phone"), ("softphone", "Sur le PC", "On the computer"),
        )),
        ask("applications", "choices", "Applications", "Applications", choices=among(
            ("paienet", "PaieNet", "PaieNet"), ("finsuite", "FinSuite", "FinSuite"), ("tempsrh", "TempsRH", "TempsRH"),
            ("ateliermes", "AtelierMES", "AtelierMES"),
        )),
        need("why_pay", "long", "Pourquoi PaieNet ?", "Why PaieNet?", min=10, max=1000, shown_if=when("applications", "paienet")),
        ask("like", "person", "Mêmes droits que", "Same rights as", help=("Une personne de la même équipe.", "Somebody of the same team.")),
        ask("note", "long", "Autre chose à savoir", "Anything else", max=2000),
    ],
    subject="name", delay=5, cost=950, monthly=38, category="access", team="N1-CDS", departments=[],
    approval=[manager(), stage(team("APP-RH"), fr="Accord des applications RH", en="Agreement of HR applications", quorum="any",
                               when={"field": "applications", "in": ["paienet", "tempsrh"]})],
    plan=[
        task("accounts", "N2-SYS", "Créer le compte et la boîte aux lettres", "Create the account and the mailbox", due=8),
        task("workstation", "N2-POSTE", "Préparer le poste de travail", "Prepare the workstation", due=24,
             when={"field": "workstation", "in": ["laptop", "desktop"]}),
        task("badge", "INF-DC", "Préparer le badge et les accès au site", "Prepare the badge and site access", due=16),
        task("phone", "N2-RES", "Attribuer la ligne téléphonique", "Assign the phone line", due=16, when={"field": "phone", "filled": True}),
        task("rights", "APP-RH", "Ouvrir les droits applicatifs", "Open the application rights", after=["accounts"], due=8,
             when={"field": "applications", "filled": True}),
        task("welcome", "N1-PROX", "Accueillir la personne et remettre le matériel", "Welcome the person and hand the equipment over",
             after=["accounts", "workstation", "badge", "phone", "rights"], due=8),
    ],
)  # fmt: skip

MOVER = item(
    "mover", SHELF, "user-share",
    ("Mobilité", "Mover"),
    ("Changement de service, de site ou de fonction", "Change of department, site or job"),
    [
        need("person", "person", "Qui change ?", "Who moves?", default=from_("requester")),
        need("date", "date", "À partir du", "From", min="today"),
        need("changes", "choices", "Ce qui change", "What changes", min=1, choices=among(
            ("department", "Service", "Department"), ("site", "Site", "Site"), ("job", "Fonction", "Job"),
        )),
        need("department", "text", "Nouveau service", "New department", max=120, shown_if=when("changes", "department")),
        need("site", "site", "Nouveau site", "New site", shown_if=when("changes", "site")),
        need("job", "text", "Nouvelle fonction", "New job title", max=120, shown_if=when("changes", "job")),
        need("manager", "person", "Nouveau responsable", "New manager", shown_if=when("changes", ["department", "job"], "in"), default=from_("manager")),
        need("keep", "yesno", "Garde-t-elle ses droits actuels quelque temps ?", "Do they keep their rights for some time?"),
        need("until", "date", "Jusqu’au", "Until", min="today+1", max="today+92", shown_if=when("keep", True),
             help=("Trois mois au plus.", "Three months at most.")),
        ask("equipment", "yesno", "Le matériel suit-il ?", "Does the equipment move too?", shown_if=when("changes", "site")),
        ask("note", "long", "Autre chose à savoir", "Anything else", max=2000),
    ],
    subject="person", delay=5, category="access", team="N1-CDS",
    approval=[manager()],
    plan=[
        task("profile", "N2-SYS", "Mettre à jour le compte et les groupes", "Update the account and its groups"),
        task("old-rights", "N3-SEC", "Retirer les droits de l’ancien poste", "Remove the rights of the former job", after=["profile"], due=16),
        task("new-rights", "APP-RH", "Ouvrir les droits du nouveau poste", "Open the rights of the new job", after=["profile"], due=16),
        task("move", "N1-PROX", "Déménager le matériel", "Move the equipment", due=24, when={"field": "equipment", "filled": True}),
        task("check", "N1-CDS", "Vérifier avec la personne", "Check with the person", after=["old-rights", "new-rights", "move"], due=8),
    ],
)  # fmt: skip

LEAVER = item(
    "leaver", SHELF, "user-minus",
    ("Départ", "Leaver"),
    ("Fermer les comptes, reprendre le matériel", "Close accounts, take the equipment back"),
    [
        need("person", "person", "Qui part ?", "Who leaves?"),
        need("last", "date", "Dernier jour", "Last day", min="today"),
        need("mail", "choice", "Sa messagerie", "Their mail", choices=among(
            ("close", "Fermer le dernier jour", "Close on the last day"), ("reply", "Réponse automatique pendant 30 jours", "Automatic reply for 30 days"),
            ("forward", "Transférer à quelqu’un", "Forward to somebody"),
        )),
        need("forward", "person", "Transférer à", "Forward to", shown_if=when("mail", "forward"), default=from_("manager")),
        ask("files", "person", "Ses fichiers sont repris par", "Their files go to", default=from_("manager")),
        ask("at_once", "yesno", "Couper les accès dès maintenant ?", "Cut all access now?"),
        need("why", "long", "Motif", "Reason", min=10, max=1000, shown_if=when("at_once", True)),
        ask("note", "long", "Autre chose à savoir", "Anything else", max=2000),
    ],
    subject="person", delay=3, category="access", team="N1-CDS",
    approval=[manager(due=8)],
    plan=[
        task("cut", "N3-SEC", "Couper les accès immédiatement", "Cut all access at once", due=1, when={"field": "at_once", "filled": True}),
        task("accounts", "N2-SYS", "Fermer le compte et la messagerie", "Close the account and mail", after=["cut"], due=8),
        step("rights-now", "leaver", "Retirer tous les droits", "Remove all rights", person_field="person", when={"field": "at_once", "filled": True}),
        step("rights", "leaver", "Retirer tous les droits après le dernier jour", "Remove all rights after the last day", person_field="person",
             day_field="last", when={"field": "at_once", "filled": False}),
        task("badge", "INF-DC", "Désactiver le badge", "Disable the badge", after=["cut"], due=8),
        task("equipment", "N1-PROX", "Reprendre le matériel", "Take the equipment back", due=16),
        task("files", "N3-STO", "Remettre les fichiers à la personne désignée", "Hand the files over", after=["accounts"], due=16, when={"field": "files", "filled": True}),
        task("close", "N1-CDS", "Vérifier et clore le dossier", "Check and close", after=["accounts", "rights-now", "rights", "badge", "equipment", "files"], due=8),
    ],
)  # fmt: skip

ITEMS = [JOINER, MOVER, LEAVER]
