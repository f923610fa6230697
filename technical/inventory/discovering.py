"""Discoveries: kept by services, done in steps by a worker, a step a transaction; stopped between two steps."""

import ipaddress
import logging
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.cmdb.intake import runs
from itsm.cmdb.intake.candidates import Candidate
from itsm.cmdb.intake.reading import storable
from itsm.core import now, sealing
from itsm.core.errors import DomainError, IllegalMove

from .. import tasks
from . import devices, snmp
from .models import Discovery
from .snmp_login import SHORTEST_KEY, SnmpUser

logger = logging.getLogger(__name__)
PURPOSE, KEYS = "snmp community", "snmp keys"
# A step of 128 addresses takes up to 16 seconds; a broker gives a task that lasts an hour to a second worker.
MOST_ADDRESSES = 4_096
STEP = 128
# A worker that died leaves a discovery "under way": after this another one takes it up from the start.
FORGOTTEN = timedelta(minutes=45)
S = Discovery.State


def networks_of(text: str) -> list[str]:
    """Ranges of a text, one a line or between commas. DomainError names the one that is none."""
    found = []
    for word in text.replace(",", "\n").split():
        try:
            found.append(ipaddress.ip_network(word, strict=False))
        except ValueError as error:
            raise DomainError(
                _("“%(text)s” is no network such as 192.0.2.0/24.") % {"text": word[:50]}, field="ranges"
            ) from error
    if not found:
        raise DomainError(_("Write at least one network."), field="ranges")
    if sum(net.num_addresses for net in found) > MOST_ADDRESSES:
        raise DomainError(_("These are more than %(count)s addresses.") % {"count": MOST_ADDRESSES}, field="ranges")
    return [str(net) for net in found]


def addresses_of(ranges: list[str]) -> Iterator[str]:
    """Each address once; of a network neither its own nor the broadcast address."""
    seen: set[str] = set()
    for text in ranges:
        net = ipaddress.ip_network(text)
        for address in net.hosts() if net.num_addresses > 2 else net:
            if str(address) not in seen:
                seen.add(str(address))
                yield str(address)


@transaction.atomic
def save(discovery: Discovery, *, actor, community: str = "", auth_key: str = "", priv_key: str = "") -> Discovery:
    """Add a discovery or change it; an empty secret leaves the one that is kept. What the version does not need is dropped."""
    is_new = discovery.pk is None
    _seal(discovery, {"community": community, "auth_key": auth_key, "priv_key": priv_key})
    discovery.next_at = discovery.next_at or now()
    try:
        with transaction.atomic():
            discovery.save()
    except IntegrityError as error:
        raise DomainError(_("Another discovery has this name."), field="name") from error
    log.write(
        "discovery.created" if is_new else "discovery.changed", ("discovery", discovery.pk, discovery.name), actor=actor
    )
    return discovery


def _seal(row: Discovery, given: dict[str, str]) -> None:
    """The secrets of its version, sealed; DomainError names what is missing."""
    if row.version == Discovery.Version.V2C:
        wanted = {"community"}
        row.user = row.auth_protocol = row.priv_protocol = row.context = ""
    else:
        row.user = row.user.strip()
        wanted = {f"{part}_key" for part in ("auth", "priv") if getattr(row, f"{part}_protocol")}
        if not row.user:
            raise DomainError(_("Write the user."), field="user")
        if wanted == {"priv_key"}:
            raise DomainError(_("Encryption needs authentication: choose one."), field="auth_protocol")
    for name, secret in given.items():
        if name not in wanted:
            setattr(row, name, "")
            continue
        if secret and name != "community" and len(secret) < SHORTEST_KEY:
            raise DomainError(_("A key has %(n)s characters at least.") % {"n": SHORTEST_KEY}, field=name)
        if secret:
            setattr(row, name, sealing.seal(secret, purpose=PURPOSE if name == "community" else KEYS))
        if not getattr(row, name):
            raise DomainError(_("Write the community.") if name == "community" else _("Write the key."), field=name)


