"""The roles that every installation starts with. Sites change them in the product; this only adds what is missing."""

from .models import Permission, Role

AGENT = [
    Permission.PORTAL_USE,
    Permission.RECORDS_READ,
    Permission.RECORDS_WORK,
    Permission.CMDB_READ,
    Permission.PEOPLE_READ,
    Permission.API_USE,
    Permission.KPIS_READ,
    Permission.OPERATIONS_READ,
]
MANAGER = [*AGENT, Permission.RECORDS_MANAGE, Permission.PRIORITY_OVERRIDE]

ROLES = {
    "requester": ("Demandeur", "Requester", [Permission.PORTAL_USE, Permission.API_USE]),
    "organisation_follower": (
        "Suivi de l’organisation",
        "Organisation follower",
        [Permission.PORTAL_USE, Permission.API_USE, Permission.ORGANISATION_READ],
    ),
    "operator": ("Opérateur du standard", "Switchboard operator", [*AGENT, Permission.CALLS_TAKE]),
    "agent": ("Agent du centre de services", "Service-desk agent", AGENT),
    "specialist": ("Spécialiste", "Specialist", [*AGENT, Permission.CMDB_EDIT, Permission.OPERATIONS_WORK]),
    "ops": (
        "Opérateur d’exploitation",
        "Operations operator",
        [*AGENT, Permission.OPERATIONS_WORK, Permission.OPERATIONS_MANAGE],
    ),
    "app_manager": ("Responsable d’applications", "Application manager", [*AGENT, Permission.CMDB_EDIT]),
    "change_manager": (
        "Gestionnaire des changements",
        "Change manager",
        [*AGENT, Permission.CMDB_EDIT, Permission.CHANGES_MANAGE, Permission.OPERATIONS_MANAGE],
    ),
    "desk_manager": (
        "Responsable du centre de services",
        "Service-desk manager",
        [
            *MANAGER,
            Permission.IMPORTS_RUN,
            Permission.MAILBOX_READ,
            Permission.CATALOGUE_MANAGE,
            Permission.CALLS_TAKE,
            Permission.CALLS_MANAGE,
        ],
    ),
    "it_manager": (
        "Responsable de la DSI",
        "IT manager",
        [
            Permission.PORTAL_USE,
            Permission.RECORDS_READ,
            Permission.CMDB_READ,
            Permission.PEOPLE_READ,
            Permission.API_USE,
            Permission.KPIS_READ,
            Permission.IMPORTS_RUN,
            Permission.OPERATIONS_READ,
        ],
    ),
    "administrator": ("Administrateur", "Administrator", list(Permission.values)),
}


def ensure_default_roles() -> None:
    """Create the roles that are missing. Safe to call again; an existing role is left as the site made it."""
    for code, (french, english, permissions) in ROLES.items():
        Role.objects.get_or_create(
            code=code, defaults={"name_fr": french, "name_en": english, "permissions": [str(p) for p in permissions]}
        )
