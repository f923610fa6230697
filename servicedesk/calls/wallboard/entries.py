"""The wall's tab."""

from django.utils.translation import pgettext_lazy

from .. import tabs

tabs.add("wall", pgettext_lazy("screen", "Wall"), "call_wall:wall", "calls.take", 60)
