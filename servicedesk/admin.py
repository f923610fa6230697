from django.contrib import admin

from itsm.audit import log

from .access.models import AccessTemplate, AccessTemplateLine
from .macros.forms import WordsForm
from .models import CannedReply, ChecklistTemplate, Macro, SurveyRule


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


class Logged(admin.ModelAdmin):
    """Who changed what agents say is a question that gets asked."""

    form = WordsForm

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        log.write(f"{obj._meta.model_name}.{'changed' if change else 'created'}", obj, actor=request.user)

    def delete_model(self, request, obj):
        log.write(f"{obj._meta.model_name}.deleted", obj, actor=request.user)
        super().delete_model(request, obj)

    def delete_queryset(self, request, queryset):
        for each in queryset:
            self.delete_model(request, each)


@admin.register(CannedReply)
class CannedReplyAdmin(Logged):
    list_display = ["name", "language", "team", "owner"]
    list_filter = ["language", "team"]
    list_select_related = ["team", "owner"]
    raw_id_fields = ["owner"]
    search_fields = ["name", "body"]


@admin.register(Macro)
class MacroAdmin(Logged):
    list_display = ["name", "team", "owner", "active"]
    list_filter = ["active", "team"]
    list_select_related = ["team", "owner"]
    raw_id_fields = ["owner", "category"]
    search_fields = ["name"]


@admin.register(ChecklistTemplate)
class ChecklistTemplateAdmin(Logged):
    list_display = ["name", "team", "owner"]
    list_filter = ["team"]
    list_select_related = ["team", "owner"]
    raw_id_fields = ["owner"]
    search_fields = ["name", "lines"]


class LinesOfTemplate(admin.TabularInline):
    model = AccessTemplateLine
    raw_id_fields = ["item"]
    extra = 1


@admin.register(AccessTemplate)
class AccessTemplateAdmin(admin.ModelAdmin):
    """What a job needs; who changed it is a question that gets asked."""

    list_display = ["code", "name", "is_active"]
    inlines = [LinesOfTemplate]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        verb = "access_template.changed" if change else "access_template.created"
        log.write(verb, obj, actor=request.user, data={"fields": form.changed_data})

    def delete_model(self, request, obj):
        log.write("access_template.deleted", obj, actor=request.user)
        super().delete_model(request, obj)

    def delete_queryset(self, request, queryset):
        for template in queryset:
            self.delete_model(request, template)
