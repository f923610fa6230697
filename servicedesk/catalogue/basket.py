"""The basket: what a person is about to order. Answers are decided when a line comes in, and again when it is ordered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.notify import outbox
from itsm.records import attachments

from . import ordering
from .models import BasketFile, BasketLine
from .ordering import Line, Offer, offered

MOST, LIMIT = 30, 500


@dataclass
class Standing:
    """A line as the basket shows it. `problem`: why it cannot be ordered as it is."""

    row: BasketLine
    line: Line
    problem: str = ""


def rows_of(person):
    """The lines of a person's basket, in the order in which they were added."""
    rows = BasketLine.objects.filter(owner=person).select_related("item_version__item__shelf", "requester")
    return rows.prefetch_related("files").order_by("pk")


@transaction.atomic
def keep(offer: Offer, line: Line, *, actor, row: BasketLine | None = None) -> BasketLine:
    """Put a line in, or change one that is there."""
    if row is None:
        if BasketLine.objects.filter(owner=actor).count() >= MOST:
            raise DomainError(_("A basket holds %(n)s lines: order these first.") % {"n": MOST})
        row = BasketLine(owner=actor)
    row.item_version, row.requester = line.version, line.requester
    row.answers, row.quantity, row.added_at = line.answers, line.quantity, now()
    row.save()
    _keep_files(row, line)
    return row


def _keep_files(row: BasketLine, line: Line) -> None:
    """Those of a question that was answered anew replace what it had."""
    there = {each.pk: each for each in row.files.all()}
    stay = {each.file.instance.pk for files in line.files.values() for each in files if _is_kept(each)}
    _discard([each for pk, each in there.items() if pk not in stay])
    for question, files in line.files.items():
        for each in files:
            if not _is_kept(each):
                BasketFile.objects.create(
                    line=row, question=question, name=each.name, file=each.file, content_type=each.content_type,
                    sha256=each.sha256,
                )  # fmt: skip


def _discard(files: list[BasketFile]) -> None:
    """For good, the bytes too. What is ordered keeps its bytes: the request's file is the same."""
    for each in files:
        storage, name = each.file.storage, each.file.name
        transaction.on_commit(lambda storage=storage, name=name: storage.delete(name))
    BasketFile.objects.filter(pk__in=[each.pk for each in files]).delete()


def _is_kept(file: attachments.Clean) -> bool:
    return isinstance(getattr(file.file, "instance", None), BasketFile)


def files_of(row: BasketLine) -> dict[str, list[attachments.Clean]]:
    """The files of a line, by question, as an order takes them."""
    found: dict[str, list[attachments.Clean]] = {}
    for each in row.files.all():
        clean = attachments.Clean(each.file, each.name, each.content_type, each.sha256)
        found.setdefault(each.question, []).append(clean)
    return found


def standings(person) -> list[Standing]:
    """Every line of the basket, with what must be done before it can be ordered."""
    return [_standing(row, person) for row in rows_of(person)]


def _standing(row: BasketLine, person) -> Standing:
    line = Line(row.item_version, row.requester, row.answers, row.quantity, files_of(row))
    try:
        offer = offered(row.item_version.item.key, orderer=person, requester=row.requester)
    except Http404:
        return Standing(row, line, _("This is not offered any more. Take it out."))
    found, count, wrong = ordering.decide(offer, given_of(row, offer), row.quantity)
    if found.errors or wrong:
        return Standing(row, line, _("Its form has changed, or an answer is not good any more. Look at it again."))
    return Standing(row, Line(offer.version, row.requester, found.answers, count, line.files))


def given_of(row: BasketLine, offer: Offer) -> dict:
    """The kept answers as they were given, with the names of the files."""
    files = {question: [each.name for each in files] for question, files in files_of(row).items()}
    return {each.key: row.answers.get(each.key) for each in offer.form} | files


@transaction.atomic
def order(*, actor) -> tuple[str, list]:
    """Everything in the basket, or nothing. Returns the order number and the requests."""
    rows = list(BasketLine.objects.filter(owner=actor).select_for_update().values_list("pk", flat=True))  # deleted
    found = standings(actor)
    if not rows:
        raise DomainError(_("Your basket is empty."))
    if any(each.problem for each in found):
        raise DomainError(_("A line of the basket must be corrected first."))
    number, requests = ordering.place([each.line for each in found], actor=actor)
    for each in found:
        each.row.delete()
    return number, requests


@transaction.atomic
def drop(row: BasketLine, *, actor) -> None:
    """Take a line out, with its files."""
    log.write("basket.dropped", ("basket_line", row.pk, str(row.item_version)), actor=actor)
    _discard(list(row.files.all()))
    row.delete()


def kept_until(rows: Iterable[BasketLine]) -> date | None:
    """The day on which a basket is emptied that nobody touches; None for an empty one, or where baskets are kept for ever."""
    last = max((row.added_at for row in rows), default=None)
    return timezone.localdate(last + timedelta(days=settings.BASKET_DAYS)) if last and settings.BASKET_DAYS else None


def expire(days: int, limit: int = LIMIT) -> int:
    """Empty the baskets that nobody has touched for so long; how many. 0 days keeps them for ever."""
    if not days:
        return 0
    before = now() - timedelta(days=days)
    touched = BasketLine.objects.order_by().values("owner_id").annotate(last=Max("added_at"))
    owners = touched.filter(last__lt=before).values_list("owner_id", flat=True)[:limit]
    return sum(_expire(owner, before) for owner in list(owners))


@transaction.atomic
def _expire(owner_id: int, before: datetime) -> bool:
    """One basket, whole: its owner is told what was in it. Touched meanwhile, it stays."""
    rows = list(
        BasketLine.objects.select_for_update().filter(owner_id=owner_id).select_related("item_version__item")  # deleted
    )  # deleted
    if not rows or any(row.added_at >= before for row in rows):
        return False
    items = list(dict.fromkeys(row.item_version.item_id for row in rows))
    _discard(list(BasketFile.objects.filter(line__in=rows)))
    BasketLine.objects.filter(pk__in=[row.pk for row in rows]).delete()
    log.write("basket.expired", ("user", owner_id, str(owner_id)), actor=None, data={"items": items})
    outbox.put("basket.expired", payload={"owner": owner_id, "items": items})
    return True


def count_of(person) -> int:
    """How many lines there are: for the sign at the basket."""
    return BasketLine.objects.filter(owner=person).count()
