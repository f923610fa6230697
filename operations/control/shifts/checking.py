"""Morning checks: ticked by people and by rules, one colour a day; a check that is bad opens an incident."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from datetime import time as clock
from zoneinfo import ZoneInfo, available_timezones

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, sweeping, versions
from itsm.core.errors import DomainError, IllegalMove, StaleVersion
from itsm.events.services import raise_event
from itsm.people.directory import directory
from itsm.people.models import User
from itsm.records import processes
from itsm.records.models import Channel, Record

from . import rules
from .models import Check, CheckList, CheckResult, Colour
from .rostering import due_on

TOPIC = SOURCE = "checks"
EARLY, EVERY = timedelta(hours=2), timedelta(minutes=10)
LIST_FIELDS = ("name_fr", "name_en", "team_id", "due", "time_zone", "weekdays", "calendar_id", "is_active")
CHECK_FIELDS = ("group_fr", "group_en", "name_fr", "name_en", "how", "item_id", "rule", "subject", "is_active")
TONES = {"green": "green", "amber": "amber", "red": "red", "": "grey"}
BACK = timedelta(days=7)
MOST_CHECKS = 200


def local_day(checklist: CheckList, at: datetime) -> date:
    """The day that a list is at."""
    return at.astimezone(ZoneInfo(checklist.time_zone)).date()


def is_due(checklist: CheckList, day: date) -> bool:
    """Is the list done on a day?"""
    return due_on(day, checklist.weekdays, checklist.calendar_id, ZoneInfo(checklist.time_zone))


def due_at(checklist: CheckList, day: date) -> datetime:
    """Until when it is to be done."""
    return datetime.combine(day, checklist.due, ZoneInfo(checklist.time_zone))


def today(organisation_id: int) -> list[dict]:
    """The checks of an organisation today, with what is known of each."""
    at, found = now(), []
    lists = CheckList.objects.filter(organisation_id=organisation_id, is_active=True).order_by("due", "pk")
    for checklist in lists:
        day = local_day(checklist, at)
        if is_due(checklist, day):
            found += rows_of(checklist, day)
    return found


def rows_of(checklist: CheckList, day: date) -> list[dict]:
    """The checks of a list on a day, in their order, each with its result or none."""
    results = {
        row.check_of_id: row
        for row in CheckResult.objects.filter(check_of__checklist=checklist, day=day).select_related("by", "record")
    }
    checks = Check.objects.filter(checklist=checklist).select_related("item").order_by("position", "pk")
    found = []
    for check in checks:
        result = results.get(check.pk)
        if check.is_active or result:
            colour = result.colour if result else ""
            words = Colour(colour).label if colour else _("Not done")
            found.append({"check": check, "result": result, "colour": colour, "tone": TONES[colour], "words": words})
    return found


def next_open(check: Check, day: date) -> int | None:
    """The check after this one, in the order of the page, that has no colour on a day; else the first such one of the list."""
    rows = grouped(rows_of(check.checklist, day))
    order = [row["check"].pk for _group, several in rows for row in several]
    waiting = {row["check"].pk for _group, several in rows for row in several if not row["colour"]}
    at = order.index(check.pk) if check.pk in order else 0
    return next((pk for pk in order[at + 1 :] + order[:at] if pk in waiting), None)


def grouped(rows: list[dict]) -> list[tuple[str, list[dict]]]:
    """By the group of the checks, each where its first check stands."""
    groups: dict[str, list[dict]] = {}
    for row in rows:
        groups.setdefault(row["check"].group, []).append(row)
    return list(groups.items())


def named(rows: list[dict], reader: User) -> list[dict]:
    """The same rows, each with its incident as `record` where the reader may see it, and `hidden` where they may not."""
    pks = {row["result"].record_id for row in rows if row["result"] and row["result"].record_id}
    seen = set(Record.objects.visible_to(reader).filter(pk__in=pks).values_list("pk", flat=True)) if pks else set()
    for row in rows:
        pk = row["result"].record_id if row["result"] else None
        row["record"] = row["result"].record if pk in seen else None
        row["hidden"] = pk is not None and pk not in seen
    return rows


def progress(rows: Sequence[dict]) -> tuple[int, int]:
    """(done, all)."""
    return sum(1 for row in rows if row["colour"]), len(rows)


@transaction.atomic
def tick(check_pk: int, *, actor: User, colour: str, note: str = "", day: date | None = None) -> CheckResult:
    """A person gives a colour; it may change during the day, and the days before for a week. The rule looks away then."""
    check = _locked(check_pk)
    if colour not in Colour.values:
        raise DomainError(_("Choose a colour."), field="colour")
    if not check.is_active:
        raise IllegalMove(_("This check is not used any more."))
    present = local_day(check.checklist, now())
    day = day or present
    if not present - BACK <= day <= present:
        raise DomainError(_("Checks are ticked for today and for the week before."), field="day")
    if not is_due(check.checklist, day):
        raise IllegalMove(_("This list is not done on that day."))
    if colour != Colour.GREEN and not note.strip():
        raise DomainError(_("Say what is not good."), field="note")
    return _give(check, day, colour, note.strip()[:500], "", actor)


def _locked(check_pk: int) -> Check:
    """A check with its list, the list first: the sweep takes them in this order."""
    CheckList.objects.select_for_update(no_key=True).get(checks=check_pk)
    return (
        Check.objects.select_for_update(no_key=True, of=("self",)).select_related("checklist", "item").get(pk=check_pk)
    )


def _give(check: Check, day: date, colour: str, note: str, url: str, actor: User | None) -> CheckResult:
    old = CheckResult.objects.select_for_update(no_key=True).filter(check_of=check, day=day).first()
    if old is None:
        made = CheckResult.objects.create(
            check_of=check, day=day, colour=colour, note=note, url=url, by=actor, at=now()
        )
        before = None
    else:
        before = old.colour
        old.colour, old.note, old.url, old.at, old.by, old.times = colour, note, url, now(), actor, F("times") + 1
        old.save(update_fields=["colour", "note", "url", "at", "by", "times"])
        old.refresh_from_db(fields=["times"])
        made = old
    if actor is not None:
        data = {"day": day.isoformat(), "before": before, "colour": colour}
        log.write("check.ticked", ("check", check.pk, check.name_fr), actor=actor, data=data)
    versions.bump(TOPIC)
    if check.checklist.late_on is not None:
        _watch(CheckList.objects.select_for_update(no_key=True).get(pk=check.checklist_id), now())
    return made


def _watch(checklist: CheckList, at: datetime) -> None:
    """An alert says that a list is not done in time; it ends when the list is done, or with its day."""
    day = local_day(checklist, at)
    done, total = progress(rows_of(checklist, day)) if is_due(checklist, day) else (0, 0)
    late = done < total and at > due_at(checklist, day)
    if late == (checklist.late_on == day) and (late or checklist.late_on is None):
        return
    row = directory.get().organisations.get(checklist.organisation_id)
    english = row is not None and row.language == "en"
    name = (checklist.name_en or checklist.name_fr) if english else checklist.name_fr
    with translation.override(row.language if row else "fr"):
        words = _("%(list)s: %(done)s of %(total)s done at %(time)s") % {
            "list": name, "done": done, "total": total, "time": f"{checklist.due:%H:%M}",
        }  # fmt: skip
    raise_event(
        organisation=checklist.organisation, source=SOURCE, key=f"list-{checklist.pk}", severity="minor" if late else "info", title=words[:200],
        status="firing" if late else "resolved", at=at, url="/operations/checks/",
    )  # fmt: skip
    checklist.late_on = day if late else None
    checklist.save(update_fields=["late_on"])


def run_rules(checklist: CheckList, at: datetime | None = None) -> int:
    """Let the rules of a list tick what no person has ticked today. How many colours changed."""
    at = at or now()
    day, changed = local_day(checklist, at), 0
    if not is_due(checklist, day):
        return 0
    row = directory.get().organisations.get(checklist.organisation_id)
    with translation.override(row.language if row else "fr"):
        for check in (
            Check.objects.filter(checklist=checklist, is_active=True)
            .exclude(rule="")
            .select_related("checklist", "item")
        ):
            reading = rules.read(check, at)
            if reading is not None:
                changed += _by_rule(check, day, reading)
    return changed


@transaction.atomic
def _by_rule(check: Check, day: date, reading: rules.Reading) -> bool:
    check = _locked(check.pk)
    old = CheckResult.objects.filter(check_of=check, day=day).first()
    if old and (old.by_id or (old.colour, old.note, old.url) == (reading.colour, reading.text[:500], reading.url)):
        return False
    _give(check, day, reading.colour, reading.text[:500], reading.url, None)
    return True


def sweep() -> int:
    """Beat: run the rules of the lists that are due; from two hours before the time of the list on, every ten minutes.

    Twice, or twice at once, changes nothing.
    """
    at = now()
    due = CheckList.objects.filter(is_active=True).exclude(next_at__gt=at)
    due = due.order_by(F("next_at").asc(nulls_first=True), "pk").values_list("pk", flat=True)
    return sweeping.one_by_one(
        list(due[:200]),
        lambda pk: _look(pk, at),
        what="Check list",
        postpone=lambda pk: CheckList.objects.filter(pk=pk).update(next_at=at + EVERY),
    )


def _look(pk: int, at: datetime) -> int:
    rows = CheckList.objects.select_for_update(skip_locked=True, no_key=True)
    checklist = rows.filter(pk=pk).exclude(next_at__gt=at).first()
    if checklist is None:
        return 0
    day, changed = local_day(checklist, at), 0
    opens = due_at(checklist, day) - EARLY
    if is_due(checklist, day) and at >= opens:
        changed = run_rules(checklist, at)
        checklist.next_at = at + EVERY
    else:
        checklist.next_at = opens if at < opens else _tomorrow(checklist, day)
    checklist.save(update_fields=["next_at"])
    _watch(checklist, at)
    return changed


def _tomorrow(checklist: CheckList, day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), clock(0, 0), ZoneInfo(checklist.time_zone))


@transaction.atomic
def open_incident(result_pk: int, *, actor: User) -> CheckResult:
    """One incident for a check that is not good; opened by the process, tied to the item of the check."""
    result = (
        CheckResult.objects.select_for_update(no_key=True, of=("self",))
        .select_related("check_of__checklist__organisation", "check_of__item")
        .get(pk=result_pk)
    )
    check = result.check_of
    if result.colour == Colour.GREEN:
        raise IllegalMove(_("This check is good: there is nothing to report."))
    if result.record_id:
        # Asked anew: what was joined is as it was before we waited for the row.
        seen = Record.objects.visible_to(actor).filter(pk=result.record_id).values_list("number", flat=True).first()
        if seen is None:
            raise IllegalMove(_("An incident that you may not see was opened for it already."))
        raise IllegalMove(_("%(number)s was opened for it already.") % {"number": seen})
    if "incident" not in processes.PROCESSES:
        raise DomainError(_("Nothing of this kind can be opened."))
    row = directory.get().organisations.get(check.checklist.organisation_id)
    language = row.language if row else "fr"
    with translation.override(language):
        words = _("Check of %(day)s: %(colour)s. %(note)s") % {
            "day": result.day.isoformat(), "colour": Colour(result.colour).label, "note": result.note,
        }  # fmt: skip
        given = {
            "title": check.name[:200], "description": words.strip(), "organisation": check.checklist.organisation, "channel": Channel.INTERNAL, "requester": actor,
            "items": [check.item] if check.item_id else [], "urgency": 2 if result.colour == Colour.RED else 3, "impact": 3, "language": language,
        }  # fmt: skip
        made = processes.get("incident").open(actor=actor, **given)
    result.record_id = made.pk
    result.save(update_fields=["record"])
    log.write("check.incident_opened", ("check", check.pk, check.name_fr), actor=actor, data={"record": made.number})
    versions.bump(TOPIC)
    result.refresh_from_db()
    return result


@transaction.atomic
def save_list(
    pk: int | None, *, actor: User | None, organisation_id: int | None = None, version: int | None = None,
    checks: Sequence[dict] | None = None, **values,
) -> CheckList:  # fmt: skip
    """A list, new or changed. `checks`, when given, in their order: those with an `id` are changed, those left out are retired."""
    if pk is None:
        checklist = CheckList(organisation_id=organisation_id)
    else:
        checklist = CheckList.objects.select_for_update(no_key=True).get(pk=pk)
        if version is not None and version != checklist.version:
            raise StaleVersion()
        checklist.version += 1
    changes = {}
    for field in LIST_FIELDS:
        if field in values and values[field] != getattr(checklist, field):
            changes[field] = [str(getattr(checklist, field)), str(values[field])]
            setattr(checklist, field, values[field])
    if not checklist.name_fr.strip():
        raise DomainError(_("Give it a name."), field="name_fr")
    if checklist.time_zone not in available_timezones():
        raise DomainError(_("This time zone is not known."), field="time_zone")
    checklist.next_at = None
    try:
        with transaction.atomic():
            checklist.save()
    except IntegrityError:
        raise DomainError(_("There is a list of this name already."), field="name_fr") from None
    if checks is not None:
        changes["checks"] = [None, _write_checks(checklist, checks)]
    log.write("check_list.saved", ("check list", checklist.pk, checklist.name_fr), actor=actor, changes=changes)
    versions.bump(TOPIC)
    return checklist


def _write_checks(checklist: CheckList, checks: Sequence[dict]) -> int:
    if len(checks) > MOST_CHECKS:
        raise DomainError(_("A list holds %(n)s checks at most.") % {"n": MOST_CHECKS})
    known = {check.pk: check for check in checklist.checks.all()}
    kept = set()
    for position, given in enumerate(checks):
        check = known.get(given.get("id")) or Check(checklist=checklist)
        for field in CHECK_FIELDS:
            if field in given:
                setattr(check, field, given[field])
        if check.rule and check.rule not in rules.RULES:
            raise DomainError(_("This rule is not known."), field="rule")
        check.position = position
        check.save()
        kept.add(check.pk)
    checklist.checks.exclude(pk__in=kept).update(is_active=False)
    return len(kept)
