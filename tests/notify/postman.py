"""A real SMTP server for the tests: keeps what comes, refuses what it is told to refuse."""

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller

from tests.processes import HOST, free_port


class Postman:
    """Refuses by the name in the address: `gone@` for good, `later@` for now, `busy@` with a good-bye, `spam@` by its text.

    With a file `slow`, it reads a mail, makes the file, and does not answer before the sender has gone away.
    """

    def __init__(self):
        self.letters: list[EmailMessage] = []
        self.asked: list[str] = []
        self.slow: Path | None = None
        self.refuses_sender = ""

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.refuses_sender:
            return self.refuses_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.asked.append(address)
        if address.startswith("gone@"):
            return "550 5.1.1 Nobody of that name lives here"
        if address.startswith("later@"):
            return "451 4.7.1 Greylisted, come back"
        if address.startswith("busy@"):
            return "421 4.3.2 Shutting down"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.slow:
            self.slow.touch()
            await asyncio.Event().wait()
        if envelope.rcpt_tos[0].startswith("spam@"):
            return "554 5.7.1 We do not like the text"
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


class PostOffice:
    """The server with its postman, in a thread, on one port however often it closes."""

    def __init__(self):
        self.postman = Postman()
        self.port = free_port()
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://{HOST}:{self.port}"

    def open(self) -> None:
        self._controller = Controller(self.postman, hostname=HOST, port=self.port)
        self._controller.start()

    def close(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None
