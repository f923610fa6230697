"""Which agreements a person reads: those of everybody, and what concerns an organisation that they may know of."""

from django.db.models import QuerySet

from itsm.people.reading import concerning

from .models import Agreement


def agreements_for(user) -> QuerySet[Agreement]:
    """With users, by a team and about a service of an organisation that the person may know of, or of no one in particular."""
    about = concerning(user, "organisation_id", "team__organisation_id", "service__item__organisation_id")
    return Agreement.objects.filter(about)
