"""What was held for one reader leaves as one mail. The single ones stay in the send log and say in which mail they went."""

from django.conf import settings
from django.db import transaction

from itsm.core import now

from . import messages, rhythm
from .models import Message

State, Held = Message.State, Message.Held
MOST = 100
LONGEST = 1500


def release(limit: int = 200) -> int:
    """Make ready what was held until now; returns how many mails leave for it."""
    at, made = now(), 0
    due = Message.objects.filter(state=State.QUEUED, next_try_at__lte=at).exclude(held="")
    readers = list(due.order_by("next_try_at").values_list("to_user", flat=True)[:limit])
    for user in dict.fromkeys(readers):
        made += _release(user, at)
    return made


@transaction.atomic
def _release(user_id: int | None, at) -> int:
    rows = list(
        Message.objects.filter(state=State.QUEUED, next_try_at__lte=at, to_user=user_id).exclude(held="")
        .select_related("to_user", "record").select_for_update(skip_locked=True, no_key=True, of=("self",)).order_by("pk")[:MOST]
    )  # fmt: skip
    groups: dict[tuple, list[Message]] = {}
    for row in rows:
        why = messages.withheld(row.to_user, row.to_address, row.template, count=False)
        if why:  # the account was closed, or the person does not want such mails any more
            _note(row, state=State.WITHHELD, reason=why, held="")
            continue
        # A digest and what the night held back are about everything; what was grouped is about one ticket.
        alone = row.pk if row.template in rhythm.ALONE else None
        groups.setdefault((row.to_address, row.record_id if row.held == Held.GROUP else None, alone), []).append(row)
    for together in groups.values():
        if len(together) == 1:
            _note(together[0], held="", reason="")
        else:
            _bundle(together)
    return len(groups)


def _bundle(rows: list[Message]) -> None:
    last, records = rows[-1], {row.record_id for row in rows}
    record = last.record if len(records) == 1 else None
    items = [
        {"subject": row.subject, "text": _said(row), "record": row.record, "at": row.created_at, "url": f"/r/{row.record.number}" if row.record else ""}
        for row in rows
    ]  # fmt: skip
    made = messages.queue(
        key=f"bundle-{rows[0].pk}-{last.pk}", template="bundle", user=last.to_user, address=last.to_address, record=record,
        language=last.language, context={"record": record, "items": items, "count": len(rows), "url": f"/r/{record.number}" if record else ""},
    )  # fmt: skip
    for row in rows:
        _note(row, state=State.WITHHELD, reason="bundled", held="", bundle=made)


def _said(row: Message) -> str:
    """The middle of a mail: without its greeting and its end, which the bundle has once."""
    text = row.body_text
    # The number and title stand above it, the link below; what the foot says is said once.
    lines = text.split("\n-- \n")[0].replace(f"{settings.PUBLIC_URL}/r/", "/r/").strip().split("\n")
    lines = [line for line in lines if not line.startswith("/r/")]
    if row.record and lines[0].startswith(row.record.number):
        lines = "\n".join(lines[1:]).strip().split("\n")
    lines = lines[1:] if lines and lines[0].rstrip().endswith(",") else lines
    said = "\n".join(lines).strip()
    return said if len(said) <= LONGEST else said[:LONGEST].rstrip() + "…"


def _note(row: Message, **values) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
