"""Everything that changes the switchboard: one function, one transaction, one audit entry; what runs is told at once.

`seen` is the digest that the author saw (menus: see `trees`); StaleVersion when somebody was faster.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.core.errors import DomainError, StaleVersion

from .. import numbers
from ..models import CallNumber, CallQueue, MenuStep, Operator, PauseReason, WrapUpCode
from . import checking
from .keeping import digest, kept, put, state, told, write

NUMBER = (
    "number", "name_fr", "name_en", "organisation", "site", "service", "language", "calendar", "menu", "queue", "welcome_fr", "welcome_en",
    "when_closed", "closed_text_fr", "closed_text_en", "closed_queue", "is_active",
)  # fmt: skip
QUEUE = (
    "code", "name_fr", "name_en", "organisation", "team", "language", "calendar", "strategy", "answer_within_seconds", "short_abandon_seconds",
    "max_wait_seconds", "most_waiting", "overflow", "overflow_queue", "wrap_up_seconds", "announcement_fr", "announcement_en", "position",
    "is_active",
)  # fmt: skip
CODES = {
    "wrap-up": (WrapUpCode, ("code", "name_fr", "name_en", "outcome", "position", "is_active")),
    "pauses": (PauseReason, ("code", "name_fr", "name_en", "counts_as_work", "most_minutes", "position", "is_active")),
}
OPERATOR = ("extension",)


def digest_of(row) -> str:
    """The digest of a number, a queue, an operator or a code with what belongs to it."""
    if isinstance(row, CallNumber):
        return digest(row, NUMBER)
    if isinstance(row, CallQueue):
        return digest(row, QUEUE, row.members.values_list("operator_id", "skill"))
    if isinstance(row, Operator):
        return digest(row, OPERATOR, row.queues.values_list("queue_id", "skill"))
    return digest(row, next(names for model, names in CODES.values() if isinstance(row, model)))


def dialled(text: str, organisation_id: int | None) -> str:
    """A number that people dial, in E.164; DomainError for what is none."""
    found = numbers.clean(text, organisation_id=organisation_id)
    if not found.startswith("+"):
        raise DomainError(_("This is no telephone number. Write it as +33 1 55 00 00 00."), field="number")
    return found


@transaction.atomic
def save_number(row: CallNumber | None, values: dict, *, actor, seen: str = "") -> CallNumber:
    """A number that people dial: set it up, or change where its calls go. A new one takes no calls before somebody says so."""
    values = values if row is not None else {"is_active": False} | values
    row, before = _opened(CallNumber, row, NUMBER, seen)
    put(row, values, NUMBER)
    if row.when_closed == CallNumber.Closed.QUEUE and not row.closed_queue_id:
        raise DomainError(_("Say which queue takes them then."), field="closed_queue")
    if row.when_closed == CallNumber.Closed.MENU and not row.menu_id:
        raise DomainError(_("There is no menu to be led through."), field="when_closed")
    for name in ("queue", "closed_queue"):
        queue = getattr(row, name)
        if queue is not None and not queue.is_active:
            raise DomainError(_("This queue is out of service."), field=name)
    kept(row, "number", _("This number is set up already."))
    return told(row, "call_number", before, NUMBER, actor)


@transaction.atomic
def save_queue(row: CallQueue | None, values: dict, members: dict[int, int], *, actor, seen: str = "") -> CallQueue:
    """A queue with the operators who answer it: {operator: skill}."""
    # All of them, in one order: two people who make queues overflow into each other at once come one after the other.
    others = list(CallQueue.objects.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    row, before = _opened(CallQueue, row, QUEUE, seen)
    put(row, values, QUEUE)
    if row.overflow != CallQueue.Overflow.QUEUE:
        row.overflow_queue = None
    if row.overflow != CallQueue.Overflow.NONE and not row.max_wait_seconds:
        raise DomainError(_("Say after how long a wait."), field="max_wait_seconds")
    if row.most_waiting and row.overflow == CallQueue.Overflow.NONE:
        raise DomainError(_("Say where those go who find the queue full."), field="overflow")
    if row.code == "new":
        raise DomainError(_("This code is used by the product itself."), field="code")
    checking.check_overflow(row, others)
    if not row.is_active:
        _unused(row)
    kept(row, "code", _("Another queue has this code."))
    more = _membership(row.members, "operator_id", members)
    return told(row, "call_queue", before, QUEUE, actor, more)


def _unused(queue: CallQueue) -> None:
    """A queue that something leads to cannot be taken out of service."""
    if MenuStep.objects.filter(queue=queue).exists():
        raise DomainError(_("A menu leads to this queue: change the menu first."), field="is_active")
    if CallNumber.objects.filter(queue=queue).exists() or CallNumber.objects.filter(closed_queue=queue).exists():
        raise DomainError(_("A number leads to this queue: change the number first."), field="is_active")
    if CallQueue.objects.filter(overflow_queue=queue, overflow="queue", is_active=True).exists():
        raise DomainError(_("Another queue overflows to this one: change it first."), field="is_active")
    if queue.calls.waiting().exists():
        raise DomainError(_("Callers wait in this queue."), field="is_active")


@transaction.atomic
def save_operator(
    row: Operator | None, *, actor, extension: str, queues: dict[int, int], person=None, seen: str = ""
) -> Operator:
    """Who answers: the extension that rings, and {queue: skill}."""
    row, before = _opened(Operator, row, OPERATOR, seen)
    if row.pk is None:
        if person is None:
            raise DomainError(_("Say who it is."), field="person")
        row.person = person
    row.extension, row.organisation_id = extension.strip(), row.person.organisation_id
    is_new = row.pk is None
    if is_new and Operator.objects.filter(person=person).exists():
        raise DomainError(_("This person is an operator already."), field="person")
    kept(row, "extension", _("Another operator has this extension."))
    more = _membership(row.queues, "queue_id", queues)
    write(row, "operator", before, OPERATOR, actor, more, text=row.person.display_name)
    return row


@transaction.atomic
def save_code(kind: str, row, values: dict, *, actor, seen: str = ""):
    """A wrap-up code or a reason of a pause. Codes are never removed, since calls cite them: they are put out of use."""
    model, names = CODES[kind]
    row, before = _opened(model, row, names, seen)
    put(row, values, names)
    kept(row, "code", _("Another one has this code."))
    return told(row, model._meta.model_name, before, names, actor)


def _opened(model, row, names, seen: str):
    """The row, locked and as somebody saw it, with its state before; or a new one."""
    if row is None:
        return model(), None
    row = model.objects.select_for_update(no_key=True, of=("self",)).get(pk=row.pk)
    if seen and seen != digest_of(row):
        raise StaleVersion()
    return row, state(row, names)


def _membership(rows, key: str, wanted: dict[int, int]) -> dict:
    """Make the members of a queue (or the queues of an operator) those; what that changed."""
    had = dict(rows.values_list(key, "skill"))
    if had == wanted:
        return {}
    rows.exclude(**{f"{key}__in": list(wanted)}).delete()
    for other, skill in wanted.items():
        if had.get(other) != skill:
            rows.update_or_create(**{key: other}, defaults={"skill": skill})
    return {"members" if key == "operator_id" else "queues": [_listed(had), _listed(wanted)]}


def _listed(skills: dict[int, int]) -> list[list[int]]:
    return sorted([pk, skill] for pk, skill in skills.items())
