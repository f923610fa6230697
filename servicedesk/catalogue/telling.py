"""Whose basket was emptied learns what had been in it. An outbox consumer: each fact once."""

from django.utils.translation import override

from itsm.notify import messages, notices
from itsm.notify.outbox import Fact, consumer
from itsm.people.models import User

from .models import CatalogueItem


@consumer("baskets", "basket.expired")
def tell(fact: Fact) -> None:
    """A mail and a line under the bell, with the names in their language."""
    person = User.objects.filter(pk=fact.payload.get("owner")).first()
    if person is None:
        return
    rows = CatalogueItem.objects.in_bulk(fact.payload.get("items", []))
    with override(messages.language_of(person)):
        names = [row.name for row in rows.values()]
    url = "/portal/catalogue/"
    messages.queue(
        key=f"basket_expired-{fact.id}", user=person, template="basket_expired", context={"names": names, "url": url}
    )
    notices.tell(
        f"basket_expired-{fact.id}", [person.pk], "basket_expired", url=url, data={"title": ", ".join(names)[:200]}
    )
