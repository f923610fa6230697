"""Many items changed at once: each by the same service as alone, each with its result, whoever may not change it left out."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from itsm.core.errors import DomainError
from itsm.people.models import Site, Team, User

from . import bringing, runs
from .again import after_deadlock
from .changing import locked, update_ci
from .models import ConfigurationItem, ItemRun, ItemRunRow
from .specs import classes

MOST = 5_000
CHUNK = 50
PLACES = {"support_team": Team, "site": Site, "owner": User}


def begin(
    ids: list[int], values: dict[str, Any], *, actor, reason: str, token: str, language: str = "", back: str = ""
) -> ItemRun:
    """A run over these items. `values`: plain fields, ids of places and people, `attributes`. The same token is the same run."""
    if not values:
        raise DomainError(_("Say what is to change."))
    wanted = sorted(set(ids))[:MOST]
    params = {"ids": wanted, "values": values, "reason": reason[:200], "language": language, "back": back}
    try:
        with transaction.atomic():
            return ItemRun.objects.create(
                kind=ItemRun.Kind.EDIT, actor=actor, token=token, params=params, total=len(wanted)
            )
    except IntegrityError:
        return ItemRun.objects.get(actor=actor, token=token)


@runs.worker(ItemRun.Kind.EDIT)
def _chunk(run: ItemRun) -> bool:
    ids = [pk for pk in run.params["ids"] if pk > run.cursor]
    now, rest = ids[:CHUNK], ids[CHUNK:]
    values = _read(run.params["values"])
    editable = set(ConfigurationItem.objects.editable_by(run.actor).filter(pk__in=now).values_list("pk", flat=True))
    for pk in now:
        ok, message = False, _("You may not change it.")
        if pk in editable:
            ok, message = change_one(pk, values, actor=run.actor, reason=run.params["reason"])
        run.failed += not ok
        run.changed += ok and not message
        if ok or pk in editable or ConfigurationItem.objects.filter(pk=pk).exists():
            ItemRunRow.objects.create(run=run, item_id=pk, ok=ok, message=message[:300])
    run.done += len(now)
    run.cursor = now[-1] if now else run.cursor
    return bool(rest)


def change_one(pk: int, values: dict[str, Any], *, actor, reason: str) -> tuple[bool, str]:
    """Whether the item is as it should be now, and why not, or that it was so already.

    It is read under its lock: what others change of it meanwhile is no conflict.
    """
    try:
        return after_deadlock(lambda: _change(pk, values, actor=actor, reason=reason))
    except DomainError as error:
        return False, str(error)


@transaction.atomic
def _change(pk: int, values: dict[str, Any], *, actor, reason: str) -> tuple[bool, str]:
    item, fields = locked(pk), dict(values)
    if "attributes" in fields:
        bringing.catch_up(item)
        spec = classes.get().get(item.ci_class)
        known = {name: value for name, value in fields["attributes"].items() if spec and name in spec.properties}
        if not known and len(fields) == 1:
            return False, _("Its class has no such attribute.")
        fields["attributes"] = {n: v for n, v in (item.attributes | known).items() if v is not None}
    before = item.version
    changed = update_ci(pk, actor=actor, reason=reason, **fields)
    return True, "" if changed.version != before else _("It was so already.")


def _read(values: dict[str, Any]) -> dict[str, Any]:
    """Ids become what they stand for."""
    return {
        name: PLACES[name].objects.filter(pk=value).first() if name in PLACES and value else value
        for name, value in values.items()
    }
