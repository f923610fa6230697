import getpass
import os

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from demo import seed
from itsm.people import services as people
from itsm.people.models import Organisation, User


class Command(BaseCommand):
    help = "First run: organisation, administrator, default matrix, calendars, codes and targets. Asks, or reads VIGIE_* variables."

    def handle(self, *args, **options):
        if User.objects.filter(is_superuser=True).exists():
            raise CommandError("There is already an administrator: the set-up has been done.")
        name = self._ask("VIGIE_ORGANISATION", "Name of the organisation")
        login = self._ask("VIGIE_ADMIN_LOGIN", "Login of the administrator", "admin")
        email = self._ask("VIGIE_ADMIN_EMAIL", "E-mail of the administrator")
        password = os.environ.get("VIGIE_ADMIN_PASSWORD") or getpass.getpass("Password: ")
        try:
            validate_password(password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        with transaction.atomic():
            seed.ensure_defaults()
            root = Organisation.objects.filter(parent=None).first() or people.create_organisation(
                actor=None, code="MAIN", name=name
            )
            desk = people.create_team(
                actor=None, code="N1-CDS", name_fr="Centre de services", name_en="Help desk", level=1, organisation=root
            )
            people.create_person(
                actor=None, password=password, username=login, email=email, organisation=root, roles=[("administrator", None)], teams=[desk],
                is_staff=True, is_superuser=True,
            )  # fmt: skip
        self.stdout.write(f"Ready: sign in as {login}.")

    def _ask(self, variable: str, question: str, default: str = "") -> str:
        try:
            value = os.environ.get(variable) or input(f"{question}{f' [{default}]' if default else ''}: ").strip()
        except EOFError:  # nobody is there to answer
            value = ""
        value = value or default
        if not value:
            raise CommandError(f"{question}: an answer is needed (or set {variable}).")
        return value
