"""Who follows a ticket: oneself, a colleague, a colleague of the requester."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from itsm.core.errors import DomainError
from itsm.records import following
from itsm.records.models import Watch

from . import policies
from .fields import PersonField, people_for
from .guard import desk_required, fetch, place


@desk_required
@require_POST
def watch(request, number):
    """Follow, or stop following."""
    incident = fetch(request.user, number)
    act = (
        following.unfollow
        if Watch.objects.filter(record_id=incident.pk, user=request.user).exists()
        else following.follow
    )
    try:
        act(incident.pk, actor=request.user, person=request.user)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect(place(request, number))


@desk_required
@require_POST
def followers(request, number):
    """Add a person, or remove one; everybody may remove themselves."""
    incident = fetch(request.user, number)
    text, removing = request.POST.get("person", "").replace("\x00", ""), "remove" in request.POST
    if not (removing and text == request.user.username):
        policies.check(request.user, incident, "edit")
    try:
        if removing:
            _remove(request, incident, text)
        else:
            _add(request, incident, text)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect(place(request, incident.number))


def _add(request, incident, text: str) -> None:
    field = PersonField()
    field.people = people_for(request.user)
    person = field.clean(text)
    words = {"person": person.display_name}
    if following.follow(incident.pk, actor=request.user, person=person):
        messages.success(request, _("%(person)s follows this ticket and was told.") % words)
    else:
        messages.info(request, _("%(person)s follows this ticket already.") % words)


def _remove(request, incident, login: str) -> None:
    """By the login that the card shows: also of somebody whom the agent could not add."""
    found = Watch.objects.filter(record_id=incident.pk, user__username=login).select_related("user").first()
    if found is not None:
        following.unfollow(incident.pk, actor=request.user, person=found.user)
