"""How an access comes to life: for whom, on what, why, until when; then its owner is asked."""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itsm.cmdb.models import ConfigurationItem
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.core.reachable import EARLIEST, LATEST, MESSAGE
from itsm.people.directory import directory
from itsm.people.serving import serves
from itsm.records import moves, priority
from itsm.records.models import AffectedItem, Channel, Link

from ..desk import opening
from . import flow
from .models import KIND, Access

ONCE = "access_once_at_a_time"


@transaction.atomic
def open_access(
    *, actor, requester, item: ConfigurationItem, right: str, reason: str, until: date | None = None, account: str = "",
    channel: str = Channel.PORTAL, team=None, urgency: int = 3, request=None, awaited_by=None, at: datetime | None = None, quiet: bool = False,
) -> Access:  # fmt: skip
    """Ask for a right of `requester` on an item. `request`: the record that it comes from, which is linked; where the owner
    of the item has approved that one, nobody is asked again.

    DomainError for what a person can put right, such as an access that is there already.
    """
    at = at or now()
    right, reason = " ".join(right.split())[:120], reason.strip()
    if not right:
        raise DomainError(_("Say which right is needed."), field="right")
    if not reason:
        raise DomainError(_("Say what it is needed for."), field="reason")
    if until is not None and until < timezone.localdate(at):
        raise DomainError(_("Choose a day to come."), field="until")
    if item.status == ConfigurationItem.Status.RETIRED:
        raise DomainError(_("This item is retired: nobody gets access to it any more."), field="item")
    organisation_id = opening.organisation_id(requester, None, actor)
    spoken = opening.language_of(requester, organisation_id)
    access = Access(
        kind=KIND, title=f"{item.name} : {right}"[:200] if spoken == "fr" else f"{item.name}: {right}"[:200],
        description=reason, language=spoken, requester=requester, opened_by=actor, organisation_id=organisation_id,
        site_id=requester.site_id, impact=4, urgency=urgency, channel=channel, person=requester, item=item,
        account=account.strip()[:150], right=right, reason=reason, until=until, awaited_by=awaited_by, ends_at=end_of(until) if until else None,
    )  # fmt: skip
    if Access.objects.filter(person=requester, item=item, account=access.account, right=right, live=True).exists():
        raise DomainError(_("This person has this right already, or it is asked for."), field="right")
    access.priority = priority.compute(organisation_id, access.impact, access.urgency)
    _hand_to(access, team)
    try:
        moves.open_record(access, actor=actor, at=at, quiet=quiet)
    except IntegrityError as error:
        if ONCE in str(error):
            raise DomainError(_("This person has this right already, or it is asked for."), field="right") from error
        raise opening.readable(error) from error
    AffectedItem.objects.create(record=access, item=item)
    if request is not None:
        Link.objects.create(source=access, target=request, type=Link.Type.FOLLOWS, created_by=actor)
    flow.begin(access, actor=actor, at=at, request=request)
    return Access.objects.get(pk=access.pk)


def end_of(day: date) -> datetime:
    """When a day is over. DomainError for one that nobody will see."""
    if not EARLIEST.date() <= day < LATEST.date():
        raise DomainError(MESSAGE, field="until")
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def _hand_to(access: Access, team) -> None:
    """Who grants: the team that supports the item, where it serves the organisation; else the desk."""
    book = directory.get()
    chosen = team or book.teams.get(access.item.support_team_id)
    if chosen is None or not serves(chosen.pk, access.organisation_id):
        chosen = book.teams_by_code.get(settings.DEFAULT_TEAM)
    if chosen is not None:
        access.team_id = access.owner_team_id = chosen.pk
        access.level = chosen.level
