"""What is not backed up: items in production that hold data and have no plan, and plans that cover nothing. And the rule 3-2-1."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from itsm.cmdb.models import ConfigurationItem, Relation
from itsm.core import now

from .models import BackupCopy, BackupExemption, BackupPlan

# Classes of items that hold data of their own.
CLASSES = ("db_server", "hypervisor", "lpar", "nas", "physical_server", "virtual_machine")


def covering():
    """Relations that stand now from an item to a plan."""
    at = now()
    begun, going = Q(valid_from=None) | Q(valid_from__lte=at), Q(valid_to=None) | Q(valid_to__gt=at)
    return Relation.objects.filter(begun, going, type__code="backed_up_by")


def uncovered(user):
    """Items in production without an active plan and without an exemption."""
    active = BackupPlan.objects.in_use().filter(item=OuterRef("target_id"))
    covered = covering().filter(Exists(active), source=OuterRef("pk"))
    exempt = BackupExemption.objects.filter(item=OuterRef("pk"), until__gt=now().date())
    rows = ConfigurationItem.objects.visible_to(user).filter(
        ci_class__in=CLASSES, status="live", environment__in=["", "production"]
    )
    return rows.filter(~Exists(covered), ~Exists(exempt))


def exempted(user):
    """Exemptions that stand, of items that one may read."""
    items = ConfigurationItem.objects.visible_to(user)
    return (
        BackupExemption.objects.filter(item__in=items, until__gt=now().date())
        .select_related("item", "by")
        .order_by("until", "pk")
    )


def empty_plans(user):
    """Active plans that cover nothing which is in use."""
    covered = covering().filter(target=OuterRef("item_id")).exclude(source__status="retired")
    return BackupPlan.objects.visible_to(user).in_use().filter(~Exists(covered)).select_related("item")


def items_of(plan: BackupPlan, user) -> list[ConfigurationItem]:
    """What a plan covers, of what one may read."""
    sources = covering().filter(target=plan.item_id).values("source_id")
    return list(ConfigurationItem.objects.visible_to(user).filter(pk__in=sources).order_by("sort_key", "pk"))


@dataclass(frozen=True)
class Rule:
    """The rule 3-2-1: three copies with the original, on two media, one at another site."""

    copies: int
    media: int
    offsite: int

    @property
    def met(self) -> bool:
        return self.copies >= 3 and self.media >= 2 and self.offsite >= 1


def rule_of(copies: list[BackupCopy]) -> Rule:
    """The original counts as a copy on disk."""
    media = {copy.medium for copy in copies} | {BackupCopy.Medium.DISK.value}
    return Rule(1 + len(copies), len(media), sum(copy.is_offsite for copy in copies))
