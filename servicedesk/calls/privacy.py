"""Whose number is shown to whom, and for how long it is kept. What indicators count stays; who called is forgotten.

Who takes no calls and manages none sees no call at all; who reads a record's calls without these rights sees the last digits.
Recordings are never stored here: an exchange that sends the address of one gets it kept nowhere.
"""

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q

from itsm.audit import log
from itsm.core import now, versions
from itsm.gateway.sources.models import Inbound
from itsm.people.models import User
from itsm.people.scope import scope_of

from . import numbers
from .models import Call, CallerNote, CallEvent
from .policy import policy

BATCH, MOST = 1000, 200_000
TOPIC = "calls"
FORGOTTEN = {"from_number": "", "to_number": "", "caller_name": "", "note": "", "caller_certain": False, "caller": None}


def whole(user) -> bool:
    """May this person read numbers as they are?"""
    scope = scope_of(user)
    return scope.may("calls.take") or scope.may("calls.manage")


def number_for(user, number: str) -> str:
    """The number as this person may read it: whole and grouped, or its last digits."""
    return numbers.spoken(number) if whole(user) else numbers.masked(number)


def forget() -> dict[str, int]:
    """Beat: numbers, names and notes of old calls, and the stories of calls, in batches; again changes nothing."""
    rules, at = policy.get(), now()
    before = at - timedelta(days=rules.numbers_days)
    return {
        "calls": _forget_numbers(Call.objects.filter(started_at__lt=before)),
        "lists": _forget_lists(before),
        "events": _forget_stories(at - timedelta(days=rules.story_days)),
    }


def _forget_numbers(calls) -> int:
    """Calls whose owed call-back is still due keep their number until then."""
    told = ~Q(from_number="") | ~Q(to_number="") | ~Q(caller_name="") | ~Q(note="") | Q(caller__isnull=False)
    done = 0
    while done < MOST:
        pks = list(
            calls.filter(told, ended_at__isnull=False)
            .exclude(state="call_back_due")
            .order_by("pk")
            .values_list("pk", flat=True)[:BATCH]
        )
        if not pks:
            break
        done += Call.objects.filter(pk__in=pks).update(**FORGOTTEN, changed_at=now())
    return done


def _forget_lists(before) -> int:
    """Whom old campaigns have contacted, and the numbers of those who were told that a major incident was over."""
    from ..majors.models import MajorCaller
    from .campaigns.models import CallCampaign, CampaignTarget

    told = ~Q(name="") | ~Q(number="") | ~Q(mobile="") | ~Q(email="")
    done = 0
    while done < MOST:
        pks = list(
            CampaignTarget.objects.filter(told, done_at__lt=before).order_by("pk").values_list("pk", flat=True)[:BATCH]
        )
        if not pks:
            break
        done += CampaignTarget.objects.filter(pk__in=pks).update(name="", number="", mobile="", email="")
    pasted = CallCampaign.objects.filter(ended_at__lt=before, audience__kind="list").exclude(audience__text="")
    done += pasted.update(audience={"kind": "list", "text": ""})
    over = MajorCaller.objects.filter(major__over_at__lt=before)
    done += over.filter(person__isnull=False).exclude(number="").update(number="")
    return done + over.filter(person=None).delete()[0]


def _forget_stories(before) -> int:
    done = 0
    while done < MOST:
        pks = list(CallEvent.objects.filter(at__lt=before).order_by("at").values_list("pk", flat=True)[:BATCH])
        if not pks:
            break
        done += CallEvent.objects.filter(pk__in=pks).delete()[0]
    return done


@transaction.atomic
def erase(*, actor, person: User | None = None, number: str = "", organisation_id: int | None = None) -> int:
    """Forget one person's calls, or those of one number: who called and with which words, not that there was a call. How many."""
    wanted = Q(pk=None)
    known = {numbers.clean(number, organisation_id=organisation_id)} if number else set()
    if person is not None:
        wanted |= Q(caller=person)
        known |= {person.phone, person.mobile}
    known -= {""}
    if known:
        wanted |= Q(from_number__in=known) | Q(to_number__in=known, direction="out")
    rows = Call.objects.filter(wanted)
    pks = list(rows.values_list("pk", flat=True))
    known |= set(
        Call.objects.filter(pk__in=pks, direction="in").exclude(from_number="").values_list("from_number", flat=True)
    )
    count = 0
    for start in range(0, len(pks), BATCH):
        share = pks[start : start + BATCH]
        # A call-back that is due cannot be made any more.
        Call.objects.filter(pk__in=share, state="call_back_due").update(state="closed", call_back_waived=True)
        CallEvent.objects.filter(call_id__in=share).update(facts={})
        count += Call.objects.filter(pk__in=share).update(**FORGOTTEN, changed_at=now())
    if person is not None:
        CallerNote.objects.filter(person=person).delete()
    _erase_lists(person, known)
    _erase_bodies(known)
    subject = person if person is not None else ("call", 0, numbers.masked(next(iter(known), "")))
    log.write("calls.erased", subject, actor=actor, data={"calls": count})
    versions.bump(TOPIC)
    versions.bump("people")  # what is remembered of numbers
    return count


def _erase_lists(person: User | None, known: set[str]) -> None:
    """Whom campaigns have contacted, and who was to be told of an all-clear: what is under way keeps its numbers until it is done."""
    from ..majors.models import MajorCaller
    from .campaigns import forgetting
    from .campaigns.models import CampaignTarget

    forgetting.forget(person, known)
    theirs = Q(number__in=known) | Q(mobile__in=known)
    who = Q(person=person) if person is not None else Q(pk=None)
    done = CampaignTarget.objects.filter(theirs | who, done_at__isnull=False)
    done.update(name="", number="", mobile="", email="")
    MajorCaller.objects.filter(who | Q(person__isnull=False, number__in=known)).update(number="")
    # Nobody but a number: nothing is left of the row without it.
    MajorCaller.objects.filter(person=None, number__in=known).exclude(outcome=MajorCaller.Outcome.WAITS).delete()


def _erase_bodies(known: set[str]) -> None:
    """What came in at the door with one of these numbers, as long as it is kept."""
    ids = list(
        Inbound.objects.filter(source__kind="cti", body__isnull=False).values_list("source_id", flat=True).distinct()
    )
    for number in known if ids else ():
        # Exchanges write +33 1 55..., 0033155... or 0155...: the end is the same.
        digits = number.removeprefix("+")[-8:].encode()
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE gateway_inbound SET body = NULL WHERE source_id = ANY(%s) AND body IS NOT NULL AND position(%s::bytea IN body) > 0",
                [ids, digits],
            )
