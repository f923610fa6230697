from django.contrib import admin
from modeltranslation.admin import TranslationAdmin

from itsm.audit import log
from itsm.core import versions

from .models import Calendar, Opening, SpecialDay


class OpeningInline(admin.TabularInline):
    model = Opening
    extra = 0


class SpecialDayInline(admin.TabularInline):
    model = SpecialDay
    extra = 0


@admin.register(Calendar)
class CalendarAdmin(TranslationAdmin):
    list_display = ["code", "name", "time_zone", "always_open", "holiday_country"]
    search_fields = ["code"]
    inlines = [OpeningInline, SpecialDayInline]

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        log.write("calendar.changed" if change else "calendar.created", form.instance, actor=request.user)
        versions.bump("calendars")
