"""Differences between a source and the CMDB become a record: of the first of `KINDS` whose process is registered.

So they become changes once a process of that kind registers, with nothing to do here or in the CMDB.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.cmdb import openers
from itsm.cmdb import services as cmdb
from itsm.cmdb.driftwords import Words
from itsm.core.errors import DomainError

from .models import Channel
from .processes import PROCESSES, Process

KINDS = ("change", "incident")


def process() -> Process:
    """The process that takes them up. LookupError when neither is there."""
    found = next((PROCESSES.find(kind) for kind in KINDS if kind in PROCESSES), None)
    if found is None:
        raise LookupError("neither changes nor incidents are here")
    return found


def label() -> str:
    """What the button says."""
    return _("Open: %(kind)s") % {"kind": str(process().label).lower()}


def told() -> str:
    """What a press does."""
    words = _(
        "It opens one record for all that are chosen (%(kind)s), which then wait for it; the CMDB stays as it is."
    )
    return words % {"kind": str(process().label).lower()}


@transaction.atomic
def open_for_drifts(pks: Sequence[int], *, actor) -> str:
    """One record about all of these that are still open, with their items and what each side says. Returns its number."""
    rows = cmdb.lock_drifts(pks)
    if not rows:
        raise DomainError(_("Nothing is left to decide about these: somebody was faster."))
    items = {row.item_id: row.item for row in rows}
    words = Words.of(rows)
    title = ngettext("Unexplained difference on %(name)s", "Unexplained differences on %(name)s", len(rows)) % {
        "name": rows[0].item.name
    }
    if len(items) > 1:
        title = _("Unexplained differences on %(n)s items") % {"n": len(items)}
    lines = [
        _("%(item)s, %(field)s: the CMDB says “%(kept)s”, %(source)s says “%(said)s”.")
        % {"item": row.item.name, "source": row.source, **words.of_row(row)}
        for row in rows
    ]
    record = process().open(
        actor=actor, requester=actor, title=title, description="\n".join(lines), channel=Channel.INTERNAL,
        items=list(items.values()),
    )  # fmt: skip
    cmdb.mark_recorded(rows, record, actor=actor)
    return record.number


openers.register("records", openers.Opener(label, open_for_drifts, told))
