"""How an incident comes to life: who asks, what it touches, who gets it, how urgent it is."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itsm.cmdb.models import ConfigurationItem
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.people.scope import scope_of
from itsm.records import priority, reference
from itsm.records.models import Channel

from ..desk import opening
from ..desk.acts import CLOCK_SKEW
from .models import KIND, Incident


@transaction.atomic
def open_incident(
    *,
    actor,
    title: str,
    description: str = "",
    requester=None,
    organisation=None,
    site=None,
    category=None,
    service=None,
    team=None,
    assignee=None,
    impact: int | None = None,
    urgency: int = 3,
    channel: str = Channel.PORTAL,
    items: Iterable[ConfigurationItem] = (),
    language: str = "",
    confidentiality=None,
    occurred_at: datetime | None = None,
    follows: Incident | None = None,
    at: datetime | None = None,
    quiet: bool = False,
) -> Incident:
    """Open an incident. Without a rule it goes to `DEFAULT_TEAM`; priority is computed, never given.

    `requester` may be empty only for the channel `event`. Raises DomainError for what a person can put right.
    """
    title = " ".join(title.split())
    if not title:
        raise DomainError(_("Say in one sentence what is wrong."), field="title")
    if requester is None and channel != Channel.EVENT:
        raise DomainError(_("Say who is concerned."), field="requester")
    at = at or now()
    if occurred_at and occurred_at > at + CLOCK_SKEW:
        raise DomainError(
            _("This time is still to come. Give a past time, such as “today 08:00”."), field="occurred_at"
        )
    organisation_id = opening.organisation_id(requester, organisation, actor)
    category_id = getattr(category, "pk", None)
    touched = list(items)
    incident = Incident(
        kind=KIND,
        title=title[:200],
        description=description.strip(),
        language=language or opening.language_of(requester, organisation_id),
        requester=requester,
        opened_by=actor,
        organisation_id=organisation_id,
        site_id=getattr(site, "pk", None) or getattr(requester, "site_id", None),
        category_id=category_id,
        service_id=getattr(service, "pk", None),
        impact=impact or 4,
        urgency=urgency,
        channel=channel,
        confidentiality_id=getattr(confidentiality, "pk", None) or reference.category_confidentiality(category_id),
        occurred_at=occurred_at,
        follows=follows,
    )
    incident.priority = priority.compute(organisation_id, incident.impact, incident.urgency)
    left = opening.hand_to(incident, at, team=team, assignee=assignee, items=tuple(item.pk for item in touched))
    opening.write(incident, left, actor=actor, at=at, quiet=quiet, items=touched, follows=follows)
    return incident


def may_set_impact(actor) -> bool:
    """The desk sets impact; a requester's guess is not taken."""
    return scope_of(actor).is_agent
