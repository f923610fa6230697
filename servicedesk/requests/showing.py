"""What was ordered, for people to read: in the words of the version that was ordered, in the language of the reader."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from itsm.core.errors import DomainError

from ..catalogue import lookups
from ..catalogue.form import presenting, reading
from ..catalogue.models import CatalogueItemVersion
from ..catalogue.shelves import price
from .models import Request
from .states import State


@dataclass(frozen=True)
class Order:
    """An order as its page tells it."""

    item: str
    key: str
    version: int
    quantity: int
    price: str | SafeString
    lines: list[presenting.Line]
    submitted_at: datetime
    approved_at: datetime | None
    basket: str
    waits: bool
    refusal: str


def order(request: Request, _reader=None) -> Order:
    """What is known of it; without an item it was asked for in free words."""
    found = request.item_version_id and (
        CatalogueItemVersion.objects.select_related("item").defer("approval", "plan").get(pk=request.item_version_id)
    )
    return Order(
        item=found.item.name if found else "",
        key=found.item.key if found else "",
        version=found.number if found else 0,
        quantity=request.quantity,
        price=price(request.cost, request.monthly_cost) if request.cost or request.monthly_cost else "",
        lines=_lines(found, request.answers) if found else [],
        submitted_at=request.submitted_at,
        approved_at=request.approved_at,
        basket=request.basket,
        waits=request.state == State.AWAITING,
        refusal=request.refusal,
    )


def to_approve(record) -> list[tuple[str, str]]:
    """What was ordered, for the mail to who approves it."""
    found = order(Request.objects.get(pk=record.pk))
    many = f"{found.item} × {found.quantity}" if found.quantity > 1 else found.item
    head = [(_("Ordered"), many), (_("Cost"), str(found.price))]
    return [(what, value) for what, value in head if value] + [(line.label, line.text) for line in found.lines]


def costs(keys: Iterable[int]) -> dict[int, str]:
    """What these orders cost, in words; those that say nothing of it are left out."""
    rows = Request.objects.filter(pk__in=keys).values_list("pk", "cost", "monthly_cost")
    return {pk: price(once, monthly) for pk, once, monthly in rows if once or monthly}


def _lines(version: CatalogueItemVersion, answers: dict) -> list[presenting.Line]:
    """Question and answer; the bare answers where the form of old can no longer be read."""
    try:
        form = reading.parse(version.form)
    except DomainError:
        return [presenting.Line(key, key, str(value)) for key, value in answers.items()]
    return presenting.lines(form, answers, lookups.names)
