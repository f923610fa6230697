"""`@login` in a message: a colleague who may read the record is told."""

import re

from itsm.people.models import User

from .models import Record

MOST = 10
NAME = re.compile(r"(?<![\w@.])@([\w][\w.+-]{1,149})")


def logins(body: str) -> list[str]:
    """The logins that a text names, each once, without the full stop that ends a sentence."""
    return list(dict.fromkeys(found.rstrip(".-+") for found in NAME.findall(body)))[:MOST]


def named_in(body: str, record: Record) -> list[int]:
    """Keys of the agents that the text names and that read the record at their desk. Requesters are never called so."""
    names = logins(body)
    if not names:
        return []
    spelled = {form for name in names for form in (name, name.lower())}
    people = User.objects.filter(username__in=spelled, is_active=True).order_by("pk")
    return [user.pk for user in people if Record.objects.in_desk_of(user).filter(pk=record.pk).exists()]
