"""Who administers a webhook is told, under the bell and by mail, when it was switched off without them."""

from itsm.core import now
from itsm.notify import messages, notices
from itsm.people.administrators import administrators_of

from .models import Webhook


def tell_switched_off(webhook: Webhook) -> None:
    """Once for each time that it happens."""
    people = administrators_of(webhook.organisation_id)
    url, key = f"/settings/webhooks/{webhook.code}/", f"webhook_off-{webhook.pk}-{int(now().timestamp())}"
    notices.tell(key, [person.pk for person in people], "webhook_off", data={"title": webhook.name}, url=url)
    for person in people:
        messages.queue(
            key=f"{key}-{person.pk}", user=person, template="webhook_off", context={"webhook": webhook, "url": url}
        )
