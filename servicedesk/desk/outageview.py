"""The outages that a ticket reported, as its page tells them."""

from datetime import datetime

from django.utils.translation import gettext as _

from itsm.core import durations


def told(rows: list[dict] | None, at: datetime) -> list[dict]:
    """One line each, those that last first; from the rows of `parts.of`."""
    found = [_line(row, at) for row in rows or ()]
    return sorted(found, key=lambda line: not line["lasts"])


def _line(row: dict, at: datetime) -> dict:
    start = datetime.fromisoformat(row["starts_at"])
    end = datetime.fromisoformat(row["ends_at"]) if row["ends_at"] else None
    words = {"since": durations.moment(start, at), "time": durations.short(int(((end or at) - start).total_seconds()))}
    if end:
        text = (
            _("worked badly from %(since)s on, for %(time)s")
            if row["degraded"]
            else _("did not work from %(since)s on, for %(time)s")
        )
    else:
        text = (
            _("works badly since %(since)s (%(time)s)")
            if row["degraded"]
            else _("does not work since %(since)s (%(time)s)")
        )
    tone = "grey" if end else "amber" if row["degraded"] else "red"
    return {"item": row["item"], "name": row["name"], "lasts": end is None, "tone": tone, "text": text % words}
