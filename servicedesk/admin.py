from django.contrib import admin

from itsm.audit import log

from .models import SurveyRule


@admin.register(SurveyRule)
class SurveyRuleAdmin(admin.ModelAdmin):
    list_display = ["service", "share"]
    list_select_related = ["service__item"]

    def get_readonly_fields(self, request, obj=None):
        # The service is the key: another one would be another rule.
        return ["service"] if obj else []

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        log.write(
            "survey_rule.changed" if change else "survey_rule.created", obj, actor=request.user,
            data={"share": obj.share},
        )  # fmt: skip

    def delete_model(self, request, obj):
        log.write("survey_rule.deleted", obj, actor=request.user)
        super().delete_model(request, obj)

    def delete_queryset(self, request, queryset):
        for rule in queryset:
            self.delete_model(request, rule)
