"""What the demo's desk says every day: canned replies in both languages, macros, checklists."""

from itsm.records.models import Category, HoldReason, ResolutionCode
from servicedesk.macros.models import CannedReply, ChecklistTemplate, Macro

REPLIES = [
    ("Accusé de réception", "fr", "Bonjour {requester},\n\nVotre demande {number} est prise en charge. Je reviens vers vous dès que possible.\n\n{agent}\n{team}"),
    ("Acknowledgement", "en", "Hello {requester},\n\nWe are working on {number}. I will come back to you as soon as I can.\n\n{agent}\n{team}"),
    ("Informations manquantes", "fr", "Bonjour {requester},\n\nPour avancer sur « {title} », pouvez-vous nous donner le nom du poste, l’heure de l’incident et le message affiché ?\n\n{agent}"),
    ("Missing details", "en", "Hello {requester},\n\nTo go on with “{title}”, please tell us the name of the computer, the time, and the message on the screen.\n\n{agent}"),
    ("Redémarrage", "fr", "Bonjour {requester},\n\nPouvez-vous redémarrer le poste, puis nous dire si le problème persiste ?\n\n{agent}"),
    ("Restart", "en", "Hello {requester},\n\nPlease restart the computer, then tell us whether the problem is still there.\n\n{agent}"),
    ("Rappel téléphonique", "fr", "Bonjour {requester},\n\nNous avons essayé de vous joindre au sujet de {number}. Quand pouvons-nous vous rappeler ?\n\n{agent}"),
]  # fmt: skip


def build(c) -> None:
    """Shared texts for everybody, macros for the desk and the network team."""
    CannedReply.objects.bulk_create([CannedReply(name=name, language=lang, body=body) for name, lang, body in REPLIES])
    CannedReply.objects.create(
        name="Coupure opérateur", language="fr", team=c.teams["N2-RES"],
        body="Bonjour {requester},\n\nL’opérateur intervient sur le lien de votre site. Prochain point dans deux heures.\n\n{agent}",
    )  # fmt: skip
    solved, wait = ResolutionCode.objects.get(code="solved"), HoldReason.objects.get(code="requester")
    desk = c.teams["N1-CDS"]
    ChecklistTemplate.objects.create(
        name="Remplacement d’un poste", team=desk,
        lines="Sauvegarder les données de l’ancien poste +1\nPréparer et installer le nouveau poste +2\n"
        "Vérifier messagerie, imprimante et VPN avec la personne +2\nReprendre l’ancien poste et mettre à jour le parc +5",
    )  # fmt: skip
    ChecklistTemplate.objects.create(
        name="Arrivée d’une personne",
        lines="Créer le compte +1\nPréparer le poste +2\nOuvrir les droits +2\nAccueillir et montrer +3",
    )
    Macro.objects.create(
        name="Mot de passe réinitialisé", team=desk, take=True, category=Category.objects.get(code="password"),
        resolution_code=solved, resolution="Le mot de passe de {requester} a été réinitialisé et testé avec la personne.",
    )  # fmt: skip
    Macro.objects.create(
        name="Attente d’informations", team=desk, take=True, hold_reason=wait, hold_days=3,
        reply="Bonjour {requester},\n\nIl nous manque des informations pour {number} : le nom du poste, l’heure et le message affiché.\n\n{agent}",
    )  # fmt: skip
    Macro.objects.create(
        name="Rappeler demain", team=desk, take=True, task="Rappeler {requester}", task_days=1, public=False,
        reply="À rappeler demain : pas de réponse au téléphone.",
    )  # fmt: skip
    Macro.objects.create(
        name="Vers le réseau", team=desk, to_team=c.teams["N2-RES"], category=Category.objects.get(code="lan"), public=False,
        reply="Testé au niveau 1 : câble, redémarrage, autre prise. Voir côté commutateur.",
    )  # fmt: skip
