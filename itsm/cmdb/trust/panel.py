"""What an item's page says of how far it can be believed, and what each source says: fetched by the page once it stands."""

from django.db.models import Max

from itsm.core import now
from itsm.people.scope import scope_of

from .. import itempage
from ..intake import differences, rowwords
from ..intake.precedence import EMPTY, HAND, ranks
from ..models import CampaignItem, Claim, ConfigurationItem
from . import expected, measures, writing


def trust_of_item(reader, item: ConfigurationItem) -> dict:
    """Health of the item, what is missing, who says otherwise, and what was said of it."""
    spec = itempage.spec_of(item.ci_class)
    claims = list(Claim.objects.filter(item=item).select_related("source"))
    open_ones = list(item.corrections.open().order_by("-id")[:20])
    certified = CampaignItem.objects.filter(item=item, answer="right").aggregate(at=Max("answered_at"))["at"]
    found = measures.one(item, claims, len(open_ones), now())
    return {
        "item": item, "flags": found, "missing": [rowwords.label(n, spec) for n in expected.missing(item, spec)],
        "claims": [c for c in claims if c.source.code != HAND], "opinions": opinions(item, claims),
        "open_corrections": open_ones, "certified_at": certified,
        "may_edit": item.status != "retired" and scope_of(reader).may("cmdb.edit"),
    }  # fmt: skip


def opinions(item: ConfigurationItem, claims: list[Claim]) -> list[dict]:
    """For each field that is disputed: who says what, who is believed and why."""
    disputed = differences.of_claims(item, claims)
    if not disputed:
        return []
    by_source = {claim.source_id: claim for claim in claims}
    order, spec, stands = ranks.get(), itempage.spec_of(item.ci_class), differences.flat(item)
    ids = {v for name in ("owner", "user") for v in [stands.get(name), *disputed.get(name, {}).values()] if v}
    people, found = itempage.names_of(ids), []
    for name, said in disputed.items():
        value = stands.get(name)
        rank = {pk: order.of(pk, item.ci_class, name) for pk in said}
        behind = sorted((pk for pk, each in said.items() if each == value), key=rank.__getitem__)
        found.append(
            {
                "name": name, "label": rowwords.label(name, spec), "stands": writing.shown(item, name, value, people),
                "is_empty": value in EMPTY, "believed": by_source[behind[0]].source if behind else None,
                "rank": rank[behind[0]] if behind else order.of(None, item.ci_class, name),
                "others": [
                    {"source": by_source[pk].source, "value": writing.shown(item, name, each, people), "rank": rank[pk],
                     "seen": by_source[pk].last_seen_at, "by_hand": by_source[pk].source.code == HAND}
                    for pk, each in sorted(said.items(), key=lambda pair: rank[pair[0]]) if each != value
                ],
                "agree": [by_source[pk].source for pk in behind[1:]],
            }
        )  # fmt: skip
    return found
