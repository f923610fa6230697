import sys

from django.core.management.base import BaseCommand, CommandError

from demo import seed
from itsm.people.models import Organisation


class Command(BaseCommand):
    help = "Loads the demo company, relative to today, with a fixed random seed."

    def add_arguments(self, parser):
        parser.add_argument("--scale", type=float, default=1.0, help="how many tickets, 1 = 3,200")
        parser.add_argument(
            "--is-needed", action="store_true", help="exit 0 when the database is empty, 1 otherwise; load nothing"
        )

    def handle(self, *args, **options):
        empty = not Organisation.objects.exists()
        if options["is_needed"]:
            sys.exit(0 if empty else 1)
        if not empty:
            raise CommandError("The database is not empty: the demo is only loaded into an empty one.")
        if options["scale"] <= 0:
            raise CommandError("--scale must be greater than 0.")
        seed.run(scale=options["scale"], say=self.stdout.write)
