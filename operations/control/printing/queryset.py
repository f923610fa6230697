"""Who may read and work printing: by organisation, as lists of ids."""

from ..queryset import ScopedQuerySet


class ServerQuerySet(ScopedQuerySet):
    organisation_path = "organisation_id"


class QueueQuerySet(ScopedQuerySet):
    organisation_path = "item__organisation_id"

    def present(self):
        """Queues that are there, of items that are not retired."""
        return self.filter(is_gone=False).exclude(item__status="retired")


class OfQueueQuerySet(ScopedQuerySet):
    organisation_path = "queue__item__organisation_id"

    def active(self):
        """Jobs that are not over."""
        return self.filter(over_at=None)


class OutputQuerySet(ScopedQuerySet):
    organisation_path = "organisation_id"


class OfOutputQuerySet(ScopedQuerySet):
    organisation_path = "output__organisation_id"
