"""Decisions become items, claims, identifiers, parts and relations. One batch is one transaction; batches never run side by side.

Two agents of one machine may speak at the same moment: who comes second looks again, under the lock, at what the first one made.
"""

import logging
from collections.abc import Sequence

from django.db import OperationalError, connection, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from itsm.core import now
from itsm.core.errors import DomainError

from .. import changing, relating
from ..changing import RETIRED
from ..classes import classes
from ..drifting import COMPARED, report_drift
from ..models import Claim, ConfigurationItem, Drift, Identifier, IntakeRow, Relation
from . import differences, identifying
from .candidates import ATTRIBUTE, Candidate
from .deciding import FOREIGN, D, Decision, attributes_after, decide
from .kinds import PARTS, TABLES, Delivery
from .precedence import EMPTY

logger = logging.getLogger(__name__)
LOCK_SPACE = 7_121


def lock() -> None:
    """Nobody else writes what sources say until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_SPACE])


def apply(candidates: Sequence[Candidate], delivery: Delivery, chosen: Sequence[int | None]) -> list[Decision]:
    """Do what the candidates say, in the caller's transaction. A refusal of one does not touch the others."""
    lock()
    decisions = decide(
        candidates, delivery.source, within=delivery.within, chosen=chosen, lock=True, actor=delivery.actor
    )
    # In the order of their ids, as everybody locks items.
    order = sorted(range(len(candidates)), key=lambda n: decisions[n].item.pk if decisions[n].item else 2**62 + n)
    for n in order:
        if decisions[n].decision in (D.CREATE, D.UPDATE, D.SAME):
            _do(candidates[n], decisions[n], delivery)
    return decisions


def apply_row(candidate: Candidate, delivery: Delivery) -> tuple[str, str]:
    """The same for a row of another table: (decision, reason) as it came out."""
    try:
        with transaction.atomic():
            decision, reason, _changes = TABLES.get(candidate.kind).look(candidate, delivery)
            if decision not in (D.CREATE, D.UPDATE):
                return decision, reason
            TABLES.get(candidate.kind).write(candidate, delivery)
    except DomainError as error:
        return D.REJECT, str(error)
    except OperationalError:
        raise
    except Exception:
        logger.exception("A row of %s cannot be written.", delivery.source.code)
        return D.REJECT, not_kept()
    return decision, ""


def not_kept() -> str:
    """Why a row is refused about which nobody thought."""
    return _("There is something in it that cannot be kept.")


def _do(candidate: Candidate, decision: Decision, delivery: Delivery) -> None:
    try:
        with transaction.atomic():
            _write(candidate, decision, delivery)
    except DomainError as error:
        decision.decision, decision.reason = D.REJECT, str(error)
    except OperationalError:  # a deadlock, the database going away: the batch is done again
        raise
    except Exception:
        logger.exception("A row of %s cannot be written.", delivery.source.code)
        decision.decision, decision.reason = D.REJECT, not_kept()


def _write(candidate: Candidate, decision: Decision, delivery: Delivery) -> None:
    at = now()
    if decision.decision == D.CREATE:
        decision.item = _create(candidate, decision, delivery)
    elif decision.decision == D.UPDATE:
        fields = _fields(decision)
        if decision.item.status == RETIRED:  # it takes nothing but to come back
            fields = {"status": fields["status"]}
        decision.item = changing.update_ci(
            decision.item.pk, actor=delivery.actor, reason=reason_of(delivery), within=delivery.within, **fields
        )
    item = decision.item
    identifying.keep([item], {item.pk: candidate.identifiers})
    _claim(candidate, decision, delivery, at)
    _tell_differences(item, decision, delivery)
    parts = sum(
        PARTS.get(name).write(item, what, delivery, candidate.is_partial)
        for name, what in candidate.parts.items()
        if name in PARTS
    )
    if parts:
        decision.changes["parts"] = [None, parts]
        if decision.decision == D.SAME:
            decision.decision = D.UPDATE


def reason_of(delivery: Delivery) -> str:
    """What the history says of a change: who said so."""
    return delivery.source.name


