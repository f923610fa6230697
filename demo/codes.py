"""The categories of the demo company, with the teams that take them at each level."""

from itsm.core import versions
from itsm.records.models import Category, CategoryTeam

# code, French, English, (level 2 team, level 3 team), children (code, French, English)
TREE = [
    ("hardware", "Matériel", "Hardware", ("N2-POSTE", None), [("laptop", "PC portable", "Laptop"), ("monitor", "Écran", "Monitor"), ("dock", "Station d’accueil", "Dock"), ("printer", "Imprimante", "Printer"), ("phone", "Téléphone", "Phone"), ("server", "Serveur", "Server")]),
    ("software", "Logiciel", "Software", ("N2-POSTE", None), [("office", "Bureautique", "Office"), ("browser", "Navigateur", "Browser"), ("app-finance", "Application Finance", "Finance application"), ("app-hr", "Application RH", "HR application"), ("app-business", "Application métier", "Business application"), ("licence", "Licence", "Licence")]),
    ("access", "Accès", "Access", ("N2-SYS", "N3-SEC"), [("password", "Mot de passe", "Password"), ("locked", "Compte bloqué", "Locked account"), ("rights", "Droits", "Rights"), ("vpn", "VPN", "VPN"), ("mfa", "MFA", "MFA")]),
    ("network", "Réseau", "Network", ("N2-RES", None), [("lan", "LAN", "LAN"), ("wifi", "Wi-Fi", "Wi-Fi"), ("internet", "Internet", "Internet"), ("wan", "Lien opérateur", "WAN"), ("dns", "DNS-DHCP", "DNS-DHCP")]),
    ("mail", "Messagerie", "Mail", ("N2-MSG", None), [("mail-in", "Réception", "Receiving"), ("mail-out", "Envoi", "Sending"), ("shared-box", "Boîte partagée", "Shared box"), ("calendar", "Calendrier", "Calendar")]),
    ("print", "Impression", "Printing", ("N2-POSTE", None), [("queue", "File bloquée", "Stuck queue"), ("batch-output", "Édition de masse", "Batch output")]),
    ("production", "Production", "Production", ("N2-SYS", "N3-ZOS"), [("job-failed", "Traitement en échec", "Failed job"), ("job-late", "Retard de traitement", "Late job"), ("backup-failed", "Sauvegarde en échec", "Failed backup"), ("restore", "Restauration", "Restore"), ("console", "Console", "Alert")]),
    ("database", "Base de données", "Database", ("N2-SYS", "N3-SGBD"), []),
    ("storage", "Stockage", "Storage", ("N2-SYS", "N3-STO"), []),
    ("mainframe", "Mainframe", "Mainframe", ("N2-SYS", "N3-ZOS"), [("lpar", "LPAR", "LPAR"), ("cics", "CICS", "CICS"), ("db2", "DB2", "DB2"), ("jes", "JES", "JES")]),
    ("security", "Sécurité", "Security", ("N2-RES", "N3-SEC"), [("phishing", "Hameçonnage", "Phishing"), ("virus", "Virus", "Virus"), ("loss", "Perte ou vol", "Loss or theft")]),
    ("facilities", "Environnement", "Facilities", ("N2-SYS", None), [("power", "Électricité", "Power"), ("cooling", "Climatisation", "Cooling"), ("room-access", "Accès salle", "Room access"), ("fire", "Incendie", "Fire")]),
]  # fmt: skip
HIGH = {"app-finance": "APP-FIN", "app-hr": "APP-RH", "app-business": "APP-MET"}


def build(c) -> None:
    """Make the tree; `c.categories` finds one by code."""
    c.categories = {}
    for position, (code, french, english, (second, third), children) in enumerate(TREE):
        root = _category(c, code, french, english, None, position)
        _teams(c, root, {1: "N1-CDS", 2: second, 3: third})
        for index, (child, fr, en) in enumerate(children):
            leaf = _category(c, child, fr, en, root, index)
            if child in HIGH:
                _teams(c, leaf, {3: HIGH[child]})
    security = Category.objects.get(code="loss")
    security.confidentiality = c.circle_sec
    security.save(update_fields=["confidentiality"])
    versions.bump("codes")


def _category(c, code, french, english, parent, position) -> Category:
    made = Category.objects.create(
        code=code, name_fr=french, name_en=english, parent=parent, position=position, kinds=["incident", "request"]
    )
    made.path = f"{parent.path if parent else '/'}{made.pk}/"
    made.save(update_fields=["path"])
    c.categories[code] = made
    return made


def _teams(c, category: Category, teams: dict[int, str | None]) -> None:
    CategoryTeam.objects.bulk_create(
        CategoryTeam(category=category, level=level, team=c.teams[code]) for level, code in teams.items() if code
    )
