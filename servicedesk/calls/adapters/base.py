"""What every way to speak to an exchange can do: take an order about a call. What it tells us arrives as `cti.reading.Message`."""

from abc import ABC, abstractmethod

from itsm.core import sealing
from itsm.core.registry import Registry
from servicedesk.calls.models import Call, Exchange

PURPOSE = "telephone exchanges"


class NotTaken(Exception):
    """The exchange has not done it; the words are for who gave the order."""


class Adapter(ABC):
    """Orders: originate {number, extension}, hangup, connect {extension}, transfer {extension}, queue {queue}, hold, resume,
    callback, voicemail. An adapter that cannot do one raises NotTaken.
    """

    kind = ""

    def __init__(self, exchange: Exchange):
        self.exchange = exchange

    @abstractmethod
    def order(self, call: Call, action: str, facts: dict) -> str:
        """Have it done. The exchange's own id of the call where it gives one, else nothing; NotTaken with words."""

    def secret(self, sealed: str) -> str:
        """A secret of the exchange, readable again."""
        if not sealed:
            return ""
        try:
            return sealing.unseal(sealed, purpose=PURPOSE)
        except sealing.Unreadable as error:
            raise NotTaken("sealed with another SECRET_KEY") from error


ADAPTERS: Registry[type[Adapter]] = Registry("adapter of exchanges")


def register(adapter: type[Adapter]) -> type[Adapter]:
    """Decorator of an adapter's class."""
    ADAPTERS.add(adapter.kind, adapter)
    return adapter


def adapter_of(exchange: Exchange) -> Adapter:
    """The adapter that speaks to this exchange."""
    return ADAPTERS.get(exchange.adapter)(exchange)
