import random
import time
from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from itsm.core import now
from itsm.gateway.sources import services as sources
from itsm.people.models import Organisation, User
from servicedesk.calls.simulator.exchange import Exchange, Told, Unreachable
from servicedesk.calls.simulator.traffic import BEGINS, day
from servicedesk.models import CallNumber, Operator

SEED, PEOPLE = 20_261_123, 400
SOURCE = "Simulated exchange"
DIALLED = "+33155004000"
AT_THE_CONSOLE = timedelta(minutes=2)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ORDER = (
    "answered", "handed on", "gave up", "gave up at once", "hung up in the menu", "settled by the menu", "left a message", "cut off at the end",
)  # fmt: skip


class Command(BaseCommand):
    help = "Plays a telephone exchange: a day's calls through the real HTTP door. Ctrl-C hangs everybody up and says what was done."

    def add_arguments(self, parser):
        parser.add_argument(
            "--url",
            default="",
            help="address of the door; without it, a source of kind cti is made and revoked at the end",
        )
        parser.add_argument(
            "--among-real-calls",
            action="store_true",
            help="outside the demo, too: the simulated calls count in the figures, and operators are rung for them",
        )
        parser.add_argument("--speed", type=float, default=1.0, help="how many times as fast as the clock (1)")
        parser.add_argument(
            "--minutes", type=int, default=600, help=f"how many minutes of the day, from {BEGINS}:00 on (600)"
        )
        parser.add_argument(
            "--calls-per-hour", type=float, default=60.0, help="mean of a working day; Mondays have more (60)"
        )
        parser.add_argument("--weekday", choices=WEEKDAYS, default="mon", help="which day of the week is played (mon)")
        parser.add_argument("--seed", type=int, default=SEED, help="the same seed draws the same callers")
        parser.add_argument(
            "--operators",
            default="",
            help="extensions that answer, with commas between; else of all who are not at their console",
        )

    def handle(self, *args, **options):
        if options["speed"] <= 0 or options["minutes"] <= 0 or options["calls_per_hour"] <= 0:
            raise CommandError("--speed, --minutes and --calls-per-hour must be greater than 0.")
        if not (settings.DEMO or options["url"] or options["among_real_calls"]):
            raise CommandError(
                "This is not the demo: operators would be rung, and the figures count the calls. Say --among-real-calls to do it all the same."
            )
        rng = random.Random(options["seed"])  # noqa: S311 - callers, not secrets
        callers = list(
            day(
                rng, minutes=options["minutes"], per_hour=options["calls_per_hour"], weekday=WEEKDAYS.index(options["weekday"]), people=self._people(),
                dialled=list(CallNumber.objects.filter(is_active=True).order_by("pk").values_list("number", flat=True)) or [DIALLED],
            )
        )  # fmt: skip
        extensions = [x.strip() for x in options["operators"].split(",") if x.strip()] or self._extensions()
        url, made = (options["url"], None) if options["url"] else self._source()
        say = f"{len(callers)} callers in {options['minutes']} minutes, {options['speed']:g} times as fast, {len(extensions)} telephones answer."
        self.stdout.write(say)
        exchange = Exchange(
            url, rng=rng, extensions=extensions, speed=options["speed"], name=f"sim-{int(time.time()):x}"
        )
        try:
            told = exchange.run(callers, self._watch())
        except Unreachable as error:
            raise CommandError(
                f"The door cannot be reached: {error}. Is the server running, and is PUBLIC_URL its address?"
            ) from error
        finally:
            if made is not None:
                sources.revoke_source(made.pk, actor=made.created_by)
        self._report(told)

    def _people(self) -> list[str]:
        rows = User.objects.filter(is_active=True).exclude(phone="").order_by("pk")
        return list(rows.values_list("phone", flat=True)[:PEOPLE])

    def _extensions(self) -> list[str]:
        rows = Operator.objects.filter(person__is_active=True).exclude(extension="")
        here = rows.filter(seen_at__gt=now() - AT_THE_CONSOLE).values("pk")
        return list(rows.exclude(pk__in=here).order_by("extension").values_list("extension", flat=True))

    def _source(self):
        actor = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
        number = CallNumber.objects.filter(is_active=True).select_related("organisation").order_by("pk").first()
        place = number.organisation if number else Organisation.objects.filter(parent=None).order_by("pk").first()
        if actor is None or place is None:
            raise CommandError("There is no administrator yet: run “manage.py setup” or “make demo” first.")
        source, url = sources.create_source(actor=actor, kind="cti", name=SOURCE, organisation_id=place.pk)
        return url, source

    def _watch(self):
        last = [time.monotonic()]

        def watch(told: Told) -> None:
            if time.monotonic() - last[0] >= 10:
                last[0] = time.monotonic()
                self.stdout.write(f"  {told.calls['begun']} calls, {told.messages['sent']} messages")

        return watch

    def _report(self, told: Told) -> None:
        write = self.stdout.write
        write(
            f"{told.calls['begun']} calls: "
            + ", ".join(f"{told.calls[name]} {name}" for name in ORDER if told.calls[name])
            + "."
        )
        more = ", ".join(
            f"{told.messages[name]} {name}"
            for name in ("sent twice", "late", "never sent", "sent again")
            if told.messages[name]
        )
        write(
            f"{told.messages['sent']} messages"
            + (f" ({more})" if more else "")
            + f", 95 % answered within {told.slowest():.0f} ms."
        )
        for status, text in sorted(told.refused.items()):
            self.stderr.write(f"Refused with {status}: {text}")
        if told.messages["refused"]:
            self.stderr.write(f"{told.messages['refused']} messages were refused.")