def _create(candidate: Candidate, decision: Decision, delivery: Delivery) -> ConfigurationItem:
    values = {n: new for n, (_old, new) in decision.changes.items() if not n.startswith(ATTRIBUTE) and n != "ci_class"}
    columns = {f"{n}_id" if n in FOREIGN else n: value for n, value in values.items() if n != "name"}
    foreign = {n: columns.pop(f"{n}_id") for n in FOREIGN if f"{n}_id" in columns}
    return changing.create_ci(
        actor=delivery.actor, ci_class=candidate.ci_class, name=values["name"],
        attributes=attributes_after(None, decision.changes), reason=reason_of(delivery), last_seen_at=now(), within=delivery.within,
        **columns, **_rows(foreign),
    )  # fmt: skip


def _rows(ids: dict[str, int]) -> dict:
    """Foreign rows by their ids, as the services take them."""
    fields = {n: ConfigurationItem._meta.get_field(n).remote_field.model for n in ids}
    return {n: fields[n].objects.get(pk=pk) for n, pk in ids.items()}


def _fields(decision: Decision) -> dict:
    changes = decision.changes
    plain = {n: new for n, (_old, new) in changes.items() if not n.startswith(ATTRIBUTE) and n not in FOREIGN}
    empty_text = {n: "" for n, v in plain.items() if v is None and n not in ("end_of_support_on", "criticality")}
    foreign = {n: changes[n][1] for n in FOREIGN if n in changes}
    rows = _rows({n: pk for n, pk in foreign.items() if pk}) | {n: None for n, pk in foreign.items() if not pk}
    more = (
        {"attributes": attributes_after(decision.item, changes)}
        if any(n.startswith(ATTRIBUTE) for n in changes)
        else {}
    )
    return {**plain, **empty_text, **rows, **more, "last_seen_at": now()}


def _claim(candidate: Candidate, decision: Decision, delivery: Delivery, at) -> None:
    item, source = decision.item, delivery.source
    claim = Claim.objects.filter(source=source, item=item).first() or Claim(source=source, item=item, first_seen_at=at)
    said = {
        name: value
        for name, value in decision.said.items()
        if name != "organisation" or value != source.organisation_id
    }
    claim.values = _kept(claim, item, decision) | (
        {name: value for name, value in said.items() if value not in EMPTY} if candidate.is_partial else said
    )
    claim.conflicts = differences.between(differences.flat(item), claim)
    if candidate.external_id:
        # The same key at another item: it moved there.
        Claim.objects.filter(source=source, external_id=candidate.external_id).exclude(item=item).update(external_id="")
        claim.external_id = candidate.external_id
    _forget_identifiers(claim, candidate)
    claim.last_seen_at, claim.missing_since, claim.run_id = at, None, delivery.run
    claim.save()
    ConfigurationItem.objects.filter(pk=item.pk).update(last_seen_at=at)


def _kept(claim: Claim, item: ConfigurationItem, decision: Decision) -> dict:
    """What a source said earlier: a delivery without a column takes nothing back of it. What is empty does, in `said`."""
    spec = classes.get().get(item.ci_class)
    return {
        name: value
        for name, value in claim.values.items()
        if (not name.startswith(ATTRIBUTE) or (spec and name.removeprefix(ATTRIBUTE) in spec.properties))
        and not (name == "organisation" and name in decision.said)
    }


def _forget_identifiers(claim: Claim, candidate: Candidate) -> None:
    """Keys that the source told before and no longer tells go, unless another source or the item's own fields have them."""
    told = candidate.identifiers
    if candidate.is_partial:
        claim.identifiers = claim.identifiers | told
        return
    others = Claim.objects.filter(item=claim.item).exclude(source=claim.source).values_list("identifiers", flat=True)
    kept = [told, identifying.of_item(claim.item), *others]
    for kind, values in claim.identifiers.items():
        gone = set(values).difference(*(each.get(kind, ()) for each in kept))
        if gone:
            Identifier.objects.filter(item=claim.item, kind=kind, value__in=gone).delete()
    claim.identifiers = told


def _tell_differences(item: ConfigurationItem, decision: Decision, delivery: Delivery) -> None:
    """What a source says in vain is a difference that somebody decides about; what agrees again leaves that list."""
    source = delivery.source.code
    if not decision.kept and not Drift.objects.filter(item=item, source=source).exists():
        return
    named = {
        f"{name}_id" if name in FOREIGN else name: value for name, value in decision.said.items() if value not in EMPTY
    }
    said = {name: value for name, value in named.items() if name in COMPARED or name.startswith(ATTRIBUTE)}
    report_drift(item.pk, actor=delivery.actor, source=source, said=said)


