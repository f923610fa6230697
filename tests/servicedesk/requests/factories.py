"""Items of the catalogue for tests."""

from django.utils import timezone

from servicedesk.models import CatalogueCategory, CatalogueItem, CatalogueItemVersion

FORM = {
    "fields": [
        {"key": "model", "type": "choice", "label": {"fr": "Modèle", "en": "Model"}, "required": True,
         "choices": [{"value": "s", "label": {"fr": "Petit", "en": "Small"}}, {"value": "l", "label": {"fr": "Grand", "en": "Large"}}]},
        {"key": "why", "type": "long", "label": {"fr": "Pourquoi", "en": "Why"}},
    ]
}  # fmt: skip


def make_item(
    key="laptop", *, form=None, approval=None, plan=None, name_fr="Ordinateur portable", name_en="Laptop", **values
):
    """A published item and its version."""
    shelf, _made = CatalogueCategory.objects.get_or_create(
        key="hardware", defaults={"name_fr": "Matériel", "name_en": "Hardware"}
    )
    item = CatalogueItem.objects.create(
        key=key, shelf=shelf, name_fr=name_fr, name_en=name_en, state="published", most=values.pop("most", 5), **values
    )
    item.refresh_from_db()
    return make_version(item, 1, form=form, approval=approval, plan=plan)


def make_version(item, number, *, form=None, approval=None, plan=None) -> CatalogueItemVersion:
    """A published version."""
    return CatalogueItemVersion.objects.create(
        item=item, number=number, form=FORM if form is None else form, approval=approval or {}, plan=plan or {},
        published_at=timezone.now(),
    )  # fmt: skip
