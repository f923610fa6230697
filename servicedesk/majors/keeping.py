"""Rules are kept in the product: who manages a desk keeps those of their organisation."""

import re

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core.errors import NotAllowed
from itsm.core.folding import fold
from itsm.people.scope import scope_of

from .models import MajorRule


@transaction.atomic
def save_rule(pk: int | None, *, actor, organisation: int | None = None, **values) -> MajorRule:
    """A rule, new or changed. Those of all organisations belong to who manages everything."""
    scope = scope_of(actor)
    if not scope.may("records.manage") or not (scope.everything or organisation in scope.managed):
        raise NotAllowed(_("Only a manager of the service desk of this organisation keeps these rules."))
    rule = MajorRule.objects.managed_by(actor).get(pk=pk) if pk else MajorRule(code=_free_code(values["name_fr"]))
    before = _of_rule(rule)
    for name, value in values.items():
        setattr(rule, name, value)
    rule.organisation_id = organisation
    rule.name_en = rule.name_en or rule.name_fr
    rule.save()
    after = _of_rule(rule)
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    log.write("major_rule.saved", ("major rule", rule.pk, rule.code), actor=actor, changes=changes)
    return rule


@transaction.atomic
def delete_rule(pk: int, *, actor) -> None:
    """A rule that is not wanted any more."""
    rule = MajorRule.objects.managed_by(actor).get(pk=pk)
    log.write("major_rule.deleted", ("major rule", rule.pk, rule.code), actor=actor)
    rule.delete()


def _free_code(name: str) -> str:
    stem = (re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-") or "rule")[:34]
    taken = set(MajorRule.objects.filter(code__startswith=stem).values_list("code", flat=True))
    return next(code for code in (stem, *(f"{stem}-{n}" for n in range(2, 1000))) if code not in taken)


def _of_rule(rule: MajorRule) -> dict:
    names = (
        "name_fr",
        "about",
        "organisation_id",
        "priority",
        "criticality",
        "calls",
        "children",
        "minutes",
        "is_active",
    )
    told = {name: getattr(rule, name) for name in names}
    return told | {"times": str(rule.times) if rule.times is not None else None}
