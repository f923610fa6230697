"""Whom somebody may name: one rule for pages, REST and what comes in."""

from django.db.models import Q
from django.db.models.functions import Lower

from .directory import directory
from .houses import same_house
from .models import User
from .scope import scope_of


def people_visible_to(user):
    """People whom `user` may look up: those of the organisations that their role reaches, and themselves."""
    scope = scope_of(user)
    if scope.everything:
        return User.objects.all()
    mine = Q(pk=scope.user_id)
    if scope.may("people.read"):
        mine |= Q(organisation_id__in=scope.organisations)
    return User.objects.filter(mine)


def by_login(text: str, user) -> User | None:
    """The active person of this login whom `user` may name. Who may not be seen is as unknown as who does not exist."""
    login = text.strip().lower()
    return people_visible_to(user).alias(_login=Lower("username")).filter(_login=login, is_active=True).first()


def belongs_to(person: User, organisation_id: int | None) -> bool:
    """May this person have things of an organisation? Those of its house, of the organisations above, and whose role reaches it."""
    place = directory.get().organisations.get(organisation_id) if organisation_id else None
    if place is None or person.organisation_id is None:
        return True
    if person.organisation_id in place.lineage or same_house(person.organisation_id, organisation_id):
        return True
    scope = scope_of(person)
    return scope.everything or organisation_id in scope.organisations
