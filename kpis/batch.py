"""Some records with what indicators ask of them, each table read once. Left out: confidential, cancelled, duplicates, merged."""

from functools import cached_property
from zoneinfo import ZoneInfo

from itsm.levels.models import Clock, Kind
from itsm.people.directory import directory
from itsm.records import reference
from itsm.records.models import Hop, Record, SilenceRule
from servicedesk.models import CallLink, Survey

from .models import Fact

COLUMNS = (
    "id", "opened_at", "acknowledged_at", "resolved_at", "closed_at", "phase", "priority", "team_id", "level", "organisation_id",
    "site_id", "category_id", "service_id", "channel", "reopen_count", "reassignment_count", "escalation_count", "resolution_code_id",
    "parent_id",
)  # fmt: skip


class Batch:
    """A few hundred records."""

    def __init__(self, ids: list[int]):
        self.ids = ids

    @cached_property
    def records(self) -> dict[int, dict]:
        excluded = [row.pk for row in reference.resolution_codes.get().values() if row.flags["excluded_from_kpis"]]
        rows = Record.objects.filter(pk__in=self.ids, kind="incident", confidentiality=None, merged_into=None)
        return {r["id"]: r for r in rows.values(*COLUMNS) if r["resolution_code_id"] not in excluded}

    @cached_property
    def clocks(self) -> dict[tuple[int, str], Clock]:
        return {
            (c.record_id, c.metric): c
            for c in Clock.objects.filter(record_id__in=list(self.records), kind=Kind.SLA)
            .defer("segments", "events")
            .order_by("cycle")
        }

    @cached_property
    def hops(self) -> dict[int, list[Hop]]:
        found: dict[int, list[Hop]] = {}
        for hop in (
            Hop.objects.filter(record_id__in=list(self.records))
            .defer("reason")
            .order_by("record_id", "started_at", "pk")
        ):
            found.setdefault(hop.record_id, []).append(hop)
        return found

    @cached_property
    def calls(self) -> dict[int, dict]:
        """The call that opened a record, where one did."""
        links = CallLink.objects.filter(record_id__in=list(self.records), how=CallLink.How.CREATED).order_by("-at")
        return {
            row["record_id"]: {"ended_at": row["call__ended_at"]} for row in links.values("record_id", "call__ended_at")
        }

    @cached_property
    def silence(self) -> set[int]:
        """The codes of what was resolved because nobody answered."""
        return set(SilenceRule.objects.values_list("resolution_code_id", flat=True))

    @cached_property
    def surveys(self) -> list[Survey]:
        return list(Survey.objects.filter(record_id__in=list(self.records), sent_at__isnull=False))

    def fact(self, record: dict, at, *, source_id: int | None = None, ended_at=None, **values) -> Fact:
        """A fact of a record at an instant; the day is the organisation's own."""
        zone = self._zone(record["organisation_id"])
        made = Fact(
            source_id=source_id or record["id"], record_id=record["id"], at=at, day=at.astimezone(zone).date(),
            ended_at=ended_at, ended_on=ended_at.astimezone(zone).date() if ended_at else None,
            organisation_id=record["organisation_id"], team_id=record["team_id"], level=record["level"], priority=record["priority"],
            category_id=record["category_id"], service_id=record["service_id"], channel=record["channel"], site_id=record["site_id"],
        )  # fmt: skip
        for name, value in values.items():
            setattr(made, name, value)
        return made

    def _zone(self, organisation_id: int) -> ZoneInfo:
        row = directory.get().organisations.get(organisation_id)
        return ZoneInfo(row.time_zone if row else "UTC")
