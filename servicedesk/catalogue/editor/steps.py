"""The parts of an item, as the tabs of its pages."""

from django.utils.translation import gettext as _

from .. import editing
from ..models import CatalogueItem, CatalogueItemVersion
from ..queryset import published


def tabs(item: CatalogueItem, at: str) -> list[dict]:
    """One a part; `at` is the page that is open."""
    base = f"/settings/catalogue/{item.key}/"
    rows = [
        ("", _("Item")), ("form/", _("Form")), ("approval/", _("Approval")), ("plan/", _("Plan")), ("preview/", _("Preview")),
        ("versions/", _("Versions")),
    ]  # fmt: skip
    return [{"url": base + path, "label": label, "current": path == at} for path, label in rows]


def standing(item: CatalogueItem, draft: CatalogueItemVersion) -> dict:
    """What the head of each page says: which version runs, whether a draft waits, what may be done."""
    now_ = published(item)
    return {
        "item": item, "published": now_, "draft": draft if draft.pk else None, "seen": editing.digest(draft),
        "may_publish": draft.pk is not None or now_ is None, "retired": item.state == CatalogueItem.State.RETIRED,
    }  # fmt: skip
