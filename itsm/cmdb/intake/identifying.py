"""Which item does a candidate speak of? Several keys are weighed; who is not clear is never guessed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models.functions import Lower

from ..classes import classes
from ..models import Claim, ConfigurationItem, DataSource, Identifier
from .candidates import KINDS, Candidate, identifiers

WEIGHTS = {
    "key": 200,
    "external": 100,
    KINDS.UUID: 90,
    KINDS.SERIAL: 80,
    KINDS.TAG: 70,
    KINDS.MAC: 60,
    KINDS.FQDN: 50,
    "name": 40,
}
# A key that the class itself names counts more than one that it does not.
OWN_KEY = 10
# These belong to one thing for good: two different ones are two things.
FIRM = (KINDS.UUID, KINDS.SERIAL)
AGAINST = 70
ENOUGH, CLEARLY = 40, 30
# A name that so many items have identifies none of them.
MOST_NAMED = 5000


@dataclass
class Match:
    """The item that is meant, or those among which it is not clear."""

    item: ConfigurationItem | None = None
    by: tuple[str, ...] = ()
    rivals: list[int] = field(default_factory=list)
    namesake: ConfigurationItem | None = None
    is_key_taken: bool = False

    @property
    def is_unclear(self) -> bool:
        return bool(self.rivals)


@dataclass
class _Known:
    """What one look at the database found for a batch."""

    claims: dict[str, int] = field(default_factory=dict)
    owners: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    keys: dict[int, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    names: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    items: dict[int, ConfigurationItem] = field(default_factory=dict)
    by_key: dict[str, int] = field(default_factory=dict)


def identify(
    candidates: Sequence[Candidate], source: DataSource, places: Sequence[frozenset[int | None] | None]
) -> list[Match]:
    """The match of each candidate. `places` are the organisations in which each is known by its name (None: anywhere).

    Six queries at most.
    """
    known = _look(candidates, source, None if None in places else frozenset().union(*places))
    return [_match(c, source, place, known) for c, place in zip(candidates, places, strict=True)]


def _look(candidates: Sequence[Candidate], source: DataSource, place: frozenset[int | None] | None) -> _Known:
    known = _Known()
    external = [c.external_id for c in candidates if c.external_id]
    if external:
        rows = Claim.objects.filter(source=source, external_id__in=external)
        known.claims = dict(rows.values_list("external_id", "item_id"))
    values = {value for c in candidates for several in c.identifiers.values() for value in several}
    for item, kind, value in Identifier.objects.filter(value__in=values).values_list("item_id", "kind", "value"):
        known.owners[kind, value].add(item)
    own = {c.key for c in candidates if c.key}
    known.by_key = dict(ConfigurationItem.objects.filter(key__in=own).values_list("key", "pk")) if own else {}
    wanted = set(known.claims.values()).union(known.by_key.values(), *known.owners.values())
    names = {str(c.values.get("name", "")).casefold() for c in candidates} - {""}
    found = {item.pk: item for item in ConfigurationItem.objects.filter(pk__in=wanted)}
    named = ConfigurationItem.objects.alias(_name=Lower("name")).filter(_name__in=names)
    if place is not None:
        named = named.filter(organisation_id__in=[pk for pk in place if pk is not None])
    for item in named.order_by("pk")[:MOST_NAMED]:
        found[item.pk] = item
        known.names[item.name.casefold()].append(item.pk)
    known.items = found
    for item, kind, value in Identifier.objects.filter(item_id__in=found).values_list("item_id", "kind", "value"):
        known.keys[item][kind].add(value)
    return known


def _match(candidate: Candidate, source: DataSource, place: frozenset[int | None] | None, known: _Known) -> Match:
    spec = classes.get().get(candidate.ci_class)
    own = set(spec.identity_keys) if spec else set()
    scores: dict[int, int] = defaultdict(int)
    by: dict[int, list[str]] = defaultdict(list)

    def count(item: int, key: str) -> None:
        scores[item] += WEIGHTS[key] + (OWN_KEY if key in own else 0)
        by[item].append(key)

    allowed = set(source.keys)
    if candidate.key in known.by_key:
        count(known.by_key[candidate.key], "key")
    if candidate.external_id in known.claims:
        count(known.claims[candidate.external_id], "external")
    for kind, values in candidate.identifiers.items():
        if allowed and kind not in allowed:
            continue
        for item in set().union(*(known.owners.get((kind, value), set()) for value in values)):
            count(item, kind)
    named = [known.items[pk] for pk in known.names.get(str(candidate.values.get("name", "")).casefold(), [])]
    named = [item for item in named if place is None or item.organisation_id in place]
    namesakes = [item for item in named if akin(candidate.ci_class, item.ci_class)]
    if not allowed or "name" in allowed:
        for item in namesakes:
            count(item.pk, "name")
    for item in list(scores):
        if not {"key", "external"} & set(by[item]) and _contradicts(candidate, known.keys.get(item, {})):
            scores[item] -= AGAINST
        found = known.items.get(item)
        if found is None or not akin(candidate.ci_class, found.ci_class):
            del scores[item]
    ranked = sorted(((score, item) for item, score in scores.items() if score >= ENOUGH), reverse=True)
    same_name = [i for i in namesakes if i.ci_class == candidate.ci_class and i.status != "retired"]
    namesake = same_name[0] if same_name else None
    if not ranked:
        return Match(namesake=namesake, is_key_taken=candidate.key in known.by_key)
    (best, pk), rest = ranked[0], ranked[1:]
    if rest and best - rest[0][0] < CLEARLY:
        return Match(rivals=[pk, *(item for score, item in rest if best - score < CLEARLY)], namesake=namesake)
    return Match(known.items[pk], tuple(by[pk]), namesake=namesake)


def _contradicts(candidate: Candidate, keys: dict[str, set[str]]) -> bool:
    """Both have such a key, and no value in common."""
    return any(
        keys.get(kind) and candidate.identifiers.get(kind) and not keys[kind] & set(candidate.identifiers[kind])
        for kind in FIRM
    )


def akin(one: str, other: str) -> bool:
    """Could both classes be the same thing? They are of one branch (a server may turn out to be a virtual machine)."""
    known = classes.get()
    if one == other or not one:
        return True
    if one not in known or other not in known:
        return False
    return bool(set(known[one].lineage) & set(known[other].lineage))


def of_item(item: ConfigurationItem) -> dict[str, list[str]]:
    """The identifiers that an item's own fields hold."""
    a = item.attributes
    return identifiers(
        serial=item.serial, asset_tag=item.asset_tag, uuid=a.get("uuid", ""), mac=a.get("mac_address", ""),
        fqdn=a.get("fqdn", ""),
    )  # fmt: skip


def keep(items: Iterable[ConfigurationItem], more: dict[int, dict[str, list[str]]] | None = None) -> None:
    """Write the identifiers of items: those of their fields, and what a source told beside (`more`, by item)."""
    wanted = {
        (item.pk, kind, value)
        for item in items
        for found in (of_item(item), (more or {}).get(item.pk, {}))
        for kind, values in found.items()
        for value in values
    }
    rows = [Identifier(item_id=pk, kind=kind, value=value) for pk, kind, value in sorted(wanted)]
    Identifier.objects.bulk_create(rows, ignore_conflicts=True, batch_size=5000)


def follow(item: ConfigurationItem, before: dict[str, list[str]]) -> None:
    """The identifiers of an item that somebody changed: those that its fields held and no longer hold go."""
    after = of_item(item)
    if after == before:
        return
    for kind, values in before.items():
        gone = set(values) - set(after.get(kind, ()))
        if gone:
            Identifier.objects.filter(item=item, kind=kind, value__in=gone).delete()
    keep([item])
