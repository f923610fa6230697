"""Where mails about a record belong: which mails they answer, and where answers to them go. Doors for mail register what they know."""

from collections.abc import Callable
from dataclasses import dataclass

from itsm.core.registry import Registry

from .models import Message

MOST = 20


@dataclass(frozen=True)
class Thread:
    """Message ids that the reader has, oldest first, and the address for answers ("": the sender's)."""

    ids: tuple[str, ...] = ()
    reply_to: str = ""


THREADS: Registry[Callable[[Message], Thread]] = Registry("mail thread")


def of(message: Message) -> Thread:
    """What all doors know of this message together."""
    found = [thread(message) for thread in THREADS]
    ids = tuple(each for thread in found for each in thread.ids)
    return Thread(ids[-MOST:], next((thread.reply_to for thread in found if thread.reply_to), ""))
