"""Items and services change here: one transaction, the item's lock, history, audit, outbox."""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.audit.models import Entry
from itsm.core import now, versions
from itsm.core.errors import DomainError, StaleVersion
from itsm.core.folding import fold
from itsm.notify import outbox
from itsm.people.naming import belongs_to

from . import bringing, lifecycle, references, snapshots
from .classes import validate
from .impact import GRAPH
from .intake import differences, identifying
from .models import ConfigurationItem, Outage, Service
from .validating import refuse_long

MOMENT = timedelta(seconds=1)
RETIRED = ConfigurationItem.Status.RETIRED
EDITABLE = {
    "ci_class",
    "key",
    "name",
    "status",
    "state",
    "criticality",
    "environment",
    "organisation",
    "site",
    "support_team",
    "owner",
    "user",
    "serial",
    "asset_tag",
    "end_of_support_on",
    "live_on",
    "attributes",
    "last_seen_at",
}
AT_CREATION = (EDITABLE | {"source", "external_id"}) - {"ci_class", "key", "name", "attributes"}
SERVICE_EDITABLE = {
    "customer",
    "owner",
    "agreed_hours",
    "availability_target",
    "stage",
    "live_on",
    "retired_on",
    "public",
    "time_required",
    "description_fr",
    "description_en",
}
KEY_ATTEMPTS = 3
PEOPLE = ("owner", "user")


@transaction.atomic
def create_ci(
    *, actor, ci_class: str, name: str, key: str = "", attributes: dict | None = None, reason: str = "",
    within: frozenset[int] | None = None, **fields,
) -> ConfigurationItem:  # fmt: skip
    """Add an item. DomainError for an unknown class, a bad attribute, or a name or key that is taken.

    `within`: where nobody acts, the organisations whose items its attributes may name.
    """
    _refuse_unknown(set(fields) - AT_CREATION)
    among = references.reach(actor, within)
    attributes = references.resolved(ci_class, attributes or {}, among)
    validate(ci_class, attributes)
    if _by_hand(actor, fields):
        refuse_long(ci_class, attributes, {})
    _refuse_strangers(fields, fields.get("organisation"))
    item = ConfigurationItem(ci_class=ci_class, name=name.strip(), key=key.strip(), attributes=attributes, **fields)
    references.check(item, among)
    lifecycle.began(item, item.created_at)
    if _by_hand(actor, fields):
        item.confirmed_at = item.created_at
    if item.key:
        _save(item, force_insert=True)
    else:
        _insert_with_key(item)
    identifying.keep([item])
    snapshots.keep_item(item, actor=actor, at=item.created_at, reason=reason)
    _tell("ci.created", item, actor, {}, reason)
    return item


@transaction.atomic
def update_ci(
    pk: int, *, actor, version: int | None = None, reason: str = "", at: datetime | None = None,
    within: frozenset[int] | None = None, **fields,
) -> ConfigurationItem:  # fmt: skip
    """Change an item. StaleVersion when somebody was faster; what is already so changes nothing, not even the version.

    A retired item takes no change but that of its status.
    """
    _refuse_unknown(set(fields) - EDITABLE)
    item = locked(pk)
    if version is not None and version != item.version:
        raise StaleVersion(data={"version": item.version})
    if item.status == RETIRED and (set(fields) - {"status"} or fields["status"] == RETIRED):
        raise DomainError(retired_text(item))
    bringing.catch_up(item)
    before, was, at = snapshots.of_item(item), item.status, at or now()
    known_by, among = identifying.of_item(item), references.reach(actor, within)
    if "attributes" in fields:
        code = fields.get("ci_class", item.ci_class)
        fields["attributes"] = references.resolved(code, fields["attributes"], among)
    for name, value in fields.items():
        setattr(item, name, value)
    if snapshots.of_item(item) == before:
        ConfigurationItem.objects.filter(pk=pk).update(last_seen_at=item.last_seen_at)
        return item
    validate(item.ci_class, item.attributes)
    if _by_hand(actor, fields):
        refuse_long(item.ci_class, item.attributes, before["attributes"])
    _refuse_strangers(
        {n: v for n, v in fields.items() if n in PEOPLE and v and v.pk != before[f"{n}_id"]}, item.organisation
    )
    references.check(item, among, before["attributes"])
    lifecycle.follow(item, was, at)
    item.version += 1
    item.updated_at = at
    by_hand = _by_hand(actor, fields)
    if by_hand:
        item.confirmed_at = at
    _save(item)
    identifying.follow(item, known_by)
    differences.follow(item, by_hand=by_hand)
    service = _follow_life(item, was, at) if item.status != was else None
    changes = snapshots.keep_item(item, actor=actor, at=at, reason=reason, service=service)
    _tell("ci.changed", item, actor, changes, reason)
    return item


