"""Who reads and changes items, and what the portal offers to whom."""

import pytest

from itsm.cmdb import services
from itsm.cmdb.models import ConfigurationItem, Service
from itsm.core.errors import DomainError
from tests.cmdb.factories import make_ci, make_service

pytestmark = pytest.mark.django_db


@pytest.fixture
def items(world):
    """One item of each organisation and one of nobody."""
    return {
        "lumen": make_ci(name="lumen", organisation=world.lumen),
        "finance": make_ci(name="finance", organisation=world.finance),
        "other": make_ci(name="other", organisation=world.other),
        "nobody": make_ci(name="nobody"),
    }


@pytest.mark.parametrize(
    ("login", "seen"),
    [
        ("agent", {"lumen", "finance", "nobody"}),
        ("mainframe", {"lumen", "finance", "nobody"}),
        ("manager", {"lumen", "finance", "nobody"}),
        ("foreign_agent", {"other", "nobody"}),
        ("admin", {"lumen", "finance", "other", "nobody"}),
        ("customer", set()),
        ("stranger", set()),
    ],
)
def test_items_are_read_within_the_organisations_of_a_role(world, items, login, seen):
    person = getattr(world, login)
    assert set(ConfigurationItem.objects.visible_to(person).values_list("name", flat=True)) == seen


@pytest.mark.parametrize(
    ("login", "count"), [("mainframe", 3), ("admin", 4), ("agent", 0), ("manager", 0), ("customer", 0)]
)
def test_items_are_changed_by_those_whose_role_says_so(world, items, login, count):
    assert ConfigurationItem.objects.editable_by(getattr(world, login)).count() == count


def test_the_portal_offers_what_is_public_live_and_meant_for_the_user(world):
    def offer(name, organisation, **service):
        return make_service(name=name, organisation=organisation, service=service)

    offer("for all", world.lumen)
    offer("for finance", world.lumen, customer=world.finance)
    offer("for lumen", world.lumen, customer=world.lumen)
    offer("hidden", world.lumen, public=False)
    offer("not yet", world.lumen, stage="build")
    offer("theirs", world.other)
    offer("of nobody", None)
    services.retire_ci(offer("gone", world.lumen).pk, actor=None, reason="old")

    def names(person):
        return set(Service.objects.for_portal(person).values_list("item__name", flat=True))

    assert names(world.customer) == {"for all", "for finance", "for lumen", "of nobody"}
    assert names(world.agent) == {"for all", "for lumen", "of nobody"}
    assert names(world.stranger) == {"theirs", "of nobody"}
    assert set(Service.objects.visible_to(world.foreign_agent).values_list("item__name", flat=True)) == {
        "theirs",
        "of nobody",
    }


def test_an_item_becomes_a_service_once(world):
    item = make_ci(ci_class="it_service", organisation=world.lumen)
    assert services.offer_service(item, actor=world.admin, customer=world.finance).customer == world.finance
    with pytest.raises(DomainError):
        services.offer_service(item, actor=world.admin)