def access_of(row: Discovery) -> dict[str, Any]:
    """As whom its devices are asked. The secrets of the answer go to the devices and nowhere else."""
    if row.version == Discovery.Version.V2C:
        return {"community": sealing.unseal(row.community, purpose=PURPOSE), "port": row.port}
    keys = {
        name: sealing.unseal(getattr(row, name), purpose=KEYS) if getattr(row, name) else ""
        for name in ("auth_key", "priv_key")
    }
    user = SnmpUser(row.user, auth=row.auth_protocol, priv=row.priv_protocol, context=row.context, **keys)
    return {"user": user, "port": row.port}


@transaction.atomic
def ask(discovery: Discovery, *, actor) -> None:
    """Begin now."""
    row = Discovery.objects.select_for_update(no_key=True).get(pk=discovery.pk)
    if row.state == S.RUNNING and row.began_at and row.began_at > now() - FORGOTTEN:
        raise IllegalMove(_("It is under way already."))
    _begin(row)
    log.write("discovery.asked", ("discovery", row.pk, row.name), actor=actor)
    tasks.discover.delay_on_commit(row.pk)


def _begin(row: Discovery) -> None:
    row.state, row.began_at, row.ended_at = S.RUNNING, now(), None
    row.asked = row.answered = row.refused = 0
    row.fault = ""
    row.next_at = now() + timedelta(hours=row.every_hours)
    row.save(update_fields=["state", "began_at", "ended_at", "asked", "answered", "refused", "next_at", "fault"])


@transaction.atomic
def stop(discovery: Discovery, *, actor) -> None:
    """After the step that is under way."""
    if Discovery.objects.filter(pk=discovery.pk, state=S.RUNNING).update(state=S.STOPPED, ended_at=now()):
        log.write("discovery.stopped", ("discovery", discovery.pk, discovery.name), actor=actor)


def sweep() -> int:
    """Beat: begin those that are due, and take up what a dead worker left. How many."""
    count = 0
    due = Q(next_at__lte=now()) & ~Q(state=S.RUNNING)
    left = Q(state=S.RUNNING, began_at__lt=now() - FORGOTTEN)
    for pk in Discovery.objects.filter(due | left, is_active=True).values_list("pk", flat=True):
        with transaction.atomic():
            row = (
                Discovery.objects.select_for_update(skip_locked=True, no_key=True)
                .filter(due | left, pk=pk, is_active=True)
                .first()
            )
            if row is not None:
                _begin(row)
                tasks.discover.delay_on_commit(pk)
                count += 1
    return count


def discover(pk: int) -> Discovery:
    """Ask every address of a discovery. What answers is a device; who does not answer says nothing about what is there.

    What breaks off is stopped, with the reason; it begins again when it is due.
    """
    try:
        return _discover(pk)
    except Exception as error:
        logger.exception("The discovery %s broke off.", pk)
        why = str(error.message) if isinstance(error, DomainError) else f"{type(error).__name__}: {error}"
        text = _("It broke off: %(why)s") % {"why": why}
        Discovery.objects.filter(pk=pk, state=S.RUNNING).update(
            state=S.STOPPED, ended_at=now(), fault=storable(text)[:500]
        )
        return Discovery.objects.get(pk=pk)


def _candidate(scan: snmp.Scan) -> Candidate | None:
    try:
        return devices.candidate(scan)
    except Exception:  # one odd device is no reason not to take the others
        logger.exception("What %s says over SNMP cannot be understood.", scan.address)
        return None


def _discover(pk: int) -> Discovery:
    row = Discovery.objects.select_related("source__organisation").get(pk=pk)
    access, addresses = access_of(row), addresses_of(row.ranges)
    while row.state == S.RUNNING and (step := list(islice(addresses, STEP))):
        answers = snmp.poll([snmp.Access(address, **access) for address in step])
        scans = [answer for answer in answers if isinstance(answer, snmp.Scan)]
        with transaction.atomic():
            found = [candidate for scan in scans if (candidate := _candidate(scan))]
            if found:
                runs.take(row.source, found, format="snmp", name=f"{row.name} ({step[0]})")
            row.asked, row.answered = row.asked + len(step), row.answered + len(scans)
            row.refused += sum(isinstance(answer, snmp.Refused) for answer in answers)
            Discovery.objects.filter(pk=pk).update(asked=row.asked, answered=row.answered, refused=row.refused)
        row.refresh_from_db(fields=["state"])
    Discovery.objects.filter(pk=pk, state=S.RUNNING).update(state=S.IDLE, ended_at=now())
    row.refresh_from_db()
    return row
