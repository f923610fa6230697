"""Rights in the demo: templates of two jobs, accesses in every state, and a review under way."""

from datetime import datetime, timedelta

from django.utils import timezone

from itsm.cmdb import services as cmdb
from itsm.cmdb.models import ConfigurationItem
from itsm.core import now
from itsm.people.directory import directory
from itsm.people.models import User
from itsm.records.approvals import services as approvals
from itsm.records.models import Approval
from servicedesk.access import reviews, services
from servicedesk.access.models import Access, AccessTemplate

OWNERS = {"app-paienet": "apps", "app-tempsrh": "apps", "app-finsuite": "manager"}
# code, French, English, (item, right, days)
TEMPLATES = [
    ("gestionnaire-paie", "Gestionnaire de paie", "Payroll clerk", [("app-paienet", "Saisie", None), ("app-tempsrh", "Lecture", None)]),
    ("comptable", "Comptable", "Accountant", [("app-finsuite", "Saisie", None), ("app-paienet", "Lecture", 90)]),
]  # fmt: skip
# item, right, days ago, days from now until its last day (None: none), what became of it, reason
STORY = [
    ("app-paienet", "Lecture", 120, 60, "active", "Clôture mensuelle"),
    ("app-paienet", "Saisie", 90, None, "active", "Remplacement de congé maternité"),
    ("app-finsuite", "Saisie", 80, None, "active", "Nouvelle comptable fournisseurs"),
    ("app-finsuite", "Validation", 60, 30, "active", "Intérim du chef comptable"),
    ("app-tempsrh", "Administration", 45, None, "active", "Paramétrage des horaires d’équipe"),
    ("app-finsuite", "Lecture", 40, -2, "expired", "Audit des comptes"),
    ("app-paienet", "Administration", 30, None, "refused", "Pour aller plus vite"),
    ("app-tempsrh", "Lecture", 4, None, "approved", "Suivi des absences de l’atelier"),
    ("app-paienet", "Lecture", 2, 120, "asked", "Contrôle de gestion"),
    ("app-finsuite", "Lecture", 1, None, "asked", "Préparation du budget"),
]


def build(c, present: datetime) -> None:
    """Each through the product's services, at its own instant."""
    items = {item.key: item for item in ConfigurationItem.objects.filter(key__in=OWNERS)}
    for key, login in OWNERS.items():
        cmdb.update_ci(
            items[key].pk, actor=c.accounts["lead"], owner=c.accounts[login], reason="Propriétaire de l’application"
        )
        items[key].refresh_from_db()
    for code, french, english, lines in TEMPLATES:
        template = AccessTemplate.objects.create(code=code, name_fr=french, name_en=english)
        for key, right, days in lines:
            template.lines.create(item=items[key], right=right, days=days)
    finance = User.objects.filter(organisation=c.accounts["requester"].organisation_id, is_active=True)
    people = [c.accounts["requester"], *finance.exclude(pk=c.accounts["requester"].pk).order_by("pk")[: len(STORY) - 1]]
    for person, told in zip(people, STORY, strict=False):
        _tell(c, items, person, told, present)
    lumen = directory.get().organisations_by_code["LUMEN"]
    reviews.start(
        actor=c.accounts["lead"], name="Revue semestrielle des accès", organisation=lumen,
        due_on=timezone.localdate(now()) + timedelta(days=18),
    )  # fmt: skip


def _tell(c, items, person: User, told: tuple, present: datetime) -> None:
    key, right, ago, left, became, reason = told
    at = present - timedelta(days=ago)
    until = timezone.localdate(present) + timedelta(days=left) if left is not None else None
    access = services.open_access(
        actor=c.accounts["agent"],
        requester=person,
        item=items[key],
        right=right,
        reason=reason,
        until=until,
        at=at,
        quiet=True,
    )
    if became == "asked":
        return
    question = Approval.objects.select_related("approver").get(record_id=access.pk, state="pending")
    answered = at + timedelta(hours=5)
    if became == "refused":
        approvals.answer(
            question.pk,
            actor=question.approver,
            approve=False,
            reason="Ce profil est réservé à l’équipe paie.",
            at=answered,
        )
        return
    approvals.answer(question.pk, actor=question.approver, approve=True, at=answered)
    if became == "approved":
        return
    services.grant(
        access.pk,
        actor=c.accounts["apps"],
        proof=f"Profil {right.upper()} donné à {person.username}",
        at=at + timedelta(hours=26),
    )
    if became == "expired":
        ended = present + timedelta(days=left or 0)
        services.end(
            access.pk, actor=None, reason="Son dernier jour est passé.", ending=Access.Ending.EXPIRED, at=ended
        )
