"""What tickets refer to: organisations, sites, teams, categories and codes. Read here, changed in the administration."""

from django.db.models import Q
from django.utils.translation import get_language
from rest_framework import serializers

from itsm.calendars.models import Calendar, Opening
from itsm.people.directory import directory
from itsm.people.models import Organisation, Site, Team
from itsm.people.reading import known_organisations
from itsm.people.scope import scope_of
from itsm.records import reference
from itsm.records.models import Category, CauseCode, HoldReason, ResolutionCode

from .record_rows import logins_of
from .shapes import Shape
from .views import RowsViewSet

CODE = r"[^/]{1,150}"


def code_of(rows: dict, pk: int | None) -> str | None:
    """The code of a row that is kept per process."""
    return rows[pk].code if pk in rows else None


class ByCode(RowsViewSet):
    """Rows that have a code."""

    lookup_field, lookup_value_regex = "code", CODE
    orderings, ordering = {"code": ("code",)}, "code"

    def place(self):
        return {"code": self.kwargs["code"].replace("\x00", "")}


class OrganisationShape(Shape):
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(Organisation.Kind.choices)
    parent = serializers.CharField(allow_null=True, help_text="Code.")
    language = serializers.CharField()
    time_zone = serializers.CharField()
    is_active = serializers.BooleanField()


class OrganisationViewSet(ByCode):
    """Organisations that your role reaches, and your own with those above it."""

    serializer_class = OrganisationShape
    queryset = Organisation.objects.none()
    filterset_fields = ["kind", "is_active"]
    columns = ("id", "code", "name", "kind", "parent_id", "language", "time_zone", "is_active", "sort_key")
    orderings, ordering = {"code": ("code",), "name": ("sort_key", "id")}, "code"

    def get_queryset(self):
        return (
            Organisation.objects.all()
            if scope_of(self.request.user).everything
            else Organisation.objects.filter(pk__in=known_organisations(self.request.user))
        )

    def describe(self, rows):
        orgs = directory.get().organisations
        return [
            {
                **{name: row[name] for name in OrganisationShape().fields if name != "parent"},
                "parent": code_of(orgs, row["parent_id"]),
            }
            for row in rows
        ]


class SiteShape(Shape):
    code = serializers.CharField()
    name = serializers.CharField()
    organisation = serializers.CharField(help_text="Code.")
    parent = serializers.CharField(allow_null=True, help_text="Code.")
    address = serializers.CharField(allow_blank=True)
    country = serializers.CharField()
    time_zone = serializers.CharField()
    is_active = serializers.BooleanField()


class SiteViewSet(ByCode):
    """Sites of the organisations that you may know of."""

    serializer_class = SiteShape
    queryset = Site.objects.none()
    filterset_fields = ["country", "is_active"]
    columns = (
        "id",
        "code",
        "name",
        "organisation_id",
        "parent_id",
        "address",
        "country",
        "time_zone",
        "is_active",
        "sort_key",
    )
    orderings, ordering = {"code": ("code",), "name": ("sort_key", "id")}, "code"

    def get_queryset(self):
        user = self.request.user
        return (
            Site.objects.all()
            if scope_of(user).everything
            else Site.objects.filter(organisation_id__in=known_organisations(user))
        )

    def describe(self, rows):
        book, plain = directory.get(), ("code", "name", "address", "country", "time_zone", "is_active")
        return [
            {
                **{name: row[name] for name in plain},
                "organisation": code_of(book.organisations, row["organisation_id"]),
                "parent": code_of(book.sites, row["parent_id"]),
            }
            for row in rows
        ]


class TeamShape(Shape):
    code = serializers.CharField()
    name = serializers.CharField(help_text="In your language.")
    function = serializers.ChoiceField(Team.Function.choices)
    level = serializers.IntegerField(allow_null=True)
    organisation = serializers.CharField(help_text="Code.")
    leader = serializers.CharField(allow_null=True, help_text="Login.")
    next_team = serializers.CharField(allow_null=True, help_text="Code of the team that an escalation goes to.")
    email = serializers.CharField(allow_blank=True)
    is_active = serializers.BooleanField()


class TeamViewSet(ByCode):
    """Teams of the organisations that your role reaches, and your own teams."""

    serializer_class = TeamShape
    queryset = Team.objects.none()
    filterset_fields = ["function", "level", "is_active"]
    columns = (
        "id",
        "code",
        "name_fr",
        "name_en",
        "function",
        "level",
        "organisation_id",
        "leader_id",
        "next_team_id",
        "email",
        "is_active",
    )

    def get_queryset(self):
        scope = scope_of(self.request.user)
        if scope.everything:
            return Team.objects.all()
        return Team.objects.filter(Q(organisation_id__in=scope.organisations) | Q(pk__in=scope.teams))

    def describe(self, rows):
        book, logins = directory.get(), logins_of(row["leader_id"] for row in rows)
        return [
            {
                **{name: row[name] for name in ("code", "function", "level", "email", "is_active")},
                "name": in_language(row),
                "organisation": code_of(book.organisations, row["organisation_id"]),
                "leader": logins.get(row["leader_id"]),
                "next_team": code_of(book.teams, row["next_team_id"]),
            }
            for row in rows
        ]


