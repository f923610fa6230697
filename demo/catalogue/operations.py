"""Files, printing, network, servers and production."""

from .words import among, ask, item, manager, need, stage, task, team, when

RESTORE = item(
    "file-restore", "files", "history",
    ("Restauration de fichier", "File restore"),
    ("Retrouver un fichier ou un dossier effacé", "Get a deleted file or folder back"),
    [
        need("where", "choice", "Où était-il ?", "Where was it?", choices=among(("share", "Un dossier partagé", "A shared folder"), ("home", "Mon dossier personnel", "My home folder"), ("mail", "La messagerie", "Mail"), ("database", "Une base de données", "A database"))),
        need("path", "text", "Chemin et nom", "Path and name", max=300, help=("Par exemple S:\\Finance\\Budget 2026.xlsx", "For example S:\\Finance\\Budget 2026.xlsx"), shown_if=when("where", ["share", "home", "mail"], "in")),
        need("application", "application", "Application", "Application", shown_if=when("where", "database")),
        need("day", "date", "Dans son état du", "As it was on", max="today"),
        ask("seen", "date", "Vu pour la dernière fois le", "Last seen on", max="today"),
        need("overwrite", "yesno", "Écraser la version actuelle ?", "Overwrite the present version?", shown_if=when("where", ["share", "home"], "in")),
    ],
    delay=1, cost=0, category="restore", team="N3-STO",
    approval=[stage("application_owner", fr="Accord du propriétaire", en="Owner’s agreement", when={"field": "where", "equals": "database"})],
    plan=[task("restore", "N3-STO", "Restaurer depuis la sauvegarde", "Restore from the backup", due=8),
          task("check", "N1-CDS", "Faire vérifier par le demandeur", "Have the requester check", after=["restore"], due=8)],
)  # fmt: skip

REPRINT = item(
    "reprint", "files", "printer",
    ("Réimpression", "Reprint"),
    ("Relancer une édition de masse", "Run a batch output again"),
    [
        need("output", "text", "Quelle édition ?", "Which output?", min=3, max=120),
        need("day", "date", "Du", "Of", max="today", default={"value": "today"}),
        need("pages", "choice", "Que réimprimer ?", "What to print?", choices=among(("all", "Tout", "All of it"), ("some", "Une partie", "A part"))),
        need("from", "number", "De la page", "From page", min=1, max=99999, shown_if=when("pages", "some")),
        need("to", "number", "À la page", "To page", min=1, max=99999, shown_if=when("pages", "some")),
        need("why", "choice", "Pourquoi ?", "Why?", choices=among(("damaged", "Papier abîmé", "Paper damaged"), ("lost", "Pli perdu", "Lost in the mail"), ("wrong", "Contenu faux", "Wrong content"))),
        need("approved", "yesno", "Les données ont-elles été corrigées ?", "Has the data been corrected?", shown_if=when("why", "wrong")),
    ],
    subject="output", delay=1, category="batch-output", team="EXP-EDI", repeatable=True,
    plan=[task("print", "EXP-EDI", "Relancer l’édition", "Print again", due=4), task("send", "EXP-EDI", "Remettre ou expédier", "Hand over or send", after=["print"], due=8)],
)  # fmt: skip

