"""Natures of call: the categories that are offered as buttons. What the switchboard's manager put first, then by use."""

from collections import Counter
from datetime import timedelta

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, versions
from itsm.core.errors import DomainError
from itsm.people.directory import directory
from itsm.records import reference

from ..models import CallLink, CallNature

SHOWN, MOST, DAYS, SECONDS = 9, 12, 30, 600


def offered(organisation_id: int, shown: int = SHOWN) -> list[reference.CodeRow]:
    """The categories of incidents in the order in which operators need them; one read of the cache."""
    version, kept = versions.look("codes", _key(organisation_id))
    if not kept or kept[0] != version:
        kept = (version, _ordered(organisation_id))
        _keep(organisation_id, kept)
    rows = reference.categories.get()
    return [rows[pk] for pk in kept[1] if pk in rows][:shown]


def pinned(organisation_id: int) -> list[CallNature]:
    """What the manager put first, for this switchboard or the nearest one above it."""
    row = directory.get().organisations.get(organisation_id)
    found = list(
        CallNature.objects.filter(organisation__in=row.lineage if row else [organisation_id]).order_by("position", "pk")
    )
    for pk in row.lineage if row else (organisation_id,):
        own = [nature for nature in found if nature.organisation_id == pk]
        if own:
            return own
    return []


def _ordered(organisation_id: int) -> list[int]:
    rows = reference.categories.get()
    allowed = {row.pk: row for row in rows.offered(organisation_id, "incident")}
    first = [nature.category_id for nature in pinned(organisation_id) if nature.category_id in allowed]
    links = CallLink.objects.filter(
        call__organisation=organisation_id, call__started_at__gt=now() - timedelta(days=DAYS), how=CallLink.How.CREATED
    )
    used = Counter(pk for pk in links.values_list("record__category_id", flat=True) if pk in allowed)
    by_use = [pk for pk, _n in used.most_common()]
    # Where nothing was counted yet: the heads of families before what lies under them.
    rest = sorted(allowed, key=lambda pk: len(allowed[pk].lineage))
    return list(dict.fromkeys([*first, *by_use, *rest]))


def _key(organisation_id: int) -> str:
    return f"call-natures:{organisation_id}"


def _keep(organisation_id: int, value: tuple) -> None:
    try:
        cache.set(_key(organisation_id), value, SECONDS)
    except Exception:  # noqa: S110 - counted again next time
        pass


@transaction.atomic
def put_first(*, organisation, categories: list[int], actor) -> None:
    """These come first, in this order; without any, all go by use."""
    if len(categories) > MOST:
        raise DomainError(_("Put at most %(n)s first: the others follow by use.") % {"n": MOST}, field="categories")
    rows = CallNature.objects.select_for_update().filter(organisation=organisation)  # deleted
    before = list(rows.order_by("position", "pk").values_list("category_id", flat=True))
    wanted = list(dict.fromkeys(categories))
    if before == wanted:
        return
    rows.delete()
    CallNature.objects.bulk_create(
        [CallNature(organisation=organisation, category_id=pk, position=n) for n, pk in enumerate(wanted)]
    )
    codes = reference.categories.get()
    names = [", ".join(codes[pk].code for pk in ids if pk in codes) for ids in (before, wanted)]
    log.write(
        "calls.natures", ("organisation", organisation.pk, organisation.name), actor=actor, changes={"natures": names}
    )
    transaction.on_commit(lambda: cache.delete(_key(organisation.pk)))
    versions.bump("codes")
