"""The demo's mail backend: nothing leaves the machine; the send log is the mailbox."""

import uuid

from django.core.mail.backends.base import BaseEmailBackend

from itsm.core import now
from itsm.people.models import User

from .models import Message
from .texts import one_line


class MailboxBackend(BaseEmailBackend):
    """Takes every mail. What did not come from the send log (a new password) is added to it, to be read at /mailbox/."""

    def send_messages(self, email_messages):
        for mail in email_messages:
            if not Message.objects.filter(message_id=mail.extra_headers.get("Message-ID", "")).exists():
                _keep(mail)
        return len(email_messages)


def _keep(mail) -> None:
    html = next((part for part, kind in getattr(mail, "alternatives", []) if kind == "text/html"), "")
    for address in mail.recipients():
        Message.objects.create(
            key=f"direct-{uuid.uuid4().hex}", to_address=address[:254], to_user=User.objects.filter(email__iexact=address).first(),
            template="direct", subject=one_line(str(mail.subject))[:300], body_text=mail.body, body_html=html,
            state=Message.State.SENT, sent_at=now(),
        )  # fmt: skip
