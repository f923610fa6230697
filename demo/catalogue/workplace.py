"""Hardware, software, rights, loans, moving house, and questions."""

from .words import among, ask, from_, item, manager, need, stage, step, task, team, when

HARDWARE = item(
    "hardware", "hardware", "device-laptop",
    ("Matériel informatique", "Hardware"),
    ("PC, écran, station d’accueil, casque", "Computer, monitor, dock, headset"),
    [
        need("what", "choice", "Quel matériel ?", "Which hardware?", choices=among(
            ("laptop", "PC portable", "Laptop"), ("monitor", "Écran", "Monitor"), ("dock", "Station d’accueil", "Dock"),
            ("headset", "Casque", "Headset"), ("phone", "Téléphone mobile", "Mobile phone"), ("other", "Autre chose", "Something else"),
        )),
        need("other", "text", "Précisez", "Which?", min=3, max=120, shown_if=when("what", "other")),
        need("size", "choice", "Taille de l’écran", "Size of the monitor", choices=among(("24", "24 pouces", "24 inches"), ("27", "27 pouces", "27 inches"), ("34", "34 pouces, incurvé", "34 inches, curved")), shown_if=when("what", "monitor")),
        need("replaces", "yesno", "Remplace-t-il un matériel ?", "Does it replace something?"),
        ask("old", "item", "Lequel ?", "Which one?", shown_if=when("replaces", True), default=from_("workstation"), **{"class": "endpoint", "whose": "mine"}),
        need("why", "long", "Pour quel besoin ?", "What is it for?", min=10, max=1000),
        need("site", "site", "Livrer à", "Deliver to", default=from_("site")),
        ask("centre", "text", "Centre de coût", "Cost centre", max=40, default=from_("cost_centre"), pattern="[A-Z]{2,4}-?[0-9]{2,6}", message={"fr": "Par exemple FIN-1200.", "en": "For example FIN-1200."}),
    ],
    delay=10, cost=420, most=5, category="laptop", team="N2-POSTE",
    approval=[manager(), stage(team("RESP-CDS"), fr="Accord du budget", en="Budget agreement", quorum="any", when={"field": "size", "in": ["34"]})],
    plan=[
        task("order", "N2-POSTE", "Prendre au stock ou commander", "Take from stock or order", due=16),
        task("prepare", "N2-POSTE", "Préparer et étiqueter", "Prepare and label", after=["order"], due=16),
        task("deliver", "N1-PROX", "Livrer et installer", "Deliver and install", after=["prepare"], due=8),
        task("collect", "N1-PROX", "Reprendre l’ancien matériel", "Take the old one back", after=["deliver"], due=8, when={"field": "replaces", "filled": True}),
    ],
)  # fmt: skip

LOAN = item(
    "loan", "hardware", "package",
    ("Prêt de matériel", "Loan"),
    ("Vidéoprojecteur, portable, clé 4G pour quelques jours", "Projector, laptop, 4G key for some days"),
    [
        need("what", "choice", "Que voulez-vous emprunter ?", "What do you want to borrow?", choices=among(
            ("laptop", "PC portable", "Laptop"), ("projector", "Vidéoprojecteur", "Projector"), ("4g", "Clé 4G", "4G key"), ("camera", "Caméra de réunion", "Meeting camera"),
        )),
        need("from", "date", "Du", "From", min="today+1", max="today+92"),
        need("until", "date", "Au", "Until", min="today+1", max="today+122"),
        need("site", "site", "Retrait à", "Collect at", default=from_("site")),
        need("abroad", "yesno", "Sortira-t-il de France ?", "Will it leave the country?"),
        need("country", "text", "Quel pays ?", "Which country?", max=60, shown_if=when("abroad", True)),
    ],
    delay=2, cost=0, category="laptop", team="N1-PROX",
    plan=[
        task("prepare", "N1-PROX", "Réserver et préparer", "Reserve and prepare", due=8),
        task("hand", "N1-PROX", "Remettre le matériel", "Hand it over", after=["prepare"], due=8),
        task("back", "N1-PROX", "Contrôler le retour", "Check the return", after=["hand"], due=80),
    ],
)  # fmt: skip

OFFICE_MOVE = item(
    "office-move", "hardware", "truck",
    ("Déménagement de poste", "Office move"),
    ("Changer de bureau, avec le matériel et la prise réseau", "Change offices, with equipment and network socket"),
    [
        need("site", "site", "Site", "Site", default=from_("site")),
        need("from", "text", "Bureau actuel", "Present office", max=60),
        need("to", "text", "Nouveau bureau", "New office", max=60),
        need("date", "date", "Date souhaitée", "Date", min="today+3"),
        need("how_many", "number", "Combien de postes ?", "How many workstations?", min=1, max=100, default={"value": 1}),
        need("plan", "file", "Plan d’implantation", "Floor plan", max=1, shown_if=when("how_many", 5, "greater"), help=("PDF ou image.", "PDF or picture.")),
        ask("printer", "yesno", "Une imprimante suit-elle ?", "Does a printer move too?"),
        need("which", "item", "Laquelle ?", "Which one?", shown_if=when("printer", True), **{"class": "printer", "whose": "organisation"}),
    ],
    delay=5, category="hardware", team="N1-PROX",
    approval=[manager()],
    plan=[
        task("sockets", "N2-RES", "Brasser les prises du nouveau bureau", "Patch the sockets of the new office", due=16),
        task("move", "N1-PROX", "Déménager et rebrancher", "Move and plug in", after=["sockets"], due=8),
        task("cmdb", "N1-CDS", "Mettre à jour l’emplacement dans la CMDB", "Update the location in the CMDB", after=["move"], due=8),
    ],
)  # fmt: skip

