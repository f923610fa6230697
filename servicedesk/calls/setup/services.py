"""Everything that changes an exchange and the ways its messages are read. One function is one transaction and one audit entry."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import sealing, versions
from itsm.core.errors import DomainError, StaleVersion
from itsm.gateway.webhooks import reaching

from ..adapters.base import PURPOSE
from ..cti import reading
from ..models import CallMapping, Exchange

TOPIC = "call-mappings"
FIELDS = ("adapter", "reply", "order_url", "host", "port", "username", "channel", "context", "dialplan")
SECRETS = ("secret", "order_secret")


@transaction.atomic
def set_exchange(source, *, actor, version: int | None = None, **fields) -> Exchange:
    """How a source of kind `cti` is spoken to. An empty secret leaves the one that is kept."""
    if source.kind != "cti":
        raise DomainError(_("This source is no telephone exchange."))
    row = Exchange.objects.select_for_update(no_key=True).filter(source=source).first() or Exchange(source=source)
    if version is not None and row.pk and version != row.version:
        raise StaleVersion(data={"version": row.version})
    if fields.get("order_url"):
        fields["order_url"] = reaching.checked_url(fields["order_url"], allow_private=True)
    if fields.get("adapter", row.adapter) == Exchange.Adapter.AMI and not fields.get("host", row.host):
        raise DomainError(_("Write the host of the exchange."), field="host")
    changes = {
        name: [getattr(row, name), fields[name]]
        for name in FIELDS
        if name in fields and fields[name] != getattr(row, name)
    }
    for name, (_before, after) in changes.items():
        setattr(row, name, after)
    for name in SECRETS:
        if fields.get(name):
            setattr(row, name, sealing.seal(fields[name], purpose=PURPOSE))
            changes[name] = ["", "***"]
    row.version = row.version + 1 if row.pk else 1
    row.save()
    log.write("exchange.changed", ("exchange", row.pk, source.name), actor=actor, changes=changes)
    return row


@transaction.atomic
def set_mapping(*, actor, code: str, name: str, position: int, active: bool, spec: dict) -> CallMapping:
    """Teach a dialect, or change one that the product brings."""
    check(spec)
    try:
        with transaction.atomic():
            row, made = CallMapping.objects.update_or_create(
                code=code, defaults={"name": name, "position": position, "active": active, "spec": spec}
            )
    except IntegrityError as error:
        raise DomainError(_("Give it a code and a name.")) from error
    log.write("call_mapping.created" if made else "call_mapping.changed", ("call_mapping", row.pk, code), actor=actor)
    versions.bump(TOPIC)
    reading.mappings.forget()
    return row


@transaction.atomic
def forget_mapping(code: str, *, actor) -> None:
    """Back to what the product brings; a dialect of the site's own is gone."""
    row = CallMapping.objects.filter(code=code).first()
    if row is None:
        return
    log.write("call_mapping.removed", ("call_mapping", row.pk, code), actor=actor)
    row.delete()
    versions.bump(TOPIC)
    reading.mappings.forget()


def check(spec) -> None:
    """DomainError for what could never be read."""
    if (
        not isinstance(spec, dict)
        or not isinstance(spec.get("fields"), dict)
        or not isinstance(spec.get("events"), dict)
    ):
        raise DomainError(_("A dialect is an object with “fields” and “events”."), field="spec")
    for name in ("event", "call_id"):
        if not spec["fields"].get(name):
            raise DomainError(_("It does not say where “%(name)s” stands.") % {"name": name}, field="spec")
    if not all(isinstance(v, list) and all(isinstance(each, str) for each in v) for v in spec["fields"].values()):
        raise DomainError(_("Each field has a list of the names it goes by."), field="spec")
    for word, verb in spec["events"].items():
        if str(verb).partition(":")[0] not in reading.VERBS:
            raise DomainError(
                _("“%(word)s” stands for nothing that is known here.") % {"word": word[:40]}, field="spec"
            )
    for name in ("causes", "directions"):
        words = spec.get(name, {})
        if not isinstance(words, dict) or not all(isinstance(each, str) for each in words.values()):
            raise DomainError(_("“%(name)s” is an object of words.") % {"name": name}, field="spec")
    detect = spec.get("detect", [])
    if not isinstance(detect, list) or not all(isinstance(each, dict) and each.get("path") for each in detect):
        raise DomainError(_("Each condition of “detect” has a path."), field="spec")
