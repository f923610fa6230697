"""Baselines are made and taken away here."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError

from .classes import classes
from .models import Baseline


@transaction.atomic
def make_baseline(
    *, actor, name: str, at: datetime | None = None, organisation=None, ci_class: str = "", note: str = ""
) -> Baseline:
    """Give an instant a name (now, unless told). DomainError for a future one, a taken name, an unknown class."""
    name = " ".join(name.split())
    if not name:
        raise DomainError(_("Give it a name."), field="name")
    if at and at > now():
        raise DomainError(_("This is still to come: a baseline keeps what was."), field="at")
    if ci_class and ci_class not in classes.get():
        raise DomainError(_("There is no such class."), field="ci_class")
    row = Baseline(
        name=name[:120],
        at=at or now(),
        organisation=organisation,
        ci_class=ci_class,
        note=note.strip()[:500],
        made_by=actor,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise DomainError(_("Another baseline has this name."), field="name") from error
    log.write("baseline.made", ("baseline", row.pk, row.name), actor=actor, data=_scope(row))
    return row


@transaction.atomic
def remove_baseline(pk: int, *, actor) -> None:
    """Take the name away; what was true then stays in the history. Nothing happens when it is gone already."""
    row = Baseline.objects.select_for_update().filter(pk=pk).first()  # deleted
    if row is None:
        return
    log.write("baseline.removed", ("baseline", row.pk, row.name), actor=actor, data=_scope(row))
    row.delete()


def _scope(row: Baseline) -> dict:
    return {"at": row.at.isoformat(), "organisation": row.organisation_id, "class": row.ci_class}
