from django.core.management.base import BaseCommand, CommandError

from itsm.core.errors import DomainError
from itsm.notify import outbox
from itsm.people.models import User
from servicedesk.imports import levels
from servicedesk.imports import mapping as mappings


class Command(BaseCommand):
    help = (
        "Computes the clocks of imported cases from their history, and shows what was kept beside what the file says."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "mapping", help="the mapping that the cases came in with (servicenow, helpdesk_italian, or a .toml file)"
        )
        parser.add_argument(
            "--under", default="", metavar="CODE", help="the agreement; without it the table is shown as it stands"
        )
        parser.add_argument(
            "--again", action="store_true", help="count what was counted too (after a calendar was edited)"
        )
        parser.add_argument("--actor", default="", help="login of who does it, for the audit")

    def handle(self, *args, **options):
        actor = User.objects.filter(username=options["actor"]).first() if options["actor"] else None
        try:
            source = mappings.load(options["mapping"]).source
            if options["under"]:
                replay(self, source, options["under"], actor=actor, again=options["again"])
        except DomainError as error:
            raise CommandError(str(error)) from error
        show(self, source)


def replay(command: BaseCommand, source: str, code: str, *, actor, again: bool = False) -> None:
    """Count, with progress; then let the indicators and the search follow."""
    under = levels.agreement_of(code)

    def tell(counted: levels.Counted) -> None:
        command.stdout.write(f"  {counted.done} counted, {counted.left} left alone")

    counted = levels.replay(source, under, actor=actor, again=again, tell=tell)
    while outbox.drain(2000):
        continue
    command.stdout.write(f"Under {code}: {counted.done} counted, {counted.left} left alone (worked on here)")


def show(command: BaseCommand, source: str) -> None:
    """The table: by priority, then all."""
    lines = levels.table(source)
    if not lines:
        command.stdout.write("Nothing is counted under an agreement yet: give --under CODE.")
        return
    name = ", ".join(levels.agreements_in(source))
    command.stdout.write(
        f"\n{'Priority':<9}{'cases':>8}  {'kept, by the file':>22}  {'kept, under ' + name:>26}  {'only file':>10}{'only here':>11}"
    )
    for line in lines:
        head = f"P{line.priority}" if line.priority else "all"
        theirs, ours = (
            cell(line.file_kept, line.file_told, line.file_share),
            cell(line.here_kept, line.here_promised, line.here_share),
        )
        command.stdout.write(
            f"{head:<9}{line.n:>8}  {theirs:>22}  {ours:>26}  {line.only_file:>10}{line.only_here:>11}"
        )


def cell(kept: int, of: int, share: float | None) -> str:
    """`383 of 600  63.8 %`."""
    return "—" if share is None else f"{kept} of {of}  {share:5.1f} %"
