"""Who sees calls: those who take them or manage the switchboard, in the organisations that they read."""

from django.db import models

from itsm.people.scope import scope_of


class _Switchboard(models.QuerySet):
    path = "organisation"

    def visible_to(self, user):
        """Of the switchboards that the person works at or manages."""
        scope = scope_of(user)
        if not (scope.may("calls.take") or scope.may("calls.manage")):
            return self.none()
        return self if scope.everything else self.filter(**{f"{self.path}__in": scope.organisations})

    def managed_by(self, user):
        """Of the switchboards that the person manages."""
        return self.visible_to(user) if scope_of(user).may("calls.manage") else self.none()


class QueueQuerySet(_Switchboard):
    """Queues."""


class NumberQuerySet(_Switchboard):
    """Numbers that people dial."""


class MenuQuerySet(_Switchboard):
    """Menus that sort the calls."""


class OperatorQuerySet(_Switchboard):
    """Operators, by the organisation of the person."""

    path = "person__organisation"


class CallQuerySet(_Switchboard):
    """Calls."""

    def live(self):
        """Somebody is on the line."""
        from .models.calls import LIVE

        return self.filter(state__in=LIVE)

    def waiting(self):
        """Callers that nobody has answered yet, the longest wait first; not those who speak to the machine by now."""
        rows = self.filter(direction="in", state__in=["ringing", "queued"]).exclude(cause="voicemail")
        return rows.order_by("queued_at", "id")

    def locked_free(self):
        """Those that nobody else holds in this moment."""
        return self.select_for_update(no_key=True, skip_locked=True, of=("self",))

    def locked(self):
        """Take the rows before deciding anything. Services only."""
        return self.select_for_update(no_key=True, of=("self",))
