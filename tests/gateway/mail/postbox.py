"""The last inch of IMAP for tests: a folder of the disk instead of one of a server. Everything above it is the product's own.

`install` puts it in the place of `imap.open_box`, here or in a child process. A file `hang` in it names the act at which to stop and
wait to be killed: `fetch`, `take` (taken in, not yet moved) or `move` (moved, not yet told).
"""

import contextlib
import threading
from pathlib import Path

from itsm.gateway.mail import imap
from itsm.gateway.mail.imap import Fetched, Refused


class Postbox:
    """Files `<uid>.eml` in folders; the file `validity` holds the number of the numbering."""

    def __init__(self, place: Path):
        self.place = place
        (place / "INBOX").mkdir(parents=True, exist_ok=True)
        if not (place / "validity").exists():
            (place / "validity").write_text("1")

    @property
    def validity(self) -> int:
        return int((self.place / "validity").read_text())

    def put(self, raw: bytes, uid: int | None = None) -> int:
        uid = uid or max([0, *(int(each.stem) for each in self.place.glob("*/*.eml"))]) + 1
        (self.place / "INBOX" / f"{uid}.eml").write_bytes(raw)
        return uid

    def lying(self, folder: str = "INBOX") -> list[int]:
        return sorted(int(each.stem) for each in (self.place / folder).glob("*.eml"))

    def count(self) -> int:
        return len(self.lying())

    def uids(self, after: int = 0) -> list[int]:
        return [uid for uid in self.lying() if uid > after][: imap.MOST_UIDS]

    def fetch(self, uid: int, most_bytes: int, head_bytes: int) -> Fetched | None:
        self._hang("fetch", uid)
        file = self.place / "INBOX" / f"{uid}.eml"
        if not file.exists():
            return None
        raw = file.read_bytes()
        return Fetched(raw if len(raw) <= most_bytes else raw[:head_bytes], len(raw))

    def move(self, uid: int, folder: str) -> None:
        self._hang("take", uid)
        if (self.place / "refuses").exists():
            raise Refused("[OVERQUOTA] The folder is full")
        (self.place / folder).mkdir(exist_ok=True)
        (self.place / "INBOX" / f"{uid}.eml").rename(self.place / folder / f"{uid}.eml")
        self._hang("move", uid)

    def mark_read(self, uid: int) -> None:
        self._hang("take", uid)

    def _hang(self, act: str, uid: int) -> None:
        asked = self.place / "hang"
        if asked.exists() and asked.read_text() == f"{act} {uid}":
            (self.place / "hangs").touch()
            threading.Event().wait()


def install(place: Path | str, words: str = "") -> Postbox:
    """All mailboxes are collected from here; with `words` the server refuses everything with them."""
    box = Postbox(Path(place))

    @contextlib.contextmanager
    def opened(_mailbox):
        if words:
            raise Refused(words)
        yield box

    imap.open_box = opened
    return box
