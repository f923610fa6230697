"""Reports of mail servers about mails of ours (RFC 3464): the send log learns which mail came back, and why."""

import re
from dataclasses import dataclass
from email.message import Message as Part

from django.utils.translation import gettext_noop

from itsm.notify import messages
from itsm.notify.models import Message

from .judging import DAEMONS
from .letters import MESSAGE_ID, Letter, first_id, words

CAME_BACK = gettext_noop("The mail to %(address)s came back: %(words)s")
LATE = gettext_noop("The mail to %(address)s is late: %(words)s")
NOT_OURS = gettext_noop("A mail came back that is not in the send log (any more): %(words)s")


@dataclass(frozen=True)
class Report:
    """What a server says of one mail."""

    message: Message | None
    address: str
    words: str
    final: bool
    marked: bool = False


def report_of(letter: Letter) -> Report | None:
    """What the mail reports, when it is a report; None for every other mail. Changes nothing."""
    daemon = DAEMONS.match(letter.sender) or letter.headers.get("return-path", "").replace(" ", "") == "<>"
    failed = letter.headers.get("x-failed-recipients", "")
    if not letter.is_report and not (daemon and (failed or _ours_in(letter))):
        return None
    fields = _fields(letter.report)
    final = [each for each in fields if each.get("action", "failed") in ("failed", "")]
    said = next(iter(final or fields), {})
    address = said.get("final-recipient") or said.get("original-recipient") or failed
    return Report(
        _message(letter), _address(address), said.get("diagnostic-code") or said.get("status") or letter.subject or "?",
        bool(final) or not fields,
    )  # fmt: skip


def note(report: Report) -> Report:
    """Mark the mail in the send log. `marked` says whether it was not marked yet."""
    if report.message is None or not report.final:
        return report
    marked = messages.mark_bounced(report.message.pk, reason=report.words)
    return Report(report.message, report.address or report.message.to_address, report.words, report.final, marked)


def _fields(parts: list[Part]) -> list[dict[str, str]]:
    """The fields about each recipient; the block about the whole mail has none of them."""
    found = []
    for part in parts:
        blocks = part.get_payload()
        if part.get_content_type() != "message/delivery-status" or not isinstance(blocks, list):
            continue
        for block in blocks:
            names = ("final-recipient", "original-recipient", "action", "status", "diagnostic-code")
            values = {name: words(block[name])[:500] for name in names if block[name]}
            if values:
                found.append(values | {"action": values.get("action", "").lower()})
    return found


def _address(field: str) -> str:
    return re.sub(r"^\s*rfc822;\s*", "", field, flags=re.IGNORECASE).strip().strip("<>").lower()[:254]


def _message(letter: Letter) -> Message | None:
    ids = []
    for part in letter.report:
        payload = part.get_payload()
        inner = payload[0] if isinstance(payload, list) and payload else payload
        if isinstance(inner, Part):
            ids.append(first_id(words(inner.get("message-id", ""))))
        if isinstance(inner, str):
            ids += _ids_in(inner)
    known = [each for each in [*ids, *letter.references, *_ids_in(letter.text)] if each]
    return Message.objects.filter(message_id__in=known[:50]).order_by("-pk").first() if known else None


def _ids_in(text: str) -> list[str]:
    return MESSAGE_ID.findall(text[:50_000])[:40]


def _ours_in(letter: Letter) -> bool:
    known = [*letter.references, *_ids_in(letter.text)][:50]
    return bool(known) and Message.objects.filter(message_id__in=known).exists()