SOFTWARE = item(
    "software", "software", "apps",
    ("Logiciel ou licence", "Software or licence"),
    ("Installer, mettre à jour, obtenir une licence", "Install, update, get a licence"),
    [
        need("need", "choice", "De quoi avez-vous besoin ?", "What do you need?", choices=among(("install", "Installer", "Install"), ("update", "Mettre à jour", "Update"), ("licence", "Une licence", "A licence"))),
        need("name", "text", "Logiciel", "Software", min=2, max=120),
        ask("version", "text", "Version", "Version", max=40),
        ask("pc", "item", "Sur quel poste ?", "On which computer?", default=from_("workstation"), **{"class": "endpoint", "whose": "mine"}),
        need("until", "choice", "Pour combien de temps ?", "For how long?", choices=among(("always", "Sans limite", "No limit"), ("project", "Le temps d’un projet", "For a project")), shown_if=when("need", "licence")),
        need("end", "date", "Fin du projet", "End of the project", min="today+1", shown_if=when("until", "project")),
        ask("why", "long", "Pour quel usage ?", "What for?", min=10, max=1000, required_if=when("need", "licence")),
    ],
    subject="name", delay=3, cost=120, category="licence", team="N2-POSTE",
    approval=[manager(when={"field": "need", "equals": "licence"})],
    plan=[
        task("licence", "N2-POSTE", "Acheter ou attribuer la licence", "Buy or assign the licence", due=24, when={"field": "need", "equals": "licence"}),
        task("install", "N2-POSTE", "Installer et vérifier", "Install and check", after=["licence"], due=8),
    ],
)  # fmt: skip

RIGHTS = item(
    "rights", "access", "key",
    ("Droits sur une application", "Rights on an application"),
    ("Ouvrir, changer ou retirer un droit", "Open, change or remove a right"),
    [
        need("application", "application", "Application", "Application"),
        need("act", "choice", "Que faut-il faire ?", "What should be done?", choices=among(("open", "Ouvrir un droit", "Open a right"), ("change", "Changer de profil", "Change the profile"), ("remove", "Retirer un droit", "Remove a right"))),
        need("profile", "choice", "Profil", "Profile", choices=among(("read", "Consultation", "Read"), ("write", "Saisie", "Write"), ("approve", "Validation", "Approve"), ("admin", "Administration", "Administration")), shown_if=when("act", "remove", "not")),
        need("limited", "yesno", "Pour une durée limitée ?", "For a limited time?", shown_if=when("act", "remove", "not")),
        need("until", "date", "Jusqu’au", "Until", min="today+1", max="today+366", shown_if=when("limited", True)),
        need("why", "long", "Pourquoi ?", "Why?", min=10, max=1000),
    ],
    delay=2, category="rights", team="N2-SYS",
    approval=[manager(), stage("application_owner", fr="Accord du propriétaire", en="Owner’s agreement")],
    plan=[
        step("grant", "access", "Ouvrir le droit demandé", "Open the right", item_field="application", right_field="profile", until_field="until",
             reason_field="why", when={"field": "act", "in": ["open", "change"]}),
        task("remove", "N2-SYS", "Retirer le droit d’avant", "Remove the former right", after=["grant"], due=8, when={"field": "act", "in": ["change", "remove"]}),
        task("check", "N1-CDS", "Vérifier avec le demandeur", "Check with the requester", after=["grant", "remove"], due=8),
    ],
)  # fmt: skip

PASSWORD = item(
    "password", "access", "lock",
    ("Mot de passe ou compte bloqué", "Password or locked account"),
    ("Réinitialiser un mot de passe, débloquer un compte", "Reset a password, unlock an account"),
    [
        need("person", "person", "Pour qui ?", "For whom?", default=from_("requester")),
        need("account", "choice", "Quel compte ?", "Which account?", choices=among(
            ("session", "Session Windows et messagerie", "Windows session and e-mail"), ("vpn", "Accès distant (VPN)", "Remote access (VPN)"),
            ("application", "Une application", "An application"),
        ), default={"value": "session"}),
        need("application", "application", "Application", "Application", shown_if=when("account", "application")),
        need("trouble", "choice", "Que se passe-t-il ?", "What happens?", choices=among(
            ("forgotten", "Mot de passe oublié", "Password forgotten"), ("expired", "Mot de passe expiré", "Password expired"),
            ("locked", "Compte bloqué", "Account locked"),
        )),
        need("phone", "text", "Où vous rappeler ?", "Where can we call you back?", max=40, help=(
            "Nous vous rappelons pour vérifier qui vous êtes : un mot de passe n’est jamais envoyé par écrit.",
            "We call you back to make sure who you are: a password is never sent in writing.",
        )),
    ],
    subject="person", delay=1, cost=0, category="rights", team="N1-CDS",
    plan=[
        task("identity", "N1-CDS", "Rappeler et vérifier l’identité", "Call back and check the identity", due=1),
        task("reset", "N1-CDS", "Débloquer ou donner un mot de passe provisoire", "Unlock, or give a temporary password", after=["identity"], due=1),
    ],
)  # fmt: skip

HOW_TO = item(
    "how-to", "question", "help-circle",
    ("Une question", "How-to"),
    ("Comment faire, où trouver", "How to do it, where to find it"),
    [
        need("question", "text", "Votre question", "Your question", min=5, max=200),
        ask("service", "service", "À propos de", "About"),
        ask("details", "long", "Détails", "Details", max=4000),
        ask("picture", "file", "Capture d’écran", "Screenshot", max=3),
    ],
    subject="question", delay=1, cost=0, category="office", team="N1-CDS", on_the_spot=True,
)  # fmt: skip

ITEMS = [HARDWARE, LOAN, OFFICE_MOVE, SOFTWARE, RIGHTS, PASSWORD, HOW_TO]
