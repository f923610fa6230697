"""Planning windows: each act is one transaction with one audit entry. What they touch is read in `matching`."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.db import connection, transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, versions
from itsm.core.errors import DomainError, IllegalMove, StaleVersion
from itsm.people.models import User

from .matching import VERSION, windows, windows_at, windows_of, windows_touching
from .models import Condition, PlanningFeed, Window
from .recurring import LONGEST

__all__ = [
    "call_off", "change_window", "end_feed", "end_now", "person_of", "plan_window", "renew_feed", "windows_at", "windows_of",
    "windows_touching",
]  # fmt: skip
TIMES = ("starts_at", "ends_at", "time_zone", "repeats", "every", "weekdays", "until")
FIELDS = ("organisation_id", "kind", "name", "reason", "strict", "record_id", *TIMES)
ASPECTS = {
    "classes": Condition.About.CLASS, "services": Condition.About.SERVICE, "sites": Condition.About.SITE, "tags": Condition.About.TAG,
    "environments": Condition.About.ENVIRONMENT, "items": Condition.About.ITEM,
}  # fmt: skip
MOST_CONDITIONS = 500
TWINS = timedelta(minutes=10)
LONGEST_ONCE = timedelta(days=366)


@transaction.atomic
def plan_window(
    *, actor: User | None, organisation_id: int, name: str, starts_at: datetime, ends_at: datetime, kind: str = "maintenance",
    reason: str = "", strict: bool = True, time_zone: str = "Europe/Paris", repeats: str = "once", every: int = 1,
    weekdays: list[int] | tuple[int, ...] = (), until: date | None = None, record_id: int | None = None, scope: Mapping | None = None,
) -> Window:  # fmt: skip
    """A new window. `scope`: {classes, services, sites, tags, environments, items}, ids or texts."""
    window = Window(
        organisation_id=organisation_id, created_by=actor, name=name, starts_at=starts_at, ends_at=ends_at, kind=kind, reason=reason,
        strict=strict, time_zone=time_zone, repeats=repeats, every=every, weekdays=sorted(set(weekdays)), until=until,
        record_id=record_id,
    )  # fmt: skip
    conditions = _conditions(scope or {})
    _check(window, conditions)
    _check_twin(window, conditions)
    window.save(force_insert=True)
    _write(window, conditions)
    log.write("window.planned", window, actor=actor, data={"kind": kind, "conditions": len(conditions)})
    _changed()
    return window


@transaction.atomic
def change_window(
    pk: int, *, actor: User | None, version: int | None = None, scope: Mapping | None = None, **values
) -> Window:
    """Other times, words or conditions; `scope` replaces all conditions."""
    window = _locked(pk, version)
    changes = {}
    for field in FIELDS:
        if field in values:
            new = sorted(set(values[field])) if field == "weekdays" else values[field]
            old = getattr(window, field)
            if new != old:
                changes[field] = [_plain(old), _plain(new)]
                setattr(window, field, new)
    given = _conditions(scope) if scope is not None else None
    _check(window, given if given is not None else list(window.conditions.all()))
    if given is not None:
        before = sorted(str(row) for row in window.conditions.all())
        if before != sorted(str(row) for row in given):
            changes["conditions"] = [before[:50], sorted(str(row) for row in given)[:50]]
            window.conditions.all().delete()
            _write(window, given)
    if changes:
        window.version += 1
        window.save()
        log.write("window.changed", window, actor=actor, changes=changes)
        _changed()
    return window


@transaction.atomic
def call_off(pk: int, *, actor: User | None, reason: str = "", version: int | None = None) -> Window:
    """It does not take place, or no more; it is kept to be read."""
    window = _locked(pk, version)
    window.cancelled_at, window.cancel_reason, window.version = now(), reason[:200], window.version + 1
    window.save(update_fields=["cancelled_at", "cancel_reason", "version"])
    log.write("window.called_off", window, actor=actor, data={"reason": window.cancel_reason})
    _changed()
    return window


@transaction.atomic
def end_now(pk: int, *, actor: User | None) -> Window:
    """The work is done: a window that runs, once, ends at this minute."""
    window, at = _locked(pk, None), now()
    if window.repeats != Window.Repeats.ONCE or not window.starts_at < at < window.ends_at:
        raise IllegalMove(_("Only a single window that runs ends now."))
    before, window.ends_at, window.version = window.ends_at, at, window.version + 1
    window.save(update_fields=["ends_at", "version"])
    log.write("window.ended", window, actor=actor, changes={"ends_at": [_plain(before), _plain(at)]})
    _changed()
    return window


def _locked(pk: int, version: int | None) -> Window:
    window = Window.objects.select_for_update(no_key=True).get(pk=pk)
    if version is not None and version != window.version:
        raise StaleVersion()
    if window.cancelled_at:
        raise IllegalMove(_("It was called off."))
    return window


def _check_twin(window: Window, conditions: list[Condition]) -> None:
    """DomainError when the same person has just planned the same: a form that was sent twice makes one window."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7021, %s)", [window.organisation_id])
    names = ("organisation_id", "created_by", "kind", "name", "reason", "record_id", *TIMES)
    same = {name: getattr(window, name) for name in names}
    about = {(each.about, each.text, each.item_id, each.site_id) for each in conditions}
    for twin in Window.objects.filter(**same, cancelled_at=None, created_at__gt=now() - TWINS):
        if set(twin.conditions.values_list("about", "text", "item_id", "site_id")) == about:
            raise DomainError(_("You have planned the same just now."))


