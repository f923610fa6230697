"""Who administers a webhook is told, under the bell and by mail, when it was switched off without them."""

from itsm.core import now
from itsm.notify import messages, notices
from itsm.people.directory import directory
from itsm.people.models import RoleGrant, User

from .models import Webhook


def administrators_of(organisation_id: int) -> list[User]:
    """Active people who administer the organisation: by a role there, above it, or everywhere."""
    row = directory.get().organisations.get(organisation_id)
    lineage = row.lineage if row else (organisation_id,)
    grants = RoleGrant.objects.filter(role__permissions__contains=["settings.manage"])
    near = [*grants.filter(organisation__in=lineage).values_list("user_id", flat=True)]
    near += grants.filter(organisation=None).values_list("user_id", flat=True)
    return list(User.objects.filter(pk__in=near, is_active=True).order_by("pk"))


def tell_switched_off(webhook: Webhook) -> None:
    """Once for each time that it happens."""
    people = administrators_of(webhook.organisation_id)
    url, key = f"/settings/webhooks/{webhook.code}/", f"webhook_off-{webhook.pk}-{int(now().timestamp())}"
    notices.tell(key, [person.pk for person in people], "webhook_off", data={"title": webhook.name}, url=url)
    for person in people:
        messages.queue(
            key=f"{key}-{person.pk}", user=person, template="webhook_off", context={"webhook": webhook, "url": url}
        )
