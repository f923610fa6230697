"""Ordering: answers are decided, each thing ordered becomes a request, and one order number ties them together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection, transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from itsm.cmdb.models import ConfigurationItem
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.core.numbers import whole
from itsm.people.models import User
from itsm.records import attachments

from ..requests.opening import open_request
from .audience import people_near
from .form.settling import Settled, settle
from .form.shape import Form
from .kept import form_of
from .lookups import Lookups
from .models import CatalogueItem, CatalogueItemVersion

LONGEST_TITLE = 200


class BadAnswers(DomainError):
    """Answers that cannot be taken; `errors` are by field."""

    code = "bad_answers"

    def __init__(self, errors: dict[str, str]):
        super().__init__(_("Some answers are missing or cannot be taken."), field="answers", data={"answers": errors})
        self.errors = errors


@dataclass
class Line:
    """One thing to order, with answers that have been decided. `files`: checked files by question."""

    version: CatalogueItemVersion
    requester: User
    answers: dict
    quantity: int = 1
    files: dict[str, list[attachments.Clean]] = field(default_factory=dict)


@dataclass
class Offer:
    """An item as one person may order it for another: the published version with its form, read."""

    item: CatalogueItem
    version: CatalogueItemVersion
    form: Form
    orderer: User
    requester: User

    @property
    def lookups(self) -> Lookups:
        return Lookups(self.orderer, self.requester)


def offered(key: str, *, orderer, requester=None) -> Offer:
    """The item for whom it is meant; 404 where it is not meant for them, or not to be ordered for somebody else."""
    requester = requester or orderer
    if requester.pk != orderer.pk:
        get_object_or_404(people_near(orderer), pk=requester.pk)
    meant = CatalogueItem.objects.offered_for(requester, orderer).filter(key=key)
    found = CatalogueItemVersion.objects.filter(item__in=meant, published_at__isnull=False).order_by("-number")
    version = found.select_related("item__shelf").first()
    if version is None:
        raise Http404
    return Offer(version.item, version, form_of(version), orderer, requester)


def decide(offer: Offer, given: Mapping, quantity: object = 1) -> tuple[Settled, int, str]:
    """The answers as they are worth, how many, and what is wrong with the number."""
    found = settle(offer.form, given, today=timezone.localdate(now()), finder=offer.lookups)
    count, problem = _quantity(quantity, offer.item.most)
    return found, count, problem


def _quantity(text: object, most: int) -> tuple[int, str]:
    words = str(text or "1").strip()
    count = (whole(words) or 0) if len(words) < 4 else 0
    if not 1 <= count <= most:
        return 1, _("Between 1 and %(n)s.") % {"n": most}
    return count, ""


@transaction.atomic
def place(lines: list[Line], *, actor, channel: str = "portal", **more) -> tuple[str, list]:
    """Order everything or nothing. Returns the order number and the requests, one a line. `more`: what each request is told."""
    number = next_order()
    return number, [_open(line, number, actor, channel, more) for line in lines]


def _open(line: Line, order: str, actor, channel: str, more: dict):
    version, item = line.version, line.version.item
    form = form_of(version)
    request = open_request(
        actor=actor, requester=line.requester, item_version=version, title=title_of(item, form, line),
        answers=line.answers, quantity=line.quantity, basket=order, channel=channel, items=_things(form, line.answers),
        **more,
    )  # fmt: skip
    files = [each for files in line.files.values() for each in files]
    attachments.add(request, files, actor=actor)
    return request


def title_of(item: CatalogueItem, form: Form, line: Line) -> str:
    """What the request is called: the item, about what or whom, how many."""
    about = line.answers.get(form.subject, "") if form.subject else ""
    named = isinstance(about, str) and about
    title = _("%(item)s: %(about)s") % {"item": item.name, "about": about} if named else item.name
    if line.quantity > 1:
        title = f"{title} × {line.quantity}"
    return title[:LONGEST_TITLE]


def _things(form: Form, answers: Mapping) -> list[ConfigurationItem]:
    """The items that the answers name: the request is about them."""
    kinds = ("item", "application", "service")
    keys = [str(answers[each.key]) for each in form if each.type in kinds and each.key in answers]
    return list(ConfigurationItem.objects.filter(key__in=keys)) if keys else []


def costs(lines: list[Line]) -> tuple[Decimal, Decimal]:
    """What an order costs once, and by month."""
    once = sum(((line.version.item.cost or Decimal()) * line.quantity for line in lines), Decimal())
    monthly = sum(((line.version.item.monthly_cost or Decimal()) * line.quantity for line in lines), Decimal())
    return once, monthly


def next_order() -> str:
    """ORD0000042: from a sequence of its own, so that nobody waits for another's order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('number_ord')")
        return f"ORD{cursor.fetchone()[0]:07}"