def in_language(row: dict) -> str:
    """The name of a translated row for the reader, else the other language's, else the code."""
    first, second = ("name_en", "name_fr") if (get_language() or "fr").startswith("en") else ("name_fr", "name_en")
    return row[first] or row[second] or row["code"]


class CodeShape(Shape):
    code = serializers.CharField()
    name = serializers.CharField(help_text="In your language.")
    organisation = serializers.CharField(allow_null=True, help_text="Code; empty: for everyone.")
    kinds = serializers.ListField(child=serializers.CharField(), help_text="Kinds of record it is for; empty: all.")
    position = serializers.IntegerField()
    is_active = serializers.BooleanField()


class CodeViewSet(ByCode):
    """A list of codes."""

    flags: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    filterset_fields = ["is_active"]
    orderings, ordering = {"position": ("position", "id"), "code": ("code",)}, "position"

    def get_queryset(self):
        found = self.queryset.model.objects.all()
        user = self.request.user
        return (
            found
            if scope_of(user).everything
            else found.filter(Q(organisation=None) | Q(organisation_id__in=known_organisations(user)))
        )

    def columns_of(self, queryset):
        return queryset.values(
            "id",
            "code",
            "name_fr",
            "name_en",
            "organisation_id",
            "kinds",
            "position",
            "is_active",
            *self.flags,
            *self.more,
        )

    def describe(self, rows):
        orgs = directory.get().organisations
        return [
            {
                **{name: row[name] for name in ("code", "kinds", "position", "is_active", *self.flags)},
                "name": in_language(row),
                "organisation": code_of(orgs, row["organisation_id"]),
            }
            for row in rows
        ]


class ResolutionCodeShape(CodeShape):
    excluded_from_kpis = serializers.BooleanField()
    for_people = serializers.BooleanField(help_text="Offered when resolving.")


class ResolutionCodeViewSet(CodeViewSet):
    """How a record ended."""

    serializer_class, queryset = ResolutionCodeShape, ResolutionCode.objects.none()
    flags = ("excluded_from_kpis", "for_people")


class CauseCodeViewSet(CodeViewSet):
    """Why it happened."""

    serializer_class, queryset = CodeShape, CauseCode.objects.none()


class HoldReasonShape(CodeShape):
    pauses_clock = serializers.BooleanField()
    waits_for_requester = serializers.BooleanField()
    comment_required = serializers.BooleanField()
    until_required = serializers.BooleanField()


class HoldReasonViewSet(CodeViewSet):
    """What work waits for."""

    serializer_class, queryset = HoldReasonShape, HoldReason.objects.none()
    flags = ("pauses_clock", "waits_for_requester", "comment_required", "until_required")


class CategoryShape(CodeShape):
    parent = serializers.CharField(allow_null=True, help_text="Code.")
    path = serializers.CharField(help_text="Names from the top, in your language.")


class CategoryViewSet(CodeViewSet):
    """What records are about: a tree."""

    serializer_class, queryset = CategoryShape, Category.objects.none()
    more = ("parent_id",)

    def describe(self, rows):
        known = reference.categories.get()
        shown = super().describe(rows)
        return [
            {**each, "parent": code_of(known, row["parent_id"]), "path": reference.category_path(row["id"])}
            for each, row in zip(shown, rows, strict=True)
        ]


class OpeningShape(serializers.Serializer):
    weekday = serializers.IntegerField(min_value=0, max_value=6, help_text="0 is Monday.")
    starts = serializers.IntegerField(min_value=0, max_value=1440, help_text="Minutes from midnight.")
    ends = serializers.IntegerField(min_value=0, max_value=1440, help_text="Minutes from midnight.")


class CalendarShape(Shape):
    code = serializers.CharField()
    name = serializers.CharField(help_text="In your language.")
    organisation = serializers.CharField(allow_null=True, help_text="Code; empty: for everyone.")
    time_zone = serializers.CharField()
    always_open = serializers.BooleanField()
    holiday_country = serializers.CharField(allow_blank=True, help_text="Whose public holidays it keeps.")
    openings = OpeningShape(many=True)


class CalendarViewSet(ByCode):
    """Business calendars: when targets count."""

    serializer_class, queryset = CalendarShape, Calendar.objects.none()
    columns = ("id", "code", "name_fr", "name_en", "organisation_id", "time_zone", "always_open", "holiday_country")

    def get_queryset(self):
        user = self.request.user
        found = Calendar.objects.all()
        return (
            found
            if scope_of(user).everything
            else found.filter(Q(organisation=None) | Q(organisation_id__in=known_organisations(user)))
        )

    def describe(self, rows):
        orgs, openings = directory.get().organisations, {}
        for row in Opening.objects.filter(calendar_id__in=[row["id"] for row in rows]).values(
            "calendar_id", "weekday", "starts", "ends"
        ):
            openings.setdefault(row.pop("calendar_id"), []).append(row)
        return [
            {
                **{name: row[name] for name in ("code", "time_zone", "always_open", "holiday_country")},
                "name": in_language(row),
                "organisation": code_of(orgs, row["organisation_id"]),
                "openings": openings.get(row["id"], []),
            }
            for row in rows
        ]
