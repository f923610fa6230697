"""Campaigns over REST: list, draft, preview, start, pause, resume, stop, and what became of everybody."""

import django_filters
from django.db.models import F
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from itsm.gateway import fields
from itsm.gateway.idempotency import idempotent
from itsm.gateway.permissions import needs
from itsm.gateway.problems import invalid
from itsm.gateway.shapes import Shape
from itsm.gateway.views import RowsViewSet
from itsm.people.calendars import calendars_of
from itsm.people.models import Organisation

from . import audience, services
from .channels import Ways
from .models import CallCampaign, CampaignState, CampaignTarget, Channel

COLUMNS = (
    "id", "name", "state", "audience", "channels", "subject_fr", "subject_en", "message_fr", "message_en", "per_minute", "hours_from",
    "hours_to", "max_tries", "retry_minutes", "is_all_clear", "created_at", "started_at", "ended_at", "version",
)  # fmt: skip


class CampaignAudience(serializers.Serializer):
    """Whom it is for: name one kind, and what it needs."""

    kind = serializers.ChoiceField(choices=list(audience.KINDS))
    services = serializers.ListField(child=fields.ServiceField(), required=False, max_length=200)
    item = fields.ItemField(required=False)
    sites = serializers.ListField(child=fields.SiteField(), required=False, max_length=200)
    teams = serializers.ListField(child=fields.TeamField(), required=False, max_length=200)
    organisations = serializers.ListField(child=fields.OrganisationField(), required=False, max_length=200)
    record = serializers.CharField(required=False, max_length=20, help_text="Number of an incident.")
    list = serializers.ListField(
        child=serializers.CharField(max_length=300), required=False, max_length=audience.MOST_LINES,
        help_text="Logins, mail addresses or telephone numbers; after a comma a name.",
    )  # fmt: skip

    def kept(self, data: dict) -> dict:
        """The audience as a campaign keeps it."""
        kind = data["kind"]
        names = {"service": "services", "site": "sites", "team": "teams", "organisation": "organisations"}
        if kind == "item":
            rows = [data["item"]] if data.get("item") else []
        else:
            rows = data.get(names.get(kind, ""), [])
        return audience.made(kind, rows, number=data.get("record", ""), text="\n".join(data.get("list", [])))


