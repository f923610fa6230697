"""`/surveys/`: what was asked after a resolution and what was answered."""

import django_filters
from django.db.models import F, Q
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from itsm.gateway.idempotency import idempotent
from itsm.gateway.record_rows import logins_of
from itsm.gateway.shapes import Shape
from itsm.gateway.views import RowsViewSet
from itsm.records.models import Record

from . import services
from .models import Survey

OPENED = (Survey.State.SENT, Survey.State.ANSWERED, Survey.State.EXPIRED)
PLAIN = (
    "id", "state", "reason", "resolved_at", "created_at", "due_at", "sent_at", "reminded_at", "expires_at", "answered_at", "score",
    "comment",
)  # fmt: skip


class SurveyShape(Shape):
    """One survey a resolution."""

    id = serializers.IntegerField()
    record = serializers.CharField(help_text="Number.")
    person = serializers.CharField(allow_null=True, help_text="Login.")
    state = serializers.ChoiceField(Survey.State.choices)
    reason = serializers.CharField(allow_blank=True, help_text="Why it was not asked.")
    resolved_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    reminded_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    score = serializers.IntegerField(allow_null=True, min_value=1, max_value=5)
    comment = serializers.CharField(allow_blank=True)


class AnswerShape(serializers.Serializer):
    score = serializers.IntegerField(min_value=1, max_value=5)
    comment = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class SurveyFilter(django_filters.FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=Survey.State.choices)
    record = django_filters.CharFilter(method="by_record", label="Number.")
    score = django_filters.NumberFilter(min_value=1, max_value=5)
    answered_after = django_filters.IsoDateTimeFilter(field_name="answered_at", lookup_expr="gte")
    answered_before = django_filters.IsoDateTimeFilter(field_name="answered_at", lookup_expr="lt")

    class Meta:
        model = Survey
        fields: list[str] = []

    def by_record(self, queryset, _name, value):
        return queryset.filter(record__number=value.upper())


class SurveyViewSet(RowsViewSet):
    """Surveys put to you; for agents, those of the records that they read."""

    serializer_class = SurveyShape
    queryset = Survey.objects.none()
    filterset_class = SurveyFilter
    orderings, ordering = {"id": ("id",)}, "-id"
    lookup_field, lookup_value_regex = "pk", r"[0-9]{1,18}"

    def get_queryset(self):
        user = self.request.user
        mine = Q(person_id=user.pk, state__in=OPENED)
        return Survey.objects.filter(mine | Q(record__in=Record.objects.in_desk_of(user)))

    def columns_of(self, queryset):
        return queryset.values(*PLAIN, "person_id", number=F("record__number"))

    def describe(self, rows):
        logins = logins_of(row["person_id"] for row in rows)
        return [
            {**{name: row[name] for name in PLAIN}, "record": row["number"], "person": logins.get(row["person_id"])}
            for row in rows
        ]

    @extend_schema(request=AnswerShape, responses=SurveyShape, summary="Answer a survey")
    @action(detail=True, methods=["post"])
    @idempotent
    def answer(self, request, pk):
        """By the person who was asked, until it expires; the answer may be changed for some hours."""
        survey = Survey.objects.filter(pk=pk, person_id=request.user.pk, state__in=OPENED).first()
        if survey is None:
            raise Http404
        body = AnswerShape(data=request.data)
        body.is_valid(raise_exception=True)
        services.answer(survey.pk, **body.validated_data)
        return Response(self.describe([self.columns_of(Survey.objects.filter(pk=survey.pk)).get()])[0])
