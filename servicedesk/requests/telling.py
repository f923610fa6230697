"""Whose regular order has stopped learns it: nobody would miss what does not come. An outbox consumer: each fact once."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from itsm.notify import messages, notices
from itsm.notify.outbox import Fact, consumer

from .models import RegularOrder


@consumer("regular orders", "regular_order.stopped")
def tell(fact: Fact) -> None:
    """The owner, and for whom it was where the owner has left; never who stopped it."""
    rows = RegularOrder.objects.select_related("owner", "requester", "item")
    order = rows.filter(pk=fact.payload.get("order")).first()
    if order is None:
        return
    person = order.owner if order.owner.is_active else order.requester
    if person.pk == fact.payload.get("by"):
        return
    with override(messages.language_of(person)):
        name, why = order.item.name, order.stopped_why or _("Somebody stopped it.")
    url = "/portal/regular/"
    messages.queue(
        key=f"regular_stopped-{fact.id}", user=person, template="regular_stopped",
        context={"name": name, "why": why, "other": order.requester if order.requester_id != person.pk else None, "url": url},
    )  # fmt: skip
    notices.tell(
        f"regular_stopped-{fact.id}", [person.pk], "regular_stopped", url=url, data={"title": name, "reason": why}
    )
