"""Sources and their rules change here: one transaction, one audit entry."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import versions
from itsm.core.errors import DomainError

from ..models import DataSource, PrecedenceRule
from .precedence import HAND, HAND_RANK, VERSION, ranks

FIELDS = ("name", "organisation", "rank", "keys", "may_create", "stale_days", "brake_percent", "is_active")


def hand() -> DataSource:
    """What people typed, as a source."""
    return DataSource.objects.get_or_create(code=HAND, defaults={"name": "Saisie", "rank": HAND_RANK})[0]


@transaction.atomic
def save_source(source: DataSource, *, actor) -> DataSource:
    """Add a source or change it. DomainError for a code that is taken."""
    before = DataSource.objects.filter(pk=source.pk).first() if source.pk else None
    try:
        with transaction.atomic():
            source.save()
    except IntegrityError as error:
        raise DomainError(_("Another source has this code."), field="code") from error
    verb = "data_source.changed" if before else "data_source.created"
    log.write(verb, ("data_source", source.pk, source.name), actor=actor, changes=_changes(before, source))
    _forget()
    return source


def _changes(before: DataSource | None, after: DataSource) -> dict:
    def of(source, name):
        return source.organisation_id if name == "organisation" else getattr(source, name)

    return {n: [of(before, n), of(after, n)] for n in FIELDS if before and of(before, n) != of(after, n)}


@transaction.atomic
def set_rule(source: DataSource, *, actor, ci_class: str, field: str, rank: int) -> PrecedenceRule:
    """Let the source stand elsewhere for a class or an attribute."""
    rule, _made = PrecedenceRule.objects.update_or_create(
        source=source, ci_class=ci_class, field=field, defaults={"rank": rank}
    )
    data = {"class": ci_class, "field": field, "rank": rank}
    log.write("data_source.rule_set", ("data_source", source.pk, source.name), actor=actor, data=data)
    _forget()
    return rule


@transaction.atomic
def drop_rule(rule: PrecedenceRule, *, actor) -> None:
    """The rank of the source counts again."""
    data = {"class": rule.ci_class, "field": rule.field, "rank": rule.rank}
    log.write("data_source.rule_dropped", ("data_source", rule.source_id, str(rule.source)), actor=actor, data=data)
    rule.delete()
    _forget()


def _forget() -> None:
    versions.bump(VERSION)
    ranks.forget()
