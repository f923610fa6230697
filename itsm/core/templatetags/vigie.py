"""What every template may use without loading anything: icons, durations, dates, chips."""

from datetime import datetime

from django import template

from itsm.core import chips, durations, now
from itsm.core.icons import icon as draw

register = template.Library()
register.simple_tag(draw, name="icon")
register.filter("duration", durations.short)
register.filter("day", durations.date_text)
register.filter("clock", durations.time_text)
register.simple_tag(chips.priority_chip, name="priority")
register.simple_tag(chips.person_chip, name="person")


@register.filter
def moment(at: datetime | None) -> str:
    """An instant in few words."""
    return durations.moment(at, now())


@register.filter
def until(at: datetime | None) -> str:
    """How long until an instant, or since it passed."""
    return durations.until(at, now())


@register.filter
def get(mapping, key):
    """A value of a mapping by a key that is itself a variable."""
    return mapping.get(key) if mapping else None


@register.simple_tag(takes_context=True)
def query(context, **changes) -> str:
    """The present query string with some parameters changed (None removes one)."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            params.pop(name, None)
        else:
            params[name] = value
    encoded = params.urlencode()
    return f"?{encoded}" if encoded else "?"
