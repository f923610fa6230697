"""What the forms of the switchboard offer: only what the person manages, or what serves everybody."""

from django.db.models import Q

from itsm.cmdb.models import Service
from itsm.people.calendars import calendars_of
from itsm.people.models import Organisation, RoleGrant, Site, Team, User
from itsm.people.scope import scope_of
from itsm.records.models import Category

from ..models import CallMenu, CallQueue, Operator


def organisations(user):
    """Those whose switchboards the person manages."""
    scope = scope_of(user)
    rows = Organisation.objects.exclude(kind="supplier").order_by("sort_key", "pk")
    return rows if scope.everything else rows.filter(pk__in=scope.organisations)


def _within(rows, user, path: str):
    scope = scope_of(user)
    return rows if scope.everything else rows.filter(Q(**{f"{path}__in": scope.organisations}))


def sites(user):
    return _within(Site.objects.order_by("sort_key", "pk"), user, "organisation")


def teams(user):
    return _within(Team.objects.order_by("code"), user, "organisation")


def services(user):
    return Service.objects.visible_to(user).select_related("item").order_by("item__sort_key", "pk")


def categories(user):
    scope = scope_of(user)
    rows = Category.objects.filter(is_active=True).order_by("path", "position", "pk")
    return rows if scope.everything else rows.filter(Q(organisation=None) | Q(organisation__in=scope.organisations))


def calendars(user):
    """Calendars of everybody, and those of the organisations that the person manages."""
    return calendars_of(user).order_by("code")


def queues(user, kept=()):
    """Queues in service, and those that are chosen already."""
    return (
        CallQueue.objects.managed_by(user)
        .filter(Q(is_active=True) | Q(pk__in=[pk for pk in kept if pk]))
        .order_by("position", "code")
    )


def menus(user):
    return CallMenu.objects.managed_by(user).order_by("code")


def operators(user):
    return (
        Operator.objects.managed_by(user)
        .filter(person__is_active=True)
        .select_related("person")
        .order_by("person__sort_key", "pk")
    )


def candidates(user):
    """People who may take calls and are no operators yet."""
    scope = scope_of(user)
    takes = RoleGrant.objects.filter(role__permissions__contains=["calls.take"]).values("user")
    rows = User.objects.filter(pk__in=takes, is_active=True, operator=None).order_by("sort_key", "pk")
    return rows if scope.everything else rows.filter(organisation__in=scope.organisations)
