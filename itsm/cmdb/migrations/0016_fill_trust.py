"""Items that no source has touched since count as confirmed by who changed them; differences of known claims are noted."""

from django.db import migrations
from django.db.models import F, Q

EMPTY = ("", None, [], {})
FOREIGN = ("organisation", "site", "support_team", "owner", "user")


def stands(item, name):
    if name.startswith("attributes."):
        return item.attributes.get(name.removeprefix("attributes."))
    value = getattr(item, f"{name}_id" if name in FOREIGN else name, None)
    return value.isoformat() if hasattr(value, "isoformat") else value


def fill(apps, _schema):
    Item, Claim = apps.get_model("cmdb", "ConfigurationItem"), apps.get_model("cmdb", "Claim")
    by_hand = Q(last_seen_at=None) | Q(updated_at__gt=F("last_seen_at"))
    Item.objects.filter(by_hand).update(confirmed_at=F("updated_at"))
    changed = []
    for claim in Claim.objects.select_related("item").iterator(chunk_size=1000):
        pairs = {name: [stands(claim.item, name), said] for name, said in claim.values.items() if said not in EMPTY}
        claim.conflicts = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
        if claim.conflicts:
            changed.append(claim)
        if len(changed) == 1000:
            Claim.objects.bulk_update(changed, ["conflicts"])
            changed = []
    Claim.objects.bulk_update(changed, ["conflicts"])


class Migration(migrations.Migration):
    dependencies = [("cmdb", "0015_add_trust")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
