"""What the palette finds of operations: alerts by their number, runbooks by their title."""

from django.utils.translation import gettext_lazy as _

from itsm.core.numbers import whole
from itsm.documents.models import Document
from itsm.events.models import Alert
from itsm.records.search import is_number
from itsm.web.palette import Hit, Source, register

from . import looks

DIGITS = 7


def alerts(user, text: str, limit: int) -> list[Hit]:
    """By a number in full, which opens at once, or by its last digits."""
    if is_number(text):
        number = text.upper()
    elif whole(text) is not None and len(text) <= DIGITS:
        number = f"ALR{text.zfill(DIGITS)}"
    else:
        return []
    rows = Alert.objects.visible_to(user).filter(number=number).values("number", "title", "severity", "state")
    return [
        Hit(
            f"/operations/alerts/{row['number']}/", row["title"], row["number"], looks.SEVERITY[row["severity"]][1],
            mark=looks.state_chip(row["state"], shared=False), exact=is_number(text),
        )
        for row in rows[:limit]
    ]  # fmt: skip


def runbooks(user, text: str, limit: int) -> list[Hit]:
    """By words of the title."""
    rows = Document.objects.visible_to(user).runbooks().in_use().called(text).order_by("sort_key", "id")
    return [Hit(row.get_absolute_url(), row.title, icon="list-check") for row in rows[:limit]]


register(Source("alerts", _("Alerts"), "#", 15, "operations.read", alerts))
register(Source("runbooks", _("Runbooks"), ">", 60, "operations.read", runbooks))
