"""Groupe Lumen: its sites, organisations, teams, accounts and people (fictional)."""

from types import SimpleNamespace

from django.contrib.auth.hashers import make_password

from itsm.core import versions
from itsm.core.folding import fold
from itsm.people import services as people
from itsm.people.models import Circle, Membership, Organisation, Role, RoleGrant, Site, Team, User

PASSWORD = "vigie-demo"  # noqa: S105 - the demo's public password
DOMAIN = "lumen.example"

ORGANISATIONS = [
    ("LUMEN", "Groupe Lumen", None, "own", "fr", "Europe/Paris"),
    ("LUMEN-FIN", "Lumen Finance", "LUMEN", "own", "fr", "Europe/Paris"),
    ("LUMEN-RH", "Lumen Ressources humaines", "LUMEN", "own", "fr", "Europe/Paris"),
    ("LUMEN-IND", "Lumen Industrie", "LUMEN", "own", "fr", "Europe/Paris"),
    ("LUMEN-COM", "Lumen Commerce", "LUMEN", "own", "fr", "Europe/Paris"),
    ("LUMEN-CA", "Lumen Canada", "LUMEN", "own", "fr", "America/Montreal"),
    ("LUMEN-DSI", "Direction des systèmes d’information", "LUMEN", "own", "fr", "Europe/Paris"),
    ("ORION", "Orion Logistics", None, "customer", "en", "Europe/London"),
    ("FRN-OPER", "Télévia (opérateur)", None, "supplier", "fr", "Europe/Paris"),
    ("FRN-MAT", "Matéria (mainteneur)", None, "supplier", "fr", "Europe/Paris"),
    ("FRN-EDIT", "Edisoft (éditeur)", None, "supplier", "fr", "Europe/Paris"),
]
SITES = [
    ("PAR", "Siège Paris", "LUMEN", "FR", "Europe/Paris"), ("NAN", "Centre de données Nanterre", "LUMEN", "FR", "Europe/Paris"),
    ("LYO", "Site de secours Lyon", "LUMEN", "FR", "Europe/Paris"), ("LIL", "Usine de Lille", "LUMEN-IND", "FR", "Europe/Paris"),
    ("NTE", "Usine de Nantes", "LUMEN-IND", "FR", "Europe/Paris"), ("MTL", "Bureau de Montréal", "LUMEN-CA", "CA", "America/Montreal"),
    ("LDN", "Orion London", "ORION", "GB", "Europe/London"),
]  # fmt: skip
# code, French, English, function, level, next team
TEAMS = [
    ("N0-STD", "Standard / Accueil téléphonique", "Switchboard / Call centre", "desk", 0, "N1-CDS"),
    ("N1-CDS", "Centre de services - Assistance", "Help desk", "desk", 1, "N2-CSV"),
    ("N1-PROX", "Support de proximité", "On-site support", "desk", 1, "N2-POSTE"),
    ("N2-CSV", "Centre de service N2", "Service centre L2", "desk", 2, "N3-SGBD"),
    ("N2-POSTE", "Poste de travail et impression", "Workplace and printing", "technical", 2, "N2-SYS"),
    ("N2-RES", "Réseaux et télécoms", "Network and telecom", "technical", 2, "N3-SEC"),
    ("N2-SYS", "Systèmes Windows/Linux", "Systems", "technical", 2, "N3-STO"),
    ("N2-MSG", "Messagerie et collaboration", "Mail and collaboration", "technical", 2, "N3-SEC"),
    ("N3-ZOS", "Mainframe z/OS", "Mainframe", "technical", 3, None),
    ("N3-STO", "Stockage et sauvegarde", "Storage and backup", "technical", 3, None),
    ("N3-SGBD", "Bases de données", "Databases", "technical", 3, None),
    ("N3-SEC", "Sécurité / SOC", "Security", "technical", 3, None),
    ("EXP-PIL", "Pilotage exploitation 24x7", "Operations bridge", "operations", None, "N2-SYS"),
    ("EXP-ORD", "Ordonnancement", "Job scheduling", "operations", None, "N3-ZOS"),
    ("EXP-EDI", "Éditique et impression", "Output management", "operations", None, "N2-POSTE"),
    ("INF-DC", "Datacenter et infrastructures", "Facilities", "operations", None, "N2-SYS"),
    ("APP-FIN", "Applications Finance", "Finance applications", "applications", 3, None),
    ("APP-RH", "Applications RH", "HR applications", "applications", 3, None),
    ("APP-MET", "Applications métier", "Business applications", "applications", 3, None),
    ("GEST-CHG", "Gestion des changements", "Change management", "governance", None, None),
    ("GEST-PB", "Gestion des problèmes", "Problem management", "governance", None, None),
    ("RESP-CDS", "Responsable du centre de services", "Service-desk management", "governance", None, None),
    ("FRN-OPER", "Opérateur télécom", "Telecom operator", "supplier", None, None),
]
# login, first, last, organisation, role, teams, job
ACCOUNTS = [
    ("requester", "Claire", "Fontaine", "LUMEN-FIN", "requester", [], "Contrôleuse de gestion"),
    ("operator", "Nadia", "Petit", "LUMEN-DSI", "operator", ["N0-STD"], "Opératrice du standard"),
    ("agent", "Léa", "Morel", "LUMEN-DSI", "agent", ["N1-CDS"], "Technicienne support"),
    (
        "lead",
        "Julie",
        "Lenoir",
        "LUMEN-DSI",
        "desk_manager",
        ["N1-CDS", "RESP-CDS"],
        "Responsable du centre de services",
    ),
    ("network", "Yann", "Nguyen", "LUMEN-DSI", "specialist", ["N2-RES"], "Ingénieur réseau"),
    ("mainframe", "Samir", "Benali", "LUMEN-DSI", "specialist", ["N3-ZOS"], "Expert z/OS"),
    ("ops", "Romain", "Petit", "LUMEN-DSI", "ops", ["EXP-PIL"], "Pilote d’exploitation"),
    ("apps", "Diane", "Costa", "LUMEN-DSI", "app_manager", ["APP-RH"], "Responsable d’applications RH"),
    ("change", "Hugo", "Marchand", "LUMEN-DSI", "change_manager", ["GEST-CHG"], "Gestionnaire des changements"),
    ("manager", "Marc", "Rey", "LUMEN-DSI", "it_manager", [], "Directeur des systèmes d’information"),
    ("admin", "Ada", "Lambert", "LUMEN-DSI", "administrator", [], "Administratrice"),
]
FIRST = "Alice Amine Anaïs Antoine Aurélie Baptiste Camille Chloé Clément Damien Élodie Émile Emma Fatou Florian Gaëlle Gabriel Inès Jade Julien Karim Laura Lucas Manon Mathilde Maxime Mehdi Nathan Nina Noé Océane Olivia Paul Pauline Quentin Rachid Raphaël Salomé Sarah Sofia Théo Thomas Valentin Victor Yasmine Zoé".split()
LAST = "Adam Aubert Barbier Benoit Bernard Blanc Bonnet Boucher Bourgeois Brun Caron Chevalier Clément Colin Da-Silva David Denis Diallo Dubois Dufour Dumas Dupont Durand Fabre Faure Fernandez Fleury Garcia Gauthier Girard Guérin Haddad Henry Hubert Joly Lacroix Lambert Leclerc Lefèvre Legrand Lemaire Leroy Lopez Martin Martinez Masson Mathieu Mercier Meunier Meyer Michel Moreau Moulin Muller Noël Olivier Perrin Philippe Picard Renard Rivière Robin Rousseau Roux Sanchez Schmitt Simon Thomas Traoré Vidal Vincent".split()


