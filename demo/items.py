"""The configuration items of the demo company: applications down to racks, with who depends on whom."""

from itsm.cmdb import services as cmdb
from itsm.cmdb.models import ConfigurationItem, RelationType

# key, class, name, site, team, criticality
ITEMS = [
    ("rack-dc1-a07", "rack", "DC1-A07", "NAN", "INF-DC", 2), ("rack-dc1-a08", "rack", "DC1-A08", "NAN", "INF-DC", 2),
    ("feed-a", "power_feed", "Voie A", "NAN", "INF-DC", 1), ("feed-b", "power_feed", "Voie B", "NAN", "INF-DC", 1),
    ("array-01", "storage_array", "BAIE-01", "NAN", "N3-STO", 1), ("array-02", "storage_array", "BAIE-02", "LYO", "N3-STO", 2),
    ("cec-1", "mainframe_cec", "CEC-Z16-1", "NAN", "N3-ZOS", 1), ("lpar-prod1", "lpar", "PROD1", "NAN", "N3-ZOS", 1),
    ("lpar-test1", "lpar", "TEST1", "NAN", "N3-ZOS", 4), ("db2p-paie", "db_server", "DB2P-PAIE", "NAN", "N3-SGBD", 1),
    ("ora-fin", "db_server", "ORA-FIN", "NAN", "N3-SGBD", 1), ("pg-mes", "db_server", "PG-MES", "LIL", "N3-SGBD", 2),
    ("esx-01", "hypervisor", "ESX-01", "NAN", "N2-SYS", 2), ("esx-02", "hypervisor", "ESX-02", "NAN", "N2-SYS", 2), ("esx-03", "hypervisor", "ESX-03", "LYO", "N2-SYS", 2),
    ("vm-fin-01", "virtual_machine", "vm-fin-01", "NAN", "N2-SYS", 2), ("vm-fin-02", "virtual_machine", "vm-fin-02", "NAN", "N2-SYS", 2),
    ("vm-mail-01", "virtual_machine", "vm-mail-01", "NAN", "N2-MSG", 1), ("vm-mail-02", "virtual_machine", "vm-mail-02", "LYO", "N2-MSG", 1),
    ("vm-portail", "virtual_machine", "vm-portail", "NAN", "N2-SYS", 3), ("vm-temps", "virtual_machine", "vm-temps", "NAN", "N2-SYS", 3), ("vm-print", "virtual_machine", "vm-print", "NAN", "N2-POSTE", 3),
    ("srv-mes-lille", "physical_server", "SRV-MES-LILLE", "LIL", "N2-SYS", 2), ("fw-dc1", "firewall", "FW-DC1", "NAN", "N2-RES", 1),
    ("sw-core-1", "switch", "SW-COEUR-1", "NAN", "N2-RES", 1), ("sw-core-2", "switch", "SW-COEUR-2", "NAN", "N2-RES", 1),
    ("wan-lille", "circuit", "Lien opérateur Lille", "LIL", "N2-RES", 2), ("wan-nantes", "circuit", "Lien opérateur Nantes", "NTE", "N2-RES", 2), ("wan-mtl", "circuit", "Lien opérateur Montréal", "MTL", "N2-RES", 3),
    ("app-paienet", "application", "PaieNet (application)", "NAN", "APP-RH", 1), ("app-finsuite", "application", "FinSuite (application)", "NAN", "APP-FIN", 1),
    ("app-tempsrh", "application", "TempsRH (application)", "NAN", "APP-RH", 3), ("app-ateliermes", "application", "AtelierMES (application)", "LIL", "APP-MET", 2),
]  # fmt: skip
# What is recorded of them beside: enough for filters and columns to show something.
RECORDED = {
    "rack-dc1-a07": {"units": 42, "power_kw": 12, "max_weight_kg": 1100, "position": "A-07"},
    "rack-dc1-a08": {"units": 42, "power_kw": 12, "max_weight_kg": 1100, "position": "A-08"},
    "feed-a": {"side": "a", "volts": 400, "max_amps": 63, "phases": "three"}, "feed-b": {"side": "b", "volts": 400, "max_amps": 63, "phases": "three"},
    "array-01": {"capacity_tb": 120, "used_tb": 87.5, "media": "nvme"}, "array-02": {"capacity_tb": 120, "used_tb": 61, "media": "hybrid"},
    "cec-1": {"msu": 1240, "mips": 9800}, "lpar-prod1": {"weight": 700, "msu": 600}, "lpar-test1": {"weight": 100, "msu": 80},
    "db2p-paie": {"engine": "Db2 for z/OS", "version": "13.1", "size_gb": 640, "role": "primary"}, "ora-fin": {"engine": "Oracle", "version": "19c", "port": 1521, "size_gb": 2100},
    "pg-mes": {"engine": "PostgreSQL", "version": "16", "port": 5432, "size_gb": 180},
    "esx-01": {"cpu_count": 64, "memory_gb": 1024, "power_supplies": 2}, "esx-02": {"cpu_count": 64, "memory_gb": 1024, "power_supplies": 2},
    "esx-03": {"cpu_count": 48, "memory_gb": 512, "power_supplies": 1}, "srv-mes-lille": {"cpu_count": 16, "memory_gb": 128, "power_supplies": 1},
    "vm-fin-01": {"cpu_count": 8, "memory_gb": 64, "os": "Red Hat Enterprise Linux"}, "vm-fin-02": {"cpu_count": 8, "memory_gb": 64, "os": "Red Hat Enterprise Linux"},
    "vm-mail-01": {"cpu_count": 12, "memory_gb": 96, "os": "Windows Server"}, "vm-mail-02": {"cpu_count": 12, "memory_gb": 96, "os": "Windows Server"},
    "fw-dc1": {"throughput_gbps": 20, "rules": 1834}, "sw-core-1": {"ports": 48, "speed_gbps": 25, "tier": "core", "poe": False},
    "sw-core-2": {"ports": 48, "speed_gbps": 25, "tier": "core", "poe": False}, "wan-lille": {"bandwidth_mbps": 500, "technology": "fibre", "guaranteed_repair_hours": 4},
    "wan-nantes": {"bandwidth_mbps": 300, "technology": "fibre", "guaranteed_repair_hours": 4}, "wan-mtl": {"bandwidth_mbps": 100, "technology": "ethernet", "guaranteed_repair_hours": 8},
    "app-paienet": {"family": "hr", "rto_minutes": 240, "users": 1800, "data_sensitivity": "personal", "deployment": "on_premises"},
    "app-finsuite": {"family": "finance", "users": 260, "data_sensitivity": "sensitive", "deployment": "on_premises"},
    "app-tempsrh": {"family": "hr", "users": 1800, "data_sensitivity": "personal", "deployment": "on_premises"},
    "app-ateliermes": {"family": "business", "users": 420, "data_sensitivity": "internal", "deployment": "on_premises"},
}  # fmt: skip
SERVICES = [
    ("paienet", "Paie (PaieNet)", "APP-RH", 1, "LUMEN-RH"), ("finsuite", "Finance (FinSuite)", "APP-FIN", 1, "LUMEN-FIN"), ("messagerie", "Messagerie", "N2-MSG", 1, "LUMEN"),
    ("tempsrh", "Temps (TempsRH)", "APP-RH", 3, "LUMEN-RH"), ("ateliermes", "Atelier (AtelierMES)", "APP-MET", 2, "LUMEN-IND"), ("portail", "Portail interne", "N2-SYS", 3, "LUMEN"),
    ("reseau", "Réseau et VPN", "N2-RES", 1, "LUMEN"), ("impression", "Impression", "N2-POSTE", 3, "LUMEN"),
]  # fmt: skip
# source depends on target; group > 0: `need` members of the group must be up
DEPENDS = [
    ("svc-paienet", "app-paienet", "uses", 0, 1), ("app-paienet", "db2p-paie", "depends_on", 0, 1), ("db2p-paie", "lpar-prod1", "runs_on", 0, 1), ("lpar-prod1", "cec-1", "runs_on", 0, 1),
    ("db2p-paie", "array-01", "stored_on", 0, 1), ("array-01", "rack-dc1-a07", "hosted_in", 0, 1), ("cec-1", "rack-dc1-a08", "hosted_in", 0, 1), ("lpar-test1", "cec-1", "runs_on", 0, 1),
    ("rack-dc1-a07", "feed-a", "powered_by", 1, 1), ("rack-dc1-a07", "feed-b", "powered_by", 1, 1), ("rack-dc1-a08", "feed-a", "powered_by", 1, 1), ("rack-dc1-a08", "feed-b", "powered_by", 1, 1),
    ("svc-finsuite", "app-finsuite", "uses", 0, 1), ("app-finsuite", "vm-fin-01", "runs_on", 1, 1), ("app-finsuite", "vm-fin-02", "runs_on", 1, 1), ("app-finsuite", "ora-fin", "depends_on", 0, 1),
    ("ora-fin", "array-01", "stored_on", 0, 1), ("vm-fin-01", "esx-01", "runs_on", 0, 1), ("vm-fin-02", "esx-02", "runs_on", 0, 1), ("esx-01", "rack-dc1-a07", "hosted_in", 0, 1), ("esx-02", "rack-dc1-a08", "hosted_in", 0, 1),
    ("svc-messagerie", "vm-mail-01", "depends_on", 1, 1), ("svc-messagerie", "vm-mail-02", "depends_on", 1, 1), ("vm-mail-01", "esx-01", "runs_on", 0, 1), ("vm-mail-02", "esx-03", "runs_on", 0, 1),
    ("svc-tempsrh", "app-tempsrh", "uses", 0, 1), ("app-tempsrh", "vm-temps", "runs_on", 0, 1), ("vm-temps", "esx-02", "runs_on", 0, 1), ("svc-ateliermes", "app-ateliermes", "uses", 0, 1),
    ("app-ateliermes", "srv-mes-lille", "runs_on", 0, 1), ("app-ateliermes", "pg-mes", "depends_on", 0, 1), ("srv-mes-lille", "wan-lille", "connects_to", 0, 1), ("svc-portail", "vm-portail", "runs_on", 0, 1), ("vm-portail", "esx-02", "runs_on", 0, 1),
    ("svc-reseau", "sw-core-1", "depends_on", 1, 1), ("svc-reseau", "sw-core-2", "depends_on", 1, 1), ("svc-reseau", "fw-dc1", "depends_on", 0, 1), ("sw-core-1", "rack-dc1-a07", "hosted_in", 0, 1), ("sw-core-2", "rack-dc1-a08", "hosted_in", 0, 1),
    ("svc-impression", "vm-print", "runs_on", 0, 1), ("vm-print", "esx-01", "runs_on", 0, 1), ("wan-lille", "fw-dc1", "connects_to", 0, 1), ("wan-nantes", "fw-dc1", "connects_to", 0, 1), ("wan-mtl", "fw-dc1", "connects_to", 0, 1),
]  # fmt: skip


