"""Many items and relations at once, for the demo, the benchmarks and imports: set-based, with the whole history."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, request_id, versions
from itsm.core.errors import DomainError
from itsm.core.folding import fold
from itsm.notify import outbox

from . import lifecycle, references, snapshots
from .classes import check_relation, validate
from .impact import GRAPH
from .intake import identifying
from .models import CIHistory, ConfigurationItem, Relation, RelationHistory

BATCH = 1000


@transaction.atomic
def bulk_load(
    items: Iterable[ConfigurationItem], relations: Iterable[tuple], *, actor, reason: str
) -> dict[str, ConfigurationItem]:
    """Insert unsaved items, then relations (source key, target key, RelationType, group, need).

    Keys of relations may name items that are there already. All or nothing; DomainError says what is wrong.
    Returns the new items by key.
    """
    rows, links = list(items), list(relations)
    made = _insert_items(rows, actor=actor, reason=reason)
    count = _insert_relations(links, made | _present(links, made), actor=actor, reason=reason)
    data = {"items": len(rows), "relations": count}
    log.write("cmdb.loaded", ("cmdb", None, reason or "bulk"), actor=actor, data=data)
    outbox.put("cmdb.loaded", payload={**data, "actor": actor.pk if actor else None})
    versions.bump(GRAPH)
    return made


def _insert_items(rows: list[ConfigurationItem], *, actor, reason: str) -> dict[str, ConfigurationItem]:
    at = now()
    for item in rows:
        validate(item.ci_class, item.attributes)
        item.sort_key = fold(f"{item.name} {item.key}")[:300]
        item.created_at = item.updated_at = at
        lifecycle.began(item, at)
        item.confirmed_at = item.confirmed_at or (None if item.last_seen_at else at)
    wrong = next(iter(references.faults(rows)), None)
    if wrong:
        raise DomainError(wrong, field="attributes")
    _create(ConfigurationItem, rows)
    identifying.keep(rows)
    stamp = {"actor": actor, "reason": reason[:200], "request_id": request_id.current(), "valid_from": at}
    kept = [CIHistory(item=i, ci_class=i.ci_class, data=snapshots.of_item(i), **stamp) for i in rows]
    CIHistory.objects.bulk_create(kept, batch_size=BATCH)
    return {item.key: item for item in rows}


def _present(links: list[tuple], made: dict[str, ConfigurationItem]) -> dict[str, ConfigurationItem]:
    wanted = {key for source, target, *_rest in links for key in (source, target)} - set(made)
    found = {item.key: item for item in ConfigurationItem.objects.filter(key__in=wanted)} if wanted else {}
    if wanted - set(found):
        missing = ", ".join(sorted(wanted - set(found))[:5])
        raise DomainError(_("There is no item with this key: %(keys)s.") % {"keys": missing})
    return found


def _insert_relations(links: list[tuple], known: dict[str, ConfigurationItem], *, actor, reason: str) -> int:
    at, rows = now(), []
    for source, target, kind, group, need in links:
        if source == target:
            raise DomainError(_("An item cannot depend on itself."))
        check_relation(known[source].ci_class, kind.code, known[target].ci_class)
        rows.append(
            Relation(
                source=known[source],
                target=known[target],
                type=kind,
                group=group,
                need=max(1, need),
                carries_impact=kind.carries_impact,
                created_at=at,
            )
        )
    _create(Relation, rows)
    stamp = {"actor": actor, "reason": reason[:200], "request_id": request_id.current(), "valid_from": at}
    kept = [
        RelationHistory(
            relation_id=r.pk, source_id=r.source_id, target_id=r.target_id, data=snapshots.of_relation(r), **stamp
        )
        for r in rows
    ]
    RelationHistory.objects.bulk_create(kept, batch_size=BATCH)
    return len(rows)


def _create(model, rows: list) -> None:
    try:
        with transaction.atomic():
            model.objects.bulk_create(rows, batch_size=BATCH)
    except IntegrityError as error:
        diag = getattr(error.__cause__, "diag", None)
        detail = getattr(diag, "message_detail", "") or getattr(diag, "message_primary", "") or str(error)
        raise DomainError(_("Nothing was loaded: %(why)s") % {"why": detail}) from error