def build(rng, *, users: int, agents: int) -> SimpleNamespace:
    """Make the company; `rng` fixes every choice."""
    c = SimpleNamespace(orgs={}, sites={}, teams={}, accounts={}, agents={}, users=[])
    for code, name, parent, kind, language, zone in ORGANISATIONS:
        c.orgs[code] = people.create_organisation(
            actor=None, code=code, name=name, parent=c.orgs.get(parent), kind=kind, language=language, time_zone=zone
        )
    for code, name, organisation, country, zone in SITES:
        c.sites[code] = people.create_site(
            actor=None, code=code, name=name, organisation=c.orgs[organisation], country=country, time_zone=zone
        )
    for code, french, english, function, level, _next in TEAMS:
        c.teams[code] = people.create_team(
            actor=None,
            code=code,
            name_fr=french,
            name_en=english,
            function=function,
            level=level,
            organisation=c.orgs["LUMEN"],
        )
    for code, *_names, following in TEAMS:
        if following:
            Team.objects.filter(pk=c.teams[code].pk).update(next_team=c.teams[following])
    _accounts(c)
    _agents(c, rng, agents)
    _users(c, rng, users)
    _outsider(c)
    Team.objects.filter(leader=None).update(leader=c.accounts["lead"])
    for code, french, english in (("RH", "Dossiers RH", "HR files"), ("SEC", "Sécurité", "Security")):
        circle = Circle.objects.create(code=code, name_fr=french, name_en=english)
        circle.members.add(c.accounts["lead"], c.accounts["apps" if code == "RH" else "network"])
        if code == "SEC":
            circle.members.add(*c.agents["N3-SEC"])
            c.sworn = set(circle.members.values_list("pk", flat=True))
        setattr(c, f"circle_{code.lower()}", circle)
    versions.bump("people")
    return c


