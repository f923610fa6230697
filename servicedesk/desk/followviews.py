"""Who follows a ticket: oneself, a colleague, a colleague of the requester."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from itsm.core.errors import DomainError
from itsm.records import following
from itsm.records.models import Watch

from . import inplace, policies
from .fields import PersonField, people_for
from .guard import desk_required, fetch


@desk_required
@require_POST
def watch(request, number):
    """Follow, or stop following."""
    ticket = fetch(request.user, number)
    follows = Watch.objects.filter(record_id=ticket.pk, user=request.user).exists()
    act = following.unfollow if follows else following.follow
    try:
        act(ticket.pk, actor=request.user, person=request.user)
    except DomainError as error:
        return inplace.not_done(request, number, error)
    return inplace.done(request, number, said=inplace.watching_words(not follows), focus="act-watch")


@desk_required
@require_POST
def followers(request, number):
    """Add a person, or remove one; everybody may remove themselves."""
    ticket = fetch(request.user, number)
    text, removing = request.POST.get("person", "").replace("\x00", ""), "remove" in request.POST
    if not (removing and text.lower() == request.user.username.lower()):
        policies.check(request.user, ticket, "edit")
    try:
        said = _remove(request, ticket, text) if removing else _add(request, ticket, text)
    except ValidationError as error:
        return inplace.not_done(request, number, " ".join(error.messages), target="#follow-error")
    except DomainError as error:
        return inplace.not_done(request, number, error, target="#follow-error")
    return inplace.done(request, number, said=said, focus="follow-new")


def _add(request, ticket, text: str) -> str:
    field = PersonField()
    field.people = people_for(request.user)
    person = field.clean(text)
    words = {"person": person.display_name}
    if following.follow(ticket.pk, actor=request.user, person=person):
        return _("%(person)s follows this ticket and was told.") % words
    return _("%(person)s follows this ticket already.") % words


def _remove(request, ticket, login: str) -> str:
    """By the login that the card shows: also of somebody whom the agent could not add."""
    person = following.follower(ticket.pk, login)
    if person is None:
        return ""
    following.unfollow(ticket.pk, actor=request.user, person=person)
    return _("%(person)s no longer follows this ticket.") % {"person": person.display_name}
