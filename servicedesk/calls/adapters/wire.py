"""The lines of the Asterisk Manager Interface: blocks of `Name: value`, each ended by an empty line.

Read from a socket whose reads time out, so that whoever reads can stop and can notice silence.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from time import monotonic

MOST = 1024 * 1024
ANSWER_SECONDS = 20.0
BANNER = b"Asterisk Call Manager"


class Broken(Exception):
    """The connection is gone, or what answers is no manager interface."""


class Refused(Exception):
    """Login or action refused; the words are Asterisk's."""


class Wire:
    """One connection. `timeout` bounds each read and write."""

    def __init__(self, host: str, port: int, *, timeout: float = 5.0):
        try:
            self._socket = socket.create_connection((host, port), timeout=timeout)
        except OSError as error:
            raise Broken(str(error)) from error
        self._kept, self._next, self._until = b"", 0, monotonic() + ANSWER_SECONDS
        if not self._line().startswith(BANNER):
            self.close()
            raise Broken("no Asterisk Call Manager answers here")
        self._until = inf

    def close(self) -> None:
        """Hang up; twice is fine."""
        self._socket.close()

    def send(self, action: str, **fields: str | list[str]) -> str:
        """Write an action; its id. A list is a header a value."""
        self._next += 1
        action_id = f"vigie-{self._next}"
        lines = [("Action", action), ("ActionID", action_id)]
        for name, value in fields.items():
            lines += [(name, each) for each in (value if isinstance(value, list) else [value])]
        # A line break in a value would be another header.
        text = "".join(f"{name}: {str(value).replace(chr(13), ' ').replace(chr(10), ' ')}\r\n" for name, value in lines)
        try:
            self._socket.sendall((text + "\r\n").encode())
        except OSError as error:
            raise Broken(str(error)) from error
        return action_id

    def ask(self, action: str, **fields: str | list[str]) -> tuple[dict[str, str], list[dict[str, str]]]:
        """An action and its response, with the events that came before it. Refused when it says anything but success."""
        action_id = self.send(action, **fields)
        between = []
        with self.in_time():
            for block in self.blocks():
                if block is None:
                    raise Broken("no answer in time")
                if "Response" in block and block.get("ActionID") == action_id:
                    if block["Response"] != "Success":
                        raise Refused(block.get("Message", block["Response"]))
                    return block, between
                between.append(block)
        raise Broken("closed")

    @contextmanager
    def in_time(self) -> Iterator[None]:
        """Broken when what is waited for here does not come in all, however much else the other side says meanwhile."""
        self._until = monotonic() + ANSWER_SECONDS
        try:
            yield
        finally:
            self._until = inf

    def blocks(self) -> Iterator[dict[str, str] | None]:
        """Each block as it comes; None when nothing came in the time of a read. Broken when the line is down."""
        while True:
            end = self._kept.find(b"\r\n\r\n")
            if end >= 0:
                raw, self._kept = self._kept[:end], self._kept[end + 4 :]
                block = _read(raw)
                if block:
                    yield block
                continue
            try:
                self._receive()
            except TimeoutError:
                yield None

    def _receive(self) -> None:
        if monotonic() > self._until:
            raise Broken("no answer in time")
        try:
            more = self._socket.recv(65_536)
        except TimeoutError:
            raise
        except OSError as error:
            raise Broken(str(error)) from error
        if not more:
            raise Broken("the other side has closed")
        self._kept += more
        if len(self._kept) > MOST:
            raise Broken("a block without end")

    def _line(self) -> bytes:
        while b"\r\n" not in self._kept:
            try:
                self._receive()
            except TimeoutError as error:
                raise Broken("no answer in time") from error
        line, self._kept = self._kept.split(b"\r\n", 1)
        return line


def _read(raw: bytes) -> dict[str, str]:
    block: dict[str, str] = {}
    for line in raw.decode("utf-8", "replace").replace("\x00", "").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon and name.strip():
            block[name.strip()] = value.strip()
    return block
