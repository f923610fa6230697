"""Who reads what came in: administrators all of it, who manages the desk what does not stand on a ticket closed to them."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404
from django.views.decorators.cache import never_cache

from itsm.people.scope import scope_of
from itsm.records.models import Record

from .models import InboundMail, Mailbox


def readers_only(view):
    """Sign-in, and the right to administer or to manage a desk."""

    @wraps(view)
    @login_required
    @never_cache
    def guarded(request, *args, **kwargs):
        scope = scope_of(request.user)
        if not (scope.may("settings.manage") or scope.may("records.manage")):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def administers(user, box: Mailbox) -> bool:
    """May they change it, and decide about its mails?"""
    return Mailbox.objects.visible_to(user).filter(pk=box.pk).exists()


def mails_of(box: Mailbox, user):
    """The mails of a mailbox that a person reads."""
    rows = InboundMail.objects.filter(mailbox=box)
    if administers(user, box):
        return rows
    return rows.filter(Q(record=None) | Q(record__in=Record.objects.visible_to(user).values("pk")))
