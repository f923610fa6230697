"""What every template may use without loading anything: icons, durations, dates, chips, controls of forms."""

from datetime import datetime

from django import template
from django.forms import BoundField
from django.utils.formats import number_format
from django.utils.safestring import SafeString

from itsm.core import addresses, chips, durations, now, panels, steady
from itsm.core.icons import icon as draw
from itsm.core.icons import shared, sprite

# Tabler's class by kind of control; what is not named is a text field.
LOOKS = {
    "select": "form-select",
    "selectmultiple": "form-select",
    "checkbox": "",
    "radioselect": "",
    "checkboxselectmultiple": "",
    "file": "form-control",
}

register = template.Library()
register.simple_tag(draw, name="icon")
register.simple_tag(shared, name="shared_icon")


@register.simple_tag(name="sprite")
def draw_sprite(*names: str, group: str = "i") -> SafeString:
    """The drawings that `{% shared_icon %}` refers to."""
    return sprite(names, group)


steady.PURE.add(draw_sprite)
register.filter("duration", durations.short)
register.filter("day", durations.date_text)
register.filter("plain_day", durations.day_text)
register.filter("clock", durations.time_text)
register.simple_tag(chips.priority_chip, name="priority")
register.simple_tag(chips.person_chip, name="person")


@register.tag("steady")
def steady_part(parser, _token):
    """`{% steady %}…{% endsteady %}`: what is the same on every page, for every reader."""
    nodelist = parser.parse(("endsteady",))
    parser.delete_first_token()
    return steady.Steady(nodelist)


@register.filter
def moment(at: datetime | None) -> str:
    """An instant in few words."""
    return durations.moment(at, now())


@register.filter
def near(at: datetime | None) -> str:
    """A deadline in few words: days of this week by their name."""
    return durations.near(at, now()) if at else ""


@register.filter
def lasting(seconds: float | None) -> str:
    """How long, in words, to the second below an hour."""
    return durations.exact(seconds)


@register.filter
def grouped(number: int | None) -> str:
    """A count with its thousands apart: `1 849`, `1,849`."""
    return "" if number is None else number_format(number, force_grouping=True)


@register.filter
def until(at: datetime | None) -> str:
    """How long until an instant, or since it passed."""
    return durations.until(at, now())


@register.filter
def iso(at: datetime | None) -> str:
    """An instant for machines: the `datetime` attribute of `<time>`."""
    return at.isoformat(timespec="seconds") if at else ""


@register.filter
def instant(at: datetime | None) -> str:
    """Day and time in full: the tooltip of an instant in few words."""
    return f"{durations.date_text(at)} {durations.time_text(at)}" if at else ""


@register.simple_tag
def control(field: BoundField, **attrs) -> str:
    """The control of a bound field in our look, marked when it has an error; `attrs` are added to it."""
    kinds = (each.__name__.lower().removesuffix("input") for each in type(field.field.widget).__mro__)
    look = next((LOOKS[kind] for kind in kinds if kind in LOOKS), "form-control")
    given = field.field.widget.attrs.get("class", "")
    classes = " ".join(filter(None, [look, given, "is-bad" if field.errors else "", attrs.pop("class", "")]))
    named = {name.replace("_", "-"): value for name, value in attrs.items()}
    return field.as_widget(attrs=({"class": classes} if classes else {}) | named)


@register.simple_tag(takes_context=True, name="panels")
def draw_panels(context, place: str, subject=None, later: bool = False) -> SafeString:
    """What other apps show at this place (itsm.core.panels)."""
    return panels.drawn(place, context["request"], subject, later=later)


@register.filter
def get(mapping, key):
    """A value of a mapping by a key that is itself a variable."""
    return mapping.get(key) if mapping else None


@register.simple_tag(takes_context=True)
def query(context, **changes) -> str:
    """The present query string with some parameters changed (None removes one)."""
    return addresses.changed(context["request"].GET, **changes)