class CampaignShape(Shape):
    """A campaign."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=CampaignState.choices)
    organisation = serializers.CharField(help_text="Code.")
    audience = serializers.JSONField(help_text="As it was given: kind, names, number.")
    channels = serializers.ListField(child=serializers.ChoiceField(choices=Channel.choices))
    subject_fr = serializers.CharField(allow_blank=True)
    subject_en = serializers.CharField(allow_blank=True)
    message_fr = serializers.CharField(allow_blank=True)
    message_en = serializers.CharField(allow_blank=True)
    per_minute = serializers.IntegerField()
    calendar = serializers.CharField(allow_null=True, help_text="Code.")
    hours_from = serializers.TimeField()
    hours_to = serializers.TimeField()
    max_tries = serializers.IntegerField()
    retry_minutes = serializers.IntegerField()
    major = serializers.CharField(allow_null=True, help_text="Number of the major incident whose all-clear it is.")
    is_all_clear = serializers.BooleanField()
    created_by = serializers.CharField(help_text="Login.")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class NewCampaign(serializers.Serializer):
    """A draft."""

    name = serializers.CharField(max_length=120)
    organisation = fields.OrganisationField()
    audience = CampaignAudience()
    channels = serializers.ListField(child=serializers.ChoiceField(choices=Channel.choices), min_length=1, max_length=3)
    subject_fr = serializers.CharField(max_length=200, required=False, allow_blank=True)
    subject_en = serializers.CharField(max_length=200, required=False, allow_blank=True)
    message_fr = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    message_en = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    per_minute = serializers.IntegerField(min_value=1, max_value=6000, required=False)
    calendar = serializers.CharField(max_length=40, required=False, allow_null=True, help_text="Code.")
    hours_from = serializers.TimeField(required=False)
    hours_to = serializers.TimeField(required=False)
    max_tries = serializers.IntegerField(min_value=1, max_value=5, required=False)
    retry_minutes = serializers.IntegerField(min_value=1, max_value=1440, required=False)


class CampaignPreview(serializers.Serializer):
    """Who would be contacted now."""

    people = serializers.IntegerField()
    channels = serializers.DictField(child=serializers.IntegerField(), help_text="By the channel that is tried first.")
    left_out = serializers.DictField(child=serializers.IntegerField(), help_text="By reason.")


class CampaignPersonShape(Shape):
    """One person of a campaign."""

    id = serializers.IntegerField()
    person = serializers.CharField(allow_null=True, help_text="Login.")
    name = serializers.CharField(allow_blank=True)
    number = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    language = serializers.CharField()
    state = serializers.ChoiceField(choices=CampaignTarget.State.choices)
    why = serializers.CharField(allow_blank=True)
    next_at = serializers.DateTimeField(allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)


class CampaignFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=CampaignState.choices)

    class Meta:
        model = CallCampaign
        fields: list[str] = []


class CampaignViewSet(RowsViewSet):
    """Campaigns, outbound. A draft contacts nobody; `start` writes down whom it reaches and begins."""

    serializer_class = CampaignShape
    permission_classes = [needs("calls.manage")]
    queryset = CallCampaign.objects.none()
    filterset_class = CampaignFilter
    lookup_field, lookup_value_regex = "pk", r"[0-9]{1,18}"
    orderings, ordering = {"id": ("id",), "created_at": ("created_at", "id")}, "-id"

    def get_queryset(self):
        return CallCampaign.objects.visible_to(self.request.user)

    def columns_of(self, queryset):
        return queryset.values(
            *COLUMNS, organisation_code=F("organisation__code"), calendar_code=F("calendar__code"), major_number=F("major__record__number"),
            login=F("created_by__username"),
        )  # fmt: skip

    def describe(self, rows):
        named = {"organisation_code": "organisation", "calendar_code": "calendar", "major_number": "major", "login": "created_by"}  # fmt: skip
        return [{named.get(name, name): value for name, value in row.items()} for row in rows]

    def _campaign(self) -> CallCampaign:
        found = self.get_queryset().select_related("organisation").filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        return found

    @extend_schema(request=NewCampaign, responses={201: CampaignShape}, summary="Write a draft")
    @idempotent
    def create(self, request):
        """Nobody is contacted before it is started."""
        body = NewCampaign(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        given["audience"] = CampaignAudience().kept(given["audience"])
        organisation = Organisation.objects.get(pk=given.pop("organisation").pk)
        if given.get("calendar"):
            calendar = calendars_of(request.user).filter(code=given["calendar"]).first()
            if calendar is None:
                raise invalid("calendar", _("“%(name)s” is not known here.") % {"name": given["calendar"][:40]})
            given["calendar"] = calendar
        made = services.create(actor=request.user, organisation=organisation, **given)
        self.kwargs["pk"] = made.pk
        return Response(self.one(), status=201)

    @extend_schema(responses=CampaignPreview, summary="Who would be contacted")
    @action(detail=True, methods=["get"])
    def preview(self, request, pk):
        """The audience as it is now, with who falls out and why, by the channels that are set up."""
        campaign = self._campaign()
        channels = Ways.of(campaign).of_campaign()
        found = audience.preview(campaign.audience, channels, organisation=campaign.organisation, user=request.user)
        left_out = {why: n for why, n in found.counted.items() if why}
        told = {"channels": dict(found.channels), "languages": dict(found.languages), "left_out": left_out}
        return Response({"people": found.total} | told)

    def _act(self, act: str):
        services.ACTS[act](self._campaign().pk, actor=self.request.user)
        return Response(self.one())

    @extend_schema(request=None, responses=CampaignShape, summary="Start a draft")
    @action(detail=True, methods=["post"])
    @idempotent
    def start(self, request, pk):
        """The audience is written down, and contacted."""
        return self._act("start")

    @extend_schema(request=None, responses=CampaignShape, summary="Pause")
    @action(detail=True, methods=["post"])
    @idempotent
    def pause(self, request, pk):
        """Nobody else is contacted until it goes on."""
        return self._act("pause")

    @extend_schema(request=None, responses=CampaignShape, summary="Go on")
    @action(detail=True, methods=["post"])
    @idempotent
    def resume(self, request, pk):
        """It goes on where it stood."""
        return self._act("resume")

    @extend_schema(request=None, responses=CampaignShape, summary="Stop for good")
    @action(detail=True, methods=["post"])
    @idempotent
    def stop(self, request, pk):
        """Whoever waits is not contacted any more."""
        return self._act("stop")

    @extend_schema(responses=CampaignPersonShape(many=True), summary="What became of everybody")
    @action(detail=True, methods=["get"])
    def targets(self, request, pk):
        """A line a person, in pages."""
        rows = CampaignTarget.objects.filter(campaign=self._campaign())
        found = rows.values(
            "id",
            "name",
            "number",
            "email",
            "language",
            "state",
            "why",
            "next_at",
            "done_at",
            person_login=F("person__username"),
        )
        page = self.paginate_queryset(found)
        return self.get_paginated_response([
            {("person" if name == "person_login" else name): value for name, value in row.items()} for row in page
        ])  # fmt: skip
