"""Questions whose approver can answer no more: they left, lost the role they were asked for, or it is their own request.

A sweep finds them, however it came about (a page, an import, a directory), with or without a deadline. Each is handed on once,
under its record's lock; a second sweep finds nothing left, a killed worker leaves all as it was.
"""

import logging
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from itsm.core import now
from itsm.people.models import Circle, Membership, User

from ..models import AffectedItem, Approval, ApprovalRun, Record
from . import seats, services
from .rules import OWNERS, Stage

logger = logging.getLogger(__name__)
LIMIT = 500
Instead = Approval.Instead
PERSON = OuterRef("approver_id")
OF_ITEMS = [who for who in OWNERS if who != "manager"]


def sweep(limit: int = LIMIT) -> int:
    """Hand on what waits for nobody, oldest first; how many questions that were. One that fails holds up no other."""
    done = 0
    for pk, record_pk in _suspects(limit):
        try:
            done += _step(pk, record_pk)
        except Exception:
            logger.exception("The question %s could not be handed on.", pk)
    return done


def lost(record: Record, approval: Approval) -> str:
    """Why the person who was asked can answer no more, as an `Instead`; empty while they can."""
    person_id = approval.approver_id
    if not User.objects.filter(pk=person_id, is_active=True).exists():
        return Instead.INACTIVE
    if own := seats.reason_against(record, person_id):
        return own
    if record.confidentiality_id and not _members().filter(circle=record.confidentiality_id, user=person_id).exists():
        return Instead.CIRCLE
    stage = services.stage_of(approval)
    return Instead.ROLE if stage and _not_their_role(record, approval, stage) else ""


def _not_their_role(record: Record, approval: Approval, stage: Stage) -> bool:
    """Asked as a manager, an owner or a member, and somebody else is that now. Who was asked in another's place stays asked."""
    if approval.instead or approval.why == "person":
        return False
    asks = [ask for ask in stage.ask if ask.who == approval.why]
    found = [seats.holders(record, ask) for ask in asks]
    if any(approval.approver_id in people for people in found):
        return False
    # A record that lost its items, or a requester without a manager, is no reason to take a question away.
    return bool(asks) and (approval.why == "team" or any(found))


@transaction.atomic
def _step(pk: int, record_pk: int) -> bool:
    record = Record.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).filter(pk=record_pk).first()
    approval = Approval.objects.select_related("run").filter(pk=pk, state="pending").first() if record else None
    if record is None or approval is None:
        return False
    reason = lost(record, approval)
    if not reason:
        if approval.stranded_at:  # they are back
            Approval.objects.filter(pk=pk).update(stranded_at=None)
        return False
    return services.hand_on(record, approval, reason=reason, at=now())


def _suspects(limit: int) -> list[tuple[int, int]]:
    """Questions to look at, with their records; which of them it is true of is asked again under the lock."""
    rows = Approval.objects.filter(state="pending", run__state=ApprovalRun.State.RUNNING)
    touched = AffectedItem.objects.filter(record=OuterRef("record_id"))
    owned = Q(Exists(touched.filter(item__owner=PERSON))) | Q(Exists(touched.filter(item__service__owner=PERSON)))
    manager = Q(why="manager", instead="", record__requester__manager__isnull=False)
    found = rows.filter(
        Q(approver__is_active=False) | Q(stranded_at__isnull=False)
        | Q(record__requester=F("approver")) | Q(record__opened_by=F("approver"))
        | Q(record__confidentiality__isnull=False)
        & ~Exists(_members().filter(circle=OuterRef("record__confidentiality_id"), user=PERSON))
        | manager & ~Q(record__requester__manager=F("approver"))
        | Q(why__in=OF_ITEMS, instead="") & ~owned & ~Q(record__service__owner=F("approver"))
    )  # fmt: skip
    chosen = {*found.values_list("pk", "record_id").order_by("pk")[:limit], *_left_their_team(rows)}
    return sorted(chosen)[:limit]


def _left_their_team(rows) -> Iterable[tuple[int, int]]:
    """Those who were asked as members of a team of the rule that they are no member of."""
    asked = list(rows.filter(why="team", instead="").select_related("run").order_by("pk"))
    people = {row.approver_id for row in asked}
    members = {*Membership.objects.filter(user__in=people).values_list("user_id", "team__code")} if people else set()
    for row in asked:
        stage = services.stage_of(row)
        teams = [ask.name for ask in stage.ask if ask.who == "team"] if stage else []
        if teams and not any((row.approver_id, code) in members for code in teams):
            yield row.pk, row.record_id


def _members():
    return Circle.members.through.objects
