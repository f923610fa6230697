"""What the recovery of a machine does to the incident that stands for it."""

from datetime import datetime

from django.db import transaction

from itsm.audit.models import Entry
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.records.models import Channel, ResolutionCode
from itsm.records.moves import SUBJECT

from . import services
from .models import Incident
from .states import WORKABLE, S

CODE = "recovered"


@transaction.atomic
def recover(pk: int, *, words: str, since: datetime) -> bool:
    """It works again since then. An incident that nobody touched is resolved (True), any other one is told so (False)."""
    incident = Incident.objects.locked().get(pk=pk)
    if incident.state not in WORKABLE:
        return False
    # Opened, reopened and resolved by machines alone, it is nobody's yet.
    touched = incident.major or incident.state == S.ON_HOLD
    touched = touched or Entry.objects.filter(subject_kind=SUBJECT, subject_id=pk, actor__isnull=False).exists()
    code = None if touched else ResolutionCode.objects.filter(code=CODE).first()
    if code is not None:
        services.resolve(pk, actor=None, resolution_code=code, resolution=words, quiet=True)
        return True
    services.comment(pk, actor=None, body=words, public=False, channel=Channel.EVENT)
    lasting = incident.outages.filter(ends_at=None).first()
    if lasting is not None and incident.service_id == lasting.item_id:
        try:
            with transaction.atomic():
                services.outage(pk, actor=None, state="up", since=max(min(since, now()), lasting.starts_at))
        except DomainError:  # the agent closes it by hand
            pass
    return False
