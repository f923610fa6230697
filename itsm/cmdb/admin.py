from django.contrib import admin

from . import services
from .models import Service


@admin.register(Service)
class ServiceAdmin(admin.ModelAdmin):
    """What the desk asks of the tickets of a service; everything else of it is changed on its own page."""

    fields = ["item", "time_required"]
    readonly_fields = ["item"]
    list_display = ["item", "stage", "time_required"]
    list_filter = ["stage", "time_required"]
    list_select_related = ["item"]
    search_fields = ["item__name", "item__key"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        services.update_service(obj.pk, actor=request.user, time_required=obj.time_required)
