"""What the page of an item shows, now or as of an instant. Every function is one query at most."""

from datetime import datetime

from django.apps import apps
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from itsm.calendars.models import Calendar
from itsm.core import durations, now
from itsm.people.directory import directory, names_of

from . import bringing, showing, status
from .classes import ClassSpec, classes
from .models import CIHistory, ConfigurationItem, Drift, Outage, Service

HISTORY = 6
PEOPLE = ("owner_id", "user_id", "service.owner_id")
DAYS = ("end_of_support_on", "live_on", "retired_on")
NEAR, NEWEST = 6, 5


def spec_of(code: str) -> ClassSpec:
    """The class of an item; a bare one when its file is gone."""
    return classes.get().get(code) or ClassSpec(code, 0, {}, "", False, "box", "technical")


def instant_of(text: str | None) -> datetime | None:
    """The instant of `?at=`: a day (its end) or a local date and time; None for now or for nonsense."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if len(text) == len("2026-11-23"):
        at = at.replace(hour=23, minute=59, second=59)
    if timezone.is_naive(at):
        at = timezone.make_aware(at)
    return at if at < now() else None


def typed(at: datetime | None) -> str:
    """An instant as a field of the browser takes it; "" for now."""
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M:%S").removesuffix(":00") if at else ""


def facts(
    data: dict, spec: ClassSpec, user, people: dict[int, str] | None = None, seen: dict | None = None
) -> list[tuple[str, str]]:
    """The fields that hold something, by name, for the reader. `people` and `seen`: what was looked up for many items."""
    people = names_of([data.get("owner_id"), data.get("user_id")]) if people is None else people
    known = directory.get()
    site, team = known.sites.get(data.get("site_id")), known.teams.get(data.get("support_team_id"))
    organisation = known.organisations.get(data.get("organisation_id"))
    environments = {
        "production": _("Production"),
        "preproduction": _("Pre-production"),
        "test": _("Test"),
        "development": _("Development"),
    }
    rows = [
        (_("Key"), data["key"]),
        (_("Class"), spec.name),
        (_("Criticality"), data["criticality"]),
        (_("Environment"), environments.get(data["environment"], data["environment"])),
        (_("Organisation"), organisation.name if organisation else ""),
        (_("Site"), site.name if site else ""),
        (_("Support team"), team.code if team else ""),
        (_("Owner"), people.get(data.get("owner_id"), "")),
        (_("User"), people.get(data.get("user_id"), "")),
        (_("Serial number"), data["serial"]),
        (_("Asset tag"), data["asset_tag"]),
        (_("In service since"), showing.day(data.get("live_on"))),
        (_("Retired on"), showing.day(data.get("retired_on"))),
        (_("End of support"), showing.day(data["end_of_support_on"])),
        *showing.facts(spec, data.get("attributes") or {}, user, seen),
    ]
    return [(label, value) for label, value in rows if value not in ("", None)]


def _value(value) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def set_aside(item: ConfigurationItem, spec: ClassSpec) -> list[dict]:
    """Values that the class could not take when it changed."""
    return [
        {"name": name, "label": spec.label(name), "value": _value(kept.get("value")), "why": bringing.why(kept), "version": kept.get("version")}
        for name, kept in item.set_aside.items()
    ]  # fmt: skip


def history(
    item_id: int, limit: int = HISTORY, *, before: int | None = None, until: datetime | None = None
) -> list[dict]:
    """The newest changes (up to an instant), each with what became what, who and why."""
    rows = CIHistory.objects.filter(item_id=item_id).select_related("actor").order_by("-valid_from", "-id")
    rows = rows.filter(valid_from__lte=until) if until else rows
    rows = list((rows.filter(pk__lt=before) if before else rows)[:limit])
    named = {pk for row in rows for name in PEOPLE for pk in row.changes.get(name, [])}
    people = names_of(named) | {
        row.actor_id: row.actor.get_full_name() or row.actor.username for row in rows if row.actor
    }
    return [
        {
            "id": row.pk, "at": row.valid_from, "reason": row.reason, "created": not row.changes, "request_id": row.request_id,
            "who": people.get(row.actor_id, _("Vigie")),
            "changes": [_change(name, pair, spec_of(row.ci_class), people) for name, pair in row.changes.items()],
        }
        for row in rows
    ]  # fmt: skip


def service_facts(data: dict, spec: ClassSpec) -> list[tuple[str, str]]:
    """What a snapshot holds of its service, by name."""
    kept = {f"service.{name}": value for name, value in (data.get("service") or {}).items()}
    people = names_of([kept.get("service.owner_id")])
    rows = []
    for name, value in kept.items():
        if name == "service.stage":
            value = str(dict(Service.Stage.choices).get(value, value))
        text = people.get(value, "") if name in PEOPLE else shown(name, value)
        rows.append((field_label(name, spec), text))
    return [(label, text) for label, text in rows if text not in ("", "—")]


def drifts(item_id: int) -> list[Drift]:
    """What waits for a decision about the item."""
    return list(
        Drift.objects.filter(item_id=item_id, state=Drift.State.OPEN).select_related("item").order_by("pk")[:NEAR]
    )


def changes_in_words(changes: dict[str, list], ci_class: str) -> list[dict]:
    """{field: [before, after]} as lines for the reader."""
    return changes_of_many([(changes, ci_class)])[0]


def changes_of_many(rows: list[tuple[dict[str, list], str]]) -> list[list[dict]]:
    """The same of several items, with one look for all people."""
    people = names_of({pk for changes, _code in rows for name in PEOPLE for pk in changes.get(name, [])})
    return [[_change(name, pair, spec_of(code), people) for name, pair in changes.items()] for changes, code in rows]


def _change(name: str, pair: list, spec: ClassSpec, people: dict[int, str]) -> dict:
    old, new = [people.get(pk, "—") for pk in pair] if name in PEOPLE else [shown(name, value) for value in pair]
    return {"field": field_label(name, spec), "old": old, "new": new}


def field_label(name: str, spec: ClassSpec) -> str:
    """A field in the reader's words."""
    if name.startswith("attributes."):
        return spec.label(name.removeprefix("attributes."))
    labels = {
        "name": _("Name"), "key": _("Key"), "status": _("Status"), "state": _("State"), "ci_class": _("Class"),
        "criticality": _("Criticality"), "environment": _("Environment"), "organisation_id": _("Organisation"),
        "live_on": _("In service since"), "retired_on": _("Retired on"),
        "site_id": _("Site"), "support_team_id": _("Support team"), "owner_id": _("Owner"), "user_id": _("User"),
        "serial": _("Serial number"), "asset_tag": _("Asset tag"), "end_of_support_on": _("End of support"),
        "service.customer_id": _("Customer"), "service.owner_id": _("Service owner"), "service.stage": _("Stage"),
        "service.agreed_hours_id": _("Agreed hours"), "service.live_on": _("Live on"), "service.retired_on": _("Retired on"),
        "service.public": _("Shown on the portal"), "service.time_required": _("Time asked for at the resolution"),
        "service.availability_target": _("Availability target (%)"),
        "service.description_fr": _("Description (French)"),
        "service.description_en": _("Description (English)"),
    }  # fmt: skip
    return labels.get(name, name)


