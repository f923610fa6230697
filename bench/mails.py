"""What a mail costs that is taken in: one that opens a ticket, an answer with a quotation and a file, one that came before. Each is undone."""

from collections.abc import Callable
from email.message import EmailMessage
from itertools import count

QUOTED = (
    "\n\nLe lun. 30 nov. 2026 à 09:00, Vigie <vigie@lumen.example> a écrit :\n"
    + "> Une ligne de ce qui fut dit avant.\n" * 60
)
PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 60_000


def pieces() -> list[tuple[str, Callable[[], object]]]:
    """Names and acts. Mails a second are 1,000 by the milliseconds of one, for one collector."""
    from django.db import transaction

    from itsm.gateway.mail import intake
    from itsm.gateway.mail.models import Mailbox
    from itsm.people.models import User
    from servicedesk.models import Incident

    person = User.objects.get(username="requester")
    number = (
        Incident.objects.filter(requester=person, phase="open").order_by("-pk").values_list("number", flat=True).first()
    )
    box, _made = Mailbox.objects.get_or_create(
        name="Bench", defaults={"address": "bench@lumen.example", "host": "imap.invalid", "login": "bench", "active": False,
                                "organisation": person.organisation, "most_an_hour": 10_000, "most_of_domain": 100_000, "most_of_box": 100_000},
    )  # fmt: skip
    numbers = count()

    def mail(subject: str, text: str, *, files: bool = False) -> bytes:
        made = EmailMessage()
        made["From"], made["To"], made["Subject"] = person.email, box.address, subject
        made["Message-ID"] = f"<bench-{next(numbers)}@lumen.example>"
        made.set_content(text)
        if files:
            made.add_attachment(PICTURE, maintype="image", subtype="png", filename="capture.png")
        return made.as_bytes()

    def undone(raw: bytes) -> None:
        with transaction.atomic():
            intake.take_in(raw, box)
            transaction.set_rollback(True)

    def again() -> None:
        with transaction.atomic():
            raw = mail("Bench", "Bonjour")
            intake.take_in(raw, box)
            intake.take_in(raw, box)
            transaction.set_rollback(True)

    found = [("mail in, opens a ticket", lambda: undone(mail("Bench : écran noir", "Bonjour,\n\nL’écran reste noir.")))]
    if number:
        answer = "Toujours noir." + QUOTED
        found.append(("mail in, an answer", lambda: undone(mail(f"Re: [{number}] Bench", answer))))
        found.append(("mail in, with a picture", lambda: undone(mail(f"Re: [{number}] Bench", answer, files=True))))
    return [*found, ("mail in, and once more", again)]


def say(rows: list[dict]) -> None:
    """How many a second that is."""
    for row in rows:
        middle = sorted(row["c1"])[len(row["c1"]) // 2]
        print(f"{row['name']}: {1000 / middle:.0f} a second")
