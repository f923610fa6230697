"""The codes that every switchboard starts with (reference: demo-data.md, "Call wrap-up"). Only adds what is missing."""

from .models import PauseReason, WrapUpCode

WRAP_UPS = [
    ("solved", "Résolu au téléphone", "Solved on the telephone", "solved"),
    ("ticket", "Ticket créé", "Ticket created", "record"),
    ("major", "Rattaché à un incident majeur", "Attached to a major incident", "major"),
    ("chased", "Relance", "Asked about an open ticket", "chased"),
    ("transferred", "Transféré", "Transferred", "transferred"),
    ("wrong", "Faux appel", "Wrong number", "nothing"),
    ("silent", "Silencieux", "Silent", "nothing"),
    ("call_back", "Rappel prévu", "Call-back planned", "call_back"),
]
PAUSES = [
    ("break", "Pause", "Break", {"most_minutes": 15}),
    ("lunch", "Déjeuner", "Lunch", {"most_minutes": 60}),
    ("training", "Formation", "Training", {"counts_as_work": True}),
    ("meeting", "Réunion", "Meeting", {"counts_as_work": True}),
    ("back_office", "Travail hors téléphone", "Work off the telephone", {"counts_as_work": True}),
]


def ensure_call_codes() -> None:
    """Create the wrap-up codes and the reasons of a pause that are missing; a site's own are left as they are."""
    for position, (code, french, english, outcome) in enumerate(WRAP_UPS):
        _ensure(WrapUpCode, code, position, french, english, {"outcome": outcome})
    for position, (code, french, english, more) in enumerate(PAUSES):
        _ensure(PauseReason, code, position, french, english, more)


def _ensure(model, code, position, french, english, more) -> None:
    names = {"name": french, "name_fr": french, "name_en": english, "position": position}
    model.objects.get_or_create(code=code, defaults=names | more)
