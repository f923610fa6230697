"""A mailbox of the group, and mails written by hand."""

from email.message import EmailMessage
from email.utils import make_msgid

import pytest

from itsm.gateway.mail import intake
from itsm.gateway.mail.models import Mailbox
from tests.notify.conftest import office, postman  # noqa: F401 - a real SMTP server


def raw(
    text="Bonjour, l’écran clignote.",
    *,
    sender="Claire Fontaine <customer@example.org>",
    subject="Écran",
    to="support@vigie.test",
    html="",
    files=(),
    **headers,
):
    """One mail as it arrives. `files`: (name, type, content); a header `cc` or `in_reply_to` as in Python."""
    mail = EmailMessage()
    if sender:
        mail["From"] = sender
    mail["To"], mail["Subject"] = to, subject
    mail["Date"] = "Mon, 30 Nov 2026 09:00:00 +0100"
    mail["Message-ID"] = headers.pop("message_id", None) or make_msgid(domain="example.org")
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    for name, kind, content in files:
        main, sub = kind.split("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"


@pytest.fixture
def mailbox(world):
    return Mailbox.objects.create(
        name="Support", address="support@vigie.test", host="127.0.0.1", login="support", organisation=world.lumen,
        most_an_hour=1000,
    )  # fmt: skip


@pytest.fixture
def arrives(mailbox):
    """A mail comes in; what became of it."""

    def come(*args, **more):
        return intake.take_in(raw(*args, **more), mailbox)

    return come
