"""The card of backups on the page of operations control: the plans that need a look first, then by the share of their RPO."""

from django.template.loader import render_to_string

from itsm.core import now

from . import listing
from .models import BackupPlan
from .queryset import by_need

SHOWN = 6


def draw(request) -> str | None:
    """None while there is no plan."""
    rows = BackupPlan.objects.visible_to(request.user).in_use().select_related("item")
    plans = list(
        rows.annotate(_need=by_need(now())).order_by("_need", "item__criticality", "item__sort_key")[: SHOWN + 1]
    )
    if not plans:
        return None
    good, planned = listing.success(request.user)
    percent = round(good * 100 / planned, 1) if planned else None
    context = {
        "rows": listing.rows_of(plans[:SHOWN], request.user), "more": len(plans) > SHOWN, "percent": percent,
        "tone": "grey" if percent is None else "green" if percent >= 98 else "amber" if percent >= 90 else "red",
    }  # fmt: skip
    return render_to_string("operations/backups/_card.html", context, request=request)