QUEUE = item(
    "print-queue", "files", "printer",
    ("Création de file d’impression", "New print queue"),
    ("Une file pour une imprimante ou une application", "A queue for a printer or an application"),
    [
        need("printer", "item", "Imprimante", "Printer", **{"class": "printer", "whose": "organisation"}),
        need("name", "text", "Nom de la file", "Name of the queue", max=30, pattern="[A-Z][A-Z0-9_-]{2,29}", message={"fr": "Majuscules, chiffres, « - » et « _ », 3 à 30 caractères.", "en": "Capitals, figures, “-” and “_”, 3 to 30 characters."}),
        need("for", "choice", "Pour", "For", choices=among(("people", "Des postes de travail", "Workstations"), ("application", "Une application", "An application"), ("mainframe", "Le mainframe (JES)", "The mainframe (JES)"))),
        need("application", "application", "Quelle application ?", "Which application?", shown_if=when("for", "application")),
        need("class", "text", "Classe de sortie JES", "JES output class", pattern="[A-Z0-9]", message={"fr": "Une lettre ou un chiffre.", "en": "One letter or figure."}, shown_if=when("for", "mainframe")),
        ask("options", "choices", "Options", "Options", choices=among(("duplex", "Recto verso", "Duplex"), ("colour", "Couleur", "Colour"), ("hold", "Retenue jusqu’au badge", "Held until the badge"))),
    ],
    subject="name", delay=3, category="print", team="EXP-EDI",
    plan=[
        task("create", "EXP-EDI", "Créer la file", "Create the queue", due=8),
        task("jes", "N3-ZOS", "Définir la destination JES", "Define the JES destination", due=16, when={"field": "for", "equals": "mainframe"}),
        task("test", "EXP-EDI", "Imprimer une page d’essai", "Print a test page", after=["create", "jes"], due=8),
    ],
)  # fmt: skip

FIREWALL = item(
    "firewall-rule", "infrastructure", "wall",
    ("Ouverture de flux", "Firewall rule"),
    ("Autoriser un flux réseau entre deux zones", "Let traffic through between two zones"),
    [
        need("source", "text", "Source", "Source", max=120, help=("Adresse, réseau ou nom.", "Address, network or name.")),
        need("target", "text", "Destination", "Destination", max=120),
        need("protocol", "choice", "Protocole", "Protocol", choices=among(("tcp", "TCP", "TCP"), ("udp", "UDP", "UDP"), ("icmp", "ICMP", "ICMP"))),
        need("ports", "text", "Ports", "Ports", max=60, pattern="[0-9]{1,5}([,-][0-9]{1,5})?([,-][0-9]{1,5})?", message={"fr": "Par exemple 443 ou 8000-8010.", "en": "For example 443 or 8000-8010."}, shown_if=when("protocol", "icmp", "not")),
        need("internet", "yesno", "Le flux vient-il d’Internet ?", "Does it come from the Internet?"),
        need("review", "file", "Avis de sécurité", "Security review", max=3, shown_if=when("internet", True)),
        ask("application", "application", "Pour l’application", "For the application"),
        need("until", "date", "Ouvert jusqu’au", "Open until", min="today+1", max="today+366", help=("Un an au plus : la règle est revue ensuite.", "One year at most: the rule is reviewed then.")),
        need("why", "long", "Justification", "Justification", min=20, max=2000),
    ],
    subject="target", delay=5, category="network", team="N2-RES",
    approval=[stage(team("N3-SEC"), fr="Accord de la sécurité", en="Security’s agreement", quorum={"count": 1}), stage("application_owner", fr="Accord du propriétaire", en="Owner’s agreement", when={"field": "application", "filled": True})],
    plan=[
        task("study", "N2-RES", "Étudier le flux", "Study the flow", due=8),
        task("open", "N2-RES", "Ouvrir sur les pare-feu", "Open it on the firewalls", after=["study"], due=8),
        task("test", "N2-RES", "Tester avec le demandeur", "Test with the requester", after=["open"], due=8),
    ],
)  # fmt: skip

