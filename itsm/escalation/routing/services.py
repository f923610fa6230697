"""Everything that changes routing: rules in their order, how teams share out, who knows what. Each act is audited."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from itsm.audit import log
from itsm.core import versions
from itsm.core.errors import DomainError, StaleVersion
from itsm.core.fingerprint import fingerprint

from .models import Distribution, RoutingRule, Skill

FIELDS = (
    "position",
    "name",
    "active",
    "record_kind",
    "organisation",
    "category",
    "service",
    "item",
    "vip",
    "words",
    "team",
)
MOST = 200


@transaction.atomic
def save_rule(rule: RoutingRule, *, actor, seen: str = "") -> RoutingRule:
    """Create or change a rule. DomainError without a condition, with a name that is taken, or beyond `MOST` rules.

    `seen`: the digest that the editor began with; StaleVersion when somebody was faster.
    """
    created = rule.pk is None
    if created and RoutingRule.objects.count() >= MOST:
        raise DomainError(_("There are %(n)s rules already: make them wider instead.") % {"n": MOST})
    before = None if created else RoutingRule.objects.select_for_update(no_key=True).get(pk=rule.pk)
    if before is not None and seen and seen != digest(before):
        raise StaleVersion
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError as error:
        raise _readable(error) from error
    log.write(
        "routing_rule.created" if created else "routing_rule.changed", ("routing_rule", rule.pk, rule.name), actor=actor,
        changes={} if before is None else _changes(before, rule),
    )  # fmt: skip
    _changed()
    return rule


@transaction.atomic
def delete_rule(pk: int, *, actor) -> None:
    """A rule that is gone already is no error."""
    rule = RoutingRule.objects.select_for_update().filter(pk=pk).first()  # deleted
    if rule:
        rule.delete()
        log.write("routing_rule.deleted", ("routing_rule", pk, rule.name), actor=actor)
        _changed()


@transaction.atomic
def share_out(
    team, *, actor, way: str = "", most_open: int | None = None, in_hours_only: bool = True
) -> Distribution | None:
    """How a team shares its work out; without a way, by hand."""
    if not way:
        Distribution.objects.filter(pk=team.pk).delete()
        made = None
    else:
        made, _new = Distribution.objects.update_or_create(
            team_id=team.pk, defaults={"way": way, "most_open": most_open, "in_hours_only": in_hours_only}
        )
    log.write(
        "team.shares_out", ("team", team.pk, team.code), actor=actor,
        data={"way": way or "by_hand", "most_open": most_open, "in_hours_only": in_hours_only},
    )  # fmt: skip
    _changed()
    return made


@transaction.atomic
def set_skills(person, categories, *, actor) -> None:
    """What a person knows: these categories, with those below them, and no others."""
    wanted = {category.pk for category in categories}
    have = set(Skill.objects.filter(person=person).values_list("category_id", flat=True))
    Skill.objects.filter(person=person, category_id__in=have - wanted).delete()
    Skill.objects.bulk_create(
        [Skill(person=person, category_id=pk) for pk in sorted(wanted - have)], ignore_conflicts=True
    )
    log.write("person.skills", ("user", person.pk, person.username), actor=actor, data={"categories": sorted(wanted)})


def _changed() -> None:
    versions.bump("routing")


def digest(rule: RoutingRule) -> str:
    """Tells two states of a rule apart."""
    return fingerprint([getattr(rule, rule._meta.get_field(name).attname) for name in FIELDS])


def _changes(before: RoutingRule, after: RoutingRule) -> dict:
    names = [after._meta.get_field(name).attname for name in FIELDS]
    return {
        name: [getattr(before, name), getattr(after, name)]
        for name in names
        if getattr(before, name) != getattr(after, name)
    }


def _readable(error: IntegrityError) -> DomainError:
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    if name == "routing_rule_name_unique":
        return DomainError(_("There is a rule of this name already."), field="name")
    return DomainError(_("Give at least one condition: a rule without any would take everything."))
