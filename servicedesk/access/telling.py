"""Whose right it is learns that it is there, or gone. An outbox consumer: each fact once."""

from itsm.notify import messages, notices
from itsm.notify.outbox import Fact, consumer

from .models import Access


@consumer("accesses", "access.*")
def tell(fact: Fact) -> None:
    """A mail and a line under the bell; of a confidential one too, for it is their own."""
    template = {"access.granted": "access_granted", "access.revoked": "access_revoked"}.get(fact.topic)
    access = Access.objects.select_related("person", "item").filter(pk=fact.record_id).first() if template else None
    if template is None or access is None:
        return
    messages.queue(
        key=f"{template}-{fact.id}", user=access.person, template=template, record=access,
        context={"record": access, "access": access, "url": f"/r/{access.number}"},
    )  # fmt: skip
    notices.tell(
        f"{template}-{fact.id}", [access.person_id], template, url=f"/r/{access.number}", record_id=access.pk,
        data={"number": access.number, "title": access.title},
    )  # fmt: skip