VM = item(
    "new-vm", "infrastructure", "server-2",
    ("Nouveau serveur virtuel", "New VM"),
    ("Une machine virtuelle, sauvegardée et supervisée", "A virtual machine, backed up and monitored"),
    [
        need("name", "text", "Nom", "Name", max=15, pattern="[a-z][a-z0-9-]{2,14}", message={"fr": "Minuscules, chiffres et « - », 3 à 15 caractères.", "en": "Small letters, figures and “-”, 3 to 15 characters."}),
        need("environment", "choice", "Environnement", "Environment", choices=among(("dev", "Développement", "Development"), ("test", "Recette", "Test"), ("prod", "Production", "Production"))),
        need("system", "choice", "Système", "System", choices=among(("linux", "Linux", "Linux"), ("windows", "Windows Server", "Windows Server"))),
        need("cpu", "number", "Processeurs", "Processors", min=1, max=32, default={"value": 2}),
        need("memory", "number", "Mémoire (Go)", "Memory (GB)", min=2, max=256, default={"value": 8}),
        need("disk", "number", "Disque (Go)", "Disk (GB)", min=20, max=4000, default={"value": 80}),
        need("why_large", "long", "Pourquoi une machine si grande ?", "Why such a large machine?", min=20, max=2000, shown_if={"any": [{"field": "cpu", "is": "greater", "value": 8}, {"field": "memory", "is": "greater", "value": 64}, {"field": "disk", "is": "greater", "value": 1000}]}),
        need("application", "application", "Pour l’application", "For the application"),
        ask("backup", "choice", "Sauvegarde", "Backup", choices=among(("daily", "Chaque jour", "Daily"), ("weekly", "Chaque semaine", "Weekly"), ("none", "Aucune", "None")), required_if=when("environment", "prod"), default={"value": "daily"}),
        ask("end", "date", "À supprimer le", "To be removed on", min="today+7", shown_if=when("environment", ["dev", "test"], "in")),
    ],
    subject="name", delay=5, cost=0, monthly=64, most=10, category="server", team="N2-SYS",
    approval=[manager(), stage("application_owner", fr="Accord du propriétaire", en="Owner’s agreement", when={"field": "environment", "equals": "prod"})],
    plan=[
        task("address", "N2-RES", "Réserver l’adresse et le nom", "Reserve the address and the name", due=8),
        task("storage", "N3-STO", "Allouer le stockage", "Allocate the storage", due=8),
        task("create", "N2-SYS", "Créer la machine", "Create the machine", after=["address", "storage"], due=8),
        task("backup", "N3-STO", "Mettre en sauvegarde", "Set the backup up", after=["create"], due=8, when={"field": "backup", "in": ["daily", "weekly"]}),
        task("monitor", "EXP-PIL", "Mettre en supervision", "Set monitoring up", after=["create"], due=8),
        task("deliver", "N2-SYS", "Livrer et mettre à jour la CMDB", "Deliver and update the CMDB", after=["backup", "monitor"], due=8),
    ],
)  # fmt: skip

JOB = item(
    "on-demand-job", "infrastructure", "player-play",
    ("Exécution de traitement", "On-demand job"),
    ("Lancer un traitement hors planification", "Run a job outside its schedule"),
    [
        need("job", "text", "Traitement", "Job", min=3, max=60),
        need("application", "application", "Application", "Application"),
        need("when", "choice", "Quand ?", "When?", choices=among(("now", "Dès que possible", "As soon as possible"), ("date", "À une date", "On a date"), ("regular", "À chaque fois que je le demande", "Each time I ask"))),
        need("date", "date", "Le", "On", min="today", shown_if=when("when", "date")),
        ask("parameters", "long", "Paramètres", "Parameters", max=1000),
        need("prod", "yesno", "En production ?", "In production?"),
        need("restart", "choice", "En cas d’échec", "If it fails", choices=among(("stop", "Arrêter et prévenir", "Stop and tell"), ("retry", "Relancer une fois", "Run once more")), shown_if=when("prod", True)),
    ],
    subject="job", delay=0, category="production", team="EXP-ORD", repeatable=True,
    approval=[stage("application_owner", fr="Accord du propriétaire", en="Owner’s agreement", due=8, when={"field": "prod", "filled": True})],
    plan=[task("run", "EXP-ORD", "Lancer le traitement", "Run the job", due=4), task("report", "EXP-PIL", "Rendre compte au demandeur", "Report to the requester", after=["run"], due=4)],
)  # fmt: skip

ITEMS = [RESTORE, REPRINT, QUEUE, FIREWALL, VM, JOB]
