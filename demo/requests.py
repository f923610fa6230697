"""Requests of the demo company: some wait for their approval, some are being prepared, one was refused, some are there."""

from datetime import datetime, timedelta

from itsm.cmdb.models import ConfigurationItem
from itsm.people.models import User
from itsm.records.approvals import services as approvals
from itsm.records.models import Approval, HoldReason, Task
from itsm.records.plans import services as plans
from servicedesk.catalogue.models import CatalogueItemVersion
from servicedesk.requests import regular, services
from servicedesk.requests.models import Request

JOINER = {
    "name": "Inès Caron", "contract": "permanent", "job": "Contrôleuse de gestion", "site": "PAR", "workstation": "laptop",
    "screen": True,
}  # fmt: skip
RESTORE = {"where": "share", "path": "\\\\partage\\finance\\budget-2026.xlsx", "overwrite": False}
SCREEN = {
    "what": "monitor",
    "size": "27",
    "replaces": False,
    "why": "Deux dossiers ouverts côte à côte toute la journée.",
    "site": "PAR",
}
LOAN = {"what": "projector", "site": "PAR", "abroad": False}
FLOW = {
    "source": "10.20.4.0/24", "target": "10.30.1.12", "protocol": "tcp", "ports": "1433", "internet": False,
    "why": "Le nouvel atelier lit la base des temps.",
}  # fmt: skip
RIGHTS = {
    "application": "app-finsuite", "act": "open", "profile": "read", "limited": True, "why": "Je prépare la clôture de l’exercice.",
}  # fmt: skip
HOW_TO = {"question": "Comment partager mon agenda avec une collègue ?"}
# (days ago, who, item, what its title speaks of, answers, dates in the answers by days from the order, what became of it)
STORIES = [
    (1, "requester", "joiner", "Inès Caron", JOINER, {"start": 14}, "asked"),
    (2, "requester", "hardware", "", SCREEN, {}, "asked"),
    (6, "requester", "file-restore", "", RESTORE, {"day": -1}, "prepared"),
    (9, "requester", "hardware", "", SCREEN | {"why": "Pour faire joli."}, {}, "refused"),
    (15, "requester", "loan", "", LOAN, {"from": 2, "until": 4}, "closed"),
    (4, "apps", "firewall-rule", "", FLOW, {"until": 200}, "prepared"),
    (3, "manager", "loan", "", LOAN, {"from": 1, "until": 3}, "held"),
    (20, "apps", "joiner", "Hugo Perrin", JOINER | {"name": "Hugo Perrin"}, {"start": 10}, "done"),
    (2, "requester", "rights", "", RIGHTS, {"until": 60}, "asked"),
    (1, "requester", "how-to", "", HOW_TO, {}, "answered"),
]  # fmt: skip


def build(c, at: datetime) -> None:
    """Everything by the product's own services, in the past of `at`."""
    for days, login, key, about, answers, dates, end in STORIES:
        when = at - timedelta(days=days, hours=2)
        given = answers | {name: (when + timedelta(days=far)).date().isoformat() for name, far in dates.items()}
        _story(c, _ordered(c, login, key, about, given, end, when), end, when)
    _monthly(c)


def _version(key: str) -> CatalogueItemVersion:
    return CatalogueItemVersion.objects.select_related("item").get(item__key=key, number=1)


def _ordered(c, login: str, key: str, about: str, answers: dict, end: str, when: datetime) -> Request:
    person, version = c.accounts[login], _version(key)
    told = {"actor": person, "requester": person, "channel": "portal"}
    if end == "answered":
        text = "Dans Agenda, « Partager », puis le nom de votre collègue et ce qu’elle peut voir."
        told = {"actor": c.accounts["agent"], "requester": person, "channel": "phone", "answer": text}
    title = f"{version.item.name_fr} : {about}" if about else ""
    touched = list(ConfigurationItem.objects.filter(key=answers.get("application", "")))
    return services.open_request(
        item_version=version, answers=answers, title=title, items=touched, at=when, quiet=True, **told
    )


def _story(c, request: Request, end: str, when: datetime) -> None:
    if end in ("asked", "answered"):
        return
    if end == "refused":
        question = Approval.objects.filter(record=request, state="pending").first()
        if question:
            no = "Un deuxième écran est fait pour travailler : dites à quoi il servirait."
            approvals.answer(
                question.pk, actor=question.approver, approve=False, reason=no, at=when + timedelta(hours=5)
            )
        return
    when = _approve(request, when)
    if end == "held":
        services.hold(
            request.pk, actor=c.accounts["agent"], reason=HoldReason.objects.get(code="requester"),
            comment="Pour quelle salle faut-il le réserver ?", at=when + timedelta(hours=1), quiet=True,
        )  # fmt: skip
        return
    _work(c, request, when, whole=end in ("done", "closed"))
    if end == "closed":
        services.close(request.pk, actor=request.requester, at=when + timedelta(days=2), quiet=True)


def _approve(request: Request, when: datetime) -> datetime:
    """Everybody who is asked agrees, an hour after the other."""
    while question := Approval.objects.filter(record=request, state="pending").order_by("pk").first():
        when += timedelta(hours=1)
        approvals.answer(question.pk, actor=question.approver, approve=True, at=when)
    return when


def _work(c, request: Request, when: datetime, *, whole: bool) -> None:
    """The tasks of the plan, as they open; only the first one where it is still being prepared."""
    while task := Task.objects.filter(record=request, done_at=None, opened_at__isnull=False).order_by("pk").first():
        when += timedelta(hours=1)
        plans.finish(task.pk, actor=c.accounts["agent"], at=when)
        if not whole:
            return


def _monthly(c) -> None:
    """The payroll's sheets are printed again on each first Monday."""
    person: User = c.accounts["requester"]
    regular.begin(
        actor=person, requester=person, item=_version("reprint").item, rhythm="monthly_weekday", weekday=0, place=1,
        answers={"output": "PAIE-BULLETINS", "day": "2026-11-02", "pages": "all", "why": "lost", "approved": True},
    )  # fmt: skip
