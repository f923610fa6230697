"""Who has which software, over REST."""

from django.db.models import F
from rest_framework import serializers

from itsm.gateway.permissions import needs
from itsm.gateway.shapes import Shape
from itsm.gateway.views import RowsViewSet

from .listing import InstallationFilter
from .models import Installation


class InstallationShape(Shape):
    """A version of a program on an item."""

    id = serializers.IntegerField()
    item = serializers.CharField(help_text="Key.")
    item_name = serializers.CharField()
    software = serializers.CharField()
    publisher = serializers.CharField(allow_blank=True)
    version = serializers.CharField(allow_blank=True)
    arch = serializers.CharField(allow_blank=True)
    since = serializers.DateTimeField()


class InstallationViewSet(RowsViewSet):
    """What is installed now. `?q=openssl&below=3.0.11`: who has it older than that."""

    serializer_class = InstallationShape
    permission_classes = [needs("cmdb.read")]
    queryset = Installation.objects.none()
    filterset_class = InstallationFilter
    lookup_field, lookup_value_regex = "pk", r"[0-9]{1,18}"

    def get_queryset(self):
        return Installation.objects.present().visible_to(self.request.user)

    def columns_of(self, queryset):
        return queryset.values(
            "id",
            "version",
            "arch",
            "since",
            item_key=F("item__key"),
            name=F("item__name"),
            program=F("software__name"),
            by=F("software__publisher"),
        )

    def describe(self, rows):
        return [
            {
                "id": row["id"], "item": row["item_key"], "item_name": row["name"], "software": row["program"], "publisher": row["by"],
                "version": row["version"], "arch": row["arch"], "since": row["since"],
            }
            for row in rows
        ]  # fmt: skip
