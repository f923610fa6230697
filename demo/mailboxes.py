"""A mailbox in the demo: switched off, so that nothing is ever called, with a few mails that came in before it was."""

from itsm.gateway.mail import intake, services
from itsm.gateway.mail.models import Mailbox

ABSENT = """From: Claire Fontaine <claire.fontaine@lumen.example>
To: support@lumen.example
Subject: Réponse automatique : votre ticket
Auto-Submitted: auto-replied
Message-ID: <absente@lumen.example>
Content-Type: text/plain; charset=utf-8

Je suis absente jusqu’à lundi.
"""
NAMELESS = """To: support@lumen.example
Subject: Scan du copieur
Message-ID: <copieur@lumen.example>
Content-Type: text/plain; charset=utf-8

Document numérisé : 3 pages.
"""
CODED = (
    b"From: partner@elsewhere.example\nTo: support@lumen.example\nSubject: Offer\nMessage-ID: <offer@elsewhere.example>\n"
    b"Content-Type: text/plain; charset=x-unknown\n\n\xc2\xa8\xff\n"
)


def build(c) -> None:
    """Made by the product's own services; the mails open no ticket."""
    box = services.create_mailbox(
        actor=c.accounts["admin"], organisation_id=c.orgs["LUMEN"].pk, password="vigie-demo", name="Centre de services",  # noqa: S106
        address="support@lumen.example", host="imap.invalid", login="support", processed_folder="Vigie",
        quarantine_folder="Vigie-quarantaine",
    )  # fmt: skip
    services.switch(box.pk, actor=c.accounts["admin"], on=False)
    box = Mailbox.objects.get(pk=box.pk)
    for mail in (ABSENT.encode(), NAMELESS.encode(), CODED):
        intake.take_in(mail, box)
