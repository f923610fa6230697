"""`manage.py send_test_mail ADDRESS`: does mail leave this installation?"""

import uuid
from smtplib import SMTPException

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from itsm.notify import messages, sending
from itsm.notify.models import Message


class Command(BaseCommand):
    help = "Sends one mail through the send log, at once, and says what the mail server answered."

    def add_arguments(self, parser):
        parser.add_argument("address")

    def handle(self, *, address, **options):
        try:
            validate_email(address)
        except ValidationError as error:
            raise CommandError(f"{address} is no mail address.") from error
        message = messages.queue(key=f"test-{uuid.uuid4().hex}", template="test", context={}, address=address)
        try:
            message = sending.send_one(message.pk)
        except (OSError, SMTPException) as error:
            raise CommandError(f"The mail server does not answer: {error}") from error
        if message.state != Message.State.SENT:
            raise CommandError(f"Not sent ({message.get_state_display()}): {message.reason}")
        self.stdout.write(self.style.SUCCESS(f"Sent to {address}, {message.message_id}"))