def _check(window: Window, conditions: list[Condition]) -> None:
    if not window.name.strip():
        raise DomainError(_("Give it a name."), field="name")
    window.name = " ".join(window.name.split())
    # Two times of one zone are compared by their clocks, which go back and forward: instants are not.
    window.starts_at, window.ends_at = window.starts_at.astimezone(UTC), window.ends_at.astimezone(UTC)
    if window.ends_at <= window.starts_at:
        raise DomainError(_("It ends before it begins."), field="ends_at")
    if window.time_zone not in available_timezones():
        raise DomainError(_("This time zone is not known."), field="time_zone")
    if window.repeats == Window.Repeats.ONCE:
        if window.ends_at - window.starts_at > LONGEST_ONCE:
            raise DomainError(_("A window lasts a year at most."), field="ends_at")
        window.every, window.until, window.weekdays = 1, None, []
    elif window.ends_at - window.starts_at > timedelta(days=LONGEST[window.repeats], hours=1):
        raise DomainError(_("It would begin again before it has ended."), field="ends_at")
    elif _on_the_clock(window.ends_at, window) <= _on_the_clock(window.starts_at, window):
        # In the night in which the clocks go back an hour comes twice: no other night could have such a window.
        raise DomainError(_("It ends before it begins."), field="ends_at")
    if window.repeats != Window.Repeats.WEEKLY:
        window.weekdays = []
    if not 1 <= window.every <= 99:
        raise DomainError(_("Write a number from 1 to 99."), field="every")
    if window.until and window.until < window.starts_at.date():
        raise DomainError(_("It would end before it begins."), field="until")
    if window.kind == Window.Kind.MAINTENANCE and not conditions:
        raise DomainError(_("Say what the maintenance is about: the whole organisation is too much."), field="classes")
    if len(conditions) > MOST_CONDITIONS:
        raise DomainError(
            _("Too many conditions: %(most)s at most. Choose a class, a site or a tag.") % {"most": MOST_CONDITIONS},
            field="items",
        )


def _on_the_clock(at: datetime, window: Window) -> datetime:
    return at.astimezone(ZoneInfo(window.time_zone)).replace(tzinfo=None)


def _conditions(scope: Mapping) -> list[Condition]:
    found = []
    for aspect, about in ASPECTS.items():
        for value in dict.fromkeys(scope.get(aspect) or ()):
            if about == Condition.About.SITE:
                found.append(Condition(about=about, site_id=value))
            elif about in (Condition.About.SERVICE, Condition.About.ITEM):
                found.append(Condition(about=about, item_id=value))
            elif str(value).strip():
                found.append(Condition(about=about, text=str(value).strip()[:80]))
    return found


def _write(window: Window, conditions: list[Condition]) -> None:
    for row in conditions:
        row.window = window
    Condition.objects.bulk_create(conditions)


def _plain(value):
    return value.isoformat() if isinstance(value, (datetime, date)) else value


def _changed() -> None:
    """Every process reads the windows again, this one at once."""
    versions.bump(VERSION)
    windows.forget()
    transaction.on_commit(windows.forget)


@transaction.atomic
def renew_feed(user: User, *, actor: User) -> str:
    """A new secret address for the person's calendar of windows, shown once; the one before is dead."""
    token = secrets.token_urlsafe(32)
    PlanningFeed.objects.update_or_create(user=user, defaults={"digest": _digest(token), "made_at": now()})
    log.write("person.planning_feed_renewed", user, actor=actor)
    return token


@transaction.atomic
def end_feed(user: User, *, actor: User) -> None:
    """Nobody reads the windows without signing in any more."""
    gone, _rows = PlanningFeed.objects.filter(user=user).delete()
    if gone:
        log.write("person.planning_feed_ended", user, actor=actor)


def person_of(token: str) -> User | None:
    """Whose calendar a secret address is."""
    return User.objects.filter(planning_feed__digest=_digest(token), is_active=True).first()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