def shown(name: str, value) -> str:
    """A value of the history in the reader's words."""
    if value in (None, ""):
        return "—"
    name, known = name.removeprefix("service."), directory.get()
    rows = {
        "organisation_id": known.organisations, "customer_id": known.organisations, "site_id": known.sites,
        "support_team_id": known.teams,
    }.get(name)  # fmt: skip
    if rows is not None:
        row = rows.get(value)
        return (getattr(row, "name", "") or row.code) if row else "—"
    if name in DAYS:
        return showing.day(value)
    if name == "agreed_hours_id":
        return str(Calendar.objects.filter(pk=value).first() or "—")
    choices = {
        "state": ConfigurationItem.State.choices, "status": ConfigurationItem.Status.choices, "stage": Service.Stage.choices,
    }.get(name)  # fmt: skip
    return str(dict(choices).get(value, value)) if choices else _value(value)


def service(item_id: int) -> Service | None:
    """What the item has as a service, if it is one."""
    return Service.objects.select_related("item", "customer", "owner", "agreed_hours").filter(pk=item_id).first()


def outage_rows(item_id: int, since: datetime | None = None) -> list[Outage]:
    """What lasts or is to come, the newest ones, and all since an instant: in one query, newest first."""
    newest = Outage.objects.filter(item_id=item_id).order_by("-starts_at").values("pk")[:NEWEST]
    wanted = Q(ends_at=None) | Q(ends_at__gt=since or now()) | Q(pk__in=newest)
    return list(Outage.objects.filter(wanted, item_id=item_id).order_by("-starts_at", "-pk"))


def outages(rows: list[Outage], user) -> dict[str, list[dict]]:
    """The newest ones as `newest`; as `now` what lasts, the worst first, then what is planned.

    Each with the ticket that reported it, where the reader may open that one.
    """
    at = now()
    near = [row for row in rows if row.ends_at is None or row.ends_at > at][-NEAR:]
    near.sort(key=lambda row: (row.starts_at > at, row.planned, row.degraded, row.starts_at))
    newest = rows[:NEWEST]
    numbers = _numbers([*newest, *near], user)
    return {
        "newest": [_outage(row, numbers, at) for row in newest],
        "now": [_outage(row, numbers, at) | {"span": status.span(row), "expected": row.expected_at} for row in near],
    }


def _numbers(rows: list[Outage], user) -> dict[int, str]:
    """Numbers of the records that reported outages, of those that the reader may open."""
    wanted = {row.record_id for row in rows if row.record_id}
    records = apps.get_model("records", "Record").objects
    return dict(records.visible_to(user).filter(pk__in=wanted).values_list("pk", "number")) if wanted else {}


def _outage(row: Outage, numbers: dict[int, str], at: datetime) -> dict:
    return {
        "id": row.pk, "start": row.starts_at, "end": row.ends_at, "cause": row.cause, "open": row.ends_at is None,
        "lasts": row.starts_at <= at and (row.ends_at is None or row.ends_at > at), "to_come": row.starts_at > at,
        "text": row.public_text, "number": numbers.get(row.record_id or 0, ""),
        "kind": pgettext("outage", "Planned") if row.planned else _("Degraded") if row.degraded else _("Down"),
        "tone": "violet" if row.planned else "amber" if row.degraded else "red",
        "length": durations.short(max(0, ((row.ends_at or at) - row.starts_at).total_seconds())),
    }  # fmt: skip
