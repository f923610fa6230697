import csv
import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from itsm.core.errors import DomainError
from itsm.notify import outbox
from itsm.people.models import User
from servicedesk.imports import levels, services
from servicedesk.imports import mapping as mappings
from servicedesk.imports.models import ImportReject, ImportRun

from . import replay_levels


class Command(BaseCommand):
    help = "Imports records from a CSV file: preview, then the import with progress. Run it again to resume."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--mapping", required=True, help="a shipped mapping (servicenow, helpdesk_italian) or a .toml file"
        )
        parser.add_argument("--preview", action="store_true", help="say what would happen and stop")
        parser.add_argument("--queue", action="store_true", help="let a Celery worker do it, and follow its progress")
        parser.add_argument(
            "--under", default="", metavar="CODE", help="then compute the clocks from the history, under this agreement"
        )
        parser.add_argument("--actor", default="", help="login of who imports, for the audit")

    def handle(self, *args, **options):
        try:
            source = mappings.load(options["mapping"]).source
            if options["under"]:
                levels.agreement_of(options["under"])  # a wrong code is told before anything is read
            self._preview(options["file"], options["mapping"])
            if options["preview"]:
                return
            actor = User.objects.filter(username=options["actor"]).first() if options["actor"] else None
            run = services.prepare(options["file"], options["mapping"], actor=actor)
            run = (
                self._follow(run, options["mapping"])
                if options["queue"]
                else services.run(run.pk, name=options["mapping"], tell=self._tell)
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        if not options["queue"]:
            while outbox.drain(2000):
                continue
        self.stdout.write(
            f"{run.get_state_display()}: {run.made} made, {run.known} already there, {run.rejected} rejected"
        )
        if run.rejected:
            self.stdout.write(f"Rejected rows with their reasons: {self._write_rejects(run, options['file'])}")
        if options["under"]:
            replay_levels.replay(self, source, options["under"], actor=actor)
            replay_levels.show(self, source)
        self.stdout.write(
            "The indicators follow within a minute while a worker runs; `manage.py rebuild_kpis` does it at once."
        )

    def _preview(self, file: Path, mapping: str) -> None:
        found = services.preview(file, mapping)
        self.stdout.write(
            f"Preview: {found.rows} rows; {found.new} new, {found.known} already there, {found.ambiguous} closed without resolution, {found.rejected} to reject"
        )
        for reason, count in found.reasons.most_common(10):
            self.stdout.write(f"  {count} × {reason}")

    def _tell(self, run: ImportRun) -> None:
        self.stdout.write(f"  {run.rows_done} rows read, {run.made} made, {run.rejected} rejected")

    def _follow(self, run: ImportRun, mapping: str) -> ImportRun:
        from servicedesk.tasks import run_import

        run_import.delay(run.pk, mapping)
        seen = -1
        while run.state in (ImportRun.State.READY, ImportRun.State.RUNNING):
            time.sleep(0.5)
            run.refresh_from_db()
            if run.rows_done != seen:
                self._tell(run)
                seen = run.rows_done
        return run

    def _write_rejects(self, run: ImportRun, file: Path) -> Path:
        target = Path(f"{file.stem}.rejected.csv")
        with target.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(["line", "key", "reason"])
            writer.writerows(ImportReject.objects.filter(run=run).order_by("line").values_list("line", "key", "reason"))
        return target
