"""Batch outputs: what is to be delivered today, the ticks of the checklist, the proof, and what somebody wants again."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, sweeping, versions
from itsm.core.errors import DomainError, IllegalMove, StaleVersion
from itsm.people.directory import directory
from itsm.people.models import Team
from itsm.records import attachments
from itsm.records.models import Channel
from itsm.records.processes import PROCESSES

from . import telling
from .models import Delivery, Output, OutputRecipient, OutputRun, Reprint
from .polling import TOPIC

S = OutputRun.State
BATCH = 500
ORDER = [S.EXPECTED, S.SPOOLED, S.PRINTED]


def zone_of(output: Output) -> ZoneInfo:
    """The zone of its organisation."""
    row = directory.get().organisations.get(output.organisation_id)
    return ZoneInfo(row.time_zone if row else "Europe/Paris")


def subject(output: Output) -> tuple[str, int, str]:
    """How the audit names an output."""
    return ("output", output.pk, output.name)


@transaction.atomic
def save_output(output: Output, recipients: list[dict], *, actor, version: int | None = None) -> Output:
    """Add an output or change it, with its distribution list. StaleVersion when somebody was faster."""
    is_new = output.pk is None
    if not is_new:
        kept = Output.objects.select_for_update(no_key=True).only("version").get(pk=output.pk)
        if version is not None and version != kept.version:
            raise StaleVersion(data={"version": kept.version})
        output.version = kept.version + 1
    try:
        with transaction.atomic():
            output.save()
    except IntegrityError as error:
        raise DomainError(_("Another output has this name."), field="name") from error
    names = [each["name"].strip().lower() for each in recipients]
    if len(set(names)) != len(names):
        raise DomainError(_("Somebody is twice in the distribution list."))
    OutputRecipient.objects.filter(output=output).delete()
    OutputRecipient.objects.bulk_create(OutputRecipient(output=output, **each) for each in recipients)
    log.write(
        "output.created" if is_new else "output.changed",
        subject(output),
        actor=actor,
        data={"recipients": len(recipients)},
    )
    _expect(output, now())
    versions.bump(TOPIC)
    return output


def _expect(output: Output, at: datetime) -> OutputRun | None:
    """The run of today, where the output is due on this day."""
    zone = zone_of(output)
    day = at.astimezone(zone).date()
    if not output.is_active or day.isoweekday() not in output.weekdays:
        return None
    due = datetime.combine(day, output.due_at, tzinfo=zone)
    run, _made = OutputRun.objects.get_or_create(output=output, day=day, defaults={"due_at": due})
    return run


def sweep() -> int:
    """Beat: write down what is due today, and tell what was not delivered in time. How many of either."""
    at = now()
    today = at.astimezone(ZoneInfo("UTC")).date()
    have = OutputRun.objects.filter(day__gte=today - timedelta(days=1)).values_list("output_id", "day")
    known = set(have)
    active = Output.objects.filter(is_active=True).order_by("pk").in_bulk()
    unknown = [pk for pk, output in active.items() if (pk, at.astimezone(zone_of(output)).date()) not in known]
    done = sweeping.one_by_one(unknown, lambda pk: int(_expect(active[pk], at) is not None), what="Output")
    late = OutputRun.objects.filter(due_at__lt=at, is_late=False, state__in=ORDER).order_by("due_at", "pk")
    return done + sweeping.one_by_one(late.values_list("pk", flat=True)[:BATCH], _late, what="Run of an output")


@transaction.atomic
def _late(pk: int) -> int:
    rows = OutputRun.objects.select_for_update(skip_locked=True, of=("self",), no_key=True).select_related(
        "output__organisation", "output__job_item"
    )
    run = rows.filter(pk=pk, is_late=False, state__in=ORDER).first()
    if run is None:
        return 0
    run.is_late = True
    run.save(update_fields=["is_late"])
    telling.output_late(run)
    versions.bump(TOPIC)
    return 1


@transaction.atomic
def report(
    output: Output,
    *,
    actor,
    state: str,
    day: date | None = None,
    spool_id: str = "",
    pages: int | None = None,
    note: str = "",
) -> OutputRun:
    """What the spool tells of an output: it is there, printed, or failed. A step back is refused."""
    at = now()
    day = day or at.astimezone(zone_of(output)).date()
    due = datetime.combine(day, output.due_at, tzinfo=zone_of(output))
    OutputRun.objects.get_or_create(output=output, day=day, defaults={"due_at": due})
    run = _locked_of(output, day)
    if run.state == S.DELIVERED or (
        state in ORDER and run.state in ORDER and ORDER.index(state) < ORDER.index(run.state)
    ):
        raise IllegalMove(_("This output is further than that already."))
    return _step(run, state, at, actor, spool_id=spool_id, pages=pages, note=note)


def _locked_of(output: Output, day: date) -> OutputRun:
    return (
        OutputRun.objects.select_related("output")
        .select_for_update(of=("self",), no_key=True)
        .get(output=output, day=day)
    )


def _step(
    run: OutputRun, state: str, at: datetime, actor, *, spool_id: str = "", pages: int | None = None, note: str = ""
) -> OutputRun:
    before = run.state
    run.state = state
    run.spool_id, run.pages, run.note = (
        spool_id or run.spool_id,
        pages if pages is not None else run.pages,
        note or run.note,
    )
    if state in (S.SPOOLED, S.PRINTED) and run.spooled_at is None:
        run.spooled_at = at
    if state == S.PRINTED and run.printed_at is None:
        run.printed_at = at
    run.save()
    log.write(
        "output.moved",
        subject(run.output),
        actor=actor,
        changes={"state": [before, state]},
        data={"day": run.day.isoformat()},
    )
    versions.bump(TOPIC)
    return run


@transaction.atomic
def tick(pk: int, state: str, *, actor, note: str = "", spool_id: str = "", pages: int | None = None) -> OutputRun:
    """A person ticks a step of the checklist, and may say which job of the spool it was and how many pages came out."""
    run = OutputRun.objects.select_related("output").select_for_update(of=("self",), no_key=True).get(pk=pk)
    if state == S.FAILED and not note.strip():
        raise DomainError(_("Say what went wrong."), field="note")
    if run.state == S.DELIVERED or (
        state != S.FAILED and run.state != S.FAILED and ORDER.index(state) <= ORDER.index(run.state)
    ):
        raise IllegalMove(_("This output is further than that already."))
    return _step(run, state, now(), actor, spool_id=spool_id.strip()[:40], pages=pages, note=note.strip()[:500])


@transaction.atomic
def take_back(pk: int, *, actor) -> OutputRun:
    """It was not printed after all: back to where it was, while nobody has got it and nobody wants it again."""
    run = OutputRun.objects.select_related("output").select_for_update(of=("self",), no_key=True).get(pk=pk)
    if run.state != S.PRINTED:
        raise IllegalMove(_("Only what is printed is taken back."))
    if run.deliveries.exists() or run.reprints.exists():
        raise IllegalMove(_("It was delivered or asked for again since: this cannot be taken back any more."))
    was_spooled = run.spooled_at is not None and run.printed_at is not None and run.spooled_at < run.printed_at
    run.printed_at = None
    if not was_spooled:
        # What was said of the spool came with the tick that is taken back.
        run.spooled_at, run.spool_id, run.pages = None, "", None
    return _step(run, S.SPOOLED if was_spooled else S.EXPECTED, now(), actor)


@transaction.atomic
def deliver(pk: int, *, actor, recipient: str, received_by: str, proof=None) -> Delivery:
    """A recipient has got it. When all of the list have, the output is delivered."""
    run = (
        OutputRun.objects.select_related("output__organisation", "output__job_item")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=pk)
    )
    names = list(run.output.recipients.values_list("name", flat=True)) or [run.output.destination or run.output.name]
    if recipient not in names:
        raise DomainError(_("This recipient is not in the distribution list."), field="recipient")
    if run.state not in (S.PRINTED, S.SPOOLED):
        raise IllegalMove(_("It is not printed yet, or delivered already."))
    if not received_by.strip():
        raise DomainError(_("Say who took it."), field="received_by")
    row = Delivery(run=run, recipient=recipient, received_by=received_by.strip()[:120], by=actor)
    if proof is not None:
        checked = attachments.clean([proof])[0]
        row.proof_name, row.proof_sha256 = checked.name, checked.sha256
        row.proof.save(checked.name, checked.file, save=False)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise IllegalMove(_("This recipient has got it already.")) from error
    if set(names) <= set(run.deliveries.values_list("recipient", flat=True)):
        run.state, run.delivered_at = S.DELIVERED, row.at
        run.printed_at = run.printed_at or row.at
        run.save(update_fields=["state", "delivered_at", "printed_at"])
        telling.output_delivered(run)
    log.write(
        "output.delivered",
        subject(run.output),
        actor=actor,
        data={"to": recipient, "received_by": row.received_by, "day": run.day.isoformat()},
    )
    versions.bump(TOPIC)
    return row


@transaction.atomic
def ask_again(pk: int, *, actor, copies: int, reason: str) -> Reprint:
    """A reprint is a standard request, for the team that prints. Past its retention the spool has nothing left to print."""
    run = (
        OutputRun.objects.select_for_update(no_key=True, of=("self",)).select_related("output__queue__item").get(pk=pk)
    )
    output = run.output
    if not reason.strip():
        raise DomainError(_("Say why it is needed again."), field="reason")
    twin = run.reprints.filter(copies=copies, reason=reason.strip()[:300], record__requester=actor).exclude(
        record__phase="closed"
    )
    if asked := twin.values_list("record__number", flat=True).first():
        raise IllegalMove(_("You have asked for this already: %(number)s.") % {"number": asked})
    if run.day + timedelta(days=output.retention_days) < now().astimezone(zone_of(output)).date():
        raise IllegalMove(_("The spool keeps this output for %(n)s days only.") % {"n": output.retention_days})
    if run.state in (S.EXPECTED, S.FAILED):
        raise IllegalMove(_("There is nothing in the spool yet."))
    title = _("Reprint: %(name)s of %(day)s") % {"name": output.name, "day": run.day.isoformat()}
    lines = [
        _("Copies: %(n)s") % {"n": copies}, _("Class: %(name)s") % {"name": output.spool_class or "-"}, _("Form: %(name)s") % {"name": output.form or "-"},
        _("Spool: %(name)s") % {"name": run.spool_id or "-"}, _("Destination: %(name)s") % {"name": output.destination or "-"}, reason.strip()[:300],
    ]  # fmt: skip
    made = PROCESSES.get("request").open(
        actor=actor, requester=actor, title=title[:200], description="\n".join(lines), organisation=actor.organisation, channel=Channel.PORTAL,
        team=Team.objects.filter(pk=output.team_id).first() if output.team_id else None, urgency=3,
        items=[output.queue.item] if output.queue_id else [],
    )  # fmt: skip
    row = Reprint.objects.create(run=run, record_id=made.pk, copies=copies, reason=reason.strip()[:300])
    log.write("output.reprint_asked", subject(output), actor=actor, data={"record": made.number, "copies": copies})
    return row
