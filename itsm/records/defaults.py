"""The codes that every installation starts with (reference: demo-data.md, "Codes"). Only adds what is missing."""

from itsm.core import versions

from .models import CauseCode, HoldReason, ResolutionCode, SilenceRule
from .priority import ensure_default_matrix

RESOLUTIONS = [
    ("solved", "Résolu définitivement", "Solved permanently", {}),
    ("workaround", "Contournement", "Workaround", {}),
    ("reboot", "Redémarrage", "Reboot", {}),
    ("hardware_replaced", "Remplacement matériel", "Hardware replaced", {}),
    ("configuration", "Paramétrage", "Configuration", {}),
    ("patch", "Correctif appliqué", "Patch applied", {}),
    ("user_education", "Formation utilisateur", "User education", {}),
    ("solved_by_caller", "Résolu par l’utilisateur", "Solved by caller", {}),
    ("solved_by_vendor", "Résolu par le fournisseur", "Solved by vendor", {}),
    ("solved_by_change", "Résolu par un changement", "Solved by change", {}),
    ("known_error", "Erreur connue", "Known error", {}),
    ("not_reproducible", "Non reproductible", "Not reproducible", {}),
    ("no_answer", "Sans réponse du demandeur", "No answer", {}),
    ("recovered", "Rétabli sans intervention", "Recovered by itself", {"for_people": False}),
    ("out_of_scope", "Hors périmètre", "Out of scope", {}),
    ("duplicate", "Doublon", "Duplicate", {"excluded_from_kpis": True, "for_people": False}),
    ("cancelled", "Annulé", "Cancelled", {"excluded_from_kpis": True, "for_people": False}),
]

CAUSES = [
    ("hardware", "Matériel", "Hardware"),
    ("software", "Logiciel", "Software"),
    ("human_error", "Erreur humaine", "Human error"),
    ("change", "Changement", "Change"),
    ("capacity", "Capacité", "Capacity"),
    ("supplier", "Fournisseur", "Supplier"),
    ("power_cooling", "Énergie et climatisation", "Power and cooling"),
    ("security", "Sécurité", "Security"),
    ("procedure", "Procédure", "Procedure"),
    ("unknown", "Inconnue", "Unknown"),
]

HOLDS = [
    (
        "requester",
        "Attente demandeur",
        "Waiting for requester",
        {"waits_for_requester": True, "comment_required": True},
    ),
    (
        "supplier",
        "Attente fournisseur",
        "Waiting for supplier",
        {"flows_to_children": True, "waits_for_supplier": True},
    ),
    ("change", "Attente changement", "Waiting for change", {"flows_to_children": True}),
    ("problem", "Attente problème", "Waiting for problem", {"flows_to_children": True}),
    ("parts", "Attente pièce", "Waiting for parts", {}),
    ("planned", "Date planifiée", "Planned date", {"until_required": True}),
]


# Two working days before each reminder, three more before the resolution.
REMINDER_HOURS, RESOLVE_HOURS = [16, 16], 24


def ensure_default_codes() -> None:
    """Create the codes and the matrix that are missing; those that a site changed are left as they are."""
    for position, (code, french, english, flags) in enumerate(RESOLUTIONS):
        _ensure(ResolutionCode, code, position, french, english, flags)
    for position, (code, french, english) in enumerate(CAUSES):
        _ensure(CauseCode, code, position, french, english, {})
    for position, (code, french, english, flags) in enumerate(HOLDS):
        _ensure(HoldReason, code, position, french, english, flags)
    ensure_default_matrix()
    SilenceRule.objects.get_or_create(
        organisation=None,
        defaults={
            "reminder_hours": REMINDER_HOURS,
            "resolve_hours": RESOLVE_HOURS,
            "resolution_code": ResolutionCode.objects.get(code="no_answer"),
        },
    )
    versions.bump("codes")


def _ensure(model, code: str, position: int, french: str, english: str, flags: dict) -> None:
    model.objects.get_or_create(
        code=code, defaults={"name_fr": french, "name_en": english, "position": position, **flags}
    )
