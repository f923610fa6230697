"""Where a source says something else than what stands: kept on its claim, so that health is one query over all items."""

from collections.abc import Iterable
from typing import Any

from ..models import Claim, ConfigurationItem
from .candidates import ATTRIBUTE, COLUMNS
from .precedence import EMPTY, ranks

FOREIGN = ("organisation", "site", "support_team", "owner", "user")


def flat(item: ConfigurationItem) -> dict[str, Any]:
    """What stands in an item, in the terms of a claim: ids, dates as text, attributes by "attributes.<name>"."""
    columns = {n: getattr(item, f"{n}_id" if n in FOREIGN else n) for n in COLUMNS}
    until = item.end_of_support_on
    columns["end_of_support_on"] = until.isoformat() if hasattr(until, "isoformat") else until or None
    return columns | {ATTRIBUTE + name: value for name, value in item.attributes.items()}


def between(stands: dict[str, Any], claim: Claim) -> dict[str, list]:
    """{field: [what stands, what the source says]} where they differ, but for what a person has settled.

    A source that says nothing of a field contradicts nobody; one that says something new is listened to again.
    """
    return {
        name: [stands.get(name), said]
        for name, said in claim.values.items()
        if said not in EMPTY and said != stands.get(name) and claim.settled.get(name) != said
    }


def follow(item: ConfigurationItem, *, by_hand: bool = False) -> None:
    """Note anew what differs, after the item changed. Hold its lock. What people decided follows what people type."""
    stands, changed, hand = flat(item), [], ranks.get().hand
    for claim in Claim.objects.filter(item=item).only("source_id", "values", "conflicts", "settled"):
        before = (claim.values, claim.conflicts)
        if by_hand and claim.source_id == hand:
            claim.values = {name: stands.get(name) for name in claim.values}
        claim.conflicts = between(stands, claim)
        if (claim.values, claim.conflicts) != before:
            changed.append(claim)
    if changed:
        Claim.objects.bulk_update(changed, ["values", "conflicts"])


def of_claims(item: ConfigurationItem, claims: Iterable[Claim]) -> dict[str, dict[int, Any]]:
    """{field: {source: what it says}} of the fields about which a source that still sees the item says otherwise."""
    stands, here = flat(item), [claim for claim in claims if claim.missing_since is None]
    disputed = {name for claim in here for name in between(stands, claim)}
    return {
        name: {c.source_id: c.values[name] for c in here if c.values.get(name) not in EMPTY}
        for name in [*(n for n in stands if n in disputed), *sorted(disputed - set(stands))]
    }
