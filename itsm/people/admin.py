from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from itsm.audit import log
from itsm.core import versions
from itsm.core.errors import DomainError

from . import services
from .models import Absence, Circle, Membership, Organisation, Role, RoleGrant, Site, Team, User


class Audited:
    """Whatever an administrator changes here is audited, and the caches of rights hear of it."""

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if hasattr(obj, "place"):
            obj.place()
            obj.save(update_fields=["path", "sort_key"])
        verb = f"{obj._meta.model_name}.{'changed' if change else 'created'}"
        log.write(verb, obj, actor=request.user, data={"fields": sorted(form.changed_data)})
        versions.bump("people")

    def delete_model(self, request, obj):
        log.write(f"{obj._meta.model_name}.deleted", obj, actor=request.user)
        super().delete_model(request, obj)
        versions.bump("people")

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        versions.bump("people")


class GrantInline(admin.TabularInline):
    model = RoleGrant
    extra = 0
    autocomplete_fields = ["organisation"]


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ["user", "team"]


@admin.register(User)
class PersonAdmin(Audited, UserAdmin):
    list_display = ["username", "first_name", "last_name", "email", "organisation", "is_active"]
    search_fields = ["username", "first_name", "last_name", "email"]
    list_select_related = ["organisation"]
    autocomplete_fields = ["organisation", "site", "manager"]
    inlines = [GrantInline, MembershipInline]
    actions = ["deactivate", "reactivate"]
    fieldsets = (
        *UserAdmin.fieldsets,
        (
            _("Directory"),
            {
                "fields": (
                    "organisation",
                    "site",
                    "manager",
                    "job_title",
                    "department",
                    "cost_centre",
                    "phone",
                    "mobile",
                    "vip",
                    "external_id",
                )
            },
        ),
        (_("Preferences"), {"fields": ("language", "time_zone", "theme")}),
    )

    @admin.action(description=_("Close the accounts: they have left"), permissions=["change"])
    def deactivate(self, request, queryset):
        """Their questions are handed on by the next sweep."""
        self._each(request, queryset, services.deactivate_person)

    @admin.action(description=_("Open the accounts again"), permissions=["change"])
    def reactivate(self, request, queryset):
        """They are back."""
        self._each(request, queryset, services.reactivate_person)

    def _each(self, request, queryset, act):
        for person in queryset.order_by("pk"):
            try:
                act(person, actor=request.user)
            except DomainError as error:
                self.message_user(request, str(error.message), messages.ERROR)


@admin.register(Organisation, Site)
class TreeAdmin(Audited, admin.ModelAdmin):
    list_display = ["code", "name", "parent"]
    search_fields = ["code", "name"]
    list_select_related = ["parent"]
    autocomplete_fields = ["parent"]


@admin.register(Team)
class TeamAdmin(Audited, TranslationAdmin):
    list_display = ["code", "name", "function", "level", "leader", "next_team"]
    search_fields = ["code"]
    list_select_related = ["leader", "next_team"]
    autocomplete_fields = ["leader", "next_team", "organisation"]
    inlines = [MembershipInline]


@admin.register(Role)
class RoleAdmin(Audited, TranslationAdmin):
    list_display = ["code", "name"]


@admin.register(Circle)
class CircleAdmin(Audited, TranslationAdmin):
    list_display = ["code", "name"]
    autocomplete_fields = ["members"]


@admin.register(Absence)
class AbsenceAdmin(Audited, admin.ModelAdmin):
    list_display = ["user", "starts_at", "ends_at", "substitute"]
    autocomplete_fields = ["user", "substitute"]