def relate(
    rows: Sequence[IntakeRow], delivery: Delivery, *, ends: bool = True, kinds: frozenset[str] | None = None
) -> int:
    """The relations that the rows speak of, once all their items are there. Those that the source no longer names end (`ends`).

    `kinds`: the delivery has a column for these, and says nothing of others. None: it speaks of them where a row names
    any, and where it is all there is.
    """
    lock()
    candidates = [(row.item_id, Candidate.of(row.candidate)) for row in rows if row.item_id]
    external = {other for _pk, c in candidates for _kind, other, _way in c.relations}
    found = Claim.objects.filter(source=delivery.source, external_id__in=external)
    targets = _by_key_or_name(external, delivery) | dict(found.values_list("external_id", "item_id"))
    claims = {
        c.item_id: c for c in Claim.objects.filter(source=delivery.source, item_id__in=[pk for pk, _c in candidates])
    }
    wanted = {pk: _wanted(pk, c, targets) for pk, c in candidates}
    touched = {end for several in wanted.values() for source, target, _kind in several for end in (source, target)}
    locked = (
        ConfigurationItem.objects.select_for_update(no_key=True).filter(pk__in=touched | set(wanted)).order_by("pk")
    )
    items = {item.pk: item for item in locked}
    changed = 0
    for pk, candidate in candidates:
        claim = claims.get(pk)
        if claim is None or (candidate.is_partial and not candidate.relations):
            continue
        kept, made = _relations_of(wanted[pk], set(claim.relations), items, delivery)
        changed += made
        speaks = ends and not candidate.is_partial and (kinds is not None or delivery.full or candidate.relations)
        gone = set(claim.relations) - set(kept) if speaks else set()
        if gone and kinds is not None:
            gone = set(Relation.objects.filter(pk__in=gone, type__code__in=kinds).values_list("pk", flat=True))
        for each in sorted(gone):
            relating.unrelate(each, actor=delivery.actor, reason=reason_of(delivery))
            changed += 1
        kept = sorted({*kept, *claim.relations} - gone)
        if claim.relations != kept:
            claim.relations = kept
            claim.save(update_fields=["relations"])
    return changed


def _by_key_or_name(texts: set[str], delivery: Delivery) -> dict[str, int]:
    """Whom a relation goes to, where it is not named by its identifier in the source: by key, else by a name that one item has."""
    if not texts:
        return {}
    rows = ConfigurationItem.objects.in_use()
    if delivery.within is not None:
        rows = rows.filter(organisation_id__in=delivery.within)
    named: dict[str, set[int]] = {}
    lower = {text.casefold() for text in texts}
    for pk, name in rows.alias(_name=Lower("name")).filter(_name__in=lower).values_list("pk", "name"):
        named.setdefault(name.casefold(), set()).add(pk)
    found = {text: next(iter(named[text.casefold()])) for text in texts if len(named.get(text.casefold(), ())) == 1}
    return found | dict(rows.filter(key__in=texts).values_list("key", "pk"))


def _wanted(pk: int, candidate: Candidate, targets: dict[str, int]) -> list[tuple[int, int, str]]:
    ends = [(kind, targets.get(other), way) for kind, other, way in candidate.relations]
    return [
        (pk, other, kind) if way == "to" else (other, pk, kind)
        for kind, other, way in ends
        if other is not None and other != pk
    ]


def _relations_of(
    wanted: list[tuple[int, int, str]], own: set[int], items: dict, delivery: Delivery
) -> tuple[list[int], int]:
    """(ids of those that the source made and still names, how many were made). Those of others are left to them."""
    kept, made = [], 0
    for source, target, kind in wanted:
        present = Relation.objects.filter(source_id=source, target_id=target, type__code=kind).values_list(
            "pk", flat=True
        )
        if present:
            kept += [pk for pk in present if pk in own]
            continue
        try:
            with transaction.atomic():
                reason = reason_of(delivery)
                kept.append(relating.relate(items[source], items[target], kind, actor=delivery.actor, reason=reason).pk)
                made += 1
        except DomainError:  # a class that refuses such a relation: the item itself came in
            continue
    return sorted(kept), made
