"""References as people write them: people by login, teams and codes by code, items by key or id, records by number.

What one may not see is as unknown as what does not exist.
"""

from datetime import UTC

from django.db.models import Q
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from itsm.cmdb.models import ConfigurationItem, Service
from itsm.core import reachable
from itsm.core.numbers import whole
from itsm.people.directory import OrganisationRow, SiteRow, TeamRow, directory
from itsm.people.models import User
from itsm.people.naming import by_login
from itsm.people.scope import Scope, scope_of
from itsm.records import reference
from itsm.records.models import Record
from itsm.records.reference import CodeRow

BIGGEST = 2**63 - 1


class Instant(serializers.DateTimeField):
    """An instant that can be shown again to everybody (`itsm.core.reachable`)."""

    def to_internal_value(self, value):
        try:
            found = super().to_internal_value(value)
        except OverflowError:
            raise serializers.ValidationError(reachable.MESSAGE) from None
        if not reachable.is_reachable(found):
            raise serializers.ValidationError(reachable.MESSAGE)
        # Two instants of one zone are compared by their wall clocks, which tell an hour twice when the clocks go back.
        return found.astimezone(UTC)


class Reference(serializers.CharField):
    """A name that stands for something; subclasses find it. Validates to what was found."""

    def __init__(self, **kwargs):
        kwargs.setdefault("max_length", 150)
        super().__init__(**kwargs)

    def run_validation(self, data=serializers.empty):
        """Length and characters are checked on the text, before anything is looked up."""
        empty, data = self.validate_empty_values(data)
        if empty:
            return data
        text = super().to_internal_value(data)
        if not text:
            self.fail("blank")
        self.run_validators(text)
        found = self.find(text, self.context["request"].user)
        if found is None:
            raise serializers.ValidationError(_("“%(name)s” is not known here.") % {"name": text[:60]})
        return found

    def find(self, text: str, user):
        """What `text` names and `user` may name; None otherwise."""
        raise NotImplementedError


class PersonField(Reference):
    """A login. Those who may not look people up can name themselves only."""

    def find(self, text, user) -> User | None:
        if text.lower() in ("me", user.username.lower()):
            return user
        return by_login(text, user)


class TeamField(Reference):
    """A team's code."""

    def find(self, text, user) -> TeamRow | None:
        row = directory.get().teams_by_code.get(text)
        return row if row and team_is_visible(row, scope_of(user)) else None


def team_is_visible(row: TeamRow, scope: Scope) -> bool:
    """Teams of the organisations that a role reaches, and those one is in."""
    return scope.everything or row.pk in scope.teams or row.organisation_id in scope.organisations


class OrganisationField(Reference):
    """An organisation's code, within those that the role reaches."""

    def find(self, text, user) -> OrganisationRow | None:
        row, scope = directory.get().organisations_by_code.get(text), scope_of(user)
        reach = (*scope.organisations, user.organisation_id)
        return row if row and (scope.everything or row.pk in reach) else None


class SupplierField(Reference):
    """The code of a supplier: they work for all organisations."""

    def find(self, text, user) -> OrganisationRow | None:
        row = directory.get().organisations_by_code.get(text)
        return row if row and row.kind == "supplier" else None


class SiteField(Reference):
    """A site's code: one of an organisation that the role reaches, or that one belongs to."""

    def find(self, text, user) -> SiteRow | None:
        row = directory.get().sites_by_code.get(text)
        return row if row and site_is_visible(row, user) else None


def site_is_visible(row: SiteRow, user) -> bool:
    """Sites of the organisations that a role reaches, and of one's own organisation and those above it."""
    scope = scope_of(user)
    own = directory.get().organisations.get(user.organisation_id)
    return (
        scope.everything
        or row.organisation_id in scope.organisations
        or row.organisation_id in (own.lineage if own else ())
    )


class CodeField(Reference):
    """A code of a list that is kept per process, by its name in `records.reference`: `CodeField("resolution_codes")`."""

    def __init__(self, rows: str, **kwargs):
        self.rows = rows
        super().__init__(**kwargs)

    def find(self, text, user) -> CodeRow | None:
        row = getattr(reference, self.rows).get().by_code(text)
        return row if row and row.is_active else None


def place_of(text: str) -> Q:
    """By key, and by id where it looks like one."""
    number = whole(text)
    return Q(key=text) | Q(pk=number) if number else Q(key=text)


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "integer"}], "description": "Id or key."})
class ItemField(Reference):
    """A configuration item by id or key. Without the right to read items: those one uses."""

    def find(self, text, user) -> ConfigurationItem | None:
        return items_nameable_by(user).filter(place_of(text)).first()


def items_nameable_by(user):
    """Items that a person may name in a ticket."""
    scope = scope_of(user)
    return (
        ConfigurationItem.objects.visible_to(user)
        if scope.may("cmdb.read")
        else ConfigurationItem.objects.filter(user=user)
    )


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "integer"}], "description": "Id or key."})
class ServiceField(Reference):
    """A service by id or key: those one may read, and those that the portal shows to one's organisation."""

    def find(self, text, user) -> ConfigurationItem | None:
        return services_nameable_by(user).filter(place_of(text)).first()


def services_nameable_by(user):
    """Items of the services that a person may name: those one may read, and those that the portal shows."""
    if scope_of(user).may("cmdb.read"):
        return ConfigurationItem.objects.visible_to(user).filter(service__isnull=False)
    return ConfigurationItem.objects.filter(pk__in=Service.objects.for_portal(user).values("pk"))


class RecordField(Reference):
    """A record's number."""

    def find(self, text, user) -> Record | None:
        return Record.objects.visible_to(user).filter(number=text.upper()).first()
