"""Days of the week as forms offer them, from Monday (1) to Sunday (7)."""

from django.utils.translation import pgettext_lazy

DAYS = [
    (1, pgettext_lazy("day", "Mon")), (2, pgettext_lazy("day", "Tue")), (3, pgettext_lazy("day", "Wed")), (4, pgettext_lazy("day", "Thu")),
    (5, pgettext_lazy("day", "Fri")), (6, pgettext_lazy("day", "Sat")), (7, pgettext_lazy("day", "Sun")),
]  # fmt: skip
