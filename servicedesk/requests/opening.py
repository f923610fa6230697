"""How a request comes to life: what is ordered, for whom, who gets it; then its approvals begin."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from itsm.cmdb.models import ConfigurationItem
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.records import priority, reference
from itsm.records.models import Channel

from ..catalogue.models import CatalogueItemVersion
from ..desk import acts, opening
from . import flow
from .models import KIND, RegularOrder, Request
from .states import State


@transaction.atomic
def open_request(
    *,
    actor,
    requester=None,
    item_version: CatalogueItemVersion | None = None,
    answers: Mapping[str, Any] | None = None,
    quantity: int = 1,
    title: str = "",
    description: str = "",
    basket: str = "",
    organisation=None,
    site=None,
    category=None,
    service=None,
    team=None,
    assignee=None,
    impact: int | None = None,
    urgency: int | None = None,
    channel: str = Channel.PORTAL,
    items: Iterable[ConfigurationItem] = (),
    language: str = "",
    confidentiality=None,
    follows: Request | None = None,
    regular: RegularOrder | None = None,
    regular_for: datetime | None = None,
    answer: str = "",
    at: datetime | None = None,
    quiet: bool = False,
) -> Request:
    """Order an item of the catalogue, or ask in one's own words. `requester` is whom it is for; the actor orders it.

    Category, service, team, urgency and cost come from the item where they are not given. `answer`: a question that is
    answered on the spot is opened and resolved in one act. Raises DomainError for what a person can put right.
    """
    item = item_version.item if item_version else None
    at = at or now()
    if requester is None:
        raise DomainError(_("Say for whom it is."), field="requester")
    organisation_id = opening.organisation_id(requester, organisation, actor)
    spoken = language or opening.language_of(requester, organisation_id)
    title = " ".join(title.split()) or _name(item, spoken)
    if not title:
        raise DomainError(_("Say in one sentence what is needed."), field="title")
    category_id = getattr(category, "pk", None) or getattr(item, "record_category_id", None)
    touched = list(items)
    request = Request(
        kind=KIND, title=title[:200], description=description.strip(), language=spoken, requester=requester, opened_by=actor,
        organisation_id=organisation_id, site_id=getattr(site, "pk", None) or requester.site_id, category_id=category_id,
        service_id=getattr(service, "pk", None) or getattr(item, "service_id", None),
        impact=impact or getattr(item, "impact", 4), urgency=urgency or getattr(item, "urgency", 3), channel=channel,
        confidentiality_id=getattr(confidentiality, "pk", None) or reference.category_confidentiality(category_id),
        item_version=item_version, answers=dict(answers or {}), quantity=quantity, basket=basket, submitted_at=at,
        cost=_times(getattr(item, "cost", None), quantity), monthly_cost=_times(getattr(item, "monthly_cost", None), quantity),
        follows=follows, regular=regular, regular_for=regular_for,
    )  # fmt: skip
    request.priority = priority.compute(organisation_id, request.impact, request.urgency)
    team, ids = team or getattr(item, "team", None), tuple(each.pk for each in touched)
    left = opening.hand_to(request, at, team=team, assignee=assignee, items=ids)
    opening.write(request, left, actor=actor, at=at, quiet=quiet or bool(answer), items=touched, follows=follows)
    flow.begin(request, actor=actor, at=at)
    if answer.strip():
        return _answer(request, answer, actor=actor, at=at)
    return Request.objects.get(pk=request.pk)


def _answer(request: Request, text: str, *, actor, at: datetime) -> Request:
    if Request.objects.filter(pk=request.pk, state=State.AWAITING).exists():
        raise DomainError(_("Somebody has to approve this first: it cannot be answered on the spot."), field="answer")
    code = reference.resolution_codes.get().by_code("user_education") or reference.resolution_codes.get().by_code(
        "solved"
    )
    return acts.resolve(Request, request.pk, actor=actor, resolution_code=code, resolution=text, at=at)


def _name(item, language: str) -> str:
    if item is None:
        return ""
    with override(language):
        return item.name


def _times(amount, quantity: int):
    return None if amount is None else amount * quantity
