"""`/records/`: every kind of record, to read. Each process has its own address for what it alone knows and does."""

from drf_spectacular.utils import extend_schema

from itsm.people.scope import scope_of
from itsm.records.models import Record

from . import record_rows
from .filters import RecordFilter
from .views import RowsViewSet

NUMBER = r"[A-Za-z]{3}[0-9]{4,12}"
ORDERINGS = {
    "number": ("id",),
    "opened_at": ("opened_at", "id"),
    "updated_at": ("updated_at", "id"),
    "due_at": ("queue_at", "id"),
}


class RecordViewSet(RowsViewSet):
    """Records of every kind that you may see."""

    serializer_class = record_rows.RecordShape
    queryset = Record.objects.none()
    filterset_class = RecordFilter
    orderings, ordering = ORDERINGS, "-number"
    lookup_field, lookup_value_regex = "number", NUMBER

    def get_queryset(self):
        return Record.objects.visible_to(self.request.user)

    def place(self):
        return {"number": self.kwargs["number"].upper()}

    def columns_of(self, queryset):
        return queryset.values(*record_rows.COLUMNS, "queue_at")

    def describe(self, rows):
        return [shown for shown, _row, _names in record_rows.describe(rows, scope_of(self.request.user))]

    @extend_schema(summary="List records of every kind")
    def list(self, request, *args, **kwargs):
        """Newest first. `due_at` sorts by the next deadline of any running clock."""
        return super().list(request, *args, **kwargs)
