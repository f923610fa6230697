"""A rule in words."""

from django.utils.translation import gettext as _

from itsm.people.directory import directory
from itsm.records import processes, reference

from .models import RoutingRule


def conditions(rule: RoutingRule) -> list[str]:
    """Each condition of a rule, for people. Load it with `service__item` and `item`."""
    book, said = directory.get(), []
    if rule.words:
        said.append(_("says %(words)s") % {"words": ", ".join(_("“%(word)s”") % {"word": word} for word in rule.words)})
    if rule.category_id:
        said.append(reference.category_path(rule.category_id) or str(rule.category_id))
    if rule.service_id:
        said.append(_("service %(name)s") % {"name": rule.service.item.name})
    if rule.item_id:
        said.append(_("item %(name)s") % {"name": rule.item.name})
    if rule.organisation_id:
        row = book.organisations.get(rule.organisation_id)
        said.append(row.name if row else str(rule.organisation_id))
    if rule.vip is not None:
        said.append(_("VIP requester") if rule.vip else _("requester who is not VIP"))
    if rule.record_kind:
        said.append(
            next((str(p.label) for p in processes.all_processes() if p.kind == rule.record_kind), rule.record_kind)
        )
    return said
