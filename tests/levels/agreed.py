"""Agreements for tests: an SLA for everybody, OLAs of two levels, a contract."""

from itsm.core import reference, versions
from itsm.levels.models import Agreement, Target, Terms
from itsm.people import services as people

HOUR = 3600


def agree(code: str, targets: dict, *, terms: dict | None = None, **conditions) -> Agreement:
    """An agreement with {(priority or None, metric): seconds}, and by metric what its clock obeys to."""
    agreement = Agreement.objects.create(code=code, name_fr=code, name_en=code, **conditions)
    Target.objects.bulk_create(
        Target(agreement=agreement, priority=priority, metric=metric, seconds=seconds)
        for (priority, metric), seconds in targets.items()
    )
    Terms.objects.bulk_create(
        Terms(agreement=agreement, metric=metric, **said) for metric, said in (terms or {}).items()
    )
    versions.bump("levels")
    reference.forget_everything()
    return agreement


def olas() -> None:
    """N1 hands off within 20 minutes, N2 takes charge within an hour, N3 within two (demo-data.md)."""
    agree("OLA-N1", {(None, "transfer"): 20 * 60}, kind="ola", level=1)
    agree("OLA-N2", {(None, "own"): HOUR}, kind="ola", level=2)
    agree("OLA-N3", {(None, "own"): 2 * HOUR}, kind="ola", level=3)


def contract(seconds: int = 4 * HOUR, *, code: str = "OP", name: str = "Opérateur", **conditions) -> Agreement:
    """A supplier restores within four hours."""
    supplier = people.create_organisation(actor=None, code=f"FRN-{code}", name=name, kind="supplier")
    return agree(f"UC-{code}", {(None, "resolve"): seconds}, kind="uc", supplier=supplier, **conditions)
