from django.core.management.base import BaseCommand

from itsm.core import assets


class Command(BaseCommand):
    help = "Copies and purges the front-end packages into static/vendor."
    requires_system_checks = ()

    def handle(self, *args, **options):
        changed = assets.prepare()
        names = ", ".join(f"{name} {version}" for name, version in assets.versions().items())
        self.stdout.write(f"{'Prepared' if changed else 'Up to date'}: {names}")
