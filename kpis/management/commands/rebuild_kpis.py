from django.core.management.base import BaseCommand

from kpis import collecting, rollup


class Command(BaseCommand):
    help = "Computes every fact and sample again from the records."

    def handle(self, *args, **options):
        done = rollup.rebuild(say=self.stdout.write)
        collecting.collect(days=collecting.ALL)
        self.stdout.write(f"Rebuilt from {done} records")
