"""Instants that can be shown again: the database takes every year from 1 to 9999, but one near these ends leaves them in the zone
of some reader, and then no page can show the row any more. What people mean lies between 1900 and 2200.
"""

from datetime import UTC, date, datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from psycopg2.extensions import ISQLQuote, adapters, register_adapter

from .errors import DomainError

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
# Stands for "no date" where rows are put in order.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
MESSAGE = _("This date is too far away: write one between 1900 and 2200.")


def is_reachable(at: datetime) -> bool:
    """Can every reader be shown this instant?"""
    return at.tzinfo is None or EARLIEST <= at < LATEST or at == NEVER


def guard() -> None:
    """Let no statement carry an instant out of reach: DomainError instead of a row that nobody can read."""
    plain = adapters[datetime, ISQLQuote]

    def adapt(at: datetime):
        if not is_reachable(at):
            raise DomainError(MESSAGE)
        return plain(at)

    register_adapter(datetime, adapt)


def check_day(day: date) -> None:
    """A validator of form fields: ValidationError for a day that is out of reach."""
    if not EARLIEST.date() <= day < LATEST.date():
        raise ValidationError(MESSAGE)