def build(c, rng, *, laptops: int) -> None:
    """Make items, relations and services; `c.services` maps a short name to the service's key."""
    lumen = c.orgs["LUMEN"]
    items = [
        ConfigurationItem(
            key=key, ci_class=ci_class, name=name, organisation=lumen, site=c.sites[site], support_team=c.teams[team], criticality=criticality,
            serial=f"SN{rng.randrange(10**8):08}", environment="test" if "test" in key else "production", source="demo", external_id=key, attributes=RECORDED.get(key, {}),
        )
        for key, ci_class, name, site, team, criticality in ITEMS
    ]  # fmt: skip
    items += [
        ConfigurationItem(
            key=f"svc-{key}",
            ci_class="it_service",
            name=name,
            organisation=lumen,
            support_team=c.teams[team],
            criticality=criticality,
            source="demo",
            external_id=f"svc-{key}",
        )
        for key, name, team, criticality, _customer in SERVICES
    ]
    items += [
        ConfigurationItem(
            key=f"pc-{4000 + n}", ci_class="laptop", name=f"PC-{4000 + n}", organisation=user.organisation, site=user.site, user=user,
            support_team=c.teams["N2-POSTE"], criticality=4, serial=f"LT{rng.randrange(10**8):08}", asset_tag=f"LUM-{n:05}", source="demo", external_id=f"pc-{4000 + n}",
            attributes={"cpu_count": 8 + 2 * (n % 3), "memory_gb": 32 if n % 4 == 0 else 16, "disk_gb": 512, "encrypted": n % 9 != 0},
        )
        for n, user in enumerate([c.accounts["requester"], *c.users[:laptops]])
    ]  # fmt: skip
    orion = [
        ConfigurationItem(
            key=f"orion-{n}",
            ci_class="laptop",
            name=f"ORION-{n}",
            organisation=c.orgs["ORION"],
            criticality=4,
            source="demo",
            external_id=f"orion-{n}",
        )
        for n in range(3)
    ]
    types = {t.code: t for t in RelationType.objects.all()}
    relations = [(source, target, types[kind], group, need) for source, target, kind, group, need in DEPENDS]
    made = cmdb.bulk_load(items + orion, relations, actor=None, reason="Démonstration")
    c.services = {}
    for key, _name, _team, _criticality, customer in SERVICES:
        item = made[f"svc-{key}"]
        cmdb.offer_service(item, actor=None, customer=c.orgs[customer], owner=c.accounts["apps"])
        c.services[key] = item.pk
