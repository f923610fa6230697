"""What the database itself holds about the catalogue."""

import pytest
from django.db import IntegrityError, transaction

from itsm.core import now
from servicedesk.models import CatalogueCategory, CatalogueItem, CatalogueItemVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def item():
    shelf = CatalogueCategory.objects.create(key="hardware", name_fr="Matériel", name_en="Hardware")
    return CatalogueItem.objects.create(key="laptop", shelf=shelf, name_fr="Portable", name_en="Laptop")


def version(item, number, **values):
    return CatalogueItemVersion.objects.create(item=item, number=number, **values)


def test_an_item_is_called_in_the_language_of_the_reader(item):
    from django.utils import translation

    with translation.override("en"):
        assert CatalogueItem.objects.get(pk=item.pk).name == "Laptop"
    with translation.override("fr"):
        assert CatalogueItem.objects.get(pk=item.pk).name == "Portable"


def test_a_draft_may_change_and_a_published_version_never_does(item):
    draft = version(item, 1, form={"fields": []})
    draft.form = {"fields": [{"key": "why"}]}
    draft.save()
    draft.published_at = now()
    draft.save()
    draft.form = {}
    with pytest.raises(IntegrityError), transaction.atomic():
        draft.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        CatalogueItemVersion.objects.filter(pk=draft.pk).update(plan={"tasks": []})
    with pytest.raises(IntegrityError), transaction.atomic():
        CatalogueItemVersion.objects.filter(pk=draft.pk)._raw_delete("default")


def test_an_item_has_one_draft_at_most(item):
    version(item, 1, published_at=now())
    version(item, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        version(item, 3)


def test_a_number_of_a_version_is_given_once(item):
    version(item, 1, published_at=now())
    with pytest.raises(IntegrityError), transaction.atomic():
        version(item, 1)