@transaction.atomic
def forget_set_aside(pk: int, name: str, *, actor) -> ConfigurationItem:
    """A value that a newer version of the class could not take is not needed any more; the history keeps it."""
    item = locked(pk)
    if item.status == RETIRED:
        raise DomainError(retired_text(item))
    if name in item.set_aside:
        item.set_aside = {key: kept for key, kept in item.set_aside.items() if key != name}
        item.save(update_fields=["set_aside"])
        log.write("ci.set_aside_forgotten", ("ci", item.pk, item.name), actor=actor, data={"attribute": name})
    return item


@transaction.atomic
def catch_up(pk: int) -> None:
    """Bring an item to the version of its class, before somebody looks at it to change it."""
    bringing.catch_up(locked(pk))


def _refuse_strangers(fields: dict, organisation) -> None:
    """An item is nobody's outside its organisation's house: neither its owner's nor its user's."""
    for name in PEOPLE:
        person = fields.get(name)
        if person is not None and not belongs_to(person, organisation.pk if organisation else None):
            text = _("“%(login)s” is of another organisation than the item.")
            raise DomainError(text % {"login": person.username}, field=name)


def _by_hand(actor, fields: dict) -> bool:
    """Did a person say so, who looked? What a source says brings the instant at which it saw the item."""
    return actor is not None and "last_seen_at" not in fields and set(fields) != {"state"}


@transaction.atomic
def confirm_ci(pks: list[int], *, actor, at: datetime, data: dict | None = None) -> None:
    """Somebody looked at items and found them right; nothing else of them changes."""
    rows = list(ConfigurationItem.objects.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True))
    ConfigurationItem.objects.filter(pk__in=pks).update(confirmed_at=at)
    Entry.objects.bulk_create(
        [log.build("ci.confirmed", ("ci", i.pk, i.name), actor=actor, at=at, data=data) for i in rows]
    )


def retire_ci(pk: int, *, actor, reason: str, version: int | None = None) -> ConfigurationItem:
    """Out of the lists to choose from, never out of the history; its outages end, its service is offered no more."""
    if not reason.strip():
        raise DomainError(_("Say why it is retired."), field="reason")
    return update_ci(pk, actor=actor, version=version, reason=reason, status=RETIRED)


def set_state(pk: int, state: str, *, actor, reason: str = "") -> ConfigurationItem:
    """How the item is doing now."""
    return update_ci(pk, actor=actor, reason=reason, state=state)


@transaction.atomic
def create_service(
    *,
    actor,
    name: str,
    key: str = "",
    ci_class: str = "it_service",
    service: dict[str, Any] | None = None,
    reason: str = "",
    **item,
) -> Service:
    """Add a service: `item` are the fields of its configuration item, `service` its own (customer, owner, ...)."""
    made = create_ci(actor=actor, ci_class=ci_class, name=name, key=key, reason=reason, **item)
    return offer_service(made, actor=actor, reason=reason, **(service or {}))


@transaction.atomic
def offer_service(item: ConfigurationItem, *, actor, reason: str = "", **fields) -> Service:
    """Make an item that is there already a service."""
    _refuse_unknown(set(fields) - SERVICE_EDITABLE)
    item = locked(item.pk)
    if Service.objects.filter(pk=item.pk).exists():
        raise DomainError(_("“%(name)s” is a service already.") % {"name": item.name})
    row, at = Service.objects.create(item=item, **fields), now()
    changes = snapshots.keep_item(item, actor=actor, at=at, reason=reason, service=snapshots.of_service(row))
    _tell("ci.changed", item, actor, changes, reason)
    return row


