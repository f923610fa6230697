"""What the console itself changes: who sits at the switchboard, how a person is to be received."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from itsm.audit import log
from itsm.core import now, versions
from itsm.core.errors import DomainError
from itsm.notify import messages, notices
from itsm.notify.models import Notice
from itsm.people.models import User

from .. import presence
from ..models import CallerNote, Operator, OperatorSpan

LONGEST, HELP_SECONDS = 500, 600
RESTING = (Operator.State.PAUSE, Operator.State.AWAY)


@transaction.atomic
def sit_down(*, actor) -> Operator:
    """Be an operator: whoever may take calls needs nobody else to begin. Which queues ring is the manager's to say."""
    operator, made = Operator.objects.get_or_create(
        person=actor, defaults={"state": Operator.State.AVAILABLE, "since": now()}
    )
    if made:
        OperatorSpan.objects.create(operator=operator, state=operator.state, began_at=operator.since)
        log.write("operator.sat_down", ("operator", operator.pk, str(actor)), actor=actor)
        versions.bump("calls")
        return operator
    if operator.state == Operator.State.AWAY:
        return presence.set_state(operator, Operator.State.AVAILABLE, actor=actor)
    return operator


@transaction.atomic
def ask_for_help(operators: Iterable[Operator], *, waiting: int, actor) -> int:
    """Those who pause or are away learn that callers wait; how many were told. At most once in ten minutes each."""
    people = [each.person for each in operators if each.state in RESTING and each.person_id != actor.pk]
    told = 0
    for person in people:
        with override(messages.language_of(person)):
            words = ngettext("%(n)s caller waits", "%(n)s callers wait", waiting) % {"n": waiting}
        key = f"calls-help:{int(now().timestamp()) // HELP_SECONDS}"
        if Notice.objects.filter(key=f"{key}:{person.pk}").exists():
            continue
        told += notices.tell(key, [person.pk], "calls_help", url="/calls/", data={"title": words})
    log.write(
        "calls.help_asked", ("organisation", actor.organisation_id or 0, str(actor)), actor=actor, data={"told": told}
    )
    return told


@transaction.atomic
def write_note(person: User, *, text: str, until: date | None = None, actor) -> CallerNote | None:
    """How this person is to be received; an empty text takes the note away."""
    text = " ".join(text.split())
    if len(text) > LONGEST:
        raise DomainError(_("Write at most %(n)s characters.") % {"n": LONGEST}, field="text")
    if until and until < now().date():
        raise DomainError(_("This day has passed."), field="until")
    found = CallerNote.objects.select_for_update().filter(person=person).first()  # deleted
    before = [found.text, str(found.until or "")] if found else ["", ""]
    if before == [text, str(until or "") if text else ""]:
        return found
    if not text:
        if found:
            found.delete()
    elif found:
        found.text, found.until, found.by, found.at = text, until, actor, now()
        found.save()
    else:
        found = CallerNote.objects.create(person=person, text=text, until=until, by=actor)
    # What is said of a person stands in the note alone, so that it ends with it.
    verb = "person.note_written" if text else "person.note_removed"
    log.write(verb, ("user", person.pk, person.display_name), actor=actor, data={"until": str(until)} if until else {})
    versions.bump("calls")
    return found if text else None
