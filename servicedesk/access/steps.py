"""Automatic steps of fulfilment plans: a request opens an access, or ends everything that a leaver has.

Parameters name a value, or with `_field` the question of the form that answers it.
"""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override

from itsm.cmdb.models import ConfigurationItem
from itsm.core import durations
from itsm.core.errors import DomainError
from itsm.notify.outbox import Fact
from itsm.people.models import User
from itsm.records.models import Channel, Task
from itsm.records.plans import kinds
from itsm.records.plans.services import report

from ..requests import showing
from ..requests.models import Request
from . import movements, services

OPEN, LEAVE = "access", "leaver"
OF_OPENING = {"item", "item_field", "right", "right_field", "until_field", "reason_field", "person_field"}


def check_opening(given: dict) -> dict:
    """An item and a right at least, each as a value or by its question."""
    _check_names(given, OF_OPENING)
    for name in ("item", "right"):
        if not given.get(name) and not given.get(f"{name}_field"):
            raise DomainError(
                _("Give “%(name)s”, or the question that answers it as “%(name)s_field”.") % {"name": name}
            )
    if given.get("item") and not ConfigurationItem.objects.filter(key=given["item"]).exists():
        raise DomainError(_("There is no item with the key %(key)s.") % {"key": given["item"]})
    return given


def check_leaving(given: dict) -> dict:
    """Which question names the person, without one it is the requester; and which their last day, without one it is at once."""
    _check_names(given, {"person_field", "day_field"})
    return given


def start_opening(task: Task, given: dict, _fact: Fact) -> None:
    """Ask for the right. The task is done once it is granted, and fails with the reason when it is not."""
    facts: dict[str, Any] = task.plan.facts if task.plan else {}
    record = task.record
    with override(record.language):
        try:
            key = given.get("item") or facts.get(given.get("item_field", ""), "")
            item = ConfigurationItem.objects.filter(key=str(key)).first()
            if item is None:
                raise DomainError(_("There is no item with the key %(key)s.") % {"key": str(key)[:60]})
            services.open_access(
                actor=record.opened_by, requester=_person(task, given, facts), item=item, request=record, awaited_by=task,
                right=_right(task, given, facts), channel=Channel.INTERNAL,
                reason=str(facts.get(given.get("reason_field", ""), "") or record.title), until=_day(facts.get(given.get("until_field", ""))),
            )  # fmt: skip
        except DomainError as error:
            report(task.pk, good=False, text=str(error.message))


def start_leaving(task: Task, given: dict, _fact: Fact) -> None:
    """End every right of the person, at once or with their last day; each revocation is a task of its own."""
    record, facts = task.record, task.plan.facts if task.plan else {}
    day, reason = _day(facts.get(given.get("day_field", ""))), f"{record.number} {record.title}"
    with override(record.language):
        try:
            person = _person(task, given, facts)
            done = movements.leave(person, actor=record.opened_by, reason=reason, on=day)
        except DomainError as error:
            report(task.pk, good=False, text=str(error.message))
            return
        ended, later = len(done.ended), len(done.shortened)
        said = [ngettext("%(n)s right ended", "%(n)s rights ended", ended) % {"n": ended}]
        if later and day:
            words = ngettext("%(n)s right ends after %(day)s", "%(n)s rights end after %(day)s", later)
            said.append(words % {"n": later, "day": durations.day_text(day)})
        report(task.pk, good=True, text=f"{person.display_name}: {', '.join(said)}.")


def _right(task: Task, given: dict, facts: dict) -> str:
    """The right as it is called: of a choice the words that people read, not the value that is kept."""
    name = given.get("right_field", "")
    if given.get("right") or name not in facts:
        return given.get("right", "")
    request = Request.objects.filter(pk=task.record_id).first()
    lines = showing.order(request).lines if request else []
    return next((line.text for line in lines if line.key == name), str(facts[name]))


def _person(task: Task, given: dict, facts: dict) -> User:
    login = facts.get(given.get("person_field", ""), "")
    person = User.objects.filter(username=str(login)).first() if login else task.record.requester
    if person is None:
        raise DomainError(_("Nobody is named whose right it is."))
    return person


def _day(given) -> date | None:
    try:
        return date.fromisoformat(str(given)[:10]) if given else None
    except ValueError:
        return None


def _check_names(given: dict, known: set[str]) -> None:
    unknown = sorted(set(given) - known)
    if unknown or not all(isinstance(value, str) for value in given.values()):
        raise DomainError(_("“%(name)s” is not understood here.") % {"name": (unknown or sorted(given))[0]})


kinds.register(kinds.Kind(OPEN, gettext_lazy("Open an access"), check_opening, start_opening))
kinds.register(kinds.Kind(LEAVE, gettext_lazy("End all rights of a person"), check_leaving, start_leaving))
