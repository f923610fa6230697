"""The catalogue of the demo company: shelves, items with their forms, approvals and plans, in French and English."""

from decimal import Decimal

from itsm.people.models import User
from servicedesk.catalogue import editing
from servicedesk.catalogue.models import CatalogueItem

from . import operations, people, workplace

# key, icon, French, English, description in both
SHELVES = [
    ("hardware", "device-laptop", "Matériel", "Hardware", "Poste, écran, téléphone, prêt", "Computer, monitor, phone, loan"),
    ("access", "key", "Accès et mots de passe", "Access and passwords", "Droits sur les applications", "Rights on applications"),
    ("software", "apps", "Logiciels", "Software", "Installer, licence, mise à jour", "Install, licence, update"),
    ("people", "user-plus", "Arrivée, départ, mobilité", "Joiners, leavers, movers", "Préparer un poste et les accès", "Prepare a workstation and access"),
    ("files", "printer", "Fichiers et impression", "Files and printing", "Restaurer, réimprimer", "Restore, print again"),
    ("infrastructure", "server-2", "Réseau, serveurs, production", "Network, servers, production", "Flux, machines, traitements", "Flows, machines, jobs"),
    ("question", "help-circle", "Une question", "A question", "Comment faire, où trouver", "How to, where to find"),
]  # fmt: skip


def build(c) -> None:
    """Everything is published, once it is in; each organisation but the customer's sees all of it, the customer one question."""
    shelves = {}
    for place, (key, icon, fr, en, fr_more, en_more) in enumerate(SHELVES):
        shelves[key] = editing.save_shelf(
            None, actor=c.accounts["lead"], key=key, icon=icon, name_fr=fr, name_en=en, description_fr=fr_more,
            description_en=en_more, position=place * 10,
        )  # fmt: skip
    for place, each in enumerate([*workplace.ITEMS, *people.ITEMS, *operations.ITEMS]):
        _item(c, shelves[each["shelf"]], each, place * 10)
    _managers(c)


def _item(c, shelf, each: dict, position: int) -> CatalogueItem:
    lead, everybody = c.accounts["lead"], each["key"] == "how-to"
    made = editing.save_item(
        None, actor=lead, key=each["key"], shelf=shelf, icon=each["icon"], position=position,
        name_fr=each["name"][0], name_en=each["name"][1], summary_fr=each["summary"][0], summary_en=each["summary"][1],
        cost=_amount(each.get("cost")), monthly_cost=_amount(each.get("monthly")), delay_days=each.get("delay"),
        most=each.get("most", 1), repeatable=each.get("repeatable", False), on_the_spot=each.get("on_the_spot", False),
        record_category=c.categories.get(each["category"]), team=c.teams[each["team"]],
        organisations=[] if everybody else [c.orgs["LUMEN"]],
    )  # fmt: skip
    form = {"fields": each["fields"]} | ({"subject": each["subject"]} if "subject" in each else {})
    editing.save_draft(
        made, actor=lead, form=form, approval={"stages": each["approval"]} if each.get("approval") else {},
        plan={"tasks": each["plan"]} if each.get("plan") else {},
    )  # fmt: skip
    editing.publish(made, actor=lead, note="Première version")
    return made


def _amount(value) -> Decimal | None:
    return None if value is None else Decimal(value)


def _managers(c) -> None:
    """Approvals need somebody to ask: the head of each organisation, and the IT manager for the accounts of the demo."""
    head = c.accounts["manager"]
    own = User.objects.filter(pk__in=[person.pk for person in c.accounts.values()]).exclude(pk=head.pk)
    own.update(manager=head)
    for organisation in c.orgs.values():
        first = User.objects.filter(organisation=organisation, manager=None, is_active=True).exclude(pk=head.pk).order_by("pk").first()  # fmt: skip
        if first:
            User.objects.filter(organisation=organisation, manager=None).exclude(pk__in=[first.pk, head.pk]).update(
                manager=first
            )
