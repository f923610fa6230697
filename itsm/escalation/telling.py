"""Calls are told by mail and under the bell; a record that is taken in charge or solved ends the chain that runs for it."""

from django.conf import settings

from itsm.audit.models import Entry
from itsm.notify import messages, notices
from itsm.notify.outbox import Fact, consumer
from itsm.people.directory import directory
from itsm.people.models import User
from itsm.records.models import Record

from . import links, paging
from .models import PageCall

ENDS = {
    "record.acknowledged": True,
    "record.resolved": False,
    "record.closed": False,
    "record.cancelled": False,
    "record.merged": False,
}


@consumer("on-call", "record.called", "record.page_exhausted", *ENDS)
def tell(fact: Fact) -> None:
    """One fact about a record for which people are, or were, called."""
    if fact.topic in ENDS:
        if Record.objects.filter(pk=fact.record_id, pages__state="running").exists():
            paging.stop_for(
                fact.record_id, since=fact.created_at, person_id=fact.payload.get("actor"), answered=ENDS[fact.topic]
            )
        return
    record = Record.objects.filter(pk=fact.record_id).first()
    entry = Entry.objects.filter(pk=fact.payload.get("entry")).first()
    if record and entry:
        (_called if fact.topic == "record.called" else _exhausted)(record, entry)


def _called(record: Record, entry: Entry) -> None:
    call = PageCall.objects.select_related("user", "page__chain").filter(pk=entry.data.get("call")).first()
    if call is None or call.user is None or entry.data.get("outcome") != "called":
        return
    what = {"number": record.number, "title": record.title}
    notices.tell(f"oncall-{call.pk}", [call.user_id], "oncall", data=what, url="/oncall/", record_id=record.pk)
    messages.queue(
        key=f"oncall_call-{call.pk}", user=call.user, template="oncall_call", record=record,
        context={"record": record, "call": call, "url": f"/oncall/a/{links.call_token(call)}/", "hours": links.HOURS},
    )  # fmt: skip


def _exhausted(record: Record, entry: Entry) -> None:
    """Nobody answered: who leads the desk has to know."""
    desk = directory.get().teams_by_code.get(settings.DEFAULT_TEAM)
    person = User.objects.filter(pk=desk.leader_id).first() if desk and desk.leader_id else None
    if person is None:
        return
    key, what = f"oncall_silent-{entry.pk}", {"number": record.number, "title": record.title}
    notices.tell(key, [person.pk], "oncall_silent", data=what, url=f"/r/{record.number}", record_id=record.pk)
    messages.queue(
        key=key, user=person, template="oncall_silent", record=record,
        context={"record": record, "url": f"/r/{record.number}"},
    )  # fmt: skip
