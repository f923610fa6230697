"""What a webhook can be told of, and which webhooks want a fact. Names of events are part of the outside contract."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from itsm.core.reference import cached
from itsm.people.directory import directory

from .models import Webhook

PING, ESCALATION, TASK = "ping", "escalation.webhook", "task.webhook"


@dataclass(frozen=True)
class Family:
    """Events that are about the same kind of thing."""

    name: str
    label: Promise
    events: dict[str, Promise]

    @property
    def everything(self) -> str:
        return f"{self.name}.*"


FAMILIES = [
    Family("record", _("Tickets"), {
        "record.opened": _("A ticket is opened"), "record.acknowledged": _("A ticket is taken in charge"),
        "record.assigned": _("A ticket is assigned"), "record.escalated": _("A ticket is escalated to another team"),
        "record.alerted": _("A manager is alerted"), "record.warned": _("A deadline comes near"),
        "record.held": _("A ticket is put on hold"), "record.resumed": _("A ticket is resumed"),
        "record.commented": _("A message or a note is written"), "record.changed": _("Anything else of a ticket changes"),
        "record.linked": _("Two tickets are linked"), "record.merged": _("A ticket is merged"),
        "record.unmerged": _("A merge is undone"), "record.resolved": _("A ticket is resolved"),
        "record.reopened": _("A ticket is reopened"), "record.closed": _("A ticket is closed"),
        "record.cancelled": _("A ticket is cancelled"), "record.paged": _("The on-call is called"),
        "record.page_answered": _("The on-call answers"), "record.page_exhausted": _("Nobody on call answers"),
    }),
    Family("survey", _("Surveys"), {"survey.sent": _("A survey is sent"), "survey.answered": _("A survey is answered")}),
    Family("ci", _("Configuration items"), {
        "ci.created": _("An item is created"), "ci.changed": _("An item changes"),
    }),
    Family("outage", _("Outages"), {
        "outage.opened": _("An outage begins"), "outage.changed": _("An outage changes"), "outage.closed": _("An outage ends"),
        "outage.reopened": _("An outage is reopened"), "outage.cancelled": _("An outage is cancelled"),
    }),
]  # fmt: skip
LABELS: dict[str, Promise] = {name: label for family in FAMILIES for name, label in family.events.items()}
WILD: dict[str, Promise] = {family.everything: family.label for family in FAMILIES}
LABELS_OF_OURS = {
    PING: _("Test message"),
    ESCALATION: _("A step of an escalation policy"),
    TASK: _("An automatic step of a plan"),
}


def add(family: Family) -> None:
    """What a higher layer tells of, beside these; it offers its facts by `queueing.offer`."""
    if all(each.name != family.name for each in FAMILIES):
        FAMILIES.append(family)
        LABELS.update(family.events)
        WILD[family.everything] = family.label


def is_wanted(event: str) -> bool:
    """Is there a webhook that wants it, wherever? From memory: facts that nobody wants need not be written."""
    return any(wish.wants(event) for wish in wishes.get())


def is_known(name: str) -> bool:
    """An event, or all of a family (`record.*`), or all (`*`)."""
    return name in LABELS or name in WILD or name == "*"


def label(name: str) -> str:
    """An event in words."""
    if name == "*":
        return str(_("Everything"))
    if name in WILD:
        return str(_("%(what)s: everything") % {"what": WILD[name]})
    return str(LABELS.get(name) or LABELS_OF_OURS.get(name) or name)


@dataclass(frozen=True)
class Wish:
    """What an active webhook wants, kept per process: facts that nobody wants cost no query."""

    pk: int
    code: str
    organisation_id: int
    events: tuple[str, ...]
    kinds: frozenset[str]
    priorities: frozenset[int]
    teams: frozenset[int]

    def wants(self, event: str) -> bool:
        return any(fnmatchcase(event, pattern) for pattern in self.events)

    def reaches(self, organisation_id: int | None) -> bool:
        """Is this its organisation, or one below?"""
        row = directory.get().organisations.get(organisation_id)
        return row is not None and self.organisation_id in row.lineage

    def takes(self, record: dict) -> bool:
        """Do the filters on tickets let this one through?"""
        return (
            (not self.kinds or record["kind"] in self.kinds)
            and (not self.priorities or record["priority"] in self.priorities)
            and (not self.teams or record["team_id"] in self.teams)
        )


@cached("webhooks")
def names() -> dict[str, str]:
    """The name of each webhook by its code, for those who list what calls them."""
    return dict(Webhook.objects.values_list("code", "name"))


@cached("webhooks")
def wishes() -> tuple[Wish, ...]:
    """Those of the webhooks that are on."""
    found = Webhook.objects.filter(off="").order_by("pk")
    teams: dict[int, set[int]] = {}
    for webhook_id, team_id in Webhook.teams.through.objects.values_list("webhook_id", "team_id"):
        teams.setdefault(webhook_id, set()).add(team_id)
    return tuple(
        Wish(
            each.pk, each.code, each.organisation_id, tuple(each.events), frozenset(each.kinds), frozenset(each.priorities),
            frozenset(teams.get(each.pk, ())),
        )
        for each in found
    )  # fmt: skip
