"""`/users/`: people, for those whose role looks people up. Everyone may read themselves at `/users/me/`."""

import django_filters
from django.db.models import Q
from django.db.models.functions import Lower
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from itsm.calendars.models import Calendar
from itsm.core.errors import NotAllowed
from itsm.core.folding import fold
from itsm.escalation import access
from itsm.people import services
from itsm.people.directory import directory
from itsm.people.models import Membership, User
from itsm.people.naming import people_visible_to
from itsm.people.scope import scope_of

from .levels_shapes import CalendarField
from .permissions import MayUseApi
from .record_rows import code, logins_of
from .shapes import Shape
from .views import RowsViewSet

PLAIN = (
    "username", "first_name", "last_name", "email", "phone", "mobile", "job_title", "department", "cost_centre", "vip", "language",
    "time_zone", "is_active",
)  # fmt: skip


class PersonShape(Shape):
    username = serializers.CharField(help_text="Login: how a person is named everywhere else.")
    name = serializers.CharField()
    first_name = serializers.CharField(allow_blank=True)
    last_name = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True, help_text="E.164.")
    mobile = serializers.CharField(allow_blank=True, help_text="E.164.")
    job_title = serializers.CharField(allow_blank=True)
    department = serializers.CharField(allow_blank=True)
    cost_centre = serializers.CharField(allow_blank=True)
    vip = serializers.BooleanField()
    language = serializers.CharField(allow_blank=True)
    time_zone = serializers.CharField(allow_blank=True)
    organisation = serializers.CharField(allow_null=True, help_text="Code.")
    site = serializers.CharField(allow_null=True, help_text="Code.")
    manager = serializers.CharField(allow_null=True, help_text="Login.")
    teams = serializers.ListField(child=serializers.CharField(), help_text="Codes.")
    calendar = serializers.CharField(
        allow_null=True, help_text="Code of the own working hours; null: those of the team."
    )
    is_active = serializers.BooleanField()


class PersonChanges(serializers.Serializer):
    """What leaders and administrators set."""

    calendar = CalendarField(allow_null=True, help_text="Code; null: the hours of the team.")


class MeShape(PersonShape):
    roles = serializers.ListField(child=serializers.CharField())
    permissions = serializers.ListField(child=serializers.CharField())
    scopes = serializers.ListField(child=serializers.CharField(), help_text="Of the token; a session has both.")


class PersonFilter(django_filters.FilterSet):
    email = django_filters.CharFilter(lookup_expr="iexact")
    phone = django_filters.CharFilter(method="by_phone", label="E.164, landline or mobile.")
    organisation = django_filters.CharFilter(field_name="organisation__code", label="Code.")
    team = django_filters.CharFilter(method="by_team", label="Code.")
    vip = django_filters.BooleanFilter()
    is_active = django_filters.BooleanFilter()

    class Meta:
        model = User
        fields: list[str] = []

    def by_phone(self, queryset, _name, value):
        number = "+" + value.strip().removeprefix("+")
        return queryset.filter(Q(phone=number) | Q(mobile=number))

    def by_team(self, queryset, _name, value):
        team = directory.get().teams_by_code.get(value)
        return queryset.filter(pk__in=Membership.objects.filter(team_id=team.pk if team else 0).values("user_id"))


class MayLookPeopleUp(MayUseApi):
    """For all but oneself."""

    def has_permission(self, request, view):
        return super().has_permission(request, view) and (
            view.action == "me" or scope_of(request.user).may("people.read")
        )


class UserViewSet(RowsViewSet):
    """People of the organisations that your role reaches."""

    serializer_class = PersonShape
    permission_classes = [MayLookPeopleUp]
    queryset = User.objects.none()
    filterset_class = PersonFilter
    searches = True
    columns = ("id", *PLAIN, "calendar_id", "organisation_id", "site_id", "manager_id", "sort_key")
    orderings, ordering = {"name": ("sort_key", "id"), "id": ("id",)}, "name"
    lookup_field, lookup_value_regex = "username", r"[^/]{1,150}"

    def get_queryset(self):
        return people_visible_to(self.request.user)

    def filter_queryset(self, queryset):
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def search(self, queryset, text):
        for word in fold(text.replace("\x00", "")).split()[:5]:
            queryset = queryset.filter(Q(sort_key__contains=word) | Q(email__istartswith=word))
        return queryset

    def place(self):
        return {
            "pk__in": User.objects.alias(low=Lower("username"))
            .filter(low=self.kwargs["username"].replace("\x00", "").lower())
            .values("pk")
        }

    def describe(self, rows):
        book, managers = directory.get(), logins_of(row["manager_id"] for row in rows)
        teams: dict[int, list[str]] = {}
        for user_id, team_id in Membership.objects.filter(user_id__in=[row["id"] for row in rows]).values_list(
            "user_id", "team_id"
        ):
            if team_id in book.teams:
                teams.setdefault(user_id, []).append(book.teams[team_id].code)
        wanted = {row["calendar_id"] for row in rows} - {None}
        calendars = dict(Calendar.objects.filter(pk__in=wanted).values_list("pk", "code")) if wanted else {}
        return [
            {
                **{name: row[name] for name in PLAIN},
                "calendar": calendars.get(row["calendar_id"]),
                "name": f"{row['first_name']} {row['last_name']}".strip() or row["username"],
                "organisation": code(book.organisations, row["organisation_id"]),
                "site": code(book.sites, row["site_id"]),
                "manager": managers.get(row["manager_id"]),
                "teams": sorted(teams.get(row["id"], [])),
            }
            for row in rows
        ]

    @extend_schema(request=PersonChanges, responses=PersonShape, summary="Set a person's working hours")
    def partial_update(self, request, username):
        """By who leads one of the person's teams, who manages its organisation, and administrators."""
        found = self.get_queryset().filter(**self.place()).first()
        if found is None:
            raise Http404
        if not access.may_set_hours_of(request.user).filter(pk=found.pk).exists():
            raise NotAllowed(_("Only who leads a team of this person sets their hours."))
        body = PersonChanges(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        services.set_working_hours(found, body.validated_data["calendar"], actor=request.user)
        return Response(self.describe(list(User.objects.filter(pk=found.pk).values(*self.columns)))[0])

    @extend_schema(responses=MeShape, summary="Who am I?", filters=False)
    @action(detail=False, methods=["get"], pagination_class=None)
    def me(self, request):
        """The person whom the token or session stands for, and what they may do."""
        scope = scope_of(request.user)
        row = self.describe(list(User.objects.filter(pk=request.user.pk).values(*self.columns)))[0]
        scopes = sorted(request.auth.scopes) if request.auth else ["read", "write"]
        return Response({**row, "roles": list(scope.roles), "permissions": sorted(scope.permissions), "scopes": scopes})
