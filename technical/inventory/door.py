"""The door of inventory agents: `/inventory/<token>/`. The source of the address becomes a source of items."""

from django.utils.translation import gettext_lazy as _

from itsm.cmdb.models import DataSource
from itsm.gateway.doors import ACCEPTED, IGNORED, MEGABYTE, Call, Door, Made, Outcome, Rejected, register
from itsm.gateway.sources.models import Source

from . import payloads, receiving


def data_source(source: Source) -> DataSource:
    """Who tells of items, for a source of the gateway; made when it calls first."""
    found, _made = DataSource.objects.get_or_create(
        code=f"inventory-{source.pk}", defaults={"name": source.name[:120], "organisation": source.organisation}
    )
    return found


def handle(source: Source, call: Call) -> Outcome:
    """One message of an agent."""
    told = data_source(source)
    if not told.is_active:
        raise Rejected(_("This source is switched off."), status=403)
    try:
        taken = receiving.take(told, call.body, user_agent=call.headers.get("user-agent", ""))
    except payloads.Unreadable as why:
        return Outcome(
            "rejected",
            str(why)[:500],
            answer=receiving.refusal(call.body, str(why))[0],
            status=400,
            content_type=receiving.refusal(call.body, str(why))[1],
        )
    made = [Made("ci", item.pk, item.name, item.get_absolute_url()) for item in taken.items]
    if taken.run is not None:
        made.append(Made("intake", taken.run.pk, taken.run.name, taken.run.get_absolute_url()))
    waits = taken.run is not None and taken.run.rows.filter(decision__in=["ambiguous", "reject"]).exists()
    reason = str(_("Something is left to decide.")) if waits else ""
    quiet = taken.run is None and taken.message.query in ("inventory", "snmp")
    return Outcome(
        IGNORED if quiet else ACCEPTED, str(_("Nothing new.")) if quiet else reason, tuple(made), answer=taken.answer, content_type=taken.content_type
    )  # fmt: skip


register(
    Door(
        "inventory",
        _("Inventory agents (GLPI, FusionInventory)"),
        handle,
        path="inventory",
        most_bytes=20 * MEGABYTE,
        seconds=30,
        clean=payloads.clean,
        takes_up=True,
    )
)
