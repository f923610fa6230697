from django.contrib import admin

from itsm.audit import log
from itsm.core import versions

from .models import SilenceRule


@admin.register(SilenceRule)
class SilenceRuleAdmin(admin.ModelAdmin):
    list_display = ["organisation", "is_active", "reminder_hours", "resolve_hours", "resolution_code"]
    list_select_related = ["organisation", "resolution_code"]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        log.write("silence_rule.changed" if change else "silence_rule.created", obj, actor=request.user)
        versions.bump("codes")

    def delete_model(self, request, obj):
        log.write("silence_rule.deleted", obj, actor=request.user)
        super().delete_model(request, obj)
        versions.bump("codes")

    def delete_queryset(self, request, queryset):
        for rule in queryset:
            self.delete_model(request, rule)
