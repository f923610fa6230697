"""Agreements in words: their conditions, and the draft that a form holds as a rule that can be tried."""

from django.utils.translation import gettext as _

from itsm.cmdb.models import Service
from itsm.levels import lengths
from itsm.levels.agreements import Rule
from itsm.levels.models import Kind
from itsm.levels.services import Terms
from itsm.people.directory import directory
from itsm.records import processes, reference

# What is not saved yet counts as the newest: between two that are as specific, the newest wins.
UNSAVED = 2**62


def service_names(user=None) -> dict[int, str]:
    """Services by key, by name: those that a person sees, or all."""
    found = Service.objects.visible_to(user) if user else Service.objects.all()
    return dict(found.order_by("item__sort_key").values_list("pk", "item__name"))


def conditions(rule: Rule, services: dict[int, str]) -> list[str]:
    """Each condition with its name; `for everybody` when there is none."""
    book, said = directory.get(), []
    if rule.service_id is not None:
        said.append(_("service %(name)s") % {"name": services.get(rule.service_id, rule.service_id)})
    if rule.team_id is not None:
        row = book.teams.get(rule.team_id)
        said.append(_("team %(name)s") % {"name": row.code if row else rule.team_id})
    if rule.level is not None:
        said.append(_("teams of level %(level)s") % {"level": rule.level})
    if rule.supplier_id is not None:
        supplier = book.organisations.get(rule.supplier_id)
        said.append(_("supplier %(name)s") % {"name": supplier.name if supplier else rule.supplier_id})
    if rule.category_id is not None:
        said.append(_("category %(name)s") % {"name": reference.category_path(rule.category_id)})
    if rule.vip is not None:
        said.append(_("VIP requesters") if rule.vip else _("requesters who are not VIP"))
    if rule.organisation_id is not None:
        row = book.organisations.get(rule.organisation_id)
        said.append(row.name if row else str(rule.organisation_id))
    if rule.record_kind:
        process = processes.PROCESSES.find(rule.record_kind)
        said.append(str(process.label_plural) if process else rule.record_kind)
    return said or [_("for everybody")]


def rank(rule: Rule) -> tuple:
    """Sorts agreements as they are asked: the most specific first."""
    category = reference.categories.get().get(rule.category_id) if rule.category_id else None
    org = directory.get().organisations.get(rule.organisation_id) if rule.organisation_id else None
    return (
        rule.service_id is None, rule.team_id is None, category is None, -len(category.lineage) if category else 0, rule.vip is None,
        org is None, -len(org.lineage) if org else 0, not rule.record_kind, rule.code,
    )  # fmt: skip


def targets(rule: Rule) -> str:
    """The shortest summary: `P1 4 h, P2 8 h, …` of the resolution, or of what it promises."""
    metrics = [metric for _p, metric in rule.targets]
    metric = "resolve" if "resolve" in metrics else (metrics[0] if metrics else "")
    found = sorted((p or 0, seconds) for (p, m), (seconds, _c) in rule.targets.items() if m == metric)
    return ", ".join(
        f"P{p} {lengths.written(s) or _('planned')}" if p else lengths.written(s) or _("planned") for p, s in found
    )


def drafted(terms: Terms, pk: int | None) -> Rule:
    """What a form holds, as if it were in force."""
    values = {name: value for name, value in terms.values.items() if name not in ("name_fr", "name_en", "active")}
    names = {
        "fr": terms.values["name_fr"] or terms.values["code"],
        "en": terms.values["name_en"] or terms.values["code"],
    }
    return Rule(
        pk=pk or UNSAVED, names=names, active=True, targets=terms.targets, conditions=terms.conditions, **values
    )


def kinds() -> list[dict]:
    """Each kind of agreement with its words."""
    return [{"kind": kind.value, "label": kind.label} for kind in Kind]
