"""Who has what: programs with the number of machines, one program's versions, and everybody who has something older than."""

from dataclasses import dataclass

import django_filters
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from itsm.cmdb.models import ConfigurationItem
from itsm.core.folding import fold
from itsm.core.paging import Page, keyset_page

from .models import Installation, Software
from .versions import version_key

SIZE = 50
VERSIONS = 100


class InstallationFilter(django_filters.FilterSet):
    """By words of the program, a version or a bound of it; the same for the page and the interface."""

    q = django_filters.CharFilter(method="by_words", max_length=200, label=_("Program"))
    version = django_filters.CharFilter(max_length=100, label=_("Version, exactly"))
    below = django_filters.CharFilter(method="by_below", max_length=100, label=_("Older than version"))
    item = django_filters.NumberFilter(field_name="item_id", min_value=1, max_value=2**62, label=_("Item"))
    software = django_filters.NumberFilter(
        field_name="software_id", min_value=1, max_value=2**62, label=_("Program (id)")
    )

    class Meta:
        model = Installation
        fields = ()

    def by_words(self, queryset, _name, value):
        """Part of the name or of the publisher, without accents."""
        return queryset.filter(software__sort_key__contains=fold(value.replace("\x00", "").strip()))

    def by_below(self, queryset, _name, value):
        """Versions that come before this one; what has no version is left out."""
        key = version_key(value)
        return queryset.filter(version_key__lt=key).exclude(version_key="") if key else queryset


def programs(user, words: str, cursor: str | None) -> Page:
    """Programs by name; each row with `machines`: on how many items that the reader may see it is installed."""
    there = Installation.objects.present().visible_to(user).filter(software=OuterRef("pk"))
    rows = Software.objects.filter(Exists(there))
    folded = fold(words.replace("\x00", "").strip())
    if folded:
        rows = rows.filter(sort_key__contains=folded)
    page = keyset_page(rows, ordering=("sort_key", "id"), cursor=cursor, size=SIZE)
    counted = _machines(user, [row.pk for row in page.rows])
    for row in page.rows:
        row.machines = counted.get(row.pk, 0)
    return page


def _machines(user, ids: list[int]) -> dict[int, int]:
    rows = Installation.objects.present().visible_to(user).filter(software__in=ids).order_by()
    return dict(rows.values_list("software").annotate(n=Count("item", distinct=True)))


def versions(user, software: Software) -> list[dict]:
    """The versions of a program that are installed, the newest first, with their number of machines."""
    rows = Installation.objects.present().visible_to(user).filter(software=software).order_by()
    counted = rows.values("version", "version_key").annotate(n=Count("item", distinct=True))
    return list(counted.order_by("-version_key", "-version")[:VERSIONS])


@dataclass
class Found:
    """Who has it."""

    page: Page
    filter: InstallationFilter
    active: bool


def installed(user, params, *, size: int = SIZE) -> Found:
    """Installations that fit, by item. Without any filter there is nothing: the whole would say nothing to anybody."""
    base = Installation.objects.present().visible_to(user)
    found = InstallationFilter(params, base)
    active = any(params.get(name, "").strip() for name in found.filters)
    rows = found.qs if found.is_valid() and active else base.none()
    rows = rows.select_related("item", "software").annotate(_sort=F("item__sort_key"))
    page = keyset_page(rows, ordering=("_sort", "id"), cursor=params.get("cursor") or None, size=size)
    return Found(page, found, active)


def on_item(item: ConfigurationItem, words: str, cursor: str | None) -> Page:
    """The software of an item by name."""
    rows = Installation.objects.present().filter(item=item).select_related("software")
    folded = fold(words.replace("\x00", "").strip())
    rows = rows.filter(software__sort_key__contains=folded) if folded else rows
    return keyset_page(rows.annotate(_sort=F("software__sort_key")), ordering=("_sort", "id"), cursor=cursor, size=200)


def lines_of(rows: QuerySet):
    """Rows of a table to be saved, one by one."""
    for one in rows.select_related("item", "software").order_by("id").iterator(chunk_size=1000):
        yield [
            one.item.name,
            one.item.key,
            one.item.serial,
            one.software.name,
            one.software.publisher,
            one.version,
            one.arch,
            one.since.isoformat(),
        ]


def gone_lately(item: ConfigurationItem, limit: int = 20) -> list[Installation]:
    """What went from an item, the newest first."""
    rows = Installation.objects.filter(Q(item=item) & ~Q(gone_at=None)).select_related("software")
    return list(rows.order_by("-gone_at", "-id")[:limit])
