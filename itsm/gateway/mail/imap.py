"""A folder on an IMAP server, as little of it as collecting needs. Every failure is a Refused with the server's own words."""

import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from imap_tools import AND, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessageFlags
from imap_tools.errors import ImapToolsError, UnexpectedCommandStatusError

from itsm.core import sealing
from itsm.notify.texts import storable

from .models import Mailbox

PURPOSE = "mailbox"
TIMEOUT_SECONDS = 20
MOST_UIDS = 500
Security = Mailbox.Security


class Refused(Exception):
    """The server does not do what it is asked; the message is what it said."""


@dataclass(frozen=True)
class Fetched:
    """A mail of the server; `raw` is only its beginning when it is larger than was asked for."""

    raw: bytes
    size: int


class Box:
    """An open folder."""

    def __init__(self, client, folder: str):
        self._client, self._folder = client, folder
        self._there: set[str] = set()

    @property
    def validity(self) -> int:
        """Changes when the server numbers its mails anew."""
        with _words():
            return int(self._client.folder.status(self._folder, ["UIDVALIDITY"])["UIDVALIDITY"])

    def count(self) -> int:
        """How many mails lie in the folder."""
        with _words():
            return int(self._client.folder.status(self._folder, ["MESSAGES"])["MESSAGES"])

    def uids(self, after: int = 0) -> list[int]:
        """Numbers of the mails, oldest first, at most `MOST_UIDS` at a time."""
        with _words():
            found = self._client.uids(AND(uid=f"{after + 1}:*") if after else "ALL")
        # "n:*" names the newest mail even when its number is below n.
        return sorted(number for number in map(int, found) if number > after)[:MOST_UIDS]

    def fetch(self, uid: int, most_bytes: int, head_bytes: int) -> Fetched | None:
        """The mail, without marking it as read; None when somebody took it away in the meantime."""
        with _words():
            sizes = self._uid("FETCH", str(uid), "(RFC822.SIZE)")
            size = next(
                (int(found[1]) for each in sizes if (found := re.search(rb"RFC822\.SIZE (\d+)", _line(each)))), None
            )
            if size is None:
                return None
            what = "(BODY.PEEK[])" if size <= most_bytes else f"(BODY.PEEK[]<0.{head_bytes}>)"
            parts = self._uid("FETCH", str(uid), what)
            raw = next((each[1] for each in parts if isinstance(each, tuple)), None)
        return None if raw is None else Fetched(raw, size)

    def move(self, uid: int, folder: str) -> None:
        """Into another folder, which is made when it is not there."""
        with _words():
            if folder not in self._there:
                if not self._client.folder.exists(folder):
                    self._client.folder.create(folder)
                self._there.add(folder)
            self._client.move([str(uid)], folder)

    def mark_read(self, uid: int) -> None:
        with _words():
            self._client.flag([str(uid)], MailMessageFlags.SEEN, True)

    def _uid(self, *command: str) -> list:
        kind, found = self._client.client.uid(*command)
        if kind != "OK":
            raise UnexpectedCommandStatusError((kind, found), "OK")
        return [each for each in found if each]


@contextlib.contextmanager
def open_box(mailbox: Mailbox) -> Iterator[Box]:
    """Sign in and open the folder of the mailbox."""
    with _words():
        client = _client(mailbox)
    try:
        with _words():
            password = _password(mailbox)
            sign_in = client.login if (mailbox.login + password).isascii() else client.login_utf8
            sign_in(mailbox.login, password, mailbox.folder)
        yield Box(client, mailbox.folder)
    finally:
        with contextlib.suppress(Exception):  # whatever becomes of the good-bye, we leave
            client.logout()


def _client(mailbox: Mailbox):
    given = {"host": mailbox.host, "port": mailbox.port, "timeout": TIMEOUT_SECONDS}
    if mailbox.security == Security.NONE:
        return MailBoxUnencrypted(**given)
    trusted = ssl.create_default_context()
    return (MailBox if mailbox.security == Security.TLS else MailBoxStartTls)(**given, ssl_context=trusted)


def _password(mailbox: Mailbox) -> str:
    try:
        return sealing.unseal(mailbox.sealed, purpose=PURPOSE) if mailbox.sealed else ""
    except sealing.Unreadable:
        raise Refused(
            _("The password cannot be read any more: SECRET_KEY was changed. Enter the password again.")
        ) from None


@contextlib.contextmanager
def _words() -> Iterator[None]:
    try:
        yield
    except UnexpectedCommandStatusError as error:
        raise Refused(_said(error.command_result[1])) from error
    except (ImapToolsError, imaplib.IMAP4.error, OSError, ValueError, EOFError) as error:
        raise Refused(storable(f"{type(error).__name__}: {_said(error.args)}")[:1000]) from error


def _said(parts) -> str:
    """The words of a server, which come as bytes in lists."""
    words = [
        _line(each).decode("utf-8", "replace") if isinstance(each, bytes | tuple) else str(each) for each in parts or ()
    ]
    return storable(" ".join(words).strip() or "?")[:1000]


def _line(part) -> bytes:
    found = part[0] if isinstance(part, tuple) else part
    return found if isinstance(found, bytes) else str(found).encode()