def _accounts(c) -> None:
    for login, first, last, organisation, role, teams, job in ACCOUNTS:
        where = None if role == "administrator" else c.orgs["LUMEN"]
        c.accounts[login] = people.create_person(
            actor=None, password=PASSWORD, username=login, first_name=first, last_name=last, email=f"{login}@{DOMAIN}",
            organisation=c.orgs[organisation], site=c.sites["PAR"], job_title=job, roles=[(role, where)], teams=[c.teams[t] for t in teams],
            department="Finance" if login == "requester" else "DSI", phone=f"+3314050{len(c.accounts):04}",
            vip=login == "manager", is_staff=login == "admin", is_superuser=login == "admin",
        )  # fmt: skip


def _agents(c, rng, count: int) -> None:
    """Agents beyond the named accounts, spread over the teams by their size."""
    weights = {"N1-CDS": 9, "N1-PROX": 4, "N2-CSV": 3, "N2-POSTE": 4, "N2-RES": 3, "N2-SYS": 3, "N2-MSG": 2, "N3-ZOS": 2, "N3-STO": 1, "N3-SGBD": 2, "N3-SEC": 2, "APP-FIN": 2, "APP-RH": 1, "APP-MET": 2, "EXP-PIL": 3, "EXP-ORD": 1, "EXP-EDI": 1, "INF-DC": 1}  # fmt: skip
    wanted = [*weights, *(code for code, n in weights.items() for _ in range(n - 1))]
    role = Role.objects.get(code="agent")
    for index in range(max(0, count - len(ACCOUNTS) + 1)):
        team = c.teams[wanted[index % len(wanted)]]
        user = _person(c, rng, index, c.orgs["LUMEN-DSI"], c.sites["PAR"], prefix="dsi")
        user.save(force_insert=True)
        RoleGrant.objects.create(user=user, role=role, organisation=c.orgs["LUMEN"])
        Membership.objects.create(user=user, team=team)
        c.agents.setdefault(team.code, []).append(user)
    for login, code in (
        ("agent", "N1-CDS"),
        ("lead", "N1-CDS"),
        ("network", "N2-RES"),
        ("mainframe", "N3-ZOS"),
        ("ops", "EXP-PIL"),
        ("apps", "APP-RH"),
    ):
        c.agents.setdefault(code, []).append(c.accounts[login])


def _users(c, rng, count: int) -> None:
    places = [("LUMEN-FIN", "PAR", 18), ("LUMEN-RH", "PAR", 8), ("LUMEN-COM", "PAR", 24), ("LUMEN-IND", "LIL", 24), ("LUMEN-IND", "NTE", 16), ("LUMEN-CA", "MTL", 10)]  # fmt: skip
    rows = []
    for index in range(count):
        organisation, site, _w = rng.choices(places, [p[2] for p in places])[0]
        user = _person(c, rng, index, c.orgs[organisation], c.sites[site], prefix="u")
        user.vip = rng.random() < 0.02
        rows.append(user)
    User.objects.bulk_create(rows, batch_size=500)
    role = Role.objects.get(code="requester")
    RoleGrant.objects.bulk_create(
        [RoleGrant(user=u, role=role, organisation=u.organisation) for u in rows], batch_size=500
    )
    c.users = rows


def _person(c, rng, index: int, organisation: Organisation, site: Site, *, prefix: str) -> User:
    first, last = rng.choice(FIRST), rng.choice(LAST)
    login = f"{fold(first)[0]}.{fold(last).replace('-', '')}{prefix[0]}{index}"
    person = User(
        username=login, first_name=first, last_name=last.replace("-", " "), email=f"{login}@{DOMAIN}", organisation=organisation, site=site,
        phone=f"+331{40000000 + index + (50000 if prefix == 'dsi' else 0):08}", department=organisation.name.removeprefix("Lumen "),
        job_title="Technicien support" if prefix == "dsi" else rng.choice(["Gestionnaire", "Assistante", "Chef de projet", "Opérateur", "Comptable", "Ingénieur", "Commercial"]),
        password=make_password(None),
    )  # fmt: skip
    person.sort_key = fold(f"{person.last_name} {person.first_name} {person.username}")
    return person


def _outsider(c) -> None:
    """Another organisation with people of its own, so that isolation is proven by ids."""
    orion, london = c.orgs["ORION"], c.sites["LDN"]
    c.accounts["outsider"] = people.create_person(
        actor=None, password=PASSWORD, username="outsider", first_name="Olive", last_name="Stranger", email="outsider@orion.example",
        organisation=orion, site=london, roles=[("requester", orion)], language="en", phone="+442079460000",
    )  # fmt: skip
    c.outsiders = [
        people.create_person(
            actor=None, username=f"orion{n}", first_name=first, last_name=last, email=f"orion{n}@orion.example", organisation=orion,
            site=london, roles=[("requester", orion)], language="en",
        )
        for n, (first, last) in enumerate([("Grace", "Hill"), ("Henry", "Ford"), ("Ivy", "Lane")])
    ]  # fmt: skip
