"""Asterisk, by its Manager Interface (TCP, usually port 5038): a listener that comes back whenever the line breaks, and orders.

The listener is a process of its own (`manage.py listen_to_exchanges`); orders open a short connection of theirs.
"""

import logging
import threading
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic

from django.db import DatabaseError, InterfaceError, close_old_connections, connection, transaction

from itsm.core import now
from servicedesk.calls import orders, services
from servicedesk.calls.cti import door, replies
from servicedesk.calls.models import Call, Exchange
from servicedesk.calls.models.calls import LIVE, Direction
from servicedesk.calls.routes import Decision

from . import dialplan
from .base import Adapter, NotTaken, register
from .joining import Joiner
from .wire import Broken, Refused, Wire

logger = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
PING_SECONDS, SILENT_SECONDS, LAST_SECONDS = 20.0, 60.0, 3.0
NOTED = timedelta(seconds=60)
# A call that comes in, and keys that its caller pressed: what the switchboard decides of them is told to the dialplan.
ASKS = ("Newchannel", "UserEvent")
LOCKS = 0x5649_4743  # the class of the advisory locks of listeners


@register
class AmiAdapter(Adapter):
    """Originate, Redirect and Hangup; for the rest Setvar and Redirect to the dialplan, where one takes orders."""

    kind = "ami"

    def connect(self, *, events: str = "off", timeout: float = 5.0) -> Wire:
        """A connection that has signed in; Broken or Refused when there is none."""
        wire = Wire(self.exchange.host, self.exchange.port, timeout=timeout)
        try:
            secret = self.secret(self.exchange.secret)
            wire.ask("Login", Username=self.exchange.username, Secret=secret, Events=events)
        except BaseException:
            wire.close()
            raise
        return wire

    def order(self, call: Call, action: str, facts: dict) -> str:
        """One order on a connection of its own."""
        try:
            wire = self.connect()
            try:
                self._give(wire, call, action, facts)
                wire.send("Logoff")
            finally:
                wire.close()
        except (Broken, Refused) as error:
            raise NotTaken(str(error)) from error
        return call.call_id

    def _give(self, wire: Wire, call: Call, action: str, facts: dict) -> None:
        if action == "originate":
            wire.ask(
                "Originate", Channel=self._channel(facts["extension"]), Exten=facts["number"], Context=self.exchange.context, Priority="1",
                CallerID=facts["extension"], Timeout="30000", Async="true", ChannelId=call.call_id,
            )  # fmt: skip
        elif action == "hangup":
            for channel in self._channels(wire, call):
                wire.ask("Hangup", Channel=channel)
        elif action in ("connect", "transfer"):
            channels = self._channels(wire, call, first=True)
            if not channels:
                raise NotTaken("the call has no channel any more")
            wire.ask(
                "Redirect", Channel=channels[0], Exten=facts["extension"], Context=self.exchange.context, Priority="1"
            )
        elif action not in dialplan.ACTIONS or not self.exchange.dialplan:
            raise NotTaken(f"Asterisk is not told to {action}: the dialplan does that")
        elif action == "announce" and facts.get("number"):
            dialplan.announce(wire, self.exchange, call, facts)
        else:
            channels = self._channels(wire, call, first=True)
            if not channels:
                raise NotTaken("the call has no channel any more")
            dialplan.send(wire, self.exchange, call, channels[0], action, facts)

    def _channel(self, extension: str) -> str:
        return self.exchange.channel.replace("{extension}", extension)

    @staticmethod
    def _channels(wire: Wire, call: Call, *, first: bool = False) -> list[str]:
        """The channels of a call; only the caller's with `first`."""
        rows = [row for row in channels(wire) if row.get("Linkedid") == call.call_id]
        rows = [row for row in rows if not row.get("Channel", "").startswith("Local/")]
        return [row["Channel"] for row in rows if not first or row.get("Uniqueid") == call.call_id]


def channels(wire: Wire) -> list[dict[str, str]]:
    """Every channel that there is now."""
    action_id, found = wire.send("CoreShowChannels"), []
    with wire.in_time():
        for block in wire.blocks():
            if block is None:
                raise Broken("no answer in time")
            if block.get("ActionID") != action_id:
                continue
            if block.get("Response") == "Error":
                raise Refused(block.get("Message", "CoreShowChannels"))
            if block.get("Event") == "CoreShowChannel":
                found.append(block)
            elif block.get("Event") == "CoreShowChannelsComplete":
                return found
    return found
    return found


