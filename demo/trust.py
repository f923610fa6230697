"""The past of the CMDB: items are known since half a year, a few changed, one instant has a name, an inventory sees otherwise."""

from datetime import datetime, timedelta

from itsm.cmdb import services as cmdb
from itsm.cmdb.models import CIHistory, ConfigurationItem, RelationHistory

KNOWN_FOR = timedelta(days=200)
# key, days ago, by whom, why, what became of it
CHANGES = [
    ("esx-03", 41, "network", "Bascule du site de Lyon sur la production", {"criticality": 1}),
    ("array-02", 33, "network", "Carte contrôleur remplacée sous garantie", {"serial": "SN55120077"}),
    ("db2p-paie", 19, "mainframe", "La paie passe en service vital", {"criticality": 1, "environment": "production"}),
    ("srv-mes-lille", 12, "network", "Étiquette posée pendant l’inventaire du site", {"asset_tag": "LUM-S0417"}),
    ("vm-portail", 6, "network", "Ouverture du portail aux partenaires", {"criticality": 2}),
]
BASELINE, BEFORE = "Avant la migration des baies", timedelta(days=30)
SAID = [
    ("srv-mes-lille", {"serial": "CZJ2410F7K"}), ("esx-02", {"name": "ESX-02", "serial": "CZJ1830Q2B"}),
    ("pc-4003", {"serial": "5CG2145XQ1", "asset_tag": "LUM-00003"}), ("pc-4007", {"name": "PC-4007-PRET"}),
]  # fmt: skip


def build(c, present: datetime) -> None:
    """Right after the items were made, before anything else happens to them."""
    begin = present - KNOWN_FOR
    for history in (CIHistory, RelationHistory):
        history.objects.filter(valid_to__isnull=False).update(valid_from=begin, valid_to=begin)
        history.objects.filter(valid_to=None).update(valid_from=begin)
    ConfigurationItem.objects.update(created_at=begin, updated_at=begin)
    ConfigurationItem.objects.exclude(live_on=None).update(live_on=begin.date(), status_since=begin)
    keys = [key for key, *_rest in CHANGES] + [key for key, _said in SAID]
    items = dict(ConfigurationItem.objects.filter(key__in=keys).values_list("key", "pk"))
    for key, days, who, why, fields in CHANGES:
        at = present - timedelta(days=days)
        cmdb.update_ci(items[key], actor=c.accounts[who], at=at, reason=why, **fields)
    cmdb.make_baseline(
        actor=c.accounts["change"], name=BASELINE, at=present - BEFORE, organisation=c.orgs["LUMEN"], ci_class="compute",
        note="Gardé par le comité des changements",
    )  # fmt: skip
    for key, said in SAID:
        if key in items:  # a small company has few laptops
            cmdb.report_drift(items[key], actor=None, source="inventaire", said=said, at=present - timedelta(hours=9))
