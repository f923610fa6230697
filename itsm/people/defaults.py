"""The roles that every installation starts with. Sites change them in the product; this only adds what is missing."""

from .models import Permission as P
from .models import Role

AGENT = [P.PORTAL_USE, P.RECORDS_READ, P.RECORDS_WORK, P.CMDB_READ, P.PEOPLE_READ, P.API_USE, P.KPIS_READ]
MANAGER = [*AGENT, P.RECORDS_MANAGE, P.PRIORITY_OVERRIDE]

ROLES = {
    "requester": ("Demandeur", "Requester", [P.PORTAL_USE, P.API_USE]),
    "organisation_follower": ("Suivi de l’organisation", "Organisation follower", [P.PORTAL_USE, P.API_USE, P.ORGANISATION_READ]),
    "operator": ("Opérateur du standard", "Switchboard operator", [*AGENT, P.CALLS_TAKE]),
    "agent": ("Agent du centre de services", "Service-desk agent", AGENT),
    "specialist": ("Spécialiste", "Specialist", [*AGENT, P.CMDB_EDIT]),
    "ops": ("Opérateur d’exploitation", "Operations operator", AGENT),
    "app_manager": ("Responsable d’applications", "Application manager", [*AGENT, P.CMDB_EDIT]),
    "change_manager": ("Gestionnaire des changements", "Change manager", [*AGENT, P.CMDB_EDIT, P.CHANGES_MANAGE]),
    "desk_manager": ("Responsable du centre de services", "Service-desk manager", [*MANAGER, P.IMPORTS_RUN, P.MAILBOX_READ]),
    "it_manager": ("Responsable de la DSI", "IT manager", [P.PORTAL_USE, P.RECORDS_READ, P.CMDB_READ, P.PEOPLE_READ, P.API_USE, P.KPIS_READ, P.IMPORTS_RUN]),
    "administrator": ("Administrateur", "Administrator", list(P.values)),
}


def ensure_default_roles() -> None:
    """Create the roles that are missing. Safe to call again; an existing role is left as the site made it."""
    for code, (french, english, permissions) in ROLES.items():
        Role.objects.get_or_create(
            code=code, defaults={"name_fr": french, "name_en": english, "permissions": [str(p) for p in permissions]}
        )