class Listener:
    """Hears one exchange until it is told to stop; one listener an exchange, however many processes try."""

    def __init__(
        self, exchange_id: int, stop: threading.Event, *, read_seconds: float = 2.0, first_pause: float = FIRST_PAUSE
    ):
        self.exchange_id, self.stop = exchange_id, stop
        self._read_seconds, self._first_pause = read_seconds, first_pause
        self._noted = now() - NOTED * 2

    def run(self) -> None:
        """Connect, hear, and come back with a pause that doubles while it fails."""
        pause = self._first_pause
        while not self.stop.is_set():
            heard = False
            try:
                with _alone(self.exchange_id) as mine:
                    if mine:
                        heard = self._hear()
            except (Broken, Refused, NotTaken) as error:
                heard = getattr(error, "heard", False)
                self._trouble(str(error))
            except (DatabaseError, InterfaceError):
                logger.exception("The listener of exchange %s waits for the database.", self.exchange_id)
                close_old_connections()
            pause = self._first_pause if heard else min(pause * 2, LONGEST_PAUSE)
            self.stop.wait(pause)

    def _hear(self) -> bool:
        exchange = Exchange.objects.select_related("source__organisation").get(pk=self.exchange_id)
        wire = AmiAdapter(exchange).connect(events="call,agent,cdr,user", timeout=self._read_seconds)
        try:
            Exchange.objects.filter(pk=exchange.pk).update(connected_at=now(), heard_at=now(), trouble="")
            joiner = Joiner(exchange.context)
            self._catch_up(exchange, wire, joiner)
            self._follow(exchange, wire, joiner)
        except Broken as error:
            error.heard = True  # type: ignore[attr-defined] - it was there: the next try comes soon
            raise
        finally:
            wire.close()
        return True

    def _follow(self, exchange: Exchange, wire: Wire, joiner: Joiner) -> None:
        heard = asked = monotonic()
        last = float("inf")
        for block in wire.blocks():
            at = monotonic()
            if self.stop.is_set():
                # What has been said already is heard, for a moment.
                last = min(last, at + LAST_SECONDS)
                if block is None or at > last:
                    return
            if block is not None:
                heard = at
                self._take(exchange, joiner, block)
            elif at - heard > SILENT_SECONDS:
                raise Broken("silent for too long")
            if at - max(heard, asked) > PING_SECONDS:
                wire.send("Ping")
                asked = at

    def _take(self, exchange: Exchange, joiner: Joiner, block: dict[str, str]) -> None:
        """Each message in a transaction of its own: one that fails holds up no other."""
        for message in joiner.take(block):
            try:
                with transaction.atomic():
                    row, decision = door.take(exchange.source, message, now())
                    if row is not None and exchange.dialplan and message.said in ASKS:
                        self._route(row, decision)
            except (DatabaseError, InterfaceError):
                raise
            except Exception:
                logger.exception("A message of exchange %s could not be taken.", exchange.pk)
        self._note(exchange)

    @staticmethod
    def _route(row: Call, decision: Decision) -> None:
        """Over HTTP the exchange would be answered; here it is told, after the commit."""
        facts = replies.as_json(decision, row)
        action = facts.pop("action", "")
        if row.direction == Direction.IN and not row.answered_at and action in dialplan.ACTIONS:
            orders.tell(row, action, **facts)

    def _note(self, exchange: Exchange) -> None:
        if now() - self._noted > NOTED:
            self._noted = now()
            Exchange.objects.filter(pk=exchange.pk).update(heard_at=self._noted)

    def _catch_up(self, exchange: Exchange, wire: Wire, joiner: Joiner) -> None:
        """Calls that have ended while nobody listened."""
        before = now()
        rows = channels(wire)
        joiner.seed(rows)
        alive = {row.get("Linkedid") for row in rows}
        mine = Call.objects.filter(source=exchange.source_id, state__in=LIVE, started_at__lt=before).exclude(call_id="")
        for call in mine.order_by("pk"):
            if call.call_id not in alive:
                services.hang_up(call, lost=True)

    def _trouble(self, words: str) -> None:
        logger.warning("Exchange %s: %s", self.exchange_id, words)
        Exchange.objects.filter(pk=self.exchange_id).update(trouble=words[:300])


@contextmanager
def _alone(pk: int):
    """Only one process hears an exchange; the lock goes with the database's session."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCKS, pk])
        mine = cursor.fetchone()[0]
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCKS, pk])
