"""Who sees campaigns: those who manage the switchboard, in the organisations that they read."""

from django.db import models

from itsm.people.scope import scope_of


class CampaignQuerySet(models.QuerySet):
    path = "organisation"

    def visible_to(self, user):
        """Of the switchboards that the person manages."""
        scope = scope_of(user)
        if not scope.may("calls.manage"):
            return self.none()
        return self if scope.everything else self.filter(**{f"{self.path}__in": scope.organisations})

    def locked(self):
        """Take the rows before deciding anything. Services only."""
        return self.select_for_update(no_key=True, of=("self",))


class OfCampaignQuerySet(CampaignQuerySet):
    path = "campaign__organisation"


class HookQuerySet(CampaignQuerySet):
    def visible_to(self, user):
        """Of the organisations that the person administers, and those of all."""
        scope = scope_of(user)
        if not scope.may("settings.manage"):
            return self.none()
        if scope.everything:
            return self
        return self.filter(models.Q(organisation__in=scope.organisations))
