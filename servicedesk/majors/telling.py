"""Managers of the desk learn that a major incident is proposed: under their bell. An outbox consumer: each fact once."""

from itsm.notify import notices
from itsm.notify.outbox import Fact, consumer
from itsm.people.directory import directory
from itsm.people.models import RoleGrant
from itsm.records.models import Record

MANAGE = "records.manage"


@consumer("major incidents proposed", "major.proposed")
def tell(fact: Fact) -> None:
    """Those whose role reaches the organisation of the incident; not who proposed it."""
    record = Record.objects.filter(pk=fact.record_id, confidentiality=None).first()
    if record is None:
        return
    notices.tell(
        f"major_proposed-{fact.id}", managers_of(record.organisation_id) - {fact.payload.get("by")}, "major_proposed",
        data={"number": record.number, "title": record.title}, url=f"/desk/majors/{record.number}/", record_id=record.pk,
    )  # fmt: skip


def managers_of(organisation_id: int) -> set[int]:
    """Whose role manages the desk of this organisation by a grant there or above; administrators of everything are not woken."""
    row = directory.get().organisations.get(organisation_id)
    grants = RoleGrant.objects.filter(
        role__permissions__contains=[MANAGE], organisation_id__in=row.lineage if row else []
    )
    return set(grants.filter(user__is_active=True).values_list("user_id", flat=True))