@transaction.atomic
def update_service(pk: int, *, actor, version: int | None = None, reason: str = "", **fields) -> Service:
    """Change what a service has beside its item. `version` is that of the item, which both share."""
    _refuse_unknown(set(fields) - SERVICE_EDITABLE)
    item = locked(pk)
    if version is not None and version != item.version:
        raise StaleVersion(data={"version": item.version})
    if item.status == RETIRED:
        raise DomainError(retired_text(item))
    row = Service.objects.get(pk=pk)
    for name, value in fields.items():
        setattr(row, name, value)
    at = now()
    changes = snapshots.keep_item(item, actor=actor, at=at, reason=reason, service=snapshots.of_service(row))
    if changes:
        row.save(update_fields=list(fields))
        item.version, item.updated_at = item.version + 1, at
        item.save(update_fields=["version", "updated_at"])
        _tell("ci.changed", item, actor, changes, reason)
    row.item = item
    return row


def retired_text(item: ConfigurationItem) -> str:
    """Why nothing else can be done to it."""
    return _("“%(name)s” is retired: put it back in service first.") % {"name": item.name}


def locked(pk: int) -> ConfigurationItem:
    """The item under its row lock, inside the caller's transaction."""
    return ConfigurationItem.objects.select_for_update(no_key=True).get(pk=pk)


def _follow_life(item: ConfigurationItem, was: str, at: datetime) -> dict | None:
    """A service ends and comes back with its item. Returns its part of the snapshot."""
    if item.status == RETIRED:
        for outage in Outage.objects.filter(item=item, ends_at=None):
            outage.ends_at = max(at, outage.starts_at + MOMENT)
            outage.save(update_fields=["ends_at"])
    row = Service.objects.filter(pk=item.pk).first()
    if row is None or RETIRED not in (item.status, was):
        return None
    retired = item.status == RETIRED
    row.stage = Service.Stage.RETIRED if retired else Service.Stage.LIVE
    row.retired_on = timezone.localtime(at).date() if retired else None
    row.save(update_fields=["stage", "retired_on"])
    return snapshots.of_service(row)


def _refuse_unknown(names: set[str]) -> None:
    if names:
        raise DomainError(_("These fields cannot be changed: %(fields)s.") % {"fields": ", ".join(sorted(names))})


def _insert_with_key(item: ConfigurationItem) -> None:
    """A key made of the name; another one when somebody takes it at the same time."""
    for attempt in range(KEY_ATTEMPTS):
        item.key = key_of(item.name)
        if attempt == KEY_ATTEMPTS - 1:  # too many at once to go by numbers
            item.key += f"-{get_random_string(6).lower()}"
        try:
            _save(item, force_insert=True)
        except DomainError as error:
            if error.field != "key":
                raise
        else:
            return
    raise DomainError(_("Another item has this key."), field="key")


def key_of(name: str) -> str:
    """A free key made of the name, with a number when others have it."""
    base = "-".join("".join(c if c.isalnum() else " " for c in fold(name)).split())[:70] or "ci"
    taken = set(ConfigurationItem.objects.filter(key__startswith=base).values_list("key", flat=True))
    key, n = base, 1
    while key in taken:
        n += 1
        key = f"{base}-{n}"
    return key


def _save(item: ConfigurationItem, **more) -> None:
    try:
        with transaction.atomic():
            item.save(**more)
    except IntegrityError as error:
        raise explain(error) from error


def explain(error: IntegrityError) -> DomainError:
    """What the database refused, in words."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    texts = {
        "ci_key_unique": (_("Another item has this key."), "key"),
        "ci_name_unique_while_in_use": (_("An item of this class already has this name."), "name"),
        "ci_external_unique": (_("Another item already stands for this one in its source."), "external_id"),
        "ci_has_name_and_key": (_("A name is needed."), "name"),
        "ci_criticality_1_to_4": (_("Criticality goes from 1 to 4."), "criticality"),
        "ci_status_known": (_("There is no such status."), "status"),
        "ci_state_known": (_("There is no such state."), "state"),
    }
    text, field = texts.get(name, (_("This item cannot be saved as it is."), None))
    return DomainError(text, field=field)


def _tell(topic: str, item: ConfigurationItem, actor, changes: dict, reason: str) -> None:
    log.write(
        topic, ("ci", item.pk, item.name), actor=actor, changes=changes, data={"reason": reason} if reason else None
    )
    outbox.put(topic, payload={"item": item.pk, "changes": changes, "actor": actor.pk if actor else None})
    if "status" in changes:
        versions.bump(GRAPH)
