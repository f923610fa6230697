"""`/approvals/`: what one is asked to approve, and the two answers."""

import django_filters
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from itsm.people.scope import scope_of
from itsm.records.approvals import access, services
from itsm.records.models import Approval, Record

from .idempotency import idempotent
from .record_rows import logins_of
from .shapes import Shape
from .views import RowsViewSet

PLAIN = ("id", "stage", "state", "asked_at", "due_at", "decided_at", "reason", "why", "instead")
PEOPLE = {"approver_id": "approver", "decided_by_id": "decided_by", "instead_of_id": "instead_of"}


class ApprovalShape(Shape):
    """One question to one person."""

    id = serializers.IntegerField()
    record = serializers.CharField(help_text="Number.")
    title = serializers.CharField(help_text="Of the record.")
    stage = serializers.IntegerField()
    state = serializers.ChoiceField(Approval.State.choices)
    approver = serializers.CharField(help_text="Login of who is asked.")
    why = serializers.ChoiceField(Approval.Why.choices, allow_blank=True, help_text="Why this person is asked.")
    instead = serializers.ChoiceField(
        Approval.Instead.choices,
        allow_blank=True,
        help_text="How the question came to somebody else than the first choice.",
    )
    instead_of = serializers.CharField(allow_null=True, help_text="Login of who would have been asked.")
    asked_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.CharField(
        allow_null=True, help_text="Login; differs from `approver` when a substitute answered."
    )
    reason = serializers.CharField(allow_blank=True)
    answerable = serializers.BooleanField(help_text="Is it yours to answer now?")


class Yes(serializers.Serializer):
    reason = serializers.CharField(max_length=services.LONGEST, required=False, allow_blank=True, help_text="A remark.")


class No(serializers.Serializer):
    reason = serializers.CharField(max_length=services.LONGEST, help_text="The requester will read it.")


class ApprovalFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=Approval.State.choices)
    record = django_filters.CharFilter(
        method="by_record", label="Number of a record: all its approvals, if you may read it."
    )

    class Meta:
        model = Approval
        fields: list[str] = []

    def by_record(self, queryset, _name, value):
        return queryset.filter(record__number=value.upper())


class ApprovalViewSet(RowsViewSet):
    """What you were asked to approve, and what waits for those you stand in for; with `record`, all of that record."""

    serializer_class = ApprovalShape
    queryset = Approval.objects.none()
    filterset_class = ApprovalFilter
    columns = (*PLAIN, *PEOPLE, "record_id", "record__number", "record__title")
    orderings, ordering = {"-id": ("-id",), "id": ("id",)}, "-id"
    lookup_field, lookup_value_regex = "pk", r"[0-9]{1,18}"

    def get_queryset(self):
        user, number = self.request.user, self.request.query_params.get("record", "").strip()
        if number and self.action == "list":
            seen = Record.objects.visible_to(user).filter(number=number.upper()[:20])
            return Approval.objects.filter(record__in=seen.values("pk"))
        if self.action == "retrieve" and scope_of(user).is_agent:
            of_desk = Approval.objects.filter(record__in=Record.objects.in_desk_of(user).values("pk"))
            return Approval.objects.asked_of(user) | of_desk
        return Approval.objects.asked_of(user)

    def describe(self, rows):
        logins = logins_of([row[name] for row in rows for name in PEOPLE])
        mine = set(
            Approval.objects.answerable_by(self.request.user)
            .filter(pk__in=[row["id"] for row in rows]).values_list("pk", flat=True)
        )  # fmt: skip
        return [
            {name: row[name] for name in PLAIN}
            | {shown: logins.get(row[name]) for name, shown in PEOPLE.items()}
            | {"record": row["record__number"], "title": row["record__title"], "answerable": row["id"] in mine}
            for row in rows
        ]

    @extend_schema(request=Yes, responses=ApprovalShape, summary="Approve")
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    @idempotent
    def approve(self, request, pk):
        """409 when it was decided otherwise already."""
        return self._answer(request, pk, Yes, approve=True)

    @extend_schema(request=No, responses=ApprovalShape, summary="Refuse")
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    @idempotent
    def refuse(self, request, pk):
        """A reason is needed. 409 when it was decided otherwise already."""
        return self._answer(request, pk, No, approve=False)

    def _answer(self, request, pk, shape, *, approve: bool):
        if not access.asked(Approval.objects.filter(pk=pk), request.user).exists():
            raise Http404
        body = shape(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data.get("reason", "")
        services.answer(int(pk), actor=request.user, approve=approve, reason=reason, how="api")
        return Response(self.describe([Approval.objects.values(*self.columns).get(pk=pk)])[0])
